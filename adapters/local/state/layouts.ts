/**
 * Code by digest: every layout is written once, shared by the deployments that run it, and removed when none does.
 *
 * A layout counts when its record stands beside it, and the record is written last. The record holds a digest over path, mode
 * and content of every file, and one over what `stat` says of them: while the latter holds, nothing is read; when it does
 * not, or the machine was started anew since (bytes that were never flushed may be lost), every file is hashed again.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, type Stats } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { byCodeUnit, type Content, FnpkgError } from "fnpkg/adapter";
import type { FunctionDocument } from "./documents.ts";
import { list } from "./documents.ts";
import { ioError, isAbsent, readJson, removeIfEmpty, writeJson } from "./files.ts";
import { type LockOptions, withLock } from "./lock.ts";
import { functionPaths, layoutFolder, type Paths } from "./paths.ts";
import { bootId, isAlive, self } from "./process.ts";

interface Record {
  readonly tree: string;
  readonly stat: string;
  readonly boot: string;
}

/** Files that are written at a time. */
const writers = 16;

/** Every change of layouts, and what decides about them, is made under this lock. */
export function withLayouts<T>(paths: Paths, options: Omit<LockOptions, "what">, work: () => Promise<T>): Promise<T> {
  return withLock(join(paths.locks, "layouts.lock"), { ...options, what: "the layouts" }, work);
}

/** Writes the layout unless it is there and whole. Call it under `withLayouts`. */
export async function ensureLayout(paths: Paths, content: Content, signal?: AbortSignal): Promise<void> {
  if (await isWhole(paths, content.digest)) return;
  await sweep(paths);
  const target = layoutFolder(paths, content.digest);
  const { pid, started } = self();
  const partial = join(
    paths.temporary,
    `${pid}-${Buffer.from(started).toString("hex").slice(-16)}-${content.digest.slice(7, 23)}`,
  );
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    await writeEntries(partial, content, signal);
    await rm(recordFile(target), { force: true });
    await rm(target, { recursive: true, force: true });
    await mkdir(paths.layouts, { recursive: true, mode: 0o700 });
    await rename(partial, target);
    const tree = treeOf(
      content.entries.map((entry) => [entry.path, entry.executable && process.platform !== "win32", entry.digest] as const),
    );
    await writeJson(recordFile(target), { tree, stat: statOf(target), boot: bootId() } satisfies Record);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw ioError(cause, `can't write the function's files to ${target}`);
  } finally {
    await removeIfEmpty(paths.temporary);
  }
}

/** Whether the layout is there as it was written. */
export async function isWhole(paths: Paths, digest: string): Promise<boolean> {
  const folder = layoutFolder(paths, digest);
  const record = await readJson<Record>(recordFile(folder));
  if (record === undefined) return false;
  try {
    const stat = statOf(folder);
    if (stat === record.stat && record.boot === bootId()) return true;
    if ((await hashTree(folder)) !== record.tree) return false;
    await writeJson(recordFile(folder), { ...record, stat, boot: bootId() } satisfies Record);
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw ioError(cause, `can't read the function's files in ${folder}`);
  }
}

/** Removes every layout that no deployment names and no worker runs from. Call it under `withLayouts`. */
export async function collectLayouts(paths: Paths): Promise<void> {
  const used = new Set<string>();
  for (const deployment of await list(paths.functions)) {
    const of = functionPaths(paths, deployment);
    for (const file of [of.current, of.next]) {
      const layout = (await readJson<FunctionDocument>(file))?.props?.layout;
      if (layout !== undefined) used.add(layout);
    }
    for (const layout of (await readJson<readonly string[]>(of.inUse)) ?? []) used.add(layout);
  }
  for (const name of await list(paths.layouts)) {
    const digest = `sha256:${name.replace(/\.json$/, "")}`;
    if (used.has(digest)) continue;
    // The record first: without it the folder no longer counts.
    await rm(recordFile(layoutFolder(paths, digest)), { force: true });
    await rm(layoutFolder(paths, digest), { recursive: true, force: true });
  }
  await removeIfEmpty(paths.layouts);
  await removeIfEmpty(dirname(paths.layouts));
}

/** Removes what processes left behind that are gone; true when there was anything. */
export async function sweep(paths: Paths): Promise<boolean> {
  let found = false;
  for (const name of await list(paths.temporary)) {
    const pid = Number(name.split("-")[0]);
    if (pid === process.pid || (Number.isInteger(pid) && isAlive({ pid, started: "" }))) continue;
    found = true;
    await rm(join(paths.temporary, name), { recursive: true, force: true });
  }
  return found;
}

async function writeEntries(folder: string, content: Content, signal: AbortSignal | undefined): Promise<void> {
  const queue = content.entries.values();
  const made = new Set<string>();
  const work = async () => {
    for (const entry of queue) {
      signal?.throwIfAborted();
      const file = join(folder, entry.path);
      const parent = dirname(file);
      if (!made.has(parent)) mkdirSync(parent, { recursive: true });
      made.add(parent);
      await writeEntry(file, entry);
    }
  };
  await Promise.all(Array.from({ length: writers }, work));
}

async function writeEntry(file: string, entry: Content["entries"][number]): Promise<void> {
  const handle = await open(file, "wx", entry.executable ? 0o555 : 0o444);
  try {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of entry.read()) {
      hash.update(chunk);
      size += chunk.byteLength;
      await handle.writeFile(chunk);
    }
    if (size !== entry.size)
      throw new FnpkgError("E_SIZE", `${entry.path} has ${size} bytes, not ${entry.size}`, { file: entry.path });
    if (`sha256:${hash.digest("hex")}` !== entry.digest)
      throw new FnpkgError("E_DIGEST", `the bytes of ${entry.path} are not those of its digest`, { file: entry.path });
  } finally {
    await handle.close();
  }
}

async function hashTree(folder: string): Promise<string> {
  const entries: (readonly [string, boolean, string])[] = [];
  for (const [path, stat] of walk(folder)) {
    const digest = createHash("sha256")
      .update(await readFile(join(folder, path)))
      .digest("hex");
    entries.push([path, isExecutable(stat.mode), `sha256:${digest}`]);
  }
  return treeOf(entries);
}

function treeOf(entries: readonly (readonly [path: string, executable: boolean, digest: string])[]): string {
  const hash = createHash("sha256");
  const sorted = [...entries].sort(([a], [b]) => byCodeUnit(a, b));
  for (const [path, executable, digest] of sorted) hash.update(`${digest} ${executable ? "x" : "-"} ${path}\0`);
  return hash.digest("hex");
}

function statOf(folder: string): string {
  const hash = createHash("sha256");
  for (const [path, { size, mtimeMs, ctimeMs, mode, ino }] of walk(folder)) {
    hash.update(`${size} ${mtimeMs} ${ctimeMs} ${isExecutable(mode) ? "x" : "-"} ${ino} ${path}\0`);
  }
  return hash.digest("hex");
}

/** Owner's bit; Windows keeps none. */
function isExecutable(mode: number): boolean {
  return process.platform !== "win32" && (mode & 0o100) !== 0;
}

/** Every file that is there, with paths of `/`, sorted. */
function walk(folder: string): (readonly [path: string, stat: Stats])[] {
  const found: (readonly [string, Stats])[] = [];
  const visit = (prefix: string) => {
    for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
      const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else found.push([path, lstatSync(join(folder, path))]);
    }
  };
  visit("");
  return found.sort(([a], [b]) => byCodeUnit(a, b));
}

function recordFile(folder: string): string {
  return `${folder}.json`;
}
