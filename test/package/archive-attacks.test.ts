/** Items 1 to 20 of the nasty inputs: what an archive may not be, and the code that says so. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { canonical } from "../../src/json.ts";
import { verifyPackage, type VerifyOptions } from "../../src/package/verify.ts";
import { codeOf, temporaryFolder } from "./support/packing.ts";
import { changed, endBytes, entriesOf, FILES, manifestOver, rawZip, type RawEntry } from "./support/zip.ts";

async function at(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "x.fnpkg");
  await writeFile(path, bytes);
  return path;
}

async function verified(bytes: Uint8Array, options?: VerifyOptions) {
  return verifyPackage(await at(bytes), options);
}

async function code(bytes: Uint8Array, options?: VerifyOptions): Promise<string> {
  return codeOf(verified(bytes, options));
}

const INDEX = "function/index.mjs";

/** The sound package and one entry more, in its sorted place. */
function plus(...more: RawEntry[]): Buffer {
  const [manifest, ...rest] = entriesOf();
  const all = [...rest, ...more].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return rawZip([manifest as RawEntry, ...all]);
}

it("accepts the sound archive that the attacks start from, stored and deflated", async () => {
  expect(await verified(rawZip(entriesOf()))).toMatchObject({ files: 2 });
  expect(await verified(rawZip(entriesOf().map((entry) => ({ ...entry, deflate: true }))))).toMatchObject({ files: 2 });
});

describe("paths, items 1 to 5", () => {
  it.each(["../evil", "a/../../evil", "function/../../x", "function/./x", "function//x"])("1: %s is E_PATH", async (name) => {
    expect(await code(plus({ name, data: "x" }))).toBe("E_PATH");
    expect(await code(rawZip([...entriesOf(), { name, data: "x" }]))).toBe("E_PATH");
  });
  it.each(["/etc/passwd", "C:\\x", "C:x", "\\\\host\\share", "//x", "function/"])("2: %s is E_PATH", async (name) => {
    expect(await code(plus({ name, data: "x" }))).toBe("E_PATH");
  });
  it("3: backslash separators are E_PATH", async () => {
    expect(await code(plus({ name: "function\\..\\..\\x" }))).toBe("E_PATH");
  });
  it.each([0o120777, 0o010644, 0o020644, 0o060644, 0o140644, 0o040755])(
    "4: the type of mode %o is E_ENTRY_TYPE",
    async (mode) => {
      expect(await code(plus({ name: "function/link", data: "index.mjs", mode }))).toBe("E_ENTRY_TYPE");
    },
  );
  it("5: a link and a file through it are E_ENTRY_TYPE", async () => {
    expect(await code(plus({ name: "function/a", data: "/tmp", mode: 0o120777 }, { name: "function/a/x", data: "x" }))).toBe(
      "E_ENTRY_TYPE",
    );
  });
});

describe("structure, items 6 to 13", () => {
  it("6: a name that stands twice is E_DUPLICATE, with the same content or another", async () => {
    expect(await code(plus({ name: INDEX, data: FILES[INDEX] ?? "" }))).toBe("E_DUPLICATE");
    expect(await code(plus({ name: INDEX, data: "other" }))).toBe("E_DUPLICATE");
  });
  it.each([
    ["name", { name: Buffer.from("function/index.mjz") }],
    ["longer name", { name: Buffer.from("function/index.mjs2") }],
    ["size", { size: 1 }],
    ["compressed size", { compressedSize: 1 }],
    ["method", { method: 8 }],
    ["flags", { flags: 0 }],
    ["descriptor flag", { flags: 0x0808 }],
    ["CRC", { crc: 1 }],
    ["version needed", { needed: 10 }],
  ])("7: a local header with another %s is E_ZIP_MISMATCH", async (_, local) => {
    expect(await code(changed(INDEX, { local }))).toBe("E_ZIP_MISMATCH");
  });
  it("7: a CRC that belies the right bytes in both headers is E_ZIP_MISMATCH", async () => {
    expect(await code(changed(INDEX, { both: { crc: 1 } }))).toBe("E_ZIP_MISMATCH");
  });
  it("8: an entry in local headers only, at any place, is E_ZIP_MISMATCH", async () => {
    const hidden: RawEntry = { name: "function/hidden", data: "x", only: "local" };
    const [manifest, ...rest] = entriesOf();
    for (const entries of [
      [hidden, ...entriesOf()],
      [manifest as RawEntry, hidden, ...rest],
      [...entriesOf(), hidden],
    ])
      expect(await code(rawZip(entries))).toBe("E_ZIP_MISMATCH");
  });
  it("8: an entry in the directory only is E_ZIP_MISMATCH", async () => {
    expect(await code(plus({ name: "function/ghost", data: "x", only: "central" }))).toBe("E_ZIP_MISMATCH");
    expect(await code(plus({ name: "function/ghost", data: "x", only: "central", central: { offset: 99_999 } }))).toBe(
      "E_ZIP_MISMATCH",
    );
    expect(await code(plus({ name: "function/ghost", data: "", only: "central", central: { offset: 0 } }))).toBe(
      "E_ZIP_MISMATCH",
    );
  });
  it("8: bytes between entries, and between entries and directory, are E_ZIP_MISMATCH", async () => {
    expect(await code(changed(INDEX, { after: Buffer.from("gap") }))).toBe("E_ZIP_MISMATCH");
    expect(await code(changed("function/package.json", { after: Buffer.from("gap") }))).toBe("E_ZIP_MISMATCH");
  });
  it("9: everything before, between and after is E_ZIP_FRAMING", async () => {
    const sound = rawZip(entriesOf());
    const end = { disk: 0, directoryDisk: 0, entriesHere: 3, entries: 3, bytes: 0, offset: 0, comment: Buffer.alloc(0) };
    const framed = {
      "trailing byte": Buffer.concat([sound, Buffer.of(0)]),
      "prefix, offsets not corrected": Buffer.concat([Buffer.from("#!/bin/sh\n"), sound]),
      "prefix, offsets corrected": rawZip(entriesOf(), { prefix: Buffer.from("#!/bin/sh\n") }),
      "concatenated zips": Buffer.concat([sound, sound]),
      "concatenated zips, offsets corrected": rawZip(entriesOf(), { prefix: sound }),
      comment: rawZip(entriesOf(), { end: { comment: Buffer.from("hello") } }),
      "end record in a comment": rawZip(entriesOf(), { end: { comment: endBytes(end) } }),
      "two end records": Buffer.concat([sound, sound.subarray(sound.length - 22)]),
      "bytes before the end record": rawZip(entriesOf(), { beforeEnd: Buffer.from("x") }),
      "no zip": Buffer.from("x".repeat(1000)),
    };
    for (const [name, bytes] of Object.entries(framed)) expect([name, await code(bytes)]).toEqual([name, "E_ZIP_FRAMING"]);
  });
  it("10: whatever belongs to Zip64 is E_ZIP64", async () => {
    const locator = Buffer.alloc(20);
    locator.writeUInt32LE(0x07064b50, 0);
    const end64 = Buffer.alloc(56);
    end64.writeUInt32LE(0x06064b50, 0);
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    const max = 0xffff_ffff;
    const zip64 = {
      "end record and locator": rawZip(entriesOf(), { beforeEnd: Buffer.concat([end64, locator]) }),
      "wrong locator alone": rawZip(entriesOf(), { beforeEnd: locator }),
      "end record alone": rawZip(entriesOf(), { beforeEnd: end64 }),
      "directory offset": rawZip(entriesOf(), { end: { offset: max } }),
      "directory size": rawZip(entriesOf(), { end: { bytes: max } }),
      "sizes without extra": changed(INDEX, { both: { size: max, compressedSize: max } }),
      "local sizes": changed(INDEX, { local: { size: max, compressedSize: max } }),
      "directory size only": changed(INDEX, { central: { size: max } }),
      offset: changed(INDEX, { central: { offset: max } }),
      extra: changed(INDEX, { both: { extra } }),
      "local extra": changed(INDEX, { local: { extra } }),
    };
    for (const [name, bytes] of Object.entries(zip64)) expect([name, await code(bytes)]).toEqual([name, "E_ZIP64"]);
  });
  it("11: too many entries are E_LIMIT, before they are read", async () => {
    expect(await code(rawZip(entriesOf(), { end: { entries: 50_001, entriesHere: 50_001 } }))).toBe("E_LIMIT");
    expect(await code(rawZip(entriesOf(), { end: { entries: 65_535, entriesHere: 65_535 } }))).toBe("E_LIMIT");
    expect(
      await code(rawZip(entriesOf(), { end: { entries: 65_535, entriesHere: 65_535 } }), { limits: { entries: 65_534 } }),
    ).toBe("E_LIMIT");
    const many = Array.from({ length: 65_535 }, (_, i) => ({ name: `function/${i.toString(36).padStart(4, "0")}` }));
    expect(await code(rawZip(many))).toBe("E_LIMIT");
  });
  it("11: a count that wraps or lies is E_ZIP_MISMATCH", async () => {
    for (const entries of [1, 2, 4])
      expect(await code(rawZip(entriesOf(), { end: { entries, entriesHere: entries } }))).toBe("E_ZIP_MISMATCH");
    expect(await code(rawZip(entriesOf(), { end: { entriesHere: 2 } }))).toBe("E_ZIP_MISMATCH");
    const many = Array.from({ length: 65_537 }, (_, i) => ({ name: `function/${i.toString(36).padStart(4, "0")}` }));
    expect(await code(rawZip(many, { end: { entries: 1, entriesHere: 1 } }))).toBe("E_ZIP_MISMATCH");
  });
  it.each([
    ["a data descriptor", { both: { flags: 0x0808, crc: 0, size: 0, compressedSize: 0 }, central: { flags: 0x0808 } }],
    ["a data descriptor flag", { both: { flags: 0x0808 } }],
    ["encryption", { both: { flags: 0x0801 } }],
    ["strong encryption", { both: { flags: 0x0841 } }],
    ["a masked directory", { both: { flags: 0x2800 } }],
    ["an extra field", { both: { extra: Buffer.from([0x55, 0x54, 1, 0, 0]) } }],
    ["a local extra field", { local: { extra: Buffer.from([0x55, 0x54, 1, 0, 0]) } }],
    ["an entry comment", { central: { comment: Buffer.from("x") } }],
    ["another disk", { central: { disk: 1 } }],
    ["another made-by", { central: { madeBy: 0x031e } }],
    ["Windows as made-by", { central: { madeBy: 0x0014 } }],
    ["another version", { both: { needed: 45 } }],
  ])("12: %s is E_ZIP_FEATURE", async (_, change) => {
    expect(await code(changed(INDEX, change))).toBe("E_ZIP_FEATURE");
  });
  it.each([1, 9, 12, 14, 93, 95, 99])("12: the method %i is E_ZIP_FEATURE", async (method) => {
    expect(await code(changed(INDEX, { both: { method } }))).toBe("E_ZIP_FEATURE");
  });
  it("12: several disks are E_ZIP_FEATURE", async () => {
    expect(await code(rawZip(entriesOf(), { end: { disk: 1 } }))).toBe("E_ZIP_FEATURE");
    expect(await code(rawZip(entriesOf(), { end: { directoryDisk: 1 } }))).toBe("E_ZIP_FEATURE");
  });
  it("12: a descriptor whose sizes stand in the directory alone is E_ZIP_FEATURE", async () => {
    expect(await code(changed(INDEX, { both: { flags: 0x0808 }, local: { crc: 0, size: 0, compressedSize: 0 } }))).toBe(
      "E_ZIP_FEATURE",
    );
  });
  it("13: overlapping entries and shared bodies are E_ZIP_MISMATCH", async () => {
    const names = Array.from({ length: 50 }, (_, i) => `function/shared${String(i).padStart(2, "0")}`);
    const [first = ""] = names;
    const [manifest, ...rest] = entriesOf();
    const body = deflateRawSync(Buffer.alloc(50_000));
    const data = Buffer.alloc(50_000);
    const shared = names.map((name): RawEntry => ({
      name,
      data,
      body,
      deflate: true,
      ...(name === first ? {} : { only: "central" as const, central: { offset: 800 } }),
    }));
    expect(await code(rawZip([manifest as RawEntry, ...rest, ...shared]))).toBe("E_ZIP_MISMATCH");
    // Each body swallows the next local header, as Fifield's bomb does.
    expect(await code(changed(INDEX, { both: { compressedSize: 180, size: 180 } }))).toBe("E_ZIP_MISMATCH");
  });
});

describe("bombs and sizes, items 14 to 17", () => {
  const zeros = (bytes: number): { files: Record<string, Uint8Array>; entries: RawEntry[] } => {
    const files = {
      ...Object.fromEntries(Object.entries(FILES).map(([k, v]) => [k, Buffer.from(v)])),
      "function/zeros.bin": Buffer.alloc(bytes),
    };
    return { files, entries: entriesOf(files).map((entry) => ({ ...entry, deflate: true })) };
  };
  it("14: a classic bomb is E_LIMIT by its ratio", async () => {
    expect(await code(rawZip(zeros(11 * 1024 * 1024).entries))).toBe("E_LIMIT");
    expect(await verified(rawZip(zeros(9 * 1024 * 1024).entries))).toMatchObject({ files: 3 });
  });
  it("14: a file, all files together and a container over their limits are E_LIMIT", async () => {
    const bytes = rawZip(entriesOf());
    expect(await code(bytes, { limits: { fileBytes: 80 } })).toBe("E_LIMIT");
    expect(await code(bytes, { limits: { totalBytes: 200 } })).toBe("E_LIMIT");
    expect(await code(bytes, { limits: { containerBytes: 1000 } })).toBe("E_LIMIT");
    expect(await code(bytes, { limits: { manifestBytes: 100 } })).toBe("E_LIMIT");
    expect(await code(bytes, { limits: { entries: 2 } })).toBe("E_LIMIT");
  });
  it("14: limits can't be switched off", async () => {
    for (const value of [0, -1, Number.POSITIVE_INFINITY, Number.NaN, 1.5])
      expect(await code(rawZip(entriesOf()), { limits: { totalBytes: value } })).toBe("E_USAGE");
  });
  it("14: a nested zip is data", async () => {
    const files = { ...FILES, "function/inner.zip": rawZip([{ name: "../evil", data: "x" }]) };
    expect(await verified(rawZip(entriesOf(files)))).toMatchObject({ files: 3 });
  });
  it.each([1, 83, 85, 1000])("15: a declared size of %i for 84 deflated bytes is E_SIZE", async (size) => {
    const files = manifestOver(FILES) as { files: { path: string; size: number }[] };
    for (const file of files.files) if (file.path === INDEX) file.size = size;
    const entries = entriesOf(FILES, files).map((entry): RawEntry =>
      entry.name === INDEX ? { ...entry, deflate: true, both: { size } } : entry,
    );
    expect(await code(rawZip(entries))).toBe("E_SIZE");
  });
  it("15: stored bytes of another size than declared are E_SIZE", async () => {
    expect(await code(changed(INDEX, { both: { size: 85 } }))).toBe("E_SIZE");
  });
  it("15: bytes after the deflate stream, and a stream cut off, are E_SIZE, small and large", async () => {
    for (const length of [84, 3 * 1024 * 1024]) {
      const data = Buffer.alloc(length, "the quick brown fox ");
      const files: Record<string, Uint8Array> = {
        ...Object.fromEntries(Object.entries(FILES).map(([k, v]) => [k, Buffer.from(v)])),
        [INDEX]: data,
      };
      const packedBytes = deflateRawSync(data);
      for (const body of [
        Buffer.concat([packedBytes, Buffer.from("garbage")]),
        Buffer.concat([packedBytes, Buffer.alloc(600_000)]),
        packedBytes.subarray(0, -5),
      ]) {
        const entries = entriesOf(files).map((entry): RawEntry =>
          entry.name === INDEX ? { ...entry, deflate: true, body } : entry,
        );
        expect(await code(rawZip(entries))).toBe("E_SIZE");
      }
    }
  });
  it("15: a stream that goes on after the declared end is stopped there", async () => {
    const body = deflateRawSync(Buffer.alloc(200 * 1024 * 1024));
    const declared = 2 * 1024 * 1024;
    const manifest = manifestOver(FILES) as { files: { path: string; size: number }[] };
    for (const file of manifest.files) if (file.path === INDEX) file.size = declared;
    const entries = entriesOf(FILES, manifest).map((entry): RawEntry =>
      entry.name === INDEX ? { ...entry, deflate: true, body, both: { size: declared } } : entry,
    );
    const before = process.memoryUsage().rss;
    expect(await code(rawZip(entries))).toBe("E_SIZE");
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
  });
  it("17: no bytes and no entries are E_ZIP_FRAMING, no files E_ENTRY_POINT, an empty file is fine", async () => {
    expect(await code(Buffer.alloc(0))).toBe("E_ZIP_FRAMING");
    expect(await code(rawZip([]))).toBe("E_ZIP_FRAMING");
    expect(await code(rawZip(entriesOf({})))).toBe("E_ENTRY_POINT");
    expect(await verified(rawZip(entriesOf({ ...FILES, "function/empty": "" })))).toMatchObject({ files: 3 });
  });
  it("17: an archive without manifest is E_MISSING", async () => {
    expect(await code(rawZip(entriesOf().slice(1)))).toBe("E_MISSING");
  });
});

describe("modes, times and names, items 18 to 20", () => {
  it.each([0o100777 & ~0o111, 0o100000, 0o106644, 0o101644, 0o100644, 0o644, 0])(
    "18: of the mode %o only x counts",
    async (mode) => {
      expect(await verified(changed(INDEX, { mode }))).toMatchObject({ files: 2 });
    },
  );
  it("18: attributes that Windows sets are ignored", async () => {
    expect(await verified(changed(INDEX, { central: { attributes: 0x20 } }))).toMatchObject({ files: 2 });
  });
  it("18: an executable bit that contradicts the manifest is E_MODE, both ways", async () => {
    expect(await code(changed(INDEX, { mode: 0o100755 }))).toBe("E_MODE");
    const manifest = manifestOver(FILES) as { files: Record<string, unknown>[] };
    for (const file of manifest.files) if (file["path"] === INDEX) file["executable"] = true;
    const entries = entriesOf(FILES, manifest);
    expect(await code(rawZip(entries))).toBe("E_MODE");
    expect(
      await verified(rawZip(entries.map((entry) => (entry.name === INDEX ? { ...entry, mode: 0o100777 } : entry)))),
    ).toMatchObject({ files: 2 });
  });
  it.each([
    [0, 0],
    [0, 0x0020],
    [0xffff, 0xffff],
    [0xbf7d, 0xff9f],
  ])("19: the time %i and date %i are ignored", async (time, date) => {
    expect(await verified(changed(INDEX, { both: { time, date } }))).toMatchObject({ files: 2 });
  });
  it("20: a name that is not marked as UTF-8 is E_ZIP_FEATURE, one that is not UTF-8 is E_PATH", async () => {
    const cp437 = Buffer.from([...Buffer.from("function/"), 0x82]);
    expect(await code(plus({ name: cp437, data: "x", both: { flags: 0 } }))).toBe("E_ZIP_FEATURE");
    expect(await code(plus({ name: cp437, data: "x" }))).toBe("E_PATH");
    expect(await code(changed(INDEX, { both: { flags: 0 } }))).toBe("E_ZIP_FEATURE");
  });
  it("20: a Unicode Path extra that gives another name is E_ZIP_FEATURE", async () => {
    const extra = Buffer.concat([Buffer.from([0x75, 0x70, 10, 0, 1, 0, 0, 0, 0]), Buffer.from("../x!")]);
    expect(await code(changed(INDEX, { both: { extra } }))).toBe("E_ZIP_FEATURE");
  });
  it("entries that are not sorted, and a manifest that is not first, are E_ZIP_FEATURE", async () => {
    const [manifest, a, b] = entriesOf() as [RawEntry, RawEntry, RawEntry];
    expect(await code(rawZip([manifest, b, a]))).toBe("E_ZIP_FEATURE");
    expect(await code(rawZip([a, manifest, b]))).toBe("E_ZIP_FEATURE");
    expect(await code(rawZip([a, b, manifest]))).toBe("E_ZIP_FEATURE");
  });
});

it("keeps the manifest's bytes when nothing is wrong", async () => {
  const manifest = manifestOver(FILES);
  expect((await verified(rawZip(entriesOf(FILES, canonical(manifest))))).name).toBe("acme/hello");
});
