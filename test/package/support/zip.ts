/** Archives as an attacker writes them: every field of every header can be set. */
import { crc32, deflateRawSync } from "node:zlib";
import { canonical, sha256 } from "../../../src/json.ts";
import { AUTHOR, HELLO } from "./packing.ts";

export interface Header {
  needed: number;
  flags: number;
  method: number;
  time: number;
  date: number;
  crc: number;
  compressedSize: number;
  size: number;
  name: Buffer;
  extra: Buffer;
}

export interface CentralHeader extends Header {
  madeBy: number;
  comment: Buffer;
  disk: number;
  attributes: number;
  offset: number;
}

export interface RawEntry {
  readonly name: string | Buffer;
  readonly data?: string | Uint8Array;
  readonly mode?: number;
  readonly deflate?: boolean;
  /** The stored bytes, when they are not `data` stored or deflated. */
  readonly body?: Uint8Array;
  readonly both?: Partial<Header>;
  readonly local?: Partial<Header>;
  readonly central?: Partial<CentralHeader>;
  /** In the directory only, or among the local headers only. */
  readonly only?: "central" | "local";
  /** Bytes between this entry and the next header. */
  readonly after?: Uint8Array;
}

export interface End {
  disk: number;
  directoryDisk: number;
  entriesHere: number;
  entries: number;
  bytes: number;
  offset: number;
  comment: Buffer;
}

export interface RawZip {
  readonly prefix?: Uint8Array;
  readonly beforeEnd?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly end?: Partial<End>;
}

export function rawZip(
  entries: readonly RawEntry[],
  { prefix = Buffer.alloc(0), beforeEnd = Buffer.alloc(0), suffix = Buffer.alloc(0), end = {} }: RawZip = {},
): Buffer {
  const parts: Uint8Array[] = [prefix];
  const directory: Buffer[] = [];
  let position = prefix.length;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    position += bytes.length;
  };
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? "");
    const body = entry.body ?? (entry.deflate === true ? deflateRawSync(data) : data);
    const shared: Header = {
      needed: 20,
      flags: 0x0800,
      method: entry.deflate === true ? 8 : 0,
      time: 0,
      date: 0x21,
      crc: crc32(data),
      compressedSize: body.length,
      size: data.length,
      name: Buffer.from(entry.name),
      extra: Buffer.alloc(0),
      ...entry.both,
    };
    const central: CentralHeader = {
      ...shared,
      madeBy: 0x0314,
      comment: Buffer.alloc(0),
      disk: 0,
      attributes: ((entry.mode ?? 0o100644) << 16) >>> 0,
      offset: position,
      ...entry.central,
    };
    if (entry.only !== "local") directory.push(centralBytes(central));
    if (entry.only !== "central") {
      push(localBytes({ ...shared, ...entry.local }));
      push(body);
    }
    if (entry.after !== undefined) push(entry.after);
  }
  const offset = position;
  for (const header of directory) push(header);
  const record: End = {
    disk: 0,
    directoryDisk: 0,
    entriesHere: directory.length,
    entries: directory.length,
    bytes: position - offset,
    offset,
    comment: Buffer.alloc(0),
    ...end,
  };
  push(beforeEnd);
  push(endBytes(record));
  push(suffix);
  return Buffer.concat(parts);
}

function fields(header: Header): Buffer {
  const out = Buffer.alloc(24);
  out.writeUInt16LE(header.flags, 0);
  out.writeUInt16LE(header.method, 2);
  out.writeUInt16LE(header.time, 4);
  out.writeUInt16LE(header.date, 6);
  out.writeUInt32LE(header.crc, 8);
  out.writeUInt32LE(header.compressedSize, 12);
  out.writeUInt32LE(header.size, 16);
  out.writeUInt16LE(header.name.length, 20);
  out.writeUInt16LE(header.extra.length, 22);
  return out;
}

function localBytes(header: Header): Buffer {
  const start = Buffer.alloc(6);
  start.writeUInt32LE(0x04034b50, 0);
  start.writeUInt16LE(header.needed, 4);
  return Buffer.concat([start, fields(header), header.name, header.extra]);
}

function centralBytes(header: CentralHeader): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt32LE(0x02014b50, 0);
  start.writeUInt16LE(header.madeBy, 4);
  start.writeUInt16LE(header.needed, 6);
  const rest = Buffer.alloc(14);
  rest.writeUInt16LE(header.comment.length, 0);
  rest.writeUInt16LE(header.disk, 2);
  rest.writeUInt32LE(header.attributes, 6);
  rest.writeUInt32LE(header.offset, 10);
  return Buffer.concat([start, fields(header), rest, header.name, header.extra, header.comment]);
}

export function endBytes(end: End): Buffer {
  const out = Buffer.alloc(22);
  out.writeUInt32LE(0x06054b50, 0);
  out.writeUInt16LE(end.disk, 4);
  out.writeUInt16LE(end.directoryDisk, 6);
  out.writeUInt16LE(end.entriesHere, 8);
  out.writeUInt16LE(end.entries, 10);
  out.writeUInt32LE(end.bytes, 12);
  out.writeUInt32LE(end.offset, 16);
  out.writeUInt16LE(end.comment.length, 20);
  return Buffer.concat([out, end.comment]);
}

/** A manifest over the given files (paths in the package), with any field replaced. */
export function manifestOver(files: Readonly<Record<string, string | Uint8Array>>, fields: object = {}): Record<string, unknown> {
  const paths = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    ...AUTHOR,
    dependencies: { packages: [] },
    files: paths.map((path) => ({ path, size: Buffer.byteLength(files[path] ?? ""), digest: sha256(files[path] ?? "") })),
    ...fields,
  };
}

export const FILES: Record<string, string> = {
  "function/index.mjs": HELLO["index.mjs"],
  "function/package.json": HELLO["package.json"],
};

/** A manifest's entry, and the entries of its files. */
export function entriesOf(
  files: Readonly<Record<string, string | Uint8Array>> = FILES,
  manifest: string | object = manifestOver(files),
): RawEntry[] {
  const text = typeof manifest === "string" ? manifest : canonical(manifest);
  const paths = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [
    { name: "function-package.json", data: text },
    ...paths.map((path): RawEntry => ({ name: path, data: files[path] ?? "" })),
  ];
}

/** The sound package with one of its entries changed. */
export function changed(path: string, change: Partial<RawEntry>, zip?: RawZip): Buffer {
  return rawZip(
    entriesOf().map((entry) => (entry.name === path ? { ...entry, ...change } : entry)),
    zip,
  );
}
