/** Random access to bytes on disk or in memory, with a few cached blocks so that small reads in a row cost little. */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { FnpkgError, wrap } from "../errors.ts";

export interface RandomAccess {
  readonly size: number;
  /** Exactly `length` bytes, which must not be changed. @throws FnpkgError E_SIZE beyond the end, E_IO. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

const BLOCK_BYTES = 512 * 1024;
const BLOCKS = 4;

/** Opens a regular file for reading. @throws FnpkgError E_NOT_FOUND, E_ENTRY_TYPE, E_IO. */
export async function openFile(path: string): Promise<RandomAccess> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR")
      throw new FnpkgError("E_NOT_FOUND", `${path} does not exist`, { file: path, cause });
    throw wrap(cause, "E_IO", `${path} can't be opened`, { file: path });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new FnpkgError("E_ENTRY_TYPE", `${path} is no regular file`, { file: path });
    return blocks(path, handle, stat.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Bytes in memory with the same face. */
export function inMemory(bytes: Uint8Array, name = "the archive"): RandomAccess {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    async read(offset, length) {
      if (offset < 0 || offset + length > buffer.length) throw beyondEnd(name);
      return buffer.subarray(offset, offset + length);
    },
    async close() {},
  };
}

function blocks(path: string, handle: FileHandle, size: number): RandomAccess {
  const cached = new Map<number, Promise<Buffer>>();

  async function exactly(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled).catch((cause: unknown) => {
        throw wrap(cause, "E_IO", `${path} can't be read`, { file: path });
      });
      if (bytesRead === 0) throw beyondEnd(path);
      filled += bytesRead;
    }
    return buffer;
  }

  function block(index: number): Promise<Buffer> {
    let found = cached.get(index);
    if (found === undefined) {
      const start = index * BLOCK_BYTES;
      found = exactly(start, Math.min(BLOCK_BYTES, size - start));
      found.catch(() => cached.delete(index));
    }
    cached.delete(index);
    cached.set(index, found);
    if (cached.size > BLOCKS) for (const oldest of cached.keys()) if (cached.size > BLOCKS) cached.delete(oldest);
    return found;
  }

  return {
    size,
    async read(offset, length) {
      if (offset < 0 || offset + length > size) throw beyondEnd(path);
      if (length === 0) return Buffer.alloc(0);
      const first = Math.floor(offset / BLOCK_BYTES);
      const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
      if (last > first + 1) return exactly(offset, length);
      const start = offset - first * BLOCK_BYTES;
      if (last === first) return (await block(first)).subarray(start, start + length);
      const parts = await Promise.all([block(first), block(last)]);
      return Buffer.concat([parts[0].subarray(start), parts[1].subarray(0, start + length - BLOCK_BYTES)]);
    },
    close: () => handle.close(),
  };
}

function beyondEnd(path: string): FnpkgError {
  return new FnpkgError("E_SIZE", `${path} ends before the bytes that it declares`, { file: path });
}

const RANGE_BYTES = 256 * 1024;

/** A range in chunks of up to 256 KiB. */
export async function* range(source: RandomAccess, offset: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += RANGE_BYTES) yield await source.read(offset + at, Math.min(RANGE_BYTES, length - at));
}
