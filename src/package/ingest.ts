/** Reads every file once: its size, its digest and its body as the package will hold it. */
import { FnpkgError } from "../errors.ts";
import type { Digest } from "../json.ts";
import type { Batch, BatchResult, FileState } from "./batch.ts";
import { DEFLATING, digestTable, type Body } from "./bodies.ts";
import type { Spool } from "./bodies-spool.ts";
import { ingestLarge } from "./ingest-large.ts";
import { throwIfAborted } from "./limits.ts";
import { poolFor } from "./pool.ts";
import type { StatIndex } from "./stat-index.ts";

/** A file to be sealed, with its place in the package. */
export interface Source {
  readonly path: string;
  readonly executable: boolean;
  readonly from: { readonly disk: string; readonly state: FileState } | { readonly bytes: Uint8Array };
}

/** The same, read. */
export interface Ingested extends Source {
  readonly size: number;
  readonly digest: Digest;
  readonly crc32: number;
  readonly body: Body;
}

export interface IngestOptions {
  /** False: bodies are the files' own bytes. */
  readonly deflate: boolean;
  /** Bodies that need no deflating, by the hex digits of their content's digest. */
  readonly bodies: Map<string, Body>;
  readonly spool: Spool;
  readonly index: StatIndex;
  readonly signal?: AbortSignal | undefined;
  readonly onFile?: ((file: Ingested) => void) | undefined;
}

/** Small, so that the threads end at about the same time. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 512;
/** Above it a file is streamed instead of held. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** Places in the list of sources, from `first` up to `end` of `todo`; a large file is alone. */
interface Work {
  readonly first: number;
  readonly end: number;
  readonly large: boolean;
}

/**
 * Reads the files; `onFile` hears of them in order.
 * @throws FnpkgError E_CHANGED when a file is not what its stat said, E_IO, E_INTERRUPTED.
 */
export async function ingest(sources: readonly Source[], options: IngestOptions): Promise<Ingested[]> {
  const { bodies, spool, index, signal, onFile, deflate } = options;
  const result: Ingested[] = Array.from({ length: sources.length });
  const done = (at: number, hash: string, crc32: number, body: Body): void => {
    const { path, executable, from } = sources[at] as Source;
    const size = "disk" in from ? from.state.size : from.bytes.byteLength;
    const file: Ingested = { path, executable, from, size, digest: `sha256:${hash}`, crc32, body };
    result[at] = file;
    onFile?.(file);
  };

  const todo: number[] = [];
  for (let at = 0; at < sources.length; at++) {
    const { path, from } = sources[at] as Source;
    const known = "disk" in from ? index.find(path, from.state) : undefined;
    const body = known === undefined ? undefined : bodies.get(known.hash);
    if (known === undefined || body === undefined) todo.push(at);
    else done(at, known.hash, known.crc32, body);
  }
  if (todo.length === 0) return result;

  const readAt = Date.now();
  const read = (at: number, hash: string, crc32: number, body: Body): void => {
    const { path, from } = sources[at] as Source;
    if ("disk" in from) index.add(path, from.state, { hash, crc32 }, readAt);
    done(at, hash, crc32, body);
  };
  const { work, bytes } = split(sources, todo);
  const settings = {
    deflate: deflate ? DEFLATING : undefined,
    sums: spool.keeps,
    known: digestTable(bodies),
    descriptor: await spool.open(),
    end: spool.end,
  };
  const pool = poolFor(bytes, settings);
  const abort = (): void => void pool.close();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const running: Promise<BatchResult>[] = [];
    const batches = work.filter(({ large }) => !large).values();
    const start = (): void => {
      const { value } = batches.next();
      if (value === undefined) return;
      const promise = pool.run(toBatch(sources, todo, value));
      promise.catch(() => undefined);
      running.push(promise);
    };
    for (let i = 0; i < pool.window; i++) start();
    for (const { first, end, large } of work) {
      throwIfAborted(signal);
      if (large) {
        const at = todo[first] as number;
        const { disk, state } = (sources[at] as Source).from as { disk: string; state: FileState };
        const body = await ingestLarge(disk, state, options);
        read(at, body.hash, body.crc32, body);
        continue;
      }
      const batch = await (running.shift() as Promise<BatchResult>);
      start();
      if (batch.failure !== undefined) {
        const { at, code, message } = batch.failure;
        if (at < 0) throw new FnpkgError(code, `${spool.path} can't be written: ${message}`, { file: spool.path });
        throw new FnpkgError(code, message, { file: sources[todo[first + at] as number]?.path ?? "" });
      }
      for (let i = 0; i < end - first; i++) {
        const hash = batch.hashes.slice(i * 64, i * 64 + 64);
        let body = bodies.get(hash);
        if (body === undefined) {
          body = spool.add(bodyAt(batch, i, hash));
          bodies.set(hash, body);
        }
        read(todo[first + i] as number, hash, body.crc32, body);
      }
    }
    pool.end();
  } catch (error) {
    await pool.close();
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return result;
}

export function sizeOf(source: Source): number {
  return "disk" in source.from ? source.from.state.size : source.from.bytes.byteLength;
}

function bodyAt({ numbers, sums }: BatchResult, i: number, hash: string): Omit<Body, "segment" | "fresh"> {
  const number = (field: number): number => numbers[i * 5 + field] as number;
  return {
    hash,
    size: number(0),
    crc32: number(1),
    method: number(2) === 8 ? 8 : 0,
    compressedSize: number(3),
    offset: number(4),
    sum: sums.slice(i * 64, i * 64 + 64),
  };
}

/** `bytes` is what the batches hold together. */
function split(sources: readonly Source[], todo: readonly number[]): { work: Work[]; bytes: number } {
  const work: Work[] = [];
  let first = 0;
  let bytes = 0;
  let all = 0;
  const flush = (end: number): void => {
    if (end > first) work.push({ first, end, large: false });
    first = end;
    bytes = 0;
  };
  for (const [i, at] of todo.entries()) {
    const source = sources[at] as Source;
    const size = sizeOf(source);
    if (size > LARGE_BYTES && "disk" in source.from) {
      flush(i);
      work.push({ first: i, end: i + 1, large: true });
      first = i + 1;
      continue;
    }
    if (bytes + size > BATCH_BYTES || i - first >= BATCH_FILES) flush(i);
    bytes += size;
    all += size;
  }
  flush(todo.length);
  return { work, bytes: all };
}

function toBatch(sources: readonly Source[], todo: readonly number[], { first, end }: Work): Batch {
  const disks: string[] = [];
  const bytes: Uint8Array[] = [];
  const states = new Float64Array((end - first) * 5);
  for (let i = first; i < end; i++) {
    const { from } = sources[todo[i] as number] as Source;
    if ("disk" in from) {
      const { size, mtimeMs, ctimeMs, ino, dev } = from.state;
      const at = (i - first) * 5;
      states[at] = size;
      states[at + 1] = mtimeMs;
      states[at + 2] = ctimeMs;
      states[at + 3] = ino;
      states[at + 4] = dev;
    } else bytes.push(from.bytes);
    disks.push("disk" in from ? from.disk : "");
  }
  return { disks, states, bytes };
}
