/**
 * Opens a package whose every byte was verified: now, or earlier when the archive has not changed since.
 *
 * What an archive, or every file of a folder, was when it was verified is remembered in the cache by its real path, size, times,
 * inode and device, under the same rule as the index of packed folders: what was touched in the last two seconds is not
 * remembered. Contents are checked against their digests once more whenever they are read.
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
  const began = Date.now();
  const pkg = await openPackage(location, options);
  try {
    const state = await stateOf(pkg);
    const memo = join(cache, "verified", `${sha256(await realpath(location)).slice(7)}.json`);
    const known = JSON.stringify([state.text, pkg.digest]);
    if ((await loadDocument(memo)) === known) return pkg;
    await verifyPackage(location, { ...options, expect: { ...options.expect, digest: pkg.digest } });
    if (state.newestMs < began - SETTLED_MS && (await isStill(pkg, state))) await saveDocument(memo, known);
    return pkg;
  } catch (cause) {
    await pkg.close();
    throw cause;
  }
}

interface State {
  readonly text: string;
  readonly newestMs: number;
}

async function stateOf({ location, evidence }: OpenPackage): Promise<State> {
  if (evidence !== undefined) {
    const { fingerprint, newestMs } = evidence();
    return { text: fingerprint, newestMs };
  }
  const { size, mtimeMs, ctimeMs, ino, dev } = await stat(location);
  return { text: `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev}`, newestMs: Math.max(mtimeMs, ctimeMs) };
}

/** A folder's files were read as they were found when it was opened again: what changed between shows in its evidence next time. */
async function isStill(pkg: OpenPackage, { text }: State): Promise<boolean> {
  return pkg.form === "folder" || (await stateOf(pkg)).text === text;
}
