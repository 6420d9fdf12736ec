/** Puts a sealed package on disk, as one file or as a folder: complete by one rename, or not at all. */
import { lstat, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { FnpkgError, wrap } from "../errors.ts";
import type { BlobEntry } from "./blobs.ts";
import { DamagedCache, storedBody } from "./bodies.ts";
import { bodyOf } from "./body.ts";
import type { Ingested } from "./ingest.ts";
import { overLimit, throwIfAborted, type Limits } from "./limits.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { discard, temporaryBeside } from "./store.ts";
import { TreeWriter } from "./tree.ts";
import { checkSums } from "./zip/reader.ts";
import { writeZip, type ZipInput } from "./zip/writer.ts";

export interface WriteInput {
  /** Absolute. */
  readonly out: string;
  readonly manifest: Uint8Array;
  /** Sorted by path. */
  readonly files: readonly Ingested[];
  /** Sorted by path. */
  readonly blobs: readonly BlobEntry[];
  /** Whether the manifest may be deflated. */
  readonly deflate: boolean;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the archive's size in bytes. @throws FnpkgError E_LIMIT, E_IO, E_INTERRUPTED. */
export async function writeArchive({ out, manifest, files, blobs, deflate, limits, signal }: WriteInput): Promise<number> {
  const first = bodyOf(manifest, deflate);
  const bodies = [first, ...blobs.map(({ body }) => body), ...files.map(({ body }) => body)];
  const sum = (sizes: readonly { readonly size: number }[]): number => sizes.reduce((total, { size }) => total + size, 0);
  const compressed = bodies.reduce((total, { compressedSize }) => total + compressedSize, 0);
  checkSums(manifest.byteLength + sum(blobs) + sum(files), compressed, limits);
  /** One after another: thousands of them need not be there at once. */
  function* entries(): Generator<ZipInput> {
    yield { path: MANIFEST_FILE, size: manifest.byteLength, body: first };
    yield* blobs;
    for (const { path, size, executable, body } of files) yield { path, size, executable, body: storedBody(body) };
  }

  const temporary = temporaryBeside(out);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      let written = 0;
      const sink = {
        async write(chunk: Uint8Array): Promise<void> {
          throwIfAborted(signal);
          written += chunk.byteLength;
          if (written > limits.containerBytes)
            throw overLimit("the archive would be too large", `more than ${written} bytes`, "containerBytes", limits);
          for (let done = 0; done < chunk.byteLength;) done += (await handle.write(chunk, done)).bytesWritten;
        },
      };
      await writeZip(entries(), sink);
      await handle.close();
      await rename(temporary, out);
      return written;
    } finally {
      await handle.close().catch(() => undefined);
    }
  } catch (cause) {
    await discard(temporary);
    if (cause instanceof DamagedCache) throw cause;
    throw wrap(cause, "E_IO", `${out} can't be written`, { file: out });
  }
}

/** @returns the bytes of all files together. @throws FnpkgError E_USAGE where something else is in the way, E_LIMIT, E_IO, E_INTERRUPTED. */
export async function writeFolder({ out, manifest, files, blobs, limits, signal }: WriteInput): Promise<number> {
  await refuseOther(out, limits);
  const temporary = temporaryBeside(out);
  const old = temporaryBeside(out);
  try {
    await mkdir(temporary);
    const tree = new TreeWriter(temporary);
    for (const file of files) {
      throwIfAborted(signal);
      await tree.put(file.path, file.executable, storedBody(file.body).bytes());
    }
    for (const blob of blobs) await tree.put(blob.path, false, blob.body.bytes());
    await tree.put(MANIFEST_FILE, false, [manifest]);
    throwIfAborted(signal);
    await replace(temporary, out, old);
    return tree.bytes;
  } catch (cause) {
    throw wrap(cause, "E_IO", `${out} can't be written`, { file: out });
  } finally {
    await discard(temporary);
    await discard(old);
  }
}

/** A folder can't be replaced in one step: the old one steps aside, and comes back when the new one can't take its place. */
async function replace(temporary: string, out: string, old: string): Promise<void> {
  const stepped = await rename(out, old).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return false;
      throw cause;
    },
  );
  try {
    await rename(temporary, out);
  } catch (cause) {
    if (stepped) await rename(old, out);
    throw cause;
  }
}

const SEALED_NAMES = new Set([MANIFEST_FILE, "function", "meta", "blobs"]);

/** A folder is replaced only when it is empty or a sealed package itself. */
async function refuseOther(out: string, limits: Limits): Promise<void> {
  const there = await lstat(out).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isDirectory()) throw new FnpkgError("E_USAGE", `${out} is no folder`, { file: out });
  const names = await readdir(out);
  if (names.length === 0) return;
  try {
    if (names.every((name) => SEALED_NAMES.has(name))) return void readManifest(await readFile(join(out, MANIFEST_FILE)), limits);
  } catch {
    // Not a sealed manifest: not ours to replace.
  }
  throw new FnpkgError("E_USAGE", `${out} holds something else than a package`, {
    file: out,
    hint: "Name a folder that does not exist yet.",
  });
}
