import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../src/package/content.ts";
import type { Platform } from "../../../src/package/manifest.ts";
import { profileOf } from "../../../src/profiles/index.ts";
import type { MaterialiseOptions } from "../../../src/profiles/profile.ts";
import {
  content,
  digest512,
  failure,
  fakeRegistry,
  folder,
  lockText,
  npmTarball,
  packageOf,
  referencing,
  sri,
  tarball,
  texts,
} from "./world.ts";

const linux: Platform = { os: "linux", architecture: "amd64", libc: "glibc" };
const { materialise } = await profileOf("nodejs");

async function options(npm: string, more: Partial<MaterialiseOptions> = {}): Promise<MaterialiseOptions> {
  return { platform: linux, registries: { npm }, cache: await folder(), ...more };
}

describe("materialising", () => {
  test("a referenced package is fetched, checked, and placed wherever the lock file says", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("@s/a", "1.0.0", { "bin/run*": "#!/bin/sh\n" });
    registry.routes.set("/@s/a/-/a-1.0.0.tgz", bytes);
    const pkg = referencing("@s/a", "1.0.0", bytes, { places: ["node_modules/@s/a", "node_modules/b/node_modules/@s/a"] });
    const fetched: string[] = [];
    const wanted = await options(registry.url, { onFetch: ({ name }) => fetched.push(name) });
    const files = await materialise(pkg, wanted);
    expect(files.map(({ path, executable }) => [path, executable])).toEqual([
      ["function/node_modules/@s/a/bin/run", true],
      ["function/node_modules/@s/a/index.js", false],
      ["function/node_modules/@s/a/package.json", false],
      ["function/node_modules/b/node_modules/@s/a/bin/run", true],
      ["function/node_modules/b/node_modules/@s/a/index.js", false],
      ["function/node_modules/b/node_modules/@s/a/package.json", false],
    ]);
    expect((await texts(files))["function/node_modules/@s/a/index.js"]).toBe('exports.name = "@s/a@1.0.0";\n');
    expect(fetched).toEqual(["@s/a"]);
    expect(registry.asked).toHaveLength(1);

    const again = await materialise(pkg, wanted);
    expect(again.map(({ path, digest }) => [path, digest])).toEqual(files.map(({ path, digest }) => [path, digest]));
    expect(registry.asked).toHaveLength(1);
  });

  test("stored bodies inflate to the files", async () => {
    const { inflateRawSync, crc32 } = await import("node:zlib");
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0", {
      "big.txt": "abc".repeat(400_000),
      empty: "",
      noise: Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 89) % 256)),
    });
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    for (const file of await materialise(referencing("a", "1.0.0", bytes), await options(registry.url))) {
      const stored = await file.stored();
      const body = await bytesOf(stored.bytes());
      expect(body.byteLength).toBe(stored.compressedSize);
      const whole = stored.method === 8 ? inflateRawSync(body) : Buffer.from(body);
      expect(Buffer.compare(whole, Buffer.from(await bytesOf(file.read())))).toBe(0);
      expect(crc32(whole)).toBe(stored.crc32);
      expect(whole.byteLength).toBe(file.size);
    }
  });

  test("an embedded package needs no network", async () => {
    const bytes = await npmTarball("a", "1.0.0");
    const { manifest, files } = referencing("a", "1.0.0", bytes, { size: bytes.byteLength });
    const dependencies = {
      ...manifest.dependencies,
      packages: manifest.dependencies.packages.map((one) => ({ ...one, delivery: "embedded" as const })),
    };
    const blobs = new Map([[digest512(bytes), content(digest512(bytes), bytes)]]);
    expect(await materialise(packageOf(files, dependencies, {}, blobs), await options("http://127.0.0.1:1/"))).toHaveLength(2);
    expect((await failure(materialise(packageOf(files, dependencies), await options("http://127.0.0.1:1/")))).code).toBe(
      "E_MISSING",
    );
    const lying = new Map([[digest512(bytes), content(digest512(bytes), Buffer.alloc(bytes.byteLength))]]);
    expect(
      (await failure(materialise(packageOf(files, dependencies, {}, lying), await options("http://127.0.0.1:1/")))).code,
    ).toBe("E_DIGEST");
  });

  test("bundled packages add nothing", async () => {
    const pkg = packageOf([], {
      packages: [{ ecosystem: "npm", name: "a", version: "1.0.0", direct: true, delivery: "bundled", artifacts: [] }],
    });
    expect(await materialise(pkg, await options("http://127.0.0.1:1/"))).toEqual([]);
  });

  test("what is bundled inside a tarball counts only where the lock file says so", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0", { "node_modules/in/index.js": "in", "node_modules/stray/index.js": "stray" });
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const { manifest } = referencing("a", "1.0.0", bytes);
    const lock = lockText(
      {},
      {
        "node_modules/a": { version: "1.0.0", integrity: sri(bytes) },
        "node_modules/a/node_modules/in": { version: "2.0.0", inBundle: true },
      },
    );
    const pkg = packageOf([content("function/package-lock.json", Buffer.from(lock))], manifest.dependencies);
    const paths = (await materialise(pkg, await options(registry.url))).map(({ path }) => path);
    expect(paths).toContain("function/node_modules/a/node_modules/in/index.js");
    expect(paths.some((path) => path.includes("stray"))).toBe(false);
  });

  test("a digest that differs is E_DIGEST, and nothing is kept or tried again", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0");
    registry.routes.set("/a/-/a-1.0.0.tgz", await npmTarball("a", "6.6.6"));
    const wanted = await options(registry.url);
    const error = await failure(materialise(referencing("a", "1.0.0", bytes), wanted));
    expect(error.code).toBe("E_DIGEST");
    expect(registry.asked).toHaveLength(1);
    expect(await readdir(wanted.cache)).toEqual([]);
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    expect(
      (await failure(materialise(referencing("a", "1.0.0", bytes, { size: bytes.length + 1 }), await options(registry.url))))
        .code,
    ).toBe("E_SIZE");
    expect(
      (await failure(materialise(referencing("a", "1.0.0", bytes, { size: bytes.length - 1 }), await options(registry.url))))
        .code,
    ).toBe("E_SIZE");
  });

  test("41: a tarball with an entry that leaves its folder is E_PATH, though its digest is right", async () => {
    const registry = await fakeRegistry();
    const bytes = await tarball([{ name: "package/../../x", content: "x" }]);
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const wanted = await options(registry.url);
    expect((await failure(materialise(referencing("a", "1.0.0", bytes), wanted))).code).toBe("E_PATH");
    expect(await readdir(wanted.cache)).toEqual(["blobs"]);
  });

  test("a required package for another platform is E_PLATFORM before anything is fetched; an optional one is left out", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0");
    const required = referencing("a", "1.0.0", bytes, { entry: { os: ["linux"], cpu: ["arm64"] } });
    const error = await failure(materialise(required, await options(registry.url)));
    expect(error).toMatchObject({
      code: "E_PLATFORM",
      problems: [{ file: "function/package-lock.json", pointer: "/packages/node_modules~1a" }],
    });
    for (const entry of [{ cpu: ["arm64"] }, { os: ["darwin"] }, { libc: ["musl"] }]) {
      expect(
        await materialise(referencing("a", "1.0.0", bytes, { entry: { ...entry, optional: true } }), await options(registry.url)),
      ).toEqual([]);
    }
    expect(registry.asked).toEqual([]);
  });

  test("every failed package is reported", async () => {
    const registry = await fakeRegistry();
    const [a, b] = [await npmTarball("a", "1.0.0"), await npmTarball("b", "1.0.0")];
    const [one, two] = [referencing("a", "1.0.0", a), referencing("b", "1.0.0", b)];
    const lock = lockText(
      {},
      { "node_modules/a": { version: "1.0.0", integrity: sri(a) }, "node_modules/b": { version: "1.0.0", integrity: sri(b) } },
    );
    const pkg = packageOf([content("function/package-lock.json", Buffer.from(lock))], {
      lock: { path: "function/package-lock.json", format: "npm-3" },
      packages: [...one.manifest.dependencies.packages, ...two.manifest.dependencies.packages],
    });
    const error = await failure(materialise(pkg, await options(registry.url)));
    expect(error.problems.map((p) => p.message)).toEqual([
      expect.stringContaining("a@1.0.0"),
      expect.stringContaining("b@1.0.0"),
    ]);
  });

  test("39: a lock file that pins other bytes than the manifest is E_UNPINNED; no lock file is E_LOCK", async () => {
    const bytes = await npmTarball("a", "1.0.0");
    const pkg = referencing("a", "1.0.0", bytes, { entry: { integrity: sri(Buffer.from("other")) } });
    expect((await failure(materialise(pkg, await options("http://127.0.0.1:1/")))).code).toBe("E_UNPINNED");
    const { packages } = pkg.manifest.dependencies;
    expect((await failure(materialise(packageOf([], { packages }), await options("http://127.0.0.1:1/")))).code).toBe("E_LOCK");
  });

  test("a damaged cache is noticed: the index makes it unpack again, a body fails", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0", { "x.txt": "x".repeat(5000) });
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const pkg = referencing("a", "1.0.0", bytes);
    const wanted = await options(registry.url);
    await materialise(pkg, wanted);
    const file = join(wanted.cache, "unpacked-1", "sha512", digest512(bytes).slice("sha512:".length));
    const whole = await readFile(file);
    for (const cut of [0, 1, 40, 60, whole.length - 1]) {
      await rm(file);
      await writeFile(file, whole.subarray(0, cut));
      expect(await materialise(pkg, wanted)).toHaveLength(3);
    }
    const flipped = Buffer.from(whole);
    flipped[3] = (flipped[3] ?? 0) ^ 0xff;
    const apart = await options(registry.url);
    await materialise(pkg, apart);
    await writeFile(file.replace(wanted.cache, apart.cache), flipped);
    const [first] = await materialise(pkg, apart);
    expect((await failure(bytesOf(first?.read() ?? (async function* () {})()))).code).toBe("E_DIGEST");
    expect((await failure((async () => bytesOf((await first?.stored())?.bytes() ?? (async function* () {})()))())).code).toBe(
      "E_DIGEST",
    );
    expect(registry.asked).toHaveLength(2);
  });

  test("several at once on one cache agree", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0");
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const wanted = await options(registry.url);
    const runs = await Promise.all(Array.from({ length: 6 }, () => materialise(referencing("a", "1.0.0", bytes), wanted)));
    for (const run of runs) expect(Object.keys(await texts(run))).toHaveLength(2);
    expect((await readdir(join(wanted.cache, "unpacked-1", "sha512"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("an aborted run is E_INTERRUPTED", async () => {
    const bytes = await npmTarball("a", "1.0.0");
    expect(
      (
        await failure(
          materialise(referencing("a", "1.0.0", bytes), await options("http://127.0.0.1:1/", { signal: AbortSignal.abort() })),
        )
      ).code,
    ).toBe("E_INTERRUPTED");
  });

  test("a file that the package seals itself is E_DUPLICATE", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0");
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const { manifest, files } = referencing("a", "1.0.0", bytes);
    const pkg = packageOf([...files, content("function/node_modules/a/index.js", Buffer.from("mine"))], manifest.dependencies);
    expect((await failure(materialise(pkg, await options(registry.url)))).code).toBe("E_DUPLICATE");
  });

  test.each(["python", "java", "go", "docker"] as const)("%s is E_PROFILE", async (name) => {
    expect(await failure(profileOf(name))).toMatchObject({
      code: "E_PROFILE",
      message: expect.stringContaining("later") as string,
    });
  });
});
