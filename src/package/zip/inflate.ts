/** An entry's uncompressed bytes: counted while they come, whatever the headers say. */
import { once } from "node:events";
import { createInflateRaw, inflateRawSync, type ZlibOptions } from "node:zlib";
import { FnpkgError } from "../../errors.ts";
import { range, type RandomAccess } from "../bytes.ts";
import { DEFLATED } from "./format.ts";
import type { ZipEntry } from "./reader.ts";

/** Up to here an entry is inflated at once, which is much faster than a stream. */
const AT_ONCE_BYTES = 1024 * 1024;

/**
 * The uncompressed bytes in chunks.
 * @throws FnpkgError E_SIZE as soon as there are more bytes than declared, when there are fewer, or when something follows
 * the deflate stream; E_DIGEST when the stream is broken.
 */
export async function* inflated(source: RandomAccess, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  if (entry.method !== DEFLATED) yield* range(source, entry.offset, entry.compressedSize);
  else if (entry.size <= AT_ONCE_BYTES && entry.compressedSize <= AT_ONCE_BYTES) {
    const bytes = atOnce(await source.read(entry.offset, entry.compressedSize), entry);
    if (bytes.byteLength > 0) yield bytes;
  } else yield* streamed(source, entry);
}

function atOnce(compressed: Uint8Array, entry: ZipEntry): Uint8Array {
  let result: { buffer: Uint8Array; engine: { bytesWritten: number } };
  try {
    // `info` gives the engine too, which the declarations do not know.
    const options: ZlibOptions = { info: true, maxOutputLength: Math.max(entry.size, 1) };
    result = inflateRawSync(compressed, options) as unknown as typeof result;
  } catch (cause) {
    throw broken(cause, entry);
  }
  checkEnd(entry, result.buffer.byteLength, result.engine.bytesWritten);
  return result.buffer;
}

async function* streamed(source: RandomAccess, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw();
  const stop = new AbortController();
  const feed = async (): Promise<void> => {
    for await (const chunk of range(source, entry.offset, entry.compressedSize)) {
      if (stop.signal.aborted) return;
      if (!inflater.write(chunk)) await once(inflater, "drain", { signal: stop.signal });
    }
    inflater.end();
  };
  const feeding = feed().catch((cause: unknown) => {
    if (!stop.signal.aborted) inflater.destroy(cause as Error);
  });
  let size = 0;
  try {
    for await (const chunk of inflater as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > entry.size) throw tooLong(entry);
      yield chunk;
    }
  } catch (cause) {
    throw broken(cause, entry);
  } finally {
    stop.abort();
    inflater.destroy();
    await feeding;
  }
  checkEnd(entry, size, inflater.bytesWritten);
}

function checkEnd(entry: ZipEntry, size: number, consumed: number): void {
  if (size > entry.size) throw tooLong(entry);
  if (size < entry.size) throw wrongSize(entry, `inflates to ${size} bytes and declares ${entry.size}`);
  if (consumed !== entry.compressedSize)
    throw wrongSize(entry, `has ${entry.compressedSize - consumed} bytes after the end of its deflate stream`);
}

function broken(cause: unknown, entry: ZipEntry): unknown {
  if (cause instanceof FnpkgError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ERR_BUFFER_TOO_LARGE") return tooLong(entry);
  if (code === "Z_BUF_ERROR") return wrongSize(entry, "has a deflate stream that is cut off");
  return new FnpkgError("E_DIGEST", `${entry.path} can't be inflated`, { file: entry.path, cause });
}

function tooLong(entry: ZipEntry): FnpkgError {
  return wrongSize(entry, `inflates to more than the ${entry.size} bytes that it declares`);
}

function wrongSize(entry: ZipEntry, message: string): FnpkgError {
  return new FnpkgError("E_SIZE", `${entry.path} ${message}`, { file: entry.path });
}
