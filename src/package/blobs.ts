/** Embedded dependency artifacts: stored as they are, each under its own digest. */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { FnpkgError, wrap } from "../errors.ts";
import type { BlobSource } from "../profiles/profile.ts";
import type { FileState } from "./batch.ts";
import type { StoredBody } from "./content.ts";
import { blobEntryPath } from "./blob-path.ts";
import { unchanged } from "./unchanged.ts";
import { byUtf8 } from "./paths.ts";
import { algorithmOf } from "./store.ts";

/** One blob ready to be written. */
export interface BlobEntry {
  readonly path: string;
  readonly size: number;
  readonly body: StoredBody;
}

/**
 * Hashes the blobs and makes entries of them, sorted; a digest that stands twice is written once.
 * @throws FnpkgError E_DIGEST, E_SIZE, E_CHANGED, E_IO, E_INTERRUPTED.
 */
export async function blobEntries(blobs: readonly BlobSource[], signal?: AbortSignal): Promise<BlobEntry[]> {
  const entries = new Map<string, BlobEntry>();
  for (const blob of blobs) {
    const path = blobEntryPath(blob.digest);
    if (entries.has(path)) continue;
    const stat = await lstat(blob.disk).catch((cause: unknown) => {
      throw wrap(cause, "E_IO", `${blob.disk} can't be read`, { file: path });
    });
    if (!stat.isFile()) throw new FnpkgError("E_ENTRY_TYPE", `${blob.disk} is no regular file`, { file: path });
    if (stat.size !== blob.size)
      throw new FnpkgError("E_SIZE", `${path} has ${stat.size} bytes; expected ${blob.size}`, { file: path });
    const { size, mtimeMs, ctimeMs, ino, dev } = stat;
    const state: FileState = { size, mtimeMs, ctimeMs, ino, dev };
    const hash = createHash(algorithmOf(blob.digest));
    let crc = 0;
    for await (const chunk of unchanged(blob.disk, state, signal)) {
      hash.update(chunk);
      crc = crc32(chunk, crc);
    }
    const found = `${algorithmOf(blob.digest)}:${hash.digest("hex")}`;
    if (found !== blob.digest) throw new FnpkgError("E_DIGEST", `${path} has the digest ${found}`, { file: path });
    entries.set(path, {
      path,
      size,
      body: { method: 0, crc32: crc, compressedSize: size, bytes: () => unchanged(blob.disk, state, signal) },
    });
  }
  return [...entries.values()].sort((a, b) => byUtf8(a.path, b.path));
}
