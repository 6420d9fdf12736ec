/** Item 16: archives and manifests that are cut, flipped and made up; and that what is packed comes back. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FnpkgError } from "../../src/errors.ts";
import { canonical, sha256 } from "../../src/json.ts";
import { inMemory } from "../../src/package/bytes.ts";
import { bytesOf } from "../../src/package/content.ts";
import { installToCache } from "../../src/package/install.ts";
import { Deadline, limitsOf } from "../../src/package/limits.ts";
import { openPackage } from "../../src/package/open.ts";
import { readManifest } from "../../src/package/read-manifest.ts";
import { verifyPackage } from "../../src/package/verify.ts";
import { inflated } from "../../src/package/zip/inflate.ts";
import { readZip } from "../../src/package/zip/reader.ts";
import { parseStrict } from "../../src/yaml.ts";
import { authorFolder, HELLO, packed } from "./support/packing.ts";
import { FILES, manifestOver } from "./support/zip.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fnpkg-fuzz-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The code it fails with; anything but an FnpkgError is a failed test. */
async function outcome(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof FnpkgError && error.code !== "E_INTERNAL") return error.code;
    throw error;
  }
}

describe("16: damaged archives are errors, never hang, and install nothing", () => {
  it.each([true, false])("cut at every offset and flipped at every byte, stored %s", { timeout: 120_000 }, async (store) => {
    const { file, digest } = await packed(
      await authorFolder({
        "index.mjs": `${HELLO["index.mjs"]}// ${"more ".repeat(40)}\n`,
        "package.json": HELLO["package.json"],
      }),
      { store },
    );
    const sound = await readFile(file);
    const path = join(root, "damaged.fnpkg");
    const expectFailure = async (bytes: Uint8Array, at: number): Promise<void> => {
      await writeFile(path, bytes);
      const code = await outcome(() => verifyPackage(path, { expect: { digest } }));
      // Times, unused attributes, the bits of the mode besides x, and the padding of a deflate stream's last byte may be anything.
      if (code === undefined) expect(harmless(sound).has(at), `byte ${at}`).toBe(true);
    };
    for (let length = 0; length < sound.length; length++) {
      await writeFile(path, sound.subarray(0, length));
      expect(await outcome(() => verifyPackage(path)), `cut at ${length}`).toBeDefined();
    }
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ (at % 3 === 0 ? 0xff : 1 << (at % 8));
      await expectFailure(bytes, at);
    }
    const cache = join(root, `cache-${String(store)}`);
    for (let at = 0; at < sound.length; at += 37) {
      await writeFile(path, sound.subarray(0, at));
      await outcome(() => installToCache(path, { cache }));
    }
    expect(await readdir(join(cache, "packages/sha256")).catch(() => [])).toEqual([]);
  });

  /** Offsets whose bytes the format leaves open. */
  function harmless(bytes: Buffer): Set<number> {
    const offsets = new Set<number>();
    const add = (from: number, length: number) => Array.from({ length }, (_, i) => offsets.add(from + i));
    for (let at = bytes.indexOf("PK\x03\x04", 0, "latin1"); at >= 0; at = bytes.indexOf("PK\x03\x04", at + 4, "latin1")) {
      add(at - 1, 1);
      add(at + 10, 4);
    }
    add(bytes.indexOf("PK\x01\x02", 0, "latin1") - 1, 1);
    for (let at = bytes.indexOf("PK\x01\x02", 0, "latin1"); at >= 0; at = bytes.indexOf("PK\x01\x02", at + 4, "latin1")) {
      add(at + 12, 4);
      add(at + 36, 6);
    }
    return offsets;
  }

  it("random damage in several places", { timeout: 120_000 }, async () => {
    const { file } = await packed(await authorFolder());
    const sound = await readFile(file);
    const limits = limitsOf({ seconds: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(sound);
          for (const [at, value] of changes) bytes[at] = value;
          const source = inMemory(bytes);
          await outcome(async () => {
            for (const entry of await readZip(source, { limits, deadline: new Deadline(limits) }))
              await bytesOf(inflated(source, entry));
          });
        },
      ),
      { numRuns: 800 },
    );
  });
});

describe("made-up manifests and author files", () => {
  const limits = limitsOf();
  it("flipped and cut manifests are errors or other manifests, never crashes", { timeout: 120_000 }, async () => {
    const sound = Buffer.from(canonical(manifestOver(FILES)));
    for (let at = 0; at < sound.length; at++) {
      expect(await outcome(async () => readManifest(sound.subarray(0, at), limits))).toBeDefined();
      for (const value of [0, 0x22, 0x2c, 0x5b, 0x7d, 0xff]) {
        const bytes = Buffer.from(sound);
        bytes[at] = value;
        await outcome(async () => readManifest(bytes, limits));
      }
    }
  });
  it("any JSON where a field belongs", async () => {
    const keys = [...Object.keys(manifestOver(FILES)), "sbom", "annotations", "source"];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), async (key, value) => {
        await outcome(async () => readManifest(Buffer.from(canonical(manifestOver(FILES, { [key]: value }))), limits));
      }),
      { numRuns: 600 },
    );
  });
  it("any text as YAML", async () => {
    const token = fc.constantFrom(
      "a",
      "b: ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      ",",
      "\n",
      "  ",
      "&x ",
      "*x",
      "!t ",
      '"',
      "'",
      "#",
      "|",
      ">",
      "? ",
      ": ",
      "---\n",
      "\t",
      "%YAML 1.2\n",
      "é",
      "\u0000",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 40 }), async (parts) => {
        await outcome(async () => parseStrict(parts.join("")));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("what is packed comes back", () => {
  const segment = fc
    .stringMatching(/^[a-zé日_.()[\]@ -]{1,12}$/)
    .filter((s) => !/^\.|[. ]$|^\s|^(con|prn|aux|nul)\b/i.test(s) && s.normalize("NFC") === s);
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.string({ maxLength: 3000 }).map((s) => Buffer.from(s.repeat(5))),
  );
  it("pack, open, read", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), content), {
          maxLength: 8,
          selector: ([parts]) => parts[0]?.toLowerCase() ?? "",
        }),
        fc.boolean(),
        async (files, store) => {
          const named = Object.fromEntries(files.map(([parts, bytes], i) => [`d${i}${parts.join("/")}`, Buffer.from(bytes)]));
          const folder = await authorFolder({ ...HELLO, ...named });
          const { file, digest } = await packed(folder, { store });
          const pkg = await openPackage(file, { expect: { digest } });
          expect(pkg.files.length).toBe(files.length + 2);
          for (const found of pkg.files)
            expect(sha256(await bytesOf(found.read()))).toBe(
              sha256(await readFile(join(folder, found.path.slice("function/".length)))),
            );
          await pkg.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});
