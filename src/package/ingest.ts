/** Reads every file once: its size, its digest and its body as the package will hold it. */
import { createHash, hash } from "node:crypto";
import { crc32, createDeflateRaw } from "node:zlib";
import { FnpkgError } from "../errors.ts";
import type { Digest } from "../json.ts";
import type { Batch, BatchFile, BatchItem, FileState } from "./batch.ts";
import { digestTable, type Body, type Spool } from "./bodies.ts";
import { throwIfAborted } from "./limits.ts";
import { poolFor } from "./pool.ts";
import type { StatIndex } from "./stat-index.ts";
import { unchanged } from "./unchanged.ts";

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

const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_FILES = 1024;
/** Above it a file is streamed instead of held. */
const LARGE_BYTES = 16 * 1024 * 1024;

type Work = { readonly at: number; readonly sources: readonly Source[]; readonly kind: "batch" | "large" };

/**
 * Reads the files, in order.
 * @throws FnpkgError E_CHANGED when a file is not what its stat said, E_IO, E_INTERRUPTED.
 */
export async function ingest(sources: readonly Source[], options: IngestOptions): Promise<Ingested[]> {
  const { deflate, bodies, spool, index, signal, onFile } = options;
  const result: (Ingested | undefined)[] = Array.from({ length: sources.length });
  const done = (at: number, file: Ingested): void => {
    result[at] = file;
    onFile?.(file);
  };

  const todo: [number, Source][] = [];
  for (const [at, source] of sources.entries()) {
    const known = "disk" in source.from ? index.find(source.path, source.from.state) : undefined;
    const body = known === undefined ? undefined : bodies.get(known.hash);
    if (known === undefined || body === undefined) todo.push([at, source]);
    else done(at, { ...source, size: sizeOf(source), digest: `sha256:${known.hash}`, crc32: known.crc32, body });
  }
  if (todo.length === 0) return result as Ingested[];

  const readAt = Date.now();
  const known = digestTable(bodies);
  const work = split(todo);
  const pool = poolFor(
    work.filter((w) => w.kind === "batch").reduce((sum, w) => sum + w.sources.reduce((s, source) => s + sizeOf(source), 0), 0),
  );
  const order = todo.map(([at]) => at);
  const abort = (): void => void pool.close();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const running: ReturnType<typeof pool.run>[] = [];
    const batches = work.filter((w) => w.kind === "batch");
    let started = 0;
    const start = (): void => {
      const next = batches[started++];
      if (next === undefined) return;
      const promise = pool.run(toBatch(next.sources, deflate, known));
      promise.catch(() => undefined);
      running.push(promise);
    };
    while (running.length < pool.window && started < batches.length) start();
    for (const item of work) {
      throwIfAborted(signal);
      if (item.kind === "large") {
        const [source] = item.sources as readonly [Source];
        const file = await large(source, options);
        remember(index, source, file, readAt);
        done(order[item.at] ?? 0, file);
        continue;
      }
      const batch = await (running.shift() as ReturnType<typeof pool.run>);
      start();
      let at = 0;
      let written = spool.position;
      if (batch.bodies.byteLength > 0) await spool.write(batch.bodies);
      for (const [turn, read] of batch.files.entries()) {
        const source = item.sources[turn] as Source;
        if (read.failure !== undefined) throw failureOf(source, read);
        let body = bodies.get(read.hash);
        if (read.compressedSize >= 0) {
          const bytes = batch.bodies.subarray(at, at + read.compressedSize);
          if (body === undefined) {
            body = spool.add({
              hash: read.hash,
              size: read.size,
              crc32: read.crc32,
              method: read.method,
              compressedSize: read.compressedSize,
              offset: written,
              sum: hash("sha256", bytes),
            });
            bodies.set(read.hash, body);
          }
          at += read.compressedSize;
          written += read.compressedSize;
        }
        const file: Ingested = {
          ...source,
          size: read.size,
          digest: `sha256:${read.hash}`,
          crc32: read.crc32,
          body: body as Body,
        };
        remember(index, source, file, readAt);
        done(order[item.at + turn] ?? 0, file);
      }
    }
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    await pool.close();
  }
  return result as Ingested[];
}

export function sizeOf(source: Source): number {
  return "disk" in source.from ? source.from.state.size : source.from.bytes.byteLength;
}

function split(todo: readonly (readonly [number, Source])[]): Work[] {
  const work: Work[] = [];
  let sources: Source[] = [];
  let bytes = 0;
  const flush = (end: number): void => {
    if (sources.length > 0) work.push({ at: end - sources.length, sources, kind: "batch" });
    sources = [];
    bytes = 0;
  };
  for (const [at, [, source]] of todo.entries()) {
    const size = sizeOf(source);
    if (size > LARGE_BYTES && "disk" in source.from) {
      flush(at);
      work.push({ at, sources: [source], kind: "large" });
      continue;
    }
    if (bytes + size > BATCH_BYTES || sources.length >= BATCH_FILES) flush(at);
    sources.push(source);
    bytes += size;
  }
  flush(todo.length);
  return work;
}

function toBatch(sources: readonly Source[], deflate: boolean, known: Uint8Array): Batch {
  return {
    items: sources.map(({ from }): BatchItem =>
      "disk" in from ? { disk: from.disk, state: from.state } : { bytes: from.bytes },
    ),
    deflate,
    known,
  };
}

function remember(index: StatIndex, source: Source, file: Ingested, readAt: number): void {
  if ("disk" in source.from) index.add(source.path, source.from.state, { hash: file.digest.slice(7), crc32: file.crc32 }, readAt);
}

function failureOf(source: Source, { failure }: BatchFile): FnpkgError {
  return new FnpkgError(failure?.code ?? "E_IO", failure?.message ?? `${source.path} can't be read`, { file: source.path });
}

/** A large file in a stream: hashed, and deflated straight into the spool; stored where deflating gains nothing. */
async function large(source: Source, { deflate, bodies, spool, signal }: IngestOptions): Promise<Ingested> {
  const { disk, state } = source.from as { disk: string; state: FileState };
  const content = createHash("sha256");
  let crc = 0;
  const count = (chunk: Uint8Array): void => {
    content.update(chunk);
    crc = crc32(chunk, crc);
  };
  const offset = spool.position;
  if (deflate) {
    const deflater = createDeflateRaw({ level: 6 });
    const feeding = (async () => {
      for await (const chunk of unchanged(disk, state, signal)) {
        count(chunk);
        if (!deflater.write(Buffer.from(chunk))) await new Promise((resolve) => deflater.once("drain", resolve));
      }
      deflater.end();
    })().catch((error: unknown) => void deflater.destroy(error as Error));
    await spoolAll(deflater as AsyncIterable<Buffer>, spool);
    await feeding;
  } else {
    for await (const chunk of unchanged(disk, state, signal)) {
      count(chunk);
      await spool.write(chunk);
    }
  }
  const digest = content.digest("hex");
  const file = { ...source, size: state.size, digest: `sha256:${digest}`, crc32: crc };
  const cached = bodies.get(digest);
  if (cached !== undefined) {
    spool.rewind(offset);
    return { ...file, body: cached };
  }
  const gained = spool.position - offset < state.size;
  if (deflate && !gained) {
    spool.rewind(offset);
    await spoolAll(unchanged(disk, state, signal), spool);
  }
  const body = spool.add({
    hash: digest,
    size: state.size,
    crc32: crc,
    method: gained ? 8 : 0,
    compressedSize: spool.position - offset,
    offset,
    sum: gained ? await spool.sum(offset) : digest,
  });
  bodies.set(digest, body);
  return { ...file, body };
}

async function spoolAll(chunks: AsyncIterable<Uint8Array>, spool: Spool): Promise<void> {
  for await (const chunk of chunks) await spool.write(chunk);
}
