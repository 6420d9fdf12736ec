/** A lock file that names its holder; the lock of a process that is gone is broken. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FnpkgError } from "fnpkg/adapter";
import { codeOf, ioError, isAbsent, removeIfEmpty } from "./files.ts";
import { isAlive, type ProcessId, self } from "./process.ts";

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** What it is for, in the message of a lock that was not given in time. */
  readonly what: string;
}

interface Holder extends ProcessId {
  readonly nonce: string;
}

/** A lock file is created, then written: for this long an empty one may still be written to. */
const writingMs = 5000;

/**
 * Runs `work` while holding the lock.
 * @throws E_CONFLICT when another process holds it until the deadline
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mine: Holder = { ...self(), nonce: randomBytes(8).toString("hex") };
  await acquire(file, mine, options);
  try {
    return await work();
  } finally {
    const held = await holder(file);
    if (held !== undefined && held !== "unknown" && held.nonce === mine.nonce) await rm(file, { force: true });
    await removeIfEmpty(dirname(file));
  }
}

/** The locks of processes that are gone, by name. */
export async function killedLocks(folder: string): Promise<string[]> {
  const killed: string[] = [];
  const names: string[] = await readdir(folder).catch(() => []);
  for (const name of names) {
    const held = await holder(join(folder, name));
    if (held !== undefined && held !== "unknown" && !isAlive(held)) killed.push(name);
  }
  return killed;
}

/** Removes the locks of processes that are gone, and those that were being broken; true when there were any. */
export async function sweepLocks(folder: string): Promise<boolean> {
  const killed = await killedLocks(folder);
  for (const name of killed) {
    const held = await holder(join(folder, name));
    if (held === undefined || held === "unknown" || isAlive(held)) continue;
    await breakLock(join(folder, name), held);
  }
  return killed.length > 0;
}

async function acquire(file: string, mine: Holder, options: LockOptions): Promise<void> {
  for (let step = 10; ; step = Math.min(step * 2, 200)) {
    options.signal?.throwIfAborted();
    if (await take(file, mine)) return;
    const held = await holder(file);
    if (held === undefined) continue;
    if (held !== "unknown" && !isAlive(held)) {
      await breakLock(file, held);
      continue;
    }
    if (Date.now() >= options.deadline) {
      const who = held === "unknown" ? "another process" : `the process ${held.pid}`;
      throw new FnpkgError("E_CONFLICT", `${who} works on ${options.what} and did not finish in time`, { file });
    }
    await wait(step);
  }
}

async function take(file: string, mine: Holder): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify(mine));
    } finally {
      await handle.close();
    }
    return true;
  } catch (cause) {
    const code = codeOf(cause);
    // Its folder may be removed by the one before, between the two calls.
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw ioError(cause, `can't write the lock ${file}`, file);
  }
}

/** `unknown`: it is being written, or is not ours to read. */
async function holder(file: string): Promise<Holder | "unknown" | undefined> {
  try {
    const parsed = JSON.parse(await readFile(file, "utf8")) as Holder;
    return typeof parsed.pid === "number" ? parsed : "unknown";
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    if (!(cause instanceof SyntaxError)) throw ioError(cause, `can't read the lock ${file}`, file);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    return age > writingMs ? { pid: -1, started: "", nonce: "" } : "unknown";
  }
}

/** Takes the lock away by renaming it; a living lock that took its place meanwhile is put back. */
async function breakLock(file: string, dead: Holder): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(file, aside);
  } catch (cause) {
    if (isAbsent(cause)) return;
    throw ioError(cause, `can't break the lock ${file}`, file);
  }
  const taken = await holder(aside);
  if (taken !== undefined && taken !== "unknown" && taken.nonce !== dead.nonce) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
