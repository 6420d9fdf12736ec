/** Values that nobody may read: planted everywhere that a configuration takes them, and looked for everywhere. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { local, packSample } from "./samples.ts";
import { filesBelow, inSite, type Site } from "./support.ts";

const planted = {
  TOKEN_VAR: "tok3n-from-a-variable",
  PLAIN_VAR: "pl4in-from-the-environment",
  TAG_VAR: "t4g-from-the-environment",
  ABOUT_VAR: "4bout-from-the-environment",
  DATA_VAR: "d4ta-from-the-environment",
};
const inFile = "f1le-with-a-secret";
const values = [...Object.values(planted), inFile];

const requires = `
  runtime: { nodejs: ">=20" }
  env:
    - { name: TOKEN, secret: true }
    - { name: FILE_TOKEN, secret: true }
    - { name: PLAIN }`;
const config = `env: { PLAIN: "a-\${env:PLAIN_VAR}-z" }
secrets: { TOKEN: { secret: token }, FILE_TOKEN: { secret: file-token } }
resources:
  token: { local: "env:TOKEN_VAR" }
  file-token: { local: "file:secrets/token.txt" }
tags: { team: "\${env:TAG_VAR}" }
description: "about \${env:ABOUT_VAR}"
targets: { local: {} }`;

/** Answers with the lengths alone, and fails on its own values when asked. */
const code = `const { TOKEN, FILE_TOKEN, PLAIN } = process.env;
export default (request) => {
  if (new URL(request.url).pathname === "/fail") throw new Error("refused");
  return { body: [TOKEN, FILE_TOKEN, PLAIN].map((value) => value.length).join(" ") };
};
`;

const seen = (text: string) => values.filter((value) => text.includes(value));
const plant = (site: Site) => site.write("secrets/token.txt", `${inFile}\n`);

describe("secrets", () => {
  it("stand in no output, no file and no argument of a process", () =>
    inSite(async (site) => {
      await plant(site);
      await packSample(site, { code, requires, config });
      const run = async (...args: string[]) => {
        const { status, stdout, stderr } = await site.fnpkg(args, { env: planted });
        expect(seen(stdout + stderr), args.join(" ")).toEqual([]);
        return { status, stdout };
      };
      for (const json of [[], ["--json"]]) {
        const ok = [
          await run("explain", ...local(), ...json),
          await run("check", "app.fnpkg", "--config", "app.yaml", ...json),
          await run("plan", "app.fnpkg", ...local(), ...json),
          await run("plan", "app.fnpkg", ...local(), "--offline", "--markdown", ...json),
          await run("permissions", "app.fnpkg", ...local(), ...json),
          await run("deploy", "app.fnpkg", ...local(), ...json),
          await run("deploy", "app.fnpkg", ...local(), "--set", "memory=256Mi", ...json),
          await run("status", "app.fnpkg", ...local(), "--verify", "--set", "memory=256Mi", ...json),
          await run("list", ...local(), ...json),
          await run("invoke", ...local(), "--path", "/fail", ...json),
          await run("logs", ...local(), ...json),
        ];
        expect(ok.map(({ status }) => status)).toEqual(ok.map(() => 0));
        const drifted = await run("status", "app.fnpkg", ...local(), "--verify", "--set", "memory=512Mi", ...json);
        expect(drifted.status).toBe(4);
      }
      const lengths = [planted.TOKEN_VAR, inFile, `a-${planted.PLAIN_VAR}-z`].map((value) => value.length).join(" ");
      expect((await run("invoke", ...local())).stdout.trim()).toBe(lengths);

      const secret = [planted.TOKEN_VAR, planted.PLAIN_VAR, inFile];
      for (const path of [...filesBelow(join(site.folder, ".fnpkg")), ...filesBelow(join(site.folder, "cache"))]) {
        const text = readFileSync(path, "latin1");
        expect(
          secret.filter((value) => text.includes(value)),
          path,
        ).toEqual([]);
      }
      expect(seen(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }))).toEqual([]);
      expect((await run("destroy", ...local(), "--json")).status).toBe(0);
    }));

  it("stand in no failure, not even of a function that fails on them while it starts", () =>
    inSite(async (site) => {
      await plant(site);
      const loud =
        "throw new Error(`bad: ${process.env.TOKEN} ${process.env.FILE_TOKEN} ${process.env.PLAIN}`);\nexport default () => {};\n";
      await packSample(site, { code: loud, requires, config });
      for (const json of [[], ["--json"]]) {
        const { status, stdout, stderr } = await site.fnpkg(["deploy", "app.fnpkg", ...local(), ...json], { env: planted });
        expect(status).toBe(1);
        expect(stdout + stderr).toContain("E_HANDLER");
        expect(seen(stdout + stderr)).toEqual([]);
      }
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("stand in no failure of the configuration that they stand in", () =>
    inSite(async (site) => {
      await packSample(site, { config: 'memory: "${env:PLAIN_VAR}"\ntimeout: "${env:TAG_VAR}"\ntargets: { local: {} }' });
      for (const verb of ["check", "plan", "deploy"]) {
        const { status, stdout, stderr } = await site.fnpkg([verb, "app.fnpkg", ...local(), "--json"], { env: planted });
        expect(status).toBe(3);
        expect(seen(stdout + stderr)).toEqual([]);
      }
    }));

  it("a variable that is not set is named, not its neighbours' values", () =>
    inSite(async (site) => {
      await plant(site);
      await packSample(site, { code, requires, config });
      const { TOKEN_VAR: _, ...rest } = planted;
      const { status, stdout, stderr } = await site.fnpkg(["deploy", "app.fnpkg", ...local()], { env: rest });
      expect(status).not.toBe(0);
      expect(stderr).toContain("TOKEN_VAR");
      expect(seen(stdout + stderr)).toEqual([]);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});
