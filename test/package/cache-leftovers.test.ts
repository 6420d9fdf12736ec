/** What a run that was killed left in the cache goes a day later, and nothing else. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { contentOf } from "../../src/api/content.ts";
import { putBlob, saveDocument } from "../../src/package/store.ts";
import { unpackedPath, writeOnce } from "../../src/profiles/nodejs/cache.ts";
import { sha256 } from "../../src/json.ts";

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "fnpkg-leftovers-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const dayMs = 86_400_000;
const [mine, old, young] = ["app.json", "app.json.17-0123456789ab.tmp", "app.json.18-0123456789ab.tmp"];

function left(folder: string, names: readonly [name: string, ageMs: number][]): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, ageMs] of names) {
    writeFileSync(join(folder, name), "half");
    const at = (Date.now() - ageMs) / 1000;
    utimesSync(join(folder, name), at, at);
  }
}

const bytes = Buffer.from("whole");
const digest = sha256(bytes);
const hex = digest.slice("sha256:".length);
const writers: readonly (readonly [string, string, string, () => Promise<unknown>])[] = [
  ["a document", "verified", "new.json", () => saveDocument(join(cache, "verified/new.json"), {})],
  ["a blob", "blobs/sha256", hex, () => putBlob(cache, digest, bytes)],
  ["an unpacked artifact", "unpacked-1/sha256", hex, () => writeOnce(unpackedPath(cache, digest), bytes)],
];

it.each(writers)("%s is written", async (_, folder, name, write) => {
  left(join(cache, folder), [
    [mine, 2 * dayMs],
    [old, 2 * dayMs],
    [young, dayMs / 2],
  ]);
  await write();
  expect(readdirSync(join(cache, folder)).toSorted()).toEqual([mine, young, name].toSorted());
});

it("an archive is built: those of earlier days go, whole or not", async () => {
  const folder = join(cache, "archives");
  left(folder, [
    ["a.zip", 2 * dayMs],
    ["b.partial", 2 * dayMs],
    ["c.zip", dayMs / 2],
    ["d.partial", dayMs / 2],
  ]);
  const { file } = await contentOf([{ path: "a.txt", from: { bytes } }], [], folder).archive();
  expect(readdirSync(folder).toSorted()).toEqual(["c.zip", "d.partial", file.slice(folder.length + 1)].toSorted());
});
