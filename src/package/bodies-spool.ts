/** The file that takes the bodies of one pack, and what becomes of it in the cache. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wrap, type FnpkgError } from "../errors.ts";
import { DEFLATED_BY, forget, type Body, type Index, type Row, type Segment } from "./bodies.ts";
import { discard, saveDocument, temporaryBeside } from "./store.ts";

const KEEP_BYTES = 2 * 1024 * 1024 * 1024;
const KEEP_SEGMENTS = 200;

/** Takes new bodies, from several threads at once; becomes a segment of the cache, or goes when the pack is over. */
export class Spool {
  readonly bodies: Body[] = [];
  /** Where the file's next free byte lies, in memory that worker threads share. */
  readonly end = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #segment: Segment;
  readonly #cache: string | undefined;
  #handle: FileHandle | undefined;

  /** `beside` is where the temporary file lies when there is no cache. */
  constructor(cache: string | undefined, beside: string) {
    this.#cache = cache;
    this.#segment = { path: temporaryBeside(cache === undefined ? beside : join(cache, "bodies", "new")) };
  }

  /** Whether the bodies are for later runs too, which know each by its own digest. */
  get keeps(): boolean {
    return this.#cache !== undefined;
  }

  get path(): string {
    return this.#segment.path;
  }

  /** Makes the file; gives its descriptor. @throws FnpkgError E_IO. */
  async open(): Promise<number> {
    try {
      if (this.#handle === undefined) {
        await mkdir(dirname(this.path), { recursive: true });
        this.#handle = await open(this.path, "wx+");
      }
      return this.#handle.fd;
    } catch (cause) {
      throw this.#unwritten(cause);
    }
  }

  /** Room for `bytes` bytes, which nobody else writes to. */
  reserve(bytes: number): number {
    return Number(Atomics.add(this.end, 0, BigInt(bytes)));
  }

  /** @throws FnpkgError E_IO. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.byteLength;)
        done += (await this.#handle?.write(bytes, done, bytes.byteLength - done, position + done))?.bytesWritten ?? 0;
    } catch (cause) {
      throw this.#unwritten(cause);
    }
  }

  #unwritten(cause: unknown): FnpkgError {
    return wrap(cause, "E_IO", `${this.path} can't be written`, { file: this.path });
  }

  /** Names bytes of the file as one body. */
  add(body: Omit<Body, "segment" | "fresh">): Body {
    const { hash, size, crc32, method, compressedSize, offset, sum } = body;
    const full: Body = { hash, size, crc32, method, compressedSize, offset, sum, segment: this.#segment, fresh: true };
    this.bodies.push(full);
    return full;
  }

  /** Keeps the bodies in the cache. Failing to is no failure. */
  async keep(): Promise<void> {
    if (this.#cache === undefined || this.bodies.length === 0) return;
    const folder = join(this.#cache, "bodies");
    const name = `${Date.now().toString(36).padStart(9, "0")}-${randomBytes(6).toString("hex")}`;
    try {
      await this.#handle?.truncate(Number(this.end[0]));
      await rename(this.#segment.path, join(folder, `${name}.bin`));
      const rows: Row[] = this.bodies.map((b) => [b.hash, b.size, b.crc32, b.method, b.compressedSize, b.offset, b.sum]);
      await saveDocument(join(folder, `${name}.json`), { by: DEFLATED_BY, rows } satisfies Index);
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
