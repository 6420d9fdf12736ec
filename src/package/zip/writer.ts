/**
 * The archive writer: for packages, registry layers and vendor archives. The same entries give the same bytes, on every
 * machine; bodies that are compressed already are copied.
 */
import { crc32 } from "node:zlib";
import { FnpkgError } from "../../errors.ts";
import type { StoredBody } from "../content.ts";
import { CENTRAL, CENTRAL_BYTES, DOS_DATE, DOS_TIME, END, END_BYTES, FLAGS, LOCAL, LOCAL_BYTES, MADE_BY, MAX16, MAX32, MODE_EXECUTABLE, MODE_FILE, NEEDED, STORED } from "./format.ts";

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
export async function writeZip(entries: Iterable<ZipInput> | AsyncIterable<ZipInput>, sink: ZipSink): Promise<{ size: number; entries: number }> {
  const out = new Buffered(sink);
  const directory: Buffer[] = [];
  for await (const entry of entries) {
    const name = Buffer.from(entry.path);
    const raw = entry.body instanceof Uint8Array ? entry.body : undefined;
    const body: Head = raw === undefined ? (entry.body as StoredBody) : { method: STORED, crc32: crc32(raw), compressedSize: raw.byteLength };
    const size = raw?.byteLength ?? entry.size ?? body.compressedSize;
    const offset = out.position;
    if (size >= MAX32 || body.compressedSize >= MAX32 || offset >= MAX32) throw new FnpkgError("E_LIMIT", "the archive would need Zip64; it must stay below 4 GiB", { file: entry.path });
    directory.push(centralHeader(name, body, size, offset, entry.executable === true));
    await out.write(localHeader(name, body, size));
    if (raw !== undefined) await out.write(raw);
    else await copy(entry.body as StoredBody, entry.path, out);
  }
  if (directory.length >= MAX16) throw new FnpkgError("E_LIMIT", `the archive would have ${directory.length} entries; the limit is ${MAX16 - 1}`);
  const start = out.position;
  for (const header of directory) await out.write(header);
  if (out.position >= MAX32) throw new FnpkgError("E_LIMIT", "the archive would need Zip64; it must stay below 4 GiB");
  await out.write(endRecord(directory.length, out.position - start, start));
  await out.flush();
  return { size: out.position, entries: directory.length };
}

async function copy(body: StoredBody, path: string, out: Buffered): Promise<void> {
  let written = 0;
  for await (const chunk of body.bytes()) {
    written += chunk.byteLength;
    await out.write(chunk);
  }
  if (written !== body.compressedSize) throw new FnpkgError("E_SIZE", `${path}: ${written} stored bytes where ${body.compressedSize} were declared`, { file: path });
}

type Head = Pick<StoredBody, "method" | "crc32" | "compressedSize">;

function localHeader(name: Buffer, body: Head, size: number): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES + name.length);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(NEEDED, 4);
  shared(header, 6, body, size, name);
  name.copy(header, LOCAL_BYTES);
  return header;
}

function centralHeader(name: Buffer, body: Head, size: number, offset: number, executable: boolean): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES + name.length);
  header.writeUInt32LE(CENTRAL, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(NEEDED, 6);
  shared(header, 8, body, size, name);
  header.writeUInt32LE(((executable ? MODE_EXECUTABLE : MODE_FILE) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  name.copy(header, CENTRAL_BYTES);
  return header;
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

  async write(chunk: Uint8Array): Promise<void> {
    this.position += chunk.byteLength;
    if (this.#used + chunk.byteLength > FLUSH_BYTES) await this.flush();
    if (chunk.byteLength >= FLUSH_BYTES) return this.#sink.write(chunk);
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.byteLength;
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#sink.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}
