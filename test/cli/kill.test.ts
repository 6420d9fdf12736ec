/** The command line killed without warning, at many moments: the same command again works, and nothing stays behind. */
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { join } from "node:path";
import { local, packSample } from "./samples.ts";
import { filesBelow, inSite, lines, processesOf, type Site } from "./support.ts";

const code = "export default () => ({ body: 'up' });\n";

/** What must be true after any kill: the same command ends well, the function answers, and destroy leaves nothing. */
async function recovers(site: Site): Promise<void> {
  const again = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--json"]);
  expect(again.status, again.stdout + again.stderr).toBe(0);
  const { receipt } = lines<{ receipt: { url: string } }>(again.stdout).at(-1) ?? { receipt: { url: "" } };
  expect(await (await fetch(receipt.url)).text()).toBe("up");
  expect(await site.json(["status", "app.fnpkg", ...local(), "--verify"])).toMatchObject({ state: "ready", drift: [] });
  expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
  expect(processesOf(site.folder)).toEqual([]);
  expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
  expect(filesBelow(join(site.folder, "cache")).filter((path) => /\.(tmp|partial)$/.test(path))).toEqual([]);
  expect(readdirSync(site.env["TMPDIR"] ?? "")).toEqual([]);
}

describe("deploy, killed", () => {
  const moments: readonly (readonly [string, string])[] = [
    ["as soon as the plan is made", '"event":"plan"'],
    ["as the first step begins", '"status":"start"'],
    ["while files are written", "writing 3 files"],
    ["while the function starts", "starting the function"],
    ["when the function is there", '"id":"function","status":"done"'],
    ["while the trigger is made", '"id":"trigger-web","status":"start"'],
    ["when everything is there", "reading everything back"],
  ];
  it.each(moments)("%s", (_, text) =>
    inSite(async (site) => {
      await packSample(site, { code });
      const running = site.start(["deploy", "app.fnpkg", ...local(), "--json"]);
      await running.until(text);
      running.child.kill("SIGKILL");
      await running.ended;
      await recovers(site);
    }),
  );

  it("while a new version takes over: the old one serves until then", () =>
    inSite(async (site) => {
      await packSample(site, { code: "export default () => ({ body: 'old' });\n" });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      await packSample(site, { code });
      const running = site.start(["deploy", "app.fnpkg", ...local(), "--json"]);
      await running.until("writing 3 files");
      running.child.kill("SIGKILL");
      await running.ended;
      expect((await site.json<{ body: string }>(["invoke", ...local()])).body).toMatch(/^(old|up)$/);
      await recovers(site);
    }));
});

describe("destroy, killed", () => {
  it("is taken up by the next destroy", () =>
    inSite(async (site) => {
      await packSample(site, { code });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      const running = site.start(["destroy", ...local(), "--json"]);
      await running.until('"status":"start"');
      running.child.kill("SIGKILL");
      await running.ended;
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(processesOf(site.folder)).toEqual([]);
      expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
    }));
});

describe("pack, killed", () => {
  it("leaves no package, and packs the next time", () =>
    inSite(async (site) => {
      await packSample(site, { code });
      const running = site.start(["pack", "app", "--out", "killed.fnpkg"]);
      running.child.kill("SIGKILL");
      await running.ended;
      expect(existsSync(join(site.folder, "killed.fnpkg"))).toBe(false);
      expect((await site.fnpkg(["pack", "app", "--out", "killed.fnpkg"])).status).toBe(0);
    }));
});
