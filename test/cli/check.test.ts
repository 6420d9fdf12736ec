import { describe, expect, it } from "vitest";
import { packSample, writeSample } from "./samples.ts";
import { type Failure, inSite } from "./support.ts";

interface Report extends Record<string, unknown> {
  readonly ok: boolean;
  readonly targets: Readonly<Record<string, { readonly ok: boolean; readonly problems: readonly Record<string, unknown>[] }>>;
}

const clouds = `timeout: 20m
env: { NOPE: x }
targets:
  local: {}
  google-cloud-functions: { project: acme-media, region: europe-west1 }`;

describe("check", () => {
  it("prints one document for all that the configuration names, and ends with 0", () =>
    inSite(async (site) => {
      await packSample(site, {
        name: "thumb",
        config:
          "targets: { local: {}, google-cloud-functions: { project: acme-media, region: europe-west1 } }\nidentity: { google-cloud-functions: thumb@acme-media.iam.gserviceaccount.com }",
      });
      const report = await site.json<Report>(["check", "thumb.fnpkg", "--config", "thumb.yaml"]);
      expect(report.ok).toBe(true);
      expect(Object.entries(report.targets).map(([name, { ok }]) => [name, ok])).toEqual([
        ["local", true],
        ["google-cloud-functions", true],
      ]);
    }));

  it("prints it when targets fail too, and ends with 3; a problem says what and where", () =>
    inSite(async (site) => {
      await packSample(site, { config: clouds });
      const { status, stdout, stderr } = await site.fnpkg(["check", "app.fnpkg", "--config", "app.yaml", "--json"]);
      expect([status, stderr]).toEqual([3, ""]);
      const { ok, targets } = JSON.parse(stdout) as Report;
      expect(ok).toBe(false);
      expect(targets["local"]?.problems).toEqual([
        expect.objectContaining({
          code: "E_UNDECLARED_ENV",
          message: expect.stringContaining("NOPE") as string,
          pointer: "/env/NOPE",
          file: "app.yaml",
          line: 8,
          target: "local",
          hint: expect.stringContaining("requires.env") as string,
        }),
      ]);
      expect(targets["google-cloud-functions"]?.problems.map(({ code }) => code)).toContain("E_UNDECLARED_ENV");
    }));

  it("calls an override that can't be read the command line's fault, once for all targets", () =>
    inSite(async (site) => {
      await packSample(site, { config: clouds });
      const { status, stdout } = await site.fnpkg(["check", "app.fnpkg", "--config", "app.yaml", "--set", "memory", "--json"]);
      expect(status).toBe(2);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.problems.map(({ code }) => code)).toEqual(["E_USAGE"]);
    }));

  it("names the place of a target that is none, and what may have been meant", () =>
    inSite(async (site) => {
      await packSample(site, { config: clouds.replace("google-cloud-functions: {", "aws-lamda: {") });
      const { status, stdout } = await site.fnpkg(["check", "app.fnpkg", "--config", "app.yaml", "--json"]);
      expect(status).toBe(3);
      const { problems = [] } = (JSON.parse(stdout) as Report).targets["aws-lamda"] ?? {};
      expect(problems).toMatchObject([
        {
          code: "E_TARGET",
          message: expect.stringMatching(/aws-lamda.*aws-lambda/) as string,
          pointer: "/targets/aws-lamda",
          file: "app.yaml",
          line: expect.any(Number) as number,
        },
      ]);
    }));

  it("checks only the targets named", () =>
    inSite(async (site) => {
      await packSample(site, { config: clouds });
      const { stdout } = await site.fnpkg(["check", "app.fnpkg", "--config", "app.yaml", "--target", "local", "--json"]);
      expect(Object.keys((JSON.parse(stdout) as Report).targets)).toEqual(["local"]);
    }));

  it("says for people what is wrong, where, and what to do", () =>
    inSite(async (site) => {
      await packSample(site, { config: clouds });
      const { status, stdout } = await site.fnpkg(["check", "app.fnpkg", "--config", "app.yaml", "--target", "local"]);
      expect(status).toBe(3);
      expect(stdout).toMatch(
        /^failed {2}local .*\n {2}error E_UNDECLARED_ENV: .*\n {4}at app.yaml:8 \/env\/NOPE\n {4}Declare it/,
      );
    }));

  it("prints the failure document only when nothing could be checked", () =>
    inSite(async (site) => {
      await packSample(site);
      await site.write("broken.yaml", "a: [1\n");
      const broken = await site.fnpkg(["check", "app.fnpkg", "--config", "broken.yaml", "--json"]);
      expect(broken.status).toBe(3);
      expect((JSON.parse(broken.stdout) as Failure).error).toMatchObject({ code: "E_YAML", problems: [{ file: "broken.yaml" }] });
      const both = ["check", "app.fnpkg", "--config", "app.yaml", "--target", "local", "--target", "mars", "--json"];
      const mixed = await site.fnpkg(both);
      expect(mixed.status).toBe(3);
      expect((JSON.parse(mixed.stdout) as Report).targets).toMatchObject({
        local: { ok: true },
        mars: { ok: false, problems: [{ code: "E_TARGET", target: "mars" }] },
      });
    }));

  it("gives a configuration's function the stage and each target", () =>
    inSite(async (site) => {
      await packSample(site);
      await site.write(
        "app.config.ts",
        `import { defineConfig } from "fnpkg";
interface Cx { readonly stage?: string; readonly target?: string }
export default defineConfig(({ stage, target }: Cx) => {
  if (target === "azure-functions") throw new Error("not there");
  return {
    kind: "FunctionConfig", specVersion: "1.0", function: "app", package: { name: "app" },
    description: \`\${stage} on \${target}\`,
    triggers: [{ name: "web", type: "http" }],
    targets: { local: {}, "azure-functions": {} }, stages: { dev: {} },
  };
});
`,
      );
      const { status, stdout } = await site.fnpkg([
        "check",
        "app.fnpkg",
        "--config",
        "app.config.ts",
        "--stage",
        "dev",
        "--json",
      ]);
      expect(status).toBe(3);
      const { targets } = JSON.parse(stdout) as Report;
      expect(targets["local"]).toMatchObject({ ok: true });
      expect(targets["azure-functions"]).toMatchObject({
        ok: false,
        problems: [{ code: "E_SCHEMA", message: expect.stringContaining("not there") as string, target: "azure-functions" }],
      });
      const { values } = await site.json<{ values: { pointer: string; value: unknown }[] }>([
        "explain",
        "--config",
        "app.config.ts",
        "--target",
        "local",
        "--stage",
        "dev",
      ]);
      expect(values).toContainEqual(expect.objectContaining({ pointer: "/description", value: "dev on local" }));
    }));

  it("takes a plain value for a secret only when told so, and warns then", () =>
    inSite(async (site) => {
      await packSample(site, {
        requires: '{ runtime: { nodejs: ">=20" }, env: [{ name: TOKEN, secret: true }] }',
        config: "env: { TOKEN: plainly }\ntargets: { local: {} }",
      });
      const check = ["check", "app.fnpkg", "--config", "app.yaml", "--json"];
      const refused = await site.fnpkg(check);
      expect(refused.status).toBe(3);
      expect((JSON.parse(refused.stdout) as Report).targets["local"]?.problems[0]).toMatchObject({ code: "E_PLAINTEXT_SECRET" });
      const taken = await site.fnpkg([...check, "--allow-plaintext-secret"]);
      expect(taken.status).toBe(0);
      expect((JSON.parse(taken.stdout) as Report).targets["local"]).toMatchObject({
        ok: true,
        problems: [{ code: "E_PLAINTEXT_SECRET", severity: "warning" }],
      });
    }));
});

describe("explain and permissions", () => {
  it("explain names the origin of every value", () =>
    inSite(async (site) => {
      await writeSample(site, {
        config: "memory: 256Mi\ntargets: { local: { override: { timeout: 5s } } }\nstages: { dev: { memory: 128Mi } }",
      });
      const { target, values } = await site.json<{
        target: string;
        values: { pointer: string; value: unknown; origin: Record<string, unknown> }[];
      }>(["explain", "--config", "app.yaml", "--target", "local", "--stage", "dev", "--set", "description=said last"]);
      expect(target).toBe("local");
      const of = (pointer: string) => values.find((value) => value.pointer === pointer);
      expect(of("/memory")).toEqual({
        pointer: "/memory",
        value: "128Mi",
        origin: { layer: "stages.dev", file: "app.yaml", line: 9 },
      });
      expect(of("/timeout")).toMatchObject({ value: "5s", origin: { layer: "targets.local.override", line: 8 } });
      expect(of("/description")).toMatchObject({ value: "said last", origin: { layer: "--set" } });
      expect(of("/concurrency/perInstance")).toMatchObject({ value: 1, origin: { layer: "default" } });
    }));

  it("permissions is a document, empty where the target asks for none", () =>
    inSite(async (site) => {
      await packSample(site);
      expect(await site.json(["permissions", "app.fnpkg", "--config", "app.yaml", "--target", "local"])).toMatchObject({
        target: "local",
        policy: null,
        actions: [],
      });
    }));
});
