/**
 * Opens a package whose every byte was verified: now, or earlier when the archive has not changed since.
 *
 * What an archive was when it was verified is remembered in the cache by its real path, size, times, inode and device, under
 * the same rule as the index of packed folders: one that was touched in the last two seconds is not remembered. Contents
 * are checked against their digests once more whenever they are read.
 */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../json.ts";
import { openPackage, type OpenOptions, type OpenPackage } from "./open.ts";
import { loadDocument, saveDocument } from "./store.ts";
import { verifyPackage } from "./verify.ts";

const SETTLED_MS = 2000;

/** @throws FnpkgError what `verifyPackage` throws. */
export async function openVerified(location: string, cache: string, options: OpenOptions = {}): Promise<OpenPackage> {
  const pkg = await openPackage(location, options);
  try {
    if (pkg.form === "folder") {
      await verifyPackage(location, { ...options, expect: { ...options.expect, digest: pkg.digest } });
      return pkg;
    }
    const began = Date.now();
    const state = await stateOf(location);
    const memo = join(cache, "verified", `${sha256(await realpath(location)).slice(7)}.json`);
    const known = JSON.stringify([...state, pkg.digest]);
    if ((await loadDocument(memo)) === known) return pkg;
    await verifyPackage(location, { ...options, expect: { ...options.expect, digest: pkg.digest } });
    const settled = Math.max(state[1], state[2]) < began - SETTLED_MS;
    if (settled && JSON.stringify(await stateOf(location)) === JSON.stringify(state)) await saveDocument(memo, known);
    return pkg;
  } catch (cause) {
    await pkg.close();
    throw cause;
  }
}

async function stateOf(
  file: string,
): Promise<readonly [size: number, mtimeMs: number, ctimeMs: number, ino: number, dev: number]> {
  const { size, mtimeMs, ctimeMs, ino, dev } = await stat(file);
  return [size, mtimeMs, ctimeMs, ino, dev];
}
