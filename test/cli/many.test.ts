import { describe, expect, it } from "vitest";
import { local, packSample, writeSample } from "./samples.ts";
import { type Failure, inSite, lines } from "./support.ts";

describe("several targets", () => {
  it("are deployed side by side; one that fails does not stop the others", () =>
    inSite(async (site) => {
      await packSample(site, { name: "thumb" });
      const deploy = ["deploy", "thumb.fnpkg", "--config", "thumb.yaml", "--target", "mars", "--target", "local"];
      const { status, stdout } = await site.fnpkg([...deploy, "--json"]);
      expect(status).toBe(3);
      const events = lines(stdout);
      expect(events.filter(({ event }) => event === "receipt")).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ error: { code: "E_TARGET", problems: [{ target: "mars" }] } });
      const people = await site.fnpkg(deploy);
      expect(people.status).toBe(3);
      expect(people.stdout).toMatch(/^failed thumb\.fnpkg on mars: E_TARGET\nunchanged thumb on local/);
      expect((await site.fnpkg(["destroy", ...local("thumb")])).status).toBe(0);
    }));

  it("named twice count once, and one plan is of one target", () =>
    inSite(async (site) => {
      await packSample(site);
      const twice = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--target", "local", "--json"]);
      expect(twice.status).toBe(0);
      expect(lines(twice.stdout).filter(({ event }) => event === "receipt")).toHaveLength(1);
      const planned = ["deploy", "app.fnpkg", ...local(), "--target", "aws-lambda", "--plan", "sha256:0"];
      expect((await site.fnpkg(planned)).status).toBe(2);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});

describe("deploy --all", () => {
  const names = ["one", "two", "three"];

  it("deploys every function of the file, says what failed, and ends with one summary", () =>
    inSite(async (site) => {
      for (const name of names) await packSample(site, { name });
      await writeSample(site, { name: "two", config: "memory: 1Mi\ntargets: { local: {} }" });
      const list = names.map((name) => `- { package: ../${name}.fnpkg, config: ../${name}.yaml, targets: [local] }\n`);
      await site.write("lists/all.yaml", list.join(""));
      const { status, stdout } = await site.fnpkg(["deploy", "--all", "lists/all.yaml", "--json"]);
      expect(status).toBe(3);
      const events = lines(stdout);
      expect(events.at(-2)).toMatchObject({
        event: "summary",
        deployed: 2,
        unchanged: 0,
        failed: 1,
        results: [
          { state: "deployed", deployment: "one", target: "local" },
          { state: "failed", error: { code: "E_TARGET_LIMIT" } },
          { state: "deployed", deployment: "three" },
        ],
      });
      expect(events.at(-1)).toMatchObject({ error: { code: "E_TARGET_LIMIT" } });

      await writeSample(site, { name: "two" });
      const again = await site.fnpkg(["deploy", "--all", "lists/all.yaml"]);
      expect(again.status).toBe(0);
      expect(again.stdout.trimEnd().split("\n").at(-1)).toBe("3 deployments: 1 deployed, 2 unchanged, 0 failed");
      for (const name of names) expect((await site.fnpkg(["destroy", ...local(name)])).status).toBe(0);
    }));

  const wrong: readonly (readonly [string, string, number, string])[] = [
    ["an unknown key", "- { package: a, config: b, targets: [local], when: now }\n", 3, "E_UNKNOWN_FIELD"],
    ["no targets", "- { package: a, config: b, targets: [] }\n", 3, "E_SCHEMA"],
    ["no list", "package: a\n", 3, "E_SCHEMA"],
  ];
  it.each(wrong)("refuses a file with %s, with its line", (_, text, expected, code) =>
    inSite(async (site) => {
      await site.write("all.yaml", text);
      const { status, stdout } = await site.fnpkg(["deploy", "--all", "all.yaml", "--json"]);
      expect(status).toBe(expected);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.problems[0]).toMatchObject({ code, file: "all.yaml", line: 1 });
    }),
  );

  it("goes without what the file says, and without a plan", () =>
    inSite(async (site) => {
      await site.write("all.yaml", "[]\n");
      expect((await site.fnpkg(["deploy", "a.fnpkg", "--all", "all.yaml"])).status).toBe(2);
      expect((await site.fnpkg(["deploy", "--all", "all.yaml", "--plan", "sha256:0"])).status).toBe(2);
      expect((await site.fnpkg(["deploy", "--all", "none.yaml"])).stderr).toContain("none.yaml does not exist");
      const none = await site.fnpkg(["deploy", "--all", "all.yaml"]);
      expect([none.status, none.stdout]).toEqual([0, "0 deployments: 0 deployed, 0 unchanged, 0 failed\n"]);
    }));
});
