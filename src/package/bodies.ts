/**
 * Compressed bodies by content digest, so that a file is deflated once in its life.
 *
 * In the cache folder `bodies/` holds segments: one file of bodies one after another, and an index that names each body's
 * content digest and its own. A body is copied only after its own digest was compared. Segments are made by a rename
 * and never changed; the oldest ones go when the folder grows beyond its limit.
 */
import { createHash, hash, randomBytes } from "node:crypto";
import { open, readdir, rename, rm, stat, mkdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FnpkgError, wrap } from "../errors.ts";
import { openFile, range, type RandomAccess } from "./bytes.ts";
import type { StoredBody } from "./content.ts";
import { discard, loadDocument, saveDocument, temporaryBeside } from "./store.ts";

/** A body in a segment. */
export interface Body {
  /** SHA-256 of the content, 64 hex digits. */
  readonly hash: string;
  readonly size: number;
  readonly crc32: number;
  readonly method: 0 | 8;
  readonly compressedSize: number;
  readonly offset: number;
  /** SHA-256 of the body itself. */
  readonly sum: string;
  readonly segment: Segment;
  /** Written by this run, so that it need not be compared again. */
  readonly fresh?: boolean;
}

/** A file of bodies, open for reading while a pack uses it. */
export interface Segment {
  readonly path: string;
  source?: Promise<RandomAccess>;
}

type Row = readonly [
  hash: string,
  size: number,
  crc32: number,
  method: 0 | 8,
  compressedSize: number,
  offset: number,
  sum: string,
];

const KEEP_BYTES = 2 * 1024 * 1024 * 1024;
const KEEP_SEGMENTS = 200;

/** A cached body that is not what its index says; the caller packs again without the cache. */
export class DamagedCache extends Error {
  readonly segment: Segment;
  constructor(segment: Segment) {
    super(`the cache file ${segment.path} is damaged`);
    this.segment = segment;
  }
}

/** What the cache knows; empty when there is none. */
export async function loadBodies(cache: string | undefined): Promise<Map<string, Body>> {
  const bodies = new Map<string, Body>();
  if (cache === undefined) return bodies;
  const names = await readdir(join(cache, "bodies")).catch(() => []);
  for (const name of names.filter((n) => n.endsWith(".json"))) {
    const rows = (await loadDocument(join(cache, "bodies", name))) as readonly Row[] | undefined;
    const segment: Segment = { path: join(cache, "bodies", `${name.slice(0, -5)}.bin`) };
    for (const [hash, size, crc32, method, compressedSize, offset, sum] of rows ?? [])
      bodies.set(hash, { hash, size, crc32, method, compressedSize, offset, sum, segment });
  }
  return bodies;
}

/** Closes every segment that was opened for reading. */
export async function closeSegments(bodies: ReadonlyMap<string, Body>): Promise<void> {
  const segments = new Set([...bodies.values()].map((body) => body.segment));
  for (const segment of segments) {
    await segment.source?.then(
      (source) => source.close(),
      () => undefined,
    );
    delete segment.source;
  }
}

/** The digests of all bodies, sorted, 32 bytes each, in memory that worker threads share. */
export function digestTable(bodies: ReadonlyMap<string, Body>): Uint8Array {
  const table = Buffer.from(new SharedArrayBuffer(bodies.size * 32));
  let at = 0;
  for (const hash of [...bodies.keys()].sort()) at += table.write(hash, at, "hex");
  return table;
}

/** Up to here a body is read at once. */
const AT_ONCE_BYTES = 256 * 1024;

/** The body as an archive's entry, compared with its own digest on the way. */
export function storedBody(body: Body): StoredBody {
  const { method, crc32, compressedSize, offset, segment } = body;
  const open = (): Promise<RandomAccess> => (segment.source ??= openFile(segment.path));
  const damaged = (error: unknown): unknown => (error instanceof FnpkgError ? new DamagedCache(segment) : error);
  const stored: StoredBody = {
    method,
    crc32,
    compressedSize,
    async *bytes() {
      const sum = createHash("sha256");
      try {
        for await (const chunk of range(await open(), offset, compressedSize)) {
          sum.update(chunk);
          yield chunk;
        }
      } catch (error) {
        throw damaged(error);
      }
      if (sum.digest("hex") !== body.sum) throw new DamagedCache(segment);
    },
  };
  if (compressedSize > AT_ONCE_BYTES) return stored;
  return {
    ...stored,
    async whole() {
      try {
        const bytes = await (await open()).read(offset, compressedSize);
        if (body.fresh !== true && hash("sha256", bytes) !== body.sum) throw new DamagedCache(segment);
        return bytes;
      } catch (error) {
        throw damaged(error);
      }
    },
  };
}

/** Takes new bodies in order; becomes a segment of the cache, or goes when the pack is over. */
export class Spool {
  readonly bodies: Body[] = [];
  readonly #segment: { path: string; source?: Promise<RandomAccess> };
  readonly #cache: string | undefined;
  #handle: FileHandle | undefined;
  #position = 0;

  /** `beside` is where the temporary file lies when there is no cache. */
  constructor(cache: string | undefined, beside: string) {
    this.#cache = cache;
    this.#segment = { path: temporaryBeside(cache === undefined ? beside : join(cache, "bodies", "new")) };
  }

  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#handle === undefined) {
        await mkdir(dirname(this.#segment.path), { recursive: true });
        this.#handle = await open(this.#segment.path, "wx+");
      }
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.byteLength - done, this.#position);
        done += bytesWritten;
        this.#position += bytesWritten;
      }
    } catch (cause) {
      throw wrap(cause, "E_IO", `${this.#segment.path} can't be written`, { file: this.#segment.path });
    }
  }

  /** The digest of what was written from `offset` on, 64 hex digits. */
  async sum(offset: number): Promise<string> {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (let at = offset; at < this.#position;) {
      const { bytesRead } = (await this.#handle?.read(buffer, 0, Math.min(buffer.length, this.#position - at), at)) ?? {
        bytesRead: 0,
      };
      if (bytesRead === 0) throw new FnpkgError("E_IO", `${this.#segment.path} ends early`, { file: this.#segment.path });
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest("hex");
  }

  /** Names what was written from `offset` on as one body. */
  add(body: Omit<Body, "segment">): Body {
    const full = { ...body, segment: this.#segment, fresh: true };
    this.bodies.push(full);
    return full;
  }

  /** Goes back to `position`, where what came after is not wanted. */
  rewind(position: number): void {
    this.#position = position;
  }

  /** Keeps the bodies in the cache. Failing to is no failure. */
  async keep(): Promise<void> {
    if (this.#cache === undefined || this.bodies.length === 0) return;
    const folder = join(this.#cache, "bodies");
    const name = `${Date.now().toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;
    try {
      await this.#handle?.truncate(this.#position);
      await rename(this.#segment.path, join(folder, `${name}.bin`));
      const rows: Row[] = this.bodies.map((b) => [b.hash, b.size, b.crc32, b.method, b.compressedSize, b.offset, b.sum]);
      await saveDocument(join(folder, `${name}.json`), rows);
      await tidy(folder);
    } catch {
      // The archive is what was asked for; the cache only saves time.
    }
  }

  /** Closes the file, and removes it where it was not kept; what reads it is closed by `closeSegments`. */
  async close(): Promise<void> {
    await this.#handle?.close();
    await discard(this.#segment.path);
  }
}

/** Removes a segment that was found damaged. */
export async function forget(segment: Segment): Promise<void> {
  await rm(segment.path.replace(/\.bin$/, ".json"), { force: true });
  await rm(segment.path, { force: true });
}

/** Removes the oldest segments beyond the limits, and what interrupted runs left a day ago. */
async function tidy(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort().reverse();
  let kept = 0;
  let bytes = 0;
  for (const name of names) {
    if (name.endsWith(".tmp")) {
      const { mtimeMs } = await stat(join(folder, name));
      if (Date.now() - mtimeMs > 86_400_000) await rm(join(folder, name), { force: true });
    } else if (name.endsWith(".bin")) {
      bytes += (await stat(join(folder, name))).size;
      if (++kept > KEEP_SEGMENTS || bytes > KEEP_BYTES) await forget({ path: join(folder, name) });
    }
  }
}
