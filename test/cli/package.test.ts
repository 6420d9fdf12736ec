import { existsSync, readdirSync } from "node:fs";
import { cp, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packSample, writeSample } from "./samples.ts";
import { digestLike, type Failure, inSite } from "./support.ts";

describe("pack", () => {
  it("writes NAME-VERSION.fnpkg where it runs and prints exactly what it made", () =>
    inSite(async (site) => {
      await writeSample(site);
      const { status, stdout, stderr } = await site.fnpkg(["pack", "app", "--json"]);
      expect([status, stderr]).toEqual([0, ""]);
      const file = join(site.folder, "app-1.0.0.fnpkg");
      expect(JSON.parse(stdout)).toEqual({
        file,
        digest: expect.stringMatching(digestLike) as string,
        name: "app",
        version: "1.0.0",
        files: 1,
        bytes: (await stat(file)).size,
      });
    }));

  it("prints the digest for people, with --store the same bytes again", () =>
    inSite(async (site) => {
      await writeSample(site);
      const first = await site.fnpkg(["pack", "app", "--store", "--out", "a.fnpkg"]);
      const { digest } = await site.json<{ digest: string }>(["pack", "app", "--store", "--out", "b.fnpkg"]);
      expect(first.stdout).toContain(digest);
      expect(await readFile(join(site.folder, "a.fnpkg"))).toEqual(await readFile(join(site.folder, "b.fnpkg")));
    }));
});

describe("verify, inspect and diff", () => {
  it("verify says who it is, in one document", () =>
    inSite(async (site) => {
      const { digest } = await packSample(site);
      const ok = { ok: true, digest, name: "app", version: "1.0.0" };
      expect(await site.json(["verify", "app.fnpkg"])).toEqual(ok);
      expect(await site.json(["verify", "app.fnpkg", "--digest", digest])).toEqual(ok);
    }));

  it("verify takes the folder form too", () =>
    inSite(async (site) => {
      await writeSample(site);
      const { digest } = await site.json<{ digest: string }>(["pack", "app", "--out", "sealed/"]);
      expect(await site.json(["verify", "sealed"])).toMatchObject({ ok: true, digest });
    }));

  it("another digest than asked for is 3, one changed byte is 3", () =>
    inSite(async (site) => {
      await packSample(site);
      const other = await site.fnpkg(["verify", "app.fnpkg", "--digest", `sha256:${"0".repeat(64)}`, "--json"]);
      expect(other.status).toBe(3);
      expect((JSON.parse(other.stdout) as Failure).error.code).toBe("E_IDENTITY");
      const bytes = await readFile(join(site.folder, "app.fnpkg"));
      bytes[bytes.length - 30] = (bytes[bytes.length - 30] as number) ^ 1;
      await site.write("bad.fnpkg", bytes);
      const bad = await site.fnpkg(["verify", "bad.fnpkg", "--json"]);
      expect(bad.status).toBe(3);
      expect((JSON.parse(bad.stdout) as Failure).error.hint).not.toBe("");
    }));

  it("inspect prints the manifest, the digest, the size and the largest files", () =>
    inSite(async (site) => {
      const { digest } = await packSample(site);
      const found = await site.json(["inspect", "app.fnpkg"]);
      const { size } = await stat(join(site.folder, "app/index.mjs"));
      expect(found).toEqual({
        manifest: expect.objectContaining({ name: "app", version: "1.0.0" }) as object,
        digest,
        bytes: size,
        largest: [{ path: "function/index.mjs", size }],
      });
    }));

  it("diff tells what changed", () =>
    inSite(async (site) => {
      await packSample(site);
      await cp(join(site.folder, "app.fnpkg"), join(site.folder, "old.fnpkg"));
      expect(await site.json(["diff", "old.fnpkg", "app.fnpkg"])).toMatchObject({ same: true });
      await site.write("app/more.mjs", "export {};\n");
      await site.json(["pack", "app", "--out", "app.fnpkg"]);
      const found = await site.json(["diff", "old.fnpkg", "app.fnpkg"]);
      expect(found).toMatchObject({ same: false, files: { added: ["function/more.mjs"], removed: [], changed: [] } });
      expect((await site.fnpkg(["diff", "old.fnpkg", "app.fnpkg"])).stdout).toBe("+ function/more.mjs\n");
    }));
});

describe("init", () => {
  it("writes three files, and nothing over a file that is there", () =>
    inSite(async (site) => {
      const names = ["function-config.yaml", "function-package.yaml", "index.mjs"];
      const made = await site.json<{ folder: string; files: string[] }>(["init", "greeter"]);
      expect(made.folder).toBe(join(site.folder, "greeter"));
      expect([...made.files].sort()).toEqual(names);
      const again = await site.fnpkg(["init", "greeter", "--json"]);
      expect(again.status).toBe(2);
      expect((JSON.parse(again.stdout) as Failure).error.problems).toHaveLength(3);
      await site.write("half/index.mjs", "mine");
      expect((await site.fnpkg(["init", "half"])).status).toBe(2);
      expect(readdirSync(join(site.folder, "half"))).toEqual(["index.mjs"]);
      expect(await readFile(join(site.folder, "half/index.mjs"), "utf8")).toBe("mine");
    }));

  it("knows which profiles are to come, and which are none", () =>
    inSite(async (site) => {
      expect((await site.fnpkg(["init", "a", "--profile", "python"])).status).toBe(3);
      expect((await site.fnpkg(["init", "a", "--profile", "cobol"])).status).toBe(2);
      expect(existsSync(join(site.folder, "a"))).toBe(false);
    }));
});
