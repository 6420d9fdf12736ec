/**
 * The archive writer: for packages, registry layers and vendor archives. The same entries give the same bytes, on every
 * machine; bodies that are compressed already are copied.
 */
import { crc32 } from "node:zlib";
import { FnpkgError } from "../../errors.ts";
import type { StoredBody } from "../content.ts";
import {
  CENTRAL,
  CENTRAL_BYTES,
  DOS_DATE,
  DOS_TIME,
  END,
  END_BYTES,
  FLAGS,
  LOCAL,
  LOCAL_BYTES,
  MADE_BY,
  MAX16,
  MAX32,
  MODE_EXECUTABLE,
  MODE_FILE,
  NEEDED,
  STORED,
} from "./format.ts";

/** One entry to write. */
export interface ZipInput {
  readonly path: string;
  /** Default false. */
  readonly executable?: boolean;
  /** Bytes, uncompressed; needed with a `StoredBody`, and otherwise the bytes' own length. */
  readonly size?: number;
  /** Raw bytes are stored as they are; a stored body is copied. */
  readonly body: StoredBody | Uint8Array;
}

/** Takes the archive's bytes in order. A chunk may be reused after the promise is settled. */
export interface ZipSink {
  write(chunk: Uint8Array): Promise<void> | void;
}

const FLUSH_BYTES = 1024 * 1024;

/**
 * Writes the entries in the order given: no extra fields, comments, folders or data descriptors, one fixed timestamp.
 * Memory is bounded by 1 MiB and about 100 bytes an entry.
 * @returns the archive's size in bytes and the number of entries.
 * @throws FnpkgError E_LIMIT where Zip64 would be needed; E_SIZE when a body gives other bytes than it declares.
 */
export async function writeZip(
  entries: Iterable<ZipInput> | AsyncIterable<ZipInput>,
  sink: ZipSink,
): Promise<{ size: number; entries: number }> {
  const out = new Buffered(sink);
  const directory = new Directory();
  const add = async (entry: ZipInput): Promise<void> => {
    const { path, body } = entry;
    const raw = body instanceof Uint8Array ? body : undefined;
    const head: Head =
      raw === undefined ? (body as StoredBody) : { method: STORED, crc32: crc32(raw), compressedSize: raw.byteLength };
    const size = raw?.byteLength ?? entry.size ?? head.compressedSize;
    const offset = out.position;
    if (size >= MAX32 || head.compressedSize >= MAX32 || offset >= MAX32)
      throw new FnpkgError("E_LIMIT", "the archive would need Zip64; it must stay below 4 GiB", { file: path });
    const name = Buffer.from(path);
    directory.add(name, head, size, offset, entry.executable === true);
    const header = localHeader(name, head, size);
    if (!out.take(header)) await out.write(header);
    if (raw !== undefined) await out.write(raw);
    else await copy(body as StoredBody, path, out);
  };
  if (Symbol.asyncIterator in entries) for await (const entry of entries) await add(entry);
  else for (const entry of entries) await add(entry);
  if (directory.entries >= MAX16)
    throw new FnpkgError("E_LIMIT", `the archive would have ${directory.entries} entries; the limit is ${MAX16 - 1}`);
  const start = out.position;
  await out.write(directory.bytes());
  if (out.position >= MAX32) throw new FnpkgError("E_LIMIT", "the archive would need Zip64; it must stay below 4 GiB");
  await out.write(endRecord(directory.entries, out.position - start, start));
  await out.flush();
  return { size: out.position, entries: directory.entries };
}

async function copy(body: StoredBody, path: string, out: Buffered): Promise<void> {
  let written = 0;
  const put = async (chunk: Uint8Array): Promise<void> => {
    written += chunk.byteLength;
    if (!out.take(chunk)) await out.write(chunk);
  };
  if (body.whole !== undefined) await put(await body.whole());
  else for await (const chunk of body.bytes()) await put(chunk);
  if (written !== body.compressedSize)
    throw new FnpkgError("E_SIZE", `${path}: ${written} stored bytes where ${body.compressedSize} were declared`, { file: path });
}

type Head = Pick<StoredBody, "method" | "crc32" | "compressedSize">;

function localHeader(name: Buffer, body: Head, size: number): Buffer {
  const header = Buffer.allocUnsafe(LOCAL_BYTES + name.length);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(NEEDED, 4);
  shared(header, 6, body, size, name);
  header.writeUInt16LE(0, 28);
  name.copy(header, LOCAL_BYTES);
  return header;
}

/** The central headers, one after another in one buffer. */
class Directory {
  entries = 0;
  #buffer = Buffer.alloc(64 * 1024);
  #used = 0;

  add(name: Buffer, body: Head, size: number, offset: number, executable: boolean): void {
    const at = this.#used;
    const end = at + CENTRAL_BYTES + name.length;
    if (end > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(this.#buffer.length)]);
    const buffer = this.#buffer;
    buffer.writeUInt32LE(CENTRAL, at);
    buffer.writeUInt16LE(MADE_BY, at + 4);
    buffer.writeUInt16LE(NEEDED, at + 6);
    shared(buffer, at + 8, body, size, name);
    buffer.writeUInt32LE(((executable ? MODE_EXECUTABLE : MODE_FILE) << 16) >>> 0, at + 38);
    buffer.writeUInt32LE(offset, at + 42);
    name.copy(buffer, at + CENTRAL_BYTES);
    this.#used = end;
    this.entries++;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }
}

/** The fields that both headers have in the same order, from the flags to the name's length. */
function shared(header: Buffer, at: number, body: Head, size: number, name: Buffer): void {
  header.writeUInt16LE(FLAGS, at);
  header.writeUInt16LE(body.method, at + 2);
  header.writeUInt16LE(DOS_TIME, at + 4);
  header.writeUInt16LE(DOS_DATE, at + 6);
  header.writeUInt32LE(body.crc32, at + 8);
  header.writeUInt32LE(body.compressedSize, at + 12);
  header.writeUInt32LE(size, at + 16);
  header.writeUInt16LE(name.length, at + 20);
}

function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(END_BYTES);
  record.writeUInt32LE(END, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}

/** Joins small chunks, so that the sink sees few large ones. */
class Buffered {
  position = 0;
  readonly #sink: ZipSink;
  readonly #buffer = Buffer.allocUnsafe(FLUSH_BYTES);
  #used = 0;

  constructor(sink: ZipSink) {
    this.#sink = sink;
  }

  /** Takes a chunk where it fits without flushing. */
  take(chunk: Uint8Array): boolean {
    if (this.#used + chunk.byteLength > FLUSH_BYTES) return false;
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.byteLength;
    this.position += chunk.byteLength;
    return true;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.take(chunk)) return;
    await this.flush();
    if (chunk.byteLength < FLUSH_BYTES) {
      this.take(chunk);
      return;
    }
    this.position += chunk.byteLength;
    await this.#sink.write(chunk);
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#sink.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}
