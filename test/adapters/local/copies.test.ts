import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyToAll } from "../../../adapters/local/host/copies.ts";
import { readSidecar } from "../../../adapters/local/host/message.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-copies-"));
  for (const name of ["one", "two"]) await mkdir(join(folder, name));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const waiting = async (subscriber: string) => {
  const fresh = join(folder, subscriber, "new");
  const names = (await readdir(fresh)).filter((name) => !name.endsWith(".attributes.json")).sort();
  return Promise.all(
    names.map(async (name) => [name, await readFile(join(fresh, name), "utf8"), await readSidecar(join(fresh, name))] as const),
  );
};

test("two messages of one name both wait for a subscriber that is stopped", async () => {
  await copyToAll(folder, "a.json", Buffer.from("1"), {});
  await copyToAll(folder, "a.json", Buffer.from("2"), {});
  await copyToAll(folder, "a.json", Buffer.from("2"), { contentType: "text/plain" });
  for (const subscriber of ["one", "two"]) {
    const found = await waiting(subscriber);
    const texts = found.map(([, text, { contentType = "none" }]) => `${text} ${contentType}`);
    expect(texts.sort()).toEqual(["1 none", "2 none", "2 text/plain"]);
    expect(found.every(([name]) => name.endsWith(".json"))).toBe(true);
  }
});

test("one that was cut off in between leaves nothing twice where the first copy still waits", async () => {
  await copyToAll(folder, "a", Buffer.from("1"), { attributes: { k: "v" } });
  await rm(join(folder, "two", "new", "a"));
  await copyToAll(folder, "a", Buffer.from("1"), { attributes: { k: "v" } });
  for (const subscriber of ["one", "two"]) expect(await waiting(subscriber)).toEqual([["a", "1", { attributes: { k: "v" } }]]);
});
