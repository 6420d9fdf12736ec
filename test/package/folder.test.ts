/** The folder form, the cache, and items 50 and 51 where a package is unpacked. */
import files, { chmod, link, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { sha256 } from "../../src/json.ts";
import { installToCache } from "../../src/package/install.ts";
import { openVerified } from "../../src/package/open-verified.ts";
import { openPackage } from "../../src/package/open.ts";
import { bytesOf } from "../../src/package/content.ts";
import { cacheFolder, findBlob, getBlob, loadDocument, putBlob, saveDocument } from "../../src/package/store.ts";
import { verifyPackage } from "../../src/package/verify.ts";
import { authorFolder, codeOf, HELLO, packed, temporaryFolder, writeFiles } from "./support/packing.ts";

async function packageFolder(): Promise<string> {
  const out = join(await temporaryFolder(), "pkg");
  await packed(await authorFolder({ ...HELLO, "bin/run": { content: "#!/bin/sh\n", mode: 0o755 } }), { out: `${out}/` });
  return out;
}

describe("a folder that was verified", () => {
  it("is not read again until one of its files is touched", async () => {
    const folder = await packageFolder();
    const cache = await temporaryFolder();
    const file = join(folder, "function/index.mjs");
    const open = async () => (await openVerified(folder, cache)).close();
    // What was touched in the last two seconds may change within one tick of the clock.
    await open();
    expect(await readdir(cache)).toEqual([]);
    await new Promise((wake) => setTimeout(wake, 2100));
    await open();
    expect(await readdir(cache)).toEqual(["verified"]);
    const opened = vi.spyOn(files, "open");
    syncBuiltinESMExports();
    try {
      await open();
      expect(opened.mock.calls.map(([path]) => path).filter((path) => String(path).includes("function/"))).toEqual([]);
      await verifyPackage(folder);
      expect(opened.mock.calls.map(([path]) => path)).toContain(file);
    } finally {
      opened.mockRestore();
      syncBuiltinESMExports();
    }

    const { size, mtime } = await stat(file);
    await writeFile(file, "x".repeat(size));
    await utimes(file, mtime, mtime);
    await expect(open()).rejects.toMatchObject({ code: "E_DIGEST" });
  });
});

describe("verifying a folder", () => {
  const attacks: [string, string, (folder: string) => Promise<unknown>][] = [
    ["30: an unlisted file", "E_EXTRA", (f) => writeFile(join(f, "function/extra"), "x")],
    ["30: an unlisted file at the root", "E_EXTRA", (f) => writeFile(join(f, "README"), "x")],
    ["30: a missing file", "E_MISSING", (f) => rm(join(f, "function/package.json"))],
    ["30: an unreferenced blob", "E_EXTRA", (f) => writeFiles(f, { [`blobs/sha256/${"a".repeat(64)}`]: "x" })],
    [
      "29: other bytes of the same size",
      "E_DIGEST",
      async (f) => writeFile(join(f, "function/index.mjs"), "x".repeat((await stat(join(f, "function/index.mjs"))).size)),
    ],
    ["29: another size", "E_SIZE", (f) => writeFile(join(f, "function/index.mjs"), "x")],
    ["18: x where the manifest has none", "E_MODE", (f) => chmod(join(f, "function/index.mjs"), 0o755)],
    ["18: no x where the manifest has one", "E_MODE", (f) => chmod(join(f, "function/bin/run"), 0o644)],
    ["4: a link to a file", "E_ENTRY_TYPE", (f) => symlink("index.mjs", join(f, "function/link"))],
    [
      "4: a folder that is a link",
      "E_ENTRY_TYPE",
      async (f) => {
        await rename(join(f, "function/bin"), join(f, "elsewhere"));
        await symlink("../elsewhere", join(f, "function/bin"));
      },
    ],
    ["21: a bad name", "E_PATH", (f) => writeFile(join(f, "function/a\nb"), "x")],
    ["22: names that collide", "E_COLLISION", (f) => writeFiles(f, { "function/INDEX.mjs": "x" })],
    ["23: a name in form NFD", "E_PATH", (f) => writeFile(join(f, "function/e\u0301"), "x")],
    ["no manifest", "E_MISSING", (f) => rm(join(f, "function-package.json"))],
    [
      "31: an edited manifest",
      "E_CANONICAL",
      async (f) => writeFile(join(f, "function-package.json"), `${await readFile(join(f, "function-package.json"), "utf8")}\n`),
    ],
  ];
  it.each(attacks)("%s is %s", async (_, code, attack) => {
    const folder = await packageFolder();
    expect(await verifyPackage(folder)).toMatchObject({ files: 3 });
    await attack(folder);
    expect(await codeOf(verifyPackage(folder))).toBe(code);
  });
  it("empty folders and hard links are no matter", async () => {
    const folder = await packageFolder();
    await mkdir(join(folder, "function/empty"));
    await link(join(folder, "function/index.mjs"), join(await temporaryFolder(), "other"));
    expect(await verifyPackage(folder)).toMatchObject({ files: 3 });
  });
  it("26: folders deeper than any path are E_PATH", async () => {
    const folder = await packageFolder();
    await mkdir(join(folder, "function", ...Array.from({ length: 300 }, () => "d")), { recursive: true });
    expect(await codeOf(verifyPackage(folder))).toBe("E_PATH");
  });
  it("50: a file that changes after opening is E_CHANGED", async () => {
    const folder = await packageFolder();
    const pkg = await openPackage(folder);
    await writeFile(join(folder, "function/index.mjs"), HELLO["index.mjs"].replace("hello", "HELLO"));
    const file = pkg.files.find(({ path }) => path === "function/index.mjs");
    expect(await codeOf(bytesOf(file?.read() ?? (async function* () {})()))).toBe("E_CHANGED");
    await pkg.close();
  });
  it("what is not there is E_NOT_FOUND", async () => {
    expect(await codeOf(verifyPackage(join(await temporaryFolder(), "nothing")))).toBe("E_NOT_FOUND");
  });
  it("36: identity and aborting", async () => {
    const folder = await packageFolder();
    expect(await codeOf(verifyPackage(folder, { expect: { version: "9.9.9" } }))).toBe("E_IDENTITY");
    expect(await codeOf(verifyPackage(folder, { signal: AbortSignal.abort() }))).toBe("E_INTERRUPTED");
  });
});

describe("installing into the cache", () => {
  it("unpacks under the digest; two at once end with one folder", async () => {
    const { file, digest } = await packed(await authorFolder());
    const cache = await temporaryFolder();
    const both = await Promise.all([
      installToCache(file, { cache }),
      installToCache(file, { cache }),
      installToCache(file, { cache }),
    ]);
    expect(new Set(both.map(({ folder }) => folder)).size).toBe(1);
    const parent = join(cache, "packages/sha256");
    expect(await readdir(parent)).toEqual([digest.slice(7)]);
    expect(await verifyPackage(join(parent, digest.slice(7)), { expect: { digest } })).toMatchObject({ files: 2 });
  });
  it("replaces what is there and damaged", async () => {
    const { file, digest } = await packed(await authorFolder());
    const cache = await temporaryFolder();
    const { folder } = await installToCache(file, { cache });
    await writeFile(join(folder, "function/index.mjs"), "evil");
    await installToCache(file, { cache });
    expect(await verifyPackage(folder, { expect: { digest } })).toMatchObject({ digest });
  });
  it("16: leaves nothing behind when the package is damaged", async () => {
    const { file } = await packed(await authorFolder(), { store: true });
    const bytes = await readFile(file);
    const at = bytes.indexOf('hello "');
    bytes[at] = 0x48;
    await writeFile(file, bytes);
    const cache = await temporaryFolder();
    expect(await codeOf(installToCache(file, { cache }))).toBe("E_DIGEST");
    expect(await readdir(join(cache, "packages/sha256"))).toEqual([]);
  });
  it("51: a cache that can't be written is E_IO", async () => {
    const { file } = await packed(await authorFolder());
    const parent = await temporaryFolder();
    await writeFile(join(parent, "cache"), "a file");
    expect(await codeOf(installToCache(file, { cache: join(parent, "cache") }))).toBe("E_IO");
  });
  it("51: packing works when the cache can't be written", async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, "cache"), "a file");
    expect(await packed(await authorFolder(), { cache: join(parent, "cache") })).toMatchObject({ files: 2 });
  });
});

describe("the store", () => {
  const bytes = Buffer.from("content");
  const digest = sha256(bytes);
  it("puts and gets by digest, and believes nothing", async () => {
    const cache = await temporaryFolder();
    expect(await findBlob(cache, digest)).toBeUndefined();
    expect(await codeOf(putBlob(cache, digest, Buffer.from("other")))).toBe("E_DIGEST");
    expect(await findBlob(cache, digest)).toBeUndefined();
    const path = await putBlob(cache, digest, bytes);
    expect(await findBlob(cache, digest)).toBe(path);
    await writeFile(path, "changed");
    expect(await getBlob(cache, digest)).toBeUndefined();
    expect(await findBlob(cache, digest)).toBeUndefined();
    expect(await codeOf(putBlob(cache, "sha256:../../x", bytes))).toBe("E_DIGEST");
  });
  it("lies where XDG says", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "/x" })).toBe("/x/fnpkg");
    expect(cacheFolder({ XDG_CACHE_HOME: "relative", HOME: "/home/a" })).toBe("/home/a/.cache/fnpkg");
  });
  it("documents that are cut off or changed are absent", async () => {
    const path = join(await temporaryFolder(), "d.json");
    await saveDocument(path, [1, 2]);
    expect(await loadDocument(path)).toEqual([1, 2]);
    await writeFile(path, (await readFile(path, "utf8")).replace("[1", "[2"));
    expect(await loadDocument(path)).toBeUndefined();
    await writeFile(path, "");
    expect(await loadDocument(path)).toBeUndefined();
  });
});
