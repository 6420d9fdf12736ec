import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drop, Mailbox } from "../../../adapters/local/host/mailbox.ts";
import { readSidecar } from "../../../adapters/local/host/message.ts";

let folder: string;
let box: Mailbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-mailbox-"));
  box = new Mailbox(folder, "one");
  await box.make();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fresh = (name: string) => join(folder, "new", name);
const names = async () => (await box.waiting()).map(({ name }) => name);

describe("a second message of one name", () => {
  test("waits while the first is being handled, and never takes its place", async () => {
    await drop(folder, "a", Buffer.from("first"));
    expect(await box.claim("a")).toBe(true);
    await drop(folder, "a", Buffer.from("second"));
    expect(await names()).toEqual([]);
    expect(await box.claim("a")).toBe(false);
    expect(await readFile(box.file("a"), "utf8")).toBe("first");
    await box.done("a");
    expect(await names()).toEqual(["a"]);
    expect(await box.claim("a")).toBe(true);
    expect(await readFile(box.file("a"), "utf8")).toBe("second");
  });
  test("keeps its attributes when the first is given back, and the first keeps its own", async () => {
    for (const given of [{ contentType: "text/first" }, undefined]) {
      await drop(folder, "a", Buffer.from("first"), given);
      await box.claim("a");
      await drop(folder, "a", Buffer.from("second"), { contentType: "text/second" });
      await box.giveBack("a", { failures: 1, notBefore: 0 });
      expect(await readSidecar(fresh("a"))).toEqual({ contentType: "text/second" });
      const other = (await names()).find((name) => name !== "a") ?? "";
      expect(await readSidecar(fresh(other))).toEqual(given ?? {});
      for (const name of await readdir(join(folder, "new"))) await rm(fresh(name));
    }
  });
  test("that is refused leaves the attributes of the one that waits alone", async () => {
    await drop(folder, "a", Buffer.from("first"), { contentType: "text/first" });
    expect(await drop(folder, "a", Buffer.from("second"), { contentType: "text/second" })).toBe(false);
    expect(await readSidecar(fresh("a"))).toEqual({ contentType: "text/first" });
    expect((await readdir(join(folder, "new"))).sort()).toEqual(["a", "a.attributes.json"]);
  });
  test("that is given up keeps the ending that tells its content type, and its attributes", async () => {
    const dead = join(folder, "dead");
    for (const text of ["1", "2"]) {
      await drop(folder, "a.ce.json", Buffer.from(text), { attributes: { n: text } });
      await box.claim("a.ce.json");
      await box.giveUp("a.ce.json", dead, {});
    }
    const given = (await readdir(join(dead, "new"))).filter((name) => !name.endsWith(".attributes.json")).sort();
    expect(given).toEqual(["a.1.ce.json", "a.ce.json"]);
    expect(await readSidecar(join(dead, "new", "a.1.ce.json"))).toEqual({ attributes: { n: "2" } });
  });
});

describe.each([
  ["ASCII", `${"n".repeat(250)}.json`],
  ["three bytes a character", `${"長".repeat(83)}.json`],
])("a name as long as the file system takes it: %s", (_what, name) => {
  beforeEach(() => writeFile(fresh(name), "text"));

  test("is handled", async () => {
    expect(await box.claim(name)).toBe(true);
    await box.done(name);
    expect(await names()).toEqual([]);
  });
  test("comes again with what is known of it", async () => {
    await box.claim(name);
    await box.giveBack(name, { failures: 1, notBefore: 0 });
    expect((await box.waiting())[0]).toMatchObject({ name, history: { failures: 1 } });
    await box.claim(name);
    expect(await box.recover()).toEqual([name]);
    expect((await box.waiting())[0]).toMatchObject({ name, history: { failures: 2 } });
  });
  test("gets another one beside a second message of it", async () => {
    await box.claim(name);
    await writeFile(fresh(name), "second");
    await box.giveBack(name, { failures: 1, notBefore: 0 });
    const other = (await box.waiting()).find((one) => one.name !== name);
    expect(other?.history).toEqual({ failures: 1, notBefore: 0, id: name });
  });
  test("is given up, twice", async () => {
    for (let n = 0; n < 2; n++) {
      await writeFile(fresh(name), "text");
      await box.claim(name);
      await box.giveUp(name, null, { reason: "no" });
    }
    const failed = await readdir(join(folder, "failed"));
    expect(failed.filter((one) => one.endsWith(".failure.json")).length).toBe(2);
    expect(failed.length).toBe(4);
  });
  test("can be dropped", async () => {
    const other = join(folder, "other");
    await mkdir(other);
    expect(await drop(other, name, Buffer.from("x"))).toBe(true);
  });
});
