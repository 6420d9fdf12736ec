/**
 * What was packed where, from which files: when neither the files nor the archive changed, packing again is a walk.
 *
 * It rests on the same evidence as the stat index (see there), and is kept only when every file was settled. The archive
 * counts as unchanged by its own stat, taken right after it was written.
 */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { canonical, sha256, type Digest } from "../json.ts";
import type { Source } from "./ingest.ts";
import { isSettled } from "./stat-index.ts";
import { loadDocument, saveDocument } from "./store.ts";

/** The part of a pack's result that is the same as long as nothing changed. */
export interface Result {
  readonly digest: Digest;
  readonly files: number;
  readonly bytes: number;
}

interface Row extends Result {
  readonly fingerprint: string;
  readonly archive: string;
}

/** Everything that the archive's bytes depend on. `settings` is whatever is no file. */
export function fingerprint(sources: readonly Source[], settings: unknown): string {
  const hash = createHash("sha256").update(canonical(settings));
  const lines = sources.map(({ path, executable, from }) => {
    const content = "disk" in from ? stateText(from.state) : sha256(from.bytes);
    return `${path}\0${executable ? "x" : "-"}\0${content}\n`;
  });
  return hash.update(lines.join("")).digest("hex");
}

/** The earlier result, when the archive that it describes still lies at `out`. */
export async function recall(cache: string, out: string, wanted: string): Promise<Result | undefined> {
  const row = (await loadDocument(placeOf(cache, out))) as Row | undefined;
  if (row === undefined || row.fingerprint !== wanted || row.archive !== (await archiveText(out))) return undefined;
  return { digest: row.digest, files: row.files, bytes: row.bytes };
}

/** Keeps a result; `readAt` is when reading the files began, in milliseconds of the wall clock. */
export async function remember(
  cache: string,
  out: string,
  made: string,
  sources: readonly Source[],
  result: Result,
  readAt: number,
): Promise<void> {
  if (!sources.every(({ from }) => !("disk" in from) || isSettled(from.state, readAt))) return;
  const archive = await archiveText(out);
  if (archive !== undefined) await saveDocument(placeOf(cache, out), { ...result, fingerprint: made, archive } satisfies Row);
}

function placeOf(cache: string, out: string): string {
  return join(cache, "packed", `${sha256(out).slice(7)}.json`);
}

async function archiveText(out: string): Promise<string | undefined> {
  const stat = await lstat(out).catch(() => undefined);
  return stat?.isFile() === true ? stateText(stat) : undefined;
}

function stateText({
  size,
  mtimeMs,
  ctimeMs,
  ino,
  dev,
}: {
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
  dev: number;
}): string {
  return `${size} ${mtimeMs} ${ctimeMs} ${ino} ${dev}`;
}
