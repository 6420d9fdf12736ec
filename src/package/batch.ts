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

/** Files to read, in columns, since an object a file would have to be copied from thread to thread. */
export interface Batch {
  /** Where each file lies; "" for the next one of `bytes`. */
  readonly disks: readonly string[];
  /** Five numbers a file, in the order of `FileState`. */
  readonly states: Float64Array;
  readonly bytes: readonly Uint8Array[];
}

export interface Deflating {
  readonly level: number;
  /** Smaller files are stored: what deflating them saves is less than it costs. */
  readonly fromBytes: number;
}

/** What is the same for all batches. */
export interface BatchSettings {
  /** Undefined: bodies are the files' own bytes. */
  readonly deflate: Deflating | undefined;
  /** Whether bodies get a digest of their own. */
  readonly sums: boolean;
  /** SHA-256 digests, 32 bytes each, sorted, whose bodies need no deflating. */
  readonly known: Uint8Array;
  /** The open file that takes the bodies. */
  readonly descriptor: number;
  /** In shared memory: where the file's next free byte lies. */
  readonly end: BigInt64Array;
}

export interface BatchResult {
  /** SHA-256 of each file, 64 hex digits, one after another. */
  readonly hashes: string;
  /** The same of each body; nothing unless they were asked for. */
  readonly sums: string;
  /** Five numbers a file: size, CRC-32, method, bytes of the body (-1 when it was known), where it lies. */
  readonly numbers: Float64Array;
  /** The first file that could not be read, and why; `at` is -1 when the bodies could not be written. */
  readonly failure?: { readonly at: number; readonly code: "E_CHANGED" | "E_IO"; readonly message: string };
}

interface Built {
  readonly crypto: typeof crypto;
  readonly fs: typeof fs;
  readonly zlib: typeof zlib;
}

/**
 * Makes the function that runs batches. Its text is what worker threads run, so it refers to nothing but its parameters:
 * worker code then needs no file of its own, wherever this one was compiled to or bundled into.
 */
export function batchRunner({ crypto, fs, zlib }: Built, settings: BatchSettings): (batch: Batch) => BatchResult {
  const { deflate, sums, known, descriptor, end } = settings;
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  let scratch = Buffer.allocUnsafeSlow(256 * 1024);
  const out = Buffer.allocUnsafeSlow(512 * 1024);
  let used = 0;
  let unwritten: string | undefined;

  function isKnown(hash: string): boolean {
    if (known.length === 0) return false;
    const wanted = Buffer.from(hash, "hex");
    let low = 0;
    let high = known.length / 32;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = wanted.compare(known, middle * 32, middle * 32 + 32);
      if (order === 0) return true;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return false;
  }

  function same(states: Float64Array, at: number, now: fs.Stats): boolean {
    return (
      now.isFile() &&
      states[at] === now.size &&
      states[at + 1] === now.mtimeMs &&
      states[at + 2] === now.ctimeMs &&
      states[at + 3] === now.ino &&
      states[at + 4] === now.dev
    );
  }

  /** The file's bytes in `scratch`, or why not. */
  function read(path: string, states: Float64Array, at: number): Buffer | { code: "E_CHANGED" | "E_IO"; message: string } {
    const size = states[at] as number;
    let file: number | undefined;
    try {
      file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (same(states, at, fs.fstatSync(file))) {
        if (scratch.length <= size) scratch = Buffer.allocUnsafeSlow(size + 1);
        // A file that fills what is one byte more than its size has grown.
        let filled = 0;
        while (filled <= size) {
          const got = fs.readSync(file, scratch, filled, size + 1 - filled, null);
          filled += got;
          if (got === 0 || filled === size) break;
        }
        if (filled === size && same(states, at, fs.fstatSync(file))) return scratch.subarray(0, filled);
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const gone = code === "ELOOP" || code === "ENOENT" || code === "ENOTDIR" || code === "ENXIO";
      if (file !== undefined || !gone) return { code: "E_IO", message: `${path} can't be read: ${message}` };
    } finally {
      if (file !== undefined) fs.closeSync(file);
    }
    return { code: "E_CHANGED", message: `${path} changed while it was read` };
  }

  /** Writes at the end of the file, where other threads write too; gives the place. */
  function append(bytes: Uint8Array, length: number): number {
    const start = Number(Atomics.add(end, 0, BigInt(length)));
    try {
      for (let done = 0; done < length;) done += fs.writeSync(descriptor, bytes, done, length - done, start + done);
    } catch (error) {
      unwritten = (error as Error).message;
      throw error;
    }
    return start;
  }

  return ({ disks, states, bytes }) => {
    const numbers = new Float64Array(disks.length * 5);
    const bodySums: string[] = [];
    const hashes: string[] = [];
    let given = 0;
    let waiting = 0;
    used = 0;
    const fail = (at: number, code: "E_CHANGED" | "E_IO", message: string): BatchResult => ({
      hashes: "",
      sums: "",
      numbers,
      failure: { at, code, message },
    });
    /** Gives the bodies in `out` their place. */
    const flush = (upTo: number): void => {
      if (used > 0) {
        const start = append(out, used);
        for (let i = waiting; i < upTo; i++) numbers[i * 5 + 4] = (numbers[i * 5 + 4] as number) + start;
      }
      used = 0;
      waiting = upTo;
    };
    try {
      for (let i = 0; i < disks.length; i++) {
        const disk = disks[i] as string;
        let content: Buffer;
        if (disk === "") {
          const { buffer, byteOffset, byteLength } = bytes[given++] as Uint8Array;
          content = Buffer.from(buffer, byteOffset, byteLength);
        } else {
          const found = read(disk, states, i * 5);
          if (!Buffer.isBuffer(found)) return fail(i, found.code, found.message);
          content = found;
        }
        const size = content.length;
        const hash = crypto.hash("sha256", content, "hex");
        hashes.push(hash);
        numbers[i * 5] = size;
        numbers[i * 5 + 1] = zlib.crc32(content);
        if (isKnown(hash)) {
          numbers[i * 5 + 3] = -1;
          if (sums) bodySums.push(hash);
          continue;
        }
        let body = content;
        if (deflate !== undefined && size >= deflate.fromBytes) {
          // Room for what text becomes, so that most bodies are one chunk and a small one takes little.
          const chunkSize = Math.min((size >>> 1) + 64, 262_144);
          const packed = zlib.deflateRawSync(content, { level: deflate.level, chunkSize });
          if (packed.length < size) body = packed;
        }
        numbers[i * 5 + 2] = body === content ? 0 : 8;
        numbers[i * 5 + 3] = body.length;
        if (sums) bodySums.push(body === content ? hash : crypto.hash("sha256", body, "hex"));
        if (used + body.length > out.length) flush(i);
        if (body.length > out.length) {
          numbers[i * 5 + 4] = append(body, body.length);
          waiting = i + 1;
        } else {
          numbers[i * 5 + 4] = used;
          out.set(body, used);
          used += body.length;
        }
      }
      flush(disks.length);
    } catch (error) {
      if (unwritten === undefined) throw error;
      return fail(-1, "E_IO", unwritten);
    }
    return { hashes: hashes.join(""), sums: bodySums.join(""), numbers };
  };
}
