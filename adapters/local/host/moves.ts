/** Moves of messages between folders, also from one file system to another. */
import { randomBytes } from "node:crypto";
import { copyFile, link, lstat, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, isAbsent } from "../state/files.ts";

/** Moves without ever overwriting; false when the target is there. */
export async function moveExclusive(from: string, to: string, discard = false): Promise<boolean> {
  try {
    await link(from, to);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EEXIST") {
      if (discard) await unlink(from);
      return false;
    }
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw cause;
    return copyOver(from, to, discard);
  }
  await unlink(from);
  return true;
}

/** To another file system, or on one without links. */
async function copyOver(from: string, to: string, discard: boolean): Promise<boolean> {
  const partial = join(to, "..", `.${randomBytes(8).toString("hex")}.partial`);
  await copyFile(from, partial);
  const there = await lstat(to).catch(() => undefined);
  if (there !== undefined) {
    await rm(partial, { force: true });
    if (discard) await unlink(from);
    return false;
  }
  await rename(partial, to);
  await unlink(from);
  return true;
}

/** What may be missing, and may be overwritten; false when it was missing. */
export async function moveBeside(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (isAbsent(cause)) return false;
    if (codeOf(cause) !== "EXDEV") throw cause;
    await copyFile(from, to);
    await unlink(from);
  }
  return true;
}

/** Whether anything of the name is there. */
export async function stands(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined;
}
