/** Files that are there whole or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import { isAlive } from "./process.ts";

/** Writes beside the target, flushes, then renames. */
export async function writeWhole(file: string, bytes: string | Uint8Array, mode = 0o600): Promise<void> {
  const unique = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const partial = join(dirname(file), `.${basename(file).slice(0, 40)}.${unique}.partial`);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(partial, "wx", mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw ioError(cause, `can't write ${file}`, file);
  }
}

/** Removes what `writeWhole` of processes that were killed left in a folder. */
export async function sweepPartials(folder: string): Promise<void> {
  const names: string[] = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = Number(/^\..*\.(\d+)-[0-9a-f]{12}\.partial$/.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid || isAlive({ pid, started: "" })) continue;
    await rm(join(folder, name), { force: true });
  }
}

export function writeJson(file: string, value: unknown): Promise<void> {
  return writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** `undefined` when the file is not there. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw ioError(cause, `can't read ${file}`, file);
  }
}

/** `undefined` when the file is not there or holds no JSON; everything here is written whole, so that is foreign. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** Removes a folder when nothing is in it. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

export function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

export function isAbsent(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG";
}

const hints: { readonly [code: string]: string } = {
  ENOSPC: "The disk is full: free some space, then run it again.",
  EDQUOT: "The disk quota is used up: free some space, then run it again.",
  EROFS: "The file system is read-only: choose another `dataDir`.",
  EACCES: "Give yourself the right to write there, or choose another `dataDir`.",
  EPERM: "Give yourself the right to write there, or choose another `dataDir`.",
  ENAMETOOLONG: "Choose a shorter `dataDir`.",
  EMFILE: "Raise the limit of open files (`ulimit -n`), then run it again.",
};

/** The machine's failure, with what to do about it. */
export function ioError(cause: unknown, what: string, file?: string): FnpkgError {
  if (cause instanceof FnpkgError) return cause;
  const hint = hints[codeOf(cause) ?? ""];
  return new FnpkgError("E_IO", `${what}: ${reasonOf(cause)}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(file === undefined ? {} : { file }),
  });
}
