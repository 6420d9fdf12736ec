/** A large file in a stream: hashed, and deflated straight into the spool; stored where deflating gains nothing. */
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw } from "node:zlib";
import type { FileState } from "./batch.ts";
import { DEFLATING, type Body } from "./bodies.ts";
import type { Spool } from "./bodies-spool.ts";
import { unchanged } from "./unchanged.ts";

export interface LargeOptions {
  readonly deflate: boolean;
  readonly bodies: Map<string, Body>;
  readonly spool: Spool;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Its body, which is added to `bodies` when it is new there.
 * @throws FnpkgError E_CHANGED, E_IO, E_INTERRUPTED.
 */
export async function ingestLarge(disk: string, state: FileState, options: LargeOptions): Promise<Body> {
  const { deflate, bodies, spool, signal } = options;
  // No body is larger than the file, since what deflating does not make smaller is stored.
  const room = spool.reserve(state.size);
  const content = createHash("sha256");
  let crc = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of unchanged(disk, state, signal)) {
      content.update(chunk);
      crc = crc32(chunk, crc);
      yield chunk;
    }
  };
  const put = (chunks: AsyncIterable<Uint8Array>): Promise<Written> => writeAll(chunks, room, state.size, spool);
  let written = deflate
    ? await pipeline(copied(counted()), createDeflateRaw({ level: DEFLATING.level }), put)
    : await put(counted());
  const hash = content.digest("hex");
  const known = bodies.get(hash);
  if (known !== undefined) return known;
  const gained = written.bytes < state.size;
  if (deflate && !gained) written = await put(unchanged(disk, state, signal));
  const body = spool.add({
    hash,
    size: state.size,
    crc32: crc,
    method: gained ? 8 : 0,
    compressedSize: written.bytes,
    offset: room,
    sum: written.sum,
  });
  bodies.set(hash, body);
  return body;
}

/** Chunks that may be kept. */
async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

interface Written {
  readonly bytes: number;
  readonly sum: string;
}

/** Writes up to `most` bytes at `position`; counts all, and gives their digest. */
async function writeAll(chunks: AsyncIterable<Uint8Array>, position: number, most: number, spool: Spool): Promise<Written> {
  const sum = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    if (bytes + chunk.byteLength <= most) {
      await spool.write(chunk, position + bytes);
      sum.update(chunk);
    }
    bytes += chunk.byteLength;
  }
  return { bytes, sum: sum.digest("hex") };
}
