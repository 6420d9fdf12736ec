import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Content } from "../../../src/adapter.ts";
import { sha256 } from "../../../src/adapter.ts";
import { adapter } from "../../../adapters/local/index.ts";
import { readLogs } from "../../../adapters/local/control/logs.ts";
import { Journal } from "../../../adapters/local/host/journal.ts";
import { Log, logNumbers } from "../../../adapters/local/host/log.ts";
import { drop, Mailbox } from "../../../adapters/local/host/mailbox.ts";
import { contentTypeOf } from "../../../adapters/local/host/message.ts";
import { Pool, Unavailable } from "../../../adapters/local/host/pool.ts";
import { nextMoment } from "../../../adapters/local/host/schedule.ts";
import { isTemporary, Settling } from "../../../adapters/local/host/settle.ts";
import { backoffMs } from "../../../adapters/local/host/source.ts";
import type { Worker } from "../../../adapters/local/host/worker.ts";
import { explain } from "../../../adapters/local/errors.ts";
import { limits, limitsWith } from "../../../adapters/local/limits.ts";
import { writeWhole } from "../../../adapters/local/state/files.ts";
import { collectLayouts, ensureLayout, isWhole } from "../../../adapters/local/state/layouts.ts";
import { withLock } from "../../../adapters/local/state/lock.ts";
import { functionPaths, layoutFolder, pathsOf } from "../../../adapters/local/state/paths.ts";
import { isAlive, self } from "../../../adapters/local/state/process.ts";
import { within } from "../../../adapters/local/translate.ts";
import { codeOf, until } from "./site.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-parts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("paths of the configuration", () => {
  test.each([
    ["/a/b", "./c", "/a/b/c"],
    ["/a/b", "../c", "/a/c"],
    ["/a/b", "../../../c", "/c"],
    ["/", "x", "/x"],
    ["/a", "/etc/x", "/etc/x"],
    ["/a", "C:\\x", "C:\\x"],
  ])("%s and %s", (base, path, expected) => expect(within(base, path)).toBe(expected));
});

describe("schedules", () => {
  const at = (text: string) => Date.parse(text);
  const cron = (fields: string, timezone = "UTC") => ({ cron: fields, everySeconds: null, timezone, data: null });
  const next = (fields: string, from: string, timezone?: string) =>
    new Date(nextMoment(cron(fields, timezone), at(from)) ?? 0).toISOString();

  test("five POSIX fields; both days restricted means either", () => {
    expect(next("*/5 * * * *", "2026-01-01T00:01:00Z")).toBe("2026-01-01T00:05:00.000Z");
    expect(next("0 0 13 * 5", "2026-01-01T12:00:00Z")).toBe("2026-01-02T00:00:00.000Z");
  });
  test("time zones, also over the change of the clock", () => {
    expect(next("30 9 * * *", "2026-07-01T00:00:00Z", "Europe/Berlin")).toBe("2026-07-01T07:30:00.000Z");
    expect(next("30 9 * * *", "2026-01-01T00:00:00Z", "Europe/Berlin")).toBe("2026-01-01T08:30:00.000Z");
  });
  test("an interval counts from the epoch, and never names the same moment twice", () => {
    const every = { cron: null, everySeconds: 300, timezone: "UTC", data: null };
    expect(nextMoment(every, at("2026-01-01T00:04:59.999Z"))).toBe(at("2026-01-01T00:05:00Z"));
    expect(nextMoment(every, at("2026-01-01T00:05:00Z"))).toBe(at("2026-01-01T00:10:00Z"));
  });
});

describe("locks", () => {
  const options = () => ({ deadline: Date.now() + 200, what: "it" });

  test("one at a time, over everything that shares the file", async () => {
    const file = join(folder, "locks", "a.lock");
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(file, { deadline: Date.now() + 60_000, what: "it" }, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 10));
        inside--;
      });
    await Promise.all([work(), work(), work(), work()]);
    expect(most).toBe(1);
    expect(existsSync(join(folder, "locks"))).toBe(false);
  });
  test("a lock of a process that is gone, or of a pid that was given again, is broken", async () => {
    const file = join(folder, "a.lock");
    await writeFile(join(folder, "other"), "");
    await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, started: "x", nonce: "n" }));
    expect(await withLock(file, options(), () => Promise.resolve("in"))).toBe("in");
    await writeFile(file, JSON.stringify({ pid: process.pid, started: "another start", nonce: "n" }));
    expect(await withLock(file, options(), () => Promise.resolve("in"))).toBe("in");
  });
  test("a living one is waited for, then E_CONFLICT", async () => {
    const file = join(folder, "a.lock");
    await writeFile(file, JSON.stringify({ ...self(), nonce: "other" }));
    expect(await codeOf(withLock(file, options(), () => Promise.resolve()))).toBe("E_CONFLICT");
    await rm(file);
  });
  test("processes are told apart by their start", () => {
    expect(isAlive(self())).toBe(true);
    expect(isAlive({ pid: process.pid, started: "1" })).toBe(false);
  });
});

describe("layouts", () => {
  const entry = (path: string, text: string, executable = false) => ({
    path,
    executable,
    size: Buffer.byteLength(text),
    digest: sha256(text),
    async *read() {
      yield Buffer.from(text);
    },
  });
  const content = (entries: Content["entries"]): Content => ({
    digest: sha256(JSON.stringify(entries.map(({ path, digest }) => [path, digest]))),
    entries,
    size: 0,
    archive: () => Promise.reject(new Error("none")),
  });

  test("read-only, executable where it says so; whole until something about it changes", async () => {
    const paths = pathsOf(folder);
    const one = content([entry("function/bin/tool", "#!", true), entry("index.mjs", "x")]);
    await ensureLayout(paths, one);
    expect(await isWhole(paths, one.digest)).toBe(true);
    const target = layoutFolder(paths, one.digest);
    expect(await readFile(join(target, "index.mjs"), "utf8")).toBe("x");
    // Times alone are no change: the bytes are looked at.
    await utimes(join(target, "index.mjs"), 1, 1);
    expect(await isWhole(paths, one.digest)).toBe(true);
    await writeFile(join(target, "function", "extra"), "");
    expect(await isWhole(paths, one.digest)).toBe(false);
    await ensureLayout(paths, one);
    expect(await readdir(join(target, "function"))).toEqual(["bin"]);
    await collectLayouts(paths);
    expect(existsSync(join(folder, "layouts"))).toBe(false);
  });
  test("item 29: bytes that are not those of the digest never become a layout", async () => {
    const paths = pathsOf(folder);
    const bad = content([{ ...entry("index.mjs", "x"), digest: sha256("y") }]);
    expect(await codeOf(ensureLayout(paths, bad))).toBe("E_DIGEST");
    const long = content([{ ...entry("index.mjs", "x"), size: 2 }]);
    expect(await codeOf(ensureLayout(paths, long))).toBe("E_SIZE");
    expect(await isWhole(paths, bad.digest)).toBe(false);
    expect(existsSync(join(folder, "tmp"))).toBe(false);
  });
  test("one that was half written by a killed process does not count", async () => {
    const paths = pathsOf(folder);
    const one = content([entry("index.mjs", "x"), entry("function/a", "a")]);
    await mkdir(layoutFolder(paths, one.digest), { recursive: true });
    await writeFile(join(layoutFolder(paths, one.digest), "index.mjs"), "x");
    expect(await isWhole(paths, one.digest)).toBe(false);
    await ensureLayout(paths, one);
    expect(await isWhole(paths, one.digest)).toBe(true);
  });
});

describe("items 50 and 51: the file system", () => {
  test("a folder that can't be written is E_IO, with its path and what to do", async () => {
    await writeFile(join(folder, "file"), "");
    const failed = writeWhole(join(folder, "file", "x.json"), "{}");
    await expect(failed).rejects.toMatchObject({
      code: "E_IO",
      message: expect.stringContaining(join(folder, "file", "x.json")) as string,
    });
    expect(await readdir(folder)).toEqual(["file"]);
  });
  test("failures of the machine keep their meaning", () => {
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    expect(explain(full)).toMatchObject({ code: "E_IO", hint: expect.stringContaining("disk is full") as string });
    expect(explain(Object.assign(new Error("in use"), { code: "EADDRINUSE" }))).toMatchObject({ code: "E_PORT" });
    expect(explain(new Error("other"))).toBeUndefined();
  });
  test("what is written is for its owner alone", async () => {
    await chmod(folder, 0o755);
    await writeWhole(functionPaths(pathsOf(folder), "a").token, "t");
    const { stat } = await import("node:fs/promises");
    expect((await stat(join(folder, "functions", "a", "token"))).mode & 0o777).toBe(0o600);
  });
});

describe("messages", () => {
  test("a claim is one host's alone; giving back never overwrites", async () => {
    const [one, two] = [new Mailbox(folder, "one"), new Mailbox(folder, "two")];
    await one.make();
    await two.make();
    await drop(folder, "a", Buffer.from("first"));
    expect([await one.claim("a"), await two.claim("a")]).toEqual([true, false]);
    await drop(folder, "a", Buffer.from("second"));
    await one.giveBack("a", { failures: 2, notBefore: 0 });
    const waiting = await two.waiting();
    expect(waiting.length).toBe(2);
    expect(await readFile(join(folder, "new", "a"), "utf8")).toBe("second");
    const other = waiting.find(({ name }) => name !== "a");
    expect(other?.history).toEqual({ failures: 2, notBefore: 0, id: "a" });
    expect(await drop(folder, "a", Buffer.from("third"))).toBe(false);
  });
  test("what is given up twice under one name stays twice", async () => {
    const box = new Mailbox(folder, "one");
    await box.make();
    for (const text of ["1", "2"]) {
      await drop(folder, "a", Buffer.from(text));
      await box.claim("a");
      await box.giveUp("a", null, { reason: text });
    }
    expect((await readdir(join(folder, "failed"))).sort()).toEqual(["a", "a.1", "a.1.failure.json", "a.failure.json"]);
  });
  test.each([
    ["a.json", {}, "application/json"],
    ["a.ce.json", {}, "application/cloudevents+json"],
    ["a.txt", {}, "text/plain"],
    ["a", {}, undefined],
    ["a.json", { contentType: "text/csv" }, "text/csv"],
  ])("%s with %o is %s", (name, sidecar, type) => expect(contentTypeOf(name, sidecar)).toBe(type));
  test("waits grow, to a minute at most", () => {
    expect([1, 2, 3, 20].map(backoffMs)).toEqual([500, 1000, 2000, 60_000]);
  });
});

describe("files that settle", () => {
  test("old ones at once, others once they rest, also when the clock is ahead", () => {
    const settling = new Settling();
    const now = 1_000_000;
    expect(settling.left("a", { size: 1, mtimeMs: now - 5000 }, now)).toBe(0);
    expect(settling.left("b", { size: 1, mtimeMs: now }, now)).toBe(200);
    expect(settling.left("c", { size: 1, mtimeMs: now + 999_999 }, now)).toBe(200);
    expect(settling.left("c", { size: 1, mtimeMs: now + 999_999 }, now + 250)).toBe(0);
    expect(["a.tmp", ".a", "a~", "a.crdownload", "a.jpg"].map(isTemporary)).toEqual([true, true, true, true, false]);
  });
});

describe("the journal of a watched folder", () => {
  test("keeps what was handled over a restart, also when its last line was cut off", async () => {
    const file = join(folder, "j.jsonl");
    const first = await Journal.open(file, "/photos", () => Promise.resolve(new Map([["old", { size: 1, mtimeMs: 1 }]])));
    await first.handled("new", { size: 2, mtimeMs: 2 });
    await first.handled("old", null);
    await first.note("bad", { id: "id", count: 3, found: null });
    await first.close();
    await writeFile(file, `${await readFile(file, "utf8")}{"key":"ha`);
    const second = await Journal.open(file, "/photos", () => Promise.reject(new Error("not asked")));
    expect([...second.seen]).toEqual([["new", { size: 2, mtimeMs: 2 }]]);
    expect([...second.pending]).toEqual([["bad", { id: "id", count: 3, found: null }]]);
    await second.close();
    const other = await Journal.open(file, "/other", () => Promise.resolve(new Map()));
    expect(other.seen.size).toBe(0);
    await other.close();
  });
});

describe("the log", () => {
  test("goes on in the next file when one is full, keeps a few, and a reader loses no line", async () => {
    const logs = join(folder, "logs");
    const log = new Log({ folder: logs, retentionDays: null, fileBytes: 500, files: 3 });
    const stop = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const line of readLogs(functionPaths(pathsOf(folder), ".."), { follow: true, signal: stop.signal }))
        seen.push(line["n"]);
    })();
    for (let n = 0; n < 40; n++) {
      log.info("line", { n });
      log.flush();
      // So that no file is taken away that the reader has not read.
      if (n % 4 === 0) await until("it to be read", () => seen.length === n + 1);
    }
    await until("the last one to be read", () => seen.length === 40);
    stop.abort();
    await reading;
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(logNumbers(logs).length).toBe(3);
    log.close();
  });
});

describe("the pool", () => {
  class FakeWorker {
    number = 0;
    busy = 0;
    idleSince = Date.now();
    ending: string | undefined;
    id = { pid: 1, started: "" };
    exitCode = "1";
    gone: () => void = () => undefined;
    exited = new Promise<void>((resolve) => (this.gone = resolve));
    stop() {
      this.ending ??= "asked";
      this.gone();
    }
    end(reason: string) {
      this.ending ??= reason;
      this.gone();
    }
    crash() {
      this.ending = "crash";
      this.gone();
    }
    checkMemory() {
      return Promise.resolve();
    }
    rule() {
      return Promise.resolve();
    }
  }
  const make = (options: { min?: number; max?: number; perInstance?: number; idleMs?: number; fail?: () => boolean }) => {
    const workers: FakeWorker[] = [];
    const log = new Log({ folder: join(folder, "logs"), retentionDays: null });
    const pool = new Pool({
      min: options.min ?? 0,
      max: options.max ?? 2,
      perInstance: options.perInstance ?? 1,
      idleMs: options.idleMs ?? 60_000,
      log,
      changed: () => undefined,
      start(_number, begun) {
        const worker = new FakeWorker();
        workers.push(worker);
        begun(worker as unknown as Worker);
        return options.fail?.() === true
          ? Promise.reject(new Error("it does not load"))
          : Promise.resolve(worker as unknown as Worker);
      },
    });
    return { pool, workers };
  };

  test("grows to its most, then waits, then is full", async () => {
    const { pool, workers } = make({ max: 2 });
    const leases = [await pool.acquire(), await pool.acquire()];
    expect(workers.length).toBe(2);
    await expect(pool.acquire({ waitMs: 20 })).rejects.toMatchObject({ reason: "full" });
    const waiting = pool.acquire();
    leases[0]?.release();
    expect((await waiting).worker).toBe(leases[0]?.worker);
    await pool.drain(0);
  });
  test("fills a worker before it starts another", async () => {
    const { pool, workers } = make({ max: 5, perInstance: 3 });
    await pool.warm();
    await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    expect(workers.length).toBe(1);
    await pool.drain(0);
  });
  test("ends what has nothing to do, down to the least", async () => {
    const { pool, workers } = make({ min: 1, max: 3, idleMs: 0 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    await until("one to be left", () => workers.filter(({ ending }) => ending === undefined).length === 1);
    await pool.drain(0);
  });
  test("a worker that ends by itself is replaced, and not at once over and over", async () => {
    let failing = false;
    const { pool, workers } = make({ max: 1, fail: () => failing });
    await pool.warm();
    workers[0]?.crash();
    (await pool.acquire({ waitMs: 5000 })).release();
    expect(workers.length).toBe(2);
    failing = true;
    workers[1]?.crash();
    await expect(pool.acquire({ waitMs: 5000 })).rejects.toBeInstanceOf(Unavailable);
    const begun = workers.length;
    await expect(pool.acquire({ waitMs: 10 })).rejects.toBeInstanceOf(Unavailable);
    expect(workers.length).toBe(begun);
    await pool.drain(0);
  });
});

describe("limits", () => {
  test("the machine offers the Node that runs fnpkg, and no other", () => {
    expect(limitsWith("22.11.0", "linux").runtimes.nodejs?.map(({ version }) => version)).toEqual(["22"]);
    expect(adapter.limits.runtimes.nodejs?.map(({ version }) => version)).toEqual([process.versions.node.split(".")[0]]);
  });
  test("every row has its own id", () => {
    const ids = limits.rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
