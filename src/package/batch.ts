/** Reads, hashes and deflates a batch of files in one go; the same function runs in worker threads and in this one. */
import type * as crypto from "node:crypto";
import type * as fs from "node:fs";
import type * as zlib from "node:zlib";

/** What a file's stat said in the walk; anything else when it is opened means that it changed. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly dev: number;
}

export type BatchItem = { readonly disk: string; readonly state: FileState } | { readonly bytes: Uint8Array };

export interface Batch {
  readonly items: readonly BatchItem[];
  /** False: bodies are the files' own bytes. */
  readonly deflate: boolean;
  /** SHA-256 digests, 32 bytes each, sorted, whose bodies need no deflating. */
  readonly known: Uint8Array;
}

export interface BatchFile {
  /** SHA-256, 64 hex digits. */
  readonly hash: string;
  readonly crc32: number;
  readonly size: number;
  readonly method: 0 | 8;
  /** Bytes of the body in `BatchResult.bodies`; -1 when it was known. */
  readonly compressedSize: number;
  readonly failure?: { readonly code: "E_CHANGED" | "E_IO"; readonly message: string };
}

export interface BatchResult {
  readonly files: readonly BatchFile[];
  /** The bodies, one after another. */
  readonly bodies: Uint8Array;
}

interface Built {
  readonly crypto: typeof crypto;
  readonly fs: typeof fs;
  readonly zlib: typeof zlib;
}

/**
 * Makes the function that runs batches. Its text is what worker threads run, so it refers to nothing but its parameter:
 * worker code then needs no file of its own, wherever this one was compiled to or bundled into.
 */
export function batchRunner({ crypto, fs, zlib }: Built): (batch: Batch) => BatchResult {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  let scratch = Buffer.allocUnsafeSlow(256 * 1024);

  function isKnown(hash: Buffer, known: Uint8Array): boolean {
    let low = 0;
    let high = known.length / 32;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = hash.compare(known, middle * 32, middle * 32 + 32);
      if (order === 0) return true;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return false;
  }

  function same(a: FileState, b: fs.Stats): boolean {
    return (
      b.isFile() && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.dev === b.dev
    );
  }

  /** The file's bytes in `scratch`, or why not. */
  function read(path: string, state: FileState): Buffer | { code: "E_CHANGED" | "E_IO"; message: string } {
    const changed = { code: "E_CHANGED", message: `${path} changed while it was read` } as const;
    let descriptor: number;
    try {
      descriptor = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ELOOP" || code === "ENOENT" || code === "ENOTDIR" || code === "ENXIO") return changed;
      return { code: "E_IO", message: `${path} can't be read: ${(error as Error).message}` };
    }
    try {
      if (!same(state, fs.fstatSync(descriptor))) return changed;
      if (scratch.length < state.size + 1) scratch = Buffer.allocUnsafeSlow(state.size + 1);
      let filled = 0;
      for (;;) {
        const got = fs.readSync(descriptor, scratch, filled, state.size + 1 - filled, null);
        filled += got;
        if (got === 0 || filled > state.size) break;
      }
      if (filled !== state.size || !same(state, fs.fstatSync(descriptor))) return changed;
      return scratch.subarray(0, filled);
    } catch (error) {
      return { code: "E_IO", message: `${path} can't be read: ${(error as Error).message}` };
    } finally {
      fs.closeSync(descriptor);
    }
  }

  return ({ items, deflate, known }) => {
    const files: BatchFile[] = [];
    const bodies: Uint8Array[] = [];
    for (const item of items) {
      const bytes =
        "bytes" in item
          ? Buffer.from(item.bytes.buffer, item.bytes.byteOffset, item.bytes.byteLength)
          : read(item.disk, item.state);
      if (!Buffer.isBuffer(bytes)) {
        files.push({ hash: "", crc32: 0, size: 0, method: 0, compressedSize: -1, failure: bytes });
        continue;
      }
      const hash = crypto.createHash("sha256").update(bytes).digest();
      const crc32 = zlib.crc32(bytes);
      const size = bytes.length;
      if (isKnown(hash, known)) {
        files.push({ hash: hash.toString("hex"), crc32, size, method: 0, compressedSize: -1 });
        continue;
      }
      const body = deflate ? zlib.deflateRawSync(bytes, { level: 6 }) : bytes;
      const gained = body.length < size;
      const kept = gained ? body : Buffer.from(bytes);
      files.push({ hash: hash.toString("hex"), crc32, size, method: gained ? 8 : 0, compressedSize: kept.length });
      bodies.push(kept);
    }
    const joined = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0));
    let at = 0;
    for (const body of bodies) {
      joined.set(body, at);
      at += body.length;
    }
    return { files, bodies: joined };
  };
}
