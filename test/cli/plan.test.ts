import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { local, packSample } from "./samples.ts";
import { digestLike, type Failure, inSite, lines } from "./support.ts";

interface Plan {
  readonly digest: string;
  readonly configDigest: string;
  readonly steps: readonly {
    readonly action: string;
    readonly kind: string;
    readonly id: string;
    readonly changes: readonly object[];
  }[];
}

describe("plan", () => {
  it("prints the steps, the resources and the digests; it writes nothing", () =>
    inSite(async (site) => {
      const { digest } = await packSample(site);
      const plan = await site.json(["plan", "app.fnpkg", ...local()]);
      expect(plan).toMatchObject({
        target: "local",
        deployment: "app",
        packageDigest: digest,
        configDigest: expect.stringMatching(digestLike) as string,
        digest: expect.stringMatching(digestLike) as string,
        archive: { sha256: null, size: null },
      });
      const { steps, resources } = plan as unknown as Plan & { resources: readonly object[] };
      expect(steps.map(({ action, id }) => [action, id])).toEqual([
        ["create", "function"],
        ["create", "trigger-web"],
      ]);
      for (const change of steps.flatMap((step) => step.changes)) expect(Object.keys(change)).toEqual(["path", "from", "to"]);
      for (const resource of resources) expect(Object.keys(resource)).toEqual(["kind", "id", "props", "needs"]);
      expect(readdirSync(site.folder)).not.toContain(".fnpkg");
    }));

  it("--offline plans from nothing, also where something is deployed", () =>
    inSite(async (site) => {
      await packSample(site);
      await site.json(["plan", "app.fnpkg", ...local()]);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--quiet"])).status).toBe(0);
      const live = await site.json<Plan & Record<string, unknown>>(["plan", "app.fnpkg", ...local()]);
      expect(live.steps.map(({ action }) => action)).toEqual(["keep", "keep"]);
      const offline = await site.json<Plan & Record<string, unknown>>(["plan", "app.fnpkg", ...local(), "--offline"]);
      expect(offline.steps.map(({ action }) => action)).toEqual(["create", "create"]);
      expect((await site.fnpkg(["destroy", ...local(), "--json"])).status).toBe(0);
    }));

  it("--archive writes the archive that it names", () =>
    inSite(async (site) => {
      await packSample(site);
      const plan = await site.json(["plan", "app.fnpkg", ...local(), "--offline", "--archive", "out.zip"]);
      const file = join(site.folder, "out.zip");
      const sha256 = createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
      expect(plan["archive"]).toMatchObject({ sha256, size: (await stat(file)).size });
      const refused = await site.fnpkg(["plan", "app.fnpkg", ...local(), "--archive", "no/such/folder/out.zip", "--json"]);
      expect(refused.status).toBe(1);
      expect((JSON.parse(refused.stdout) as Failure).error.code).toBe("E_IO");
    }));

  it("--markdown is a table", () =>
    inSite(async (site) => {
      await packSample(site);
      const { status, stdout } = await site.fnpkg(["plan", "app.fnpkg", ...local(), "--markdown"]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^### local: app\n\n2 to create\n\n\| action \| kind \| id \| changes \|\n\| --- /);
    }));

  it("is the same twice, and another one with another value", () =>
    inSite(async (site) => {
      await packSample(site);
      const plan = ["plan", "app.fnpkg", ...local()];
      const first = await site.json<Plan & Record<string, unknown>>(plan);
      expect((await site.json(plan))["digest"]).toBe(first.digest);
      expect((await site.json([...plan, "--set", "memory=256Mi"]))["digest"]).not.toBe(first.digest);
    }));
});

describe("deploy --plan", () => {
  it("does what was reviewed, and refuses another plan with 4 before anything is written", () =>
    inSite(async (site) => {
      await packSample(site);
      const { digest } = await site.json<Plan & Record<string, unknown>>(["plan", "app.fnpkg", ...local()]);
      const drifted = ["deploy", "app.fnpkg", ...local(), "--plan", digest, "--set", "memory=256Mi", "--json"];
      const refused = await site.fnpkg(drifted);
      expect(refused.status).toBe(4);
      expect(lines(refused.stdout).at(-1)).toMatchObject({ error: { code: "E_PLAN" } });
      expect(readdirSync(site.folder)).not.toContain(".fnpkg");
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--plan", digest])).status).toBe(0);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--plan", digest])).status).toBe(4);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});
