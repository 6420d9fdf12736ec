import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FnpkgError } from "../../../src/errors.ts";
import { limitsOf } from "../../../src/package/limits.ts";
import { readTarball, type TarFile } from "../../../src/profiles/nodejs/tarball.ts";
import { failure, npmTarball, type TarEntry, tarball } from "./world.ts";

async function read(bytes: Uint8Array, limits = limitsOf()): Promise<TarFile[]> {
  const files: TarFile[] = [];
  await readTarball(bytes, (file) => Promise.resolve(void files.push(file)), { what: "a@1.0.0", limits });
  return files;
}

const refused = async (entries: readonly TarEntry[]) => (await failure(read(await tarball(entries)))).code;

describe("npm tarballs", () => {
  test("files come without the top folder, whatever its name, with the x bit alone", async () => {
    const files = await read(
      await tarball([
        { name: "top/", type: "directory" },
        { name: "top/a.js", content: "a", mode: 0o644 },
        { name: "./top/bin/run", content: "run", mode: 0o4755 },
        { name: "top//deep/./b.js", content: "" },
        { name: "beside", content: "left out, as npm does" },
      ]),
    );
    expect(files.map(({ path, bytes, executable }) => [path, Buffer.from(bytes).toString(), executable])).toEqual([
      ["a.js", "a", false],
      ["bin/run", "run", true],
      ["deep/b.js", "", false],
    ]);
  });

  test("long names survive", async () => {
    const name = `package/${"d".repeat(120)}/${"f".repeat(150)}.js`;
    expect((await read(await tarball([{ name, content: "x" }])))[0]?.path).toBe(name.slice("package/".length));
  });

  test.each([
    "package/../../x",
    "../x",
    "package/..",
    "/etc/passwd",
    "package\\..\\x",
    "C:/x/y",
    "package/a\u0001b",
    "package/a\nb",
    "package/\u202Etxt.js",
  ])("41: the entry %j is E_PATH", async (name) => {
    expect(await refused([{ name, content: "x" }])).toBe("E_PATH");
  });

  test.each(["symlink", "link", "fifo", "character-device", "block-device"] as const)(
    "4, 41: an entry that is a %s is E_ENTRY_TYPE",
    async (type) => {
      expect(await refused([{ name: "package/a", type, linkname: "/etc/passwd" }])).toBe("E_ENTRY_TYPE");
    },
  );

  test("5: a link and a file through it is E_ENTRY_TYPE", async () => {
    expect(
      await refused([
        { name: "package/a", type: "symlink", linkname: "/tmp" },
        { name: "package/a/x", content: "x" },
      ]),
    ).toBe("E_ENTRY_TYPE");
  });

  test("6: the same path twice is E_DUPLICATE, with the same bytes too", async () => {
    expect(
      await refused([
        { name: "package/a", content: "1" },
        { name: "package/a", content: "2" },
      ]),
    ).toBe("E_DUPLICATE");
    expect(
      await refused([
        { name: "package/a", content: "1" },
        { name: "package/./a", content: "1" },
      ]),
    ).toBe("E_DUPLICATE");
  });

  test("a file that is also a folder is E_COLLISION, in either order", async () => {
    expect(
      await refused([
        { name: "package/a", content: "1" },
        { name: "package/a/b", content: "2" },
      ]),
    ).toBe("E_COLLISION");
    expect(
      await refused([
        { name: "package/a/b/c", content: "1" },
        { name: "package/a", content: "2" },
      ]),
    ).toBe("E_COLLISION");
  });

  test("two top folders are E_PATH", async () => {
    expect(
      await refused([
        { name: "package/a", content: "1" },
        { name: "other/b", content: "2" },
      ]),
    ).toBe("E_PATH");
  });

  test("14: a gzip bomb is E_LIMIT while it inflates", async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    expect((await failure(read(bomb))).code).toBe("E_LIMIT");
    const large = await tarball([{ name: "package/a", content: Buffer.alloc(4096, "x") }]);
    expect((await failure(read(large, limitsOf({ fileBytes: 4095 })))).code).toBe("E_LIMIT");
    expect((await failure(read(large, limitsOf({ totalBytes: 4096 })))).code).toBe("E_LIMIT");
    const many = await tarball(Array.from({ length: 5 }, (_, i) => ({ name: `package/${i}`, content: "" })));
    expect((await failure(read(many, limitsOf({ entries: 4 })))).code).toBe("E_LIMIT");
  });

  test("what is no gzipped tar is E_RECORD", async () => {
    for (const bytes of [
      Buffer.from("not gzip"),
      gzipSync(Buffer.from("x".repeat(700))),
      new Uint8Array(),
      gzipSync(Buffer.alloc(0)).subarray(0, 8),
    ]) {
      expect((await failure(read(bytes))).code).toBe("E_RECORD");
    }
  });

  test("16: cut anywhere or with any byte flipped it is read or refused, and ends", async () => {
    const good = await npmTarball("a", "1.0.0", { "lib/x.js": "x".repeat(900), "bin/y*": "y" });
    const attempts: Uint8Array[] = [];
    for (let cut = 0; cut < good.length; cut += 3) attempts.push(good.subarray(0, cut));
    for (let at = 0; at < good.length; at += 2) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      attempts.push(bad);
    }
    const { gunzipSync } = await import("node:zlib");
    const tar = gunzipSync(good);
    for (let at = 0; at < tar.length; at += 5) {
      const bad = Buffer.from(tar);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      attempts.push(gzipSync(bad, { level: 1 }));
      if (at % 64 === 0) attempts.push(gzipSync(tar.subarray(0, at), { level: 1 }));
    }
    for (const bytes of attempts) {
      try {
        await read(bytes);
      } catch (cause) {
        expect(cause).toBeInstanceOf(FnpkgError);
      }
    }
  });
});
