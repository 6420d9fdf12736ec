/**
 * The archive's structure under the strict profile: one zip, nothing before, between or after its entries, local headers
 * and directory saying the same. No header is believed until it agrees with everything else.
 */
import { FnpkgError, type Code } from "../../errors.ts";
import { range, type RandomAccess } from "../bytes.ts";
import { overLimit, type Deadline, type Limits } from "../limits.ts";
import { byUtf8, collisions, MAX_PATH_BYTES, pathFault, shown } from "../paths.ts";
import { readEnd } from "./end.ts";
import {
  CENTRAL,
  CENTRAL_BYTES,
  DEFLATED,
  FLAG_ENCRYPTED,
  FLAGS,
  LOCAL,
  LOCAL_BYTES,
  MADE_BY,
  MAX16,
  MAX32,
  NEEDED,
  OWNER_EXECUTE,
  STORED,
  TYPE_FILE,
  TYPE_MASK,
} from "./format.ts";

/** One entry whose headers agree. Its body is not yet read. */
export interface ZipEntry {
  readonly path: string;
  readonly method: 0 | 8;
  readonly crc32: number;
  readonly compressedSize: number;
  /** As declared; reading counts and compares. */
  readonly size: number;
  /** Where the body begins in the archive. */
  readonly offset: number;
  readonly executable: boolean;
}

interface Raw {
  readonly name: Buffer;
  readonly madeBy: number;
  readonly needed: number;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly extra: number;
  readonly comment: number;
  readonly disk: number;
  readonly attributes: number;
  readonly offset: number;
}

export interface ReadZipOptions {
  readonly limits: Limits;
  readonly deadline: Deadline;
  /** The one entry that stands first, outside the sorted order. */
  readonly first?: string;
}

/**
 * Reads and checks the whole structure. Attacks are named before mere strictness, so that the code says the worst.
 * @throws FnpkgError E_LIMIT, E_ZIP_FRAMING, E_ZIP64, E_ZIP_MISMATCH, E_ZIP_FEATURE, E_ENTRY_TYPE, E_PATH, E_DUPLICATE, E_COLLISION, E_SIZE.
 */
export async function readZip(source: RandomAccess, options: ReadZipOptions): Promise<ZipEntry[]> {
  const { limits, deadline } = options;
  const end = await readEnd(source, limits);
  const raws = await readDirectory(source, end.offset, end.bytes, end.entries, deadline);
  const bodies = await compareLocals(source, raws, end.offset, deadline);
  const entries = raws.map((raw, index) => checked(raw, bodies[index] ?? 0));
  const [problem] = collisions(entries.map((entry) => entry.path));
  if (problem !== undefined) throw new FnpkgError(problem.code, problem.message, { file: problem.file ?? "" });
  checkTotals(entries, limits);
  checkStrictness(raws, entries, options.first);
  return entries;
}

async function readDirectory(
  source: RandomAccess,
  start: number,
  bytes: number,
  count: number,
  deadline: Deadline,
): Promise<Raw[]> {
  const raws: Raw[] = [];
  const stop = start + bytes;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (index % 1024 === 0) deadline.check();
    if (at + CENTRAL_BYTES > stop) throw mismatch(`the directory ends after ${index} of ${count} entries`);
    const head = await source.read(at, CENTRAL_BYTES);
    if (head.readUInt32LE(0) !== CENTRAL) throw mismatch(`the directory's entry ${index} has no header`);
    const nameBytes = head.readUInt16LE(28);
    const extra = head.readUInt16LE(30);
    const comment = head.readUInt16LE(32);
    if (at + CENTRAL_BYTES + nameBytes + extra + comment > stop)
      throw mismatch(`the directory's entry ${index} is longer than the directory`);
    if (nameBytes > MAX_PATH_BYTES)
      throw new FnpkgError("E_PATH", `the path of entry ${index} has ${nameBytes} bytes; the limit is ${MAX_PATH_BYTES}`);
    const raw: Raw = {
      name: Buffer.from(await source.read(at + CENTRAL_BYTES, nameBytes)),
      madeBy: head.readUInt16LE(4),
      needed: head.readUInt16LE(6),
      flags: head.readUInt16LE(8),
      method: head.readUInt16LE(10),
      crc32: head.readUInt32LE(16),
      compressedSize: head.readUInt32LE(20),
      size: head.readUInt32LE(24),
      extra,
      comment,
      disk: head.readUInt16LE(34),
      attributes: head.readUInt32LE(38),
      offset: head.readUInt32LE(42),
    };
    const zip64 = raw.compressedSize === MAX32 || raw.size === MAX32 || raw.offset === MAX32 || raw.disk === MAX16;
    if (zip64 || (extra > 0 && (await hasZip64(source, at + CENTRAL_BYTES + nameBytes, extra))))
      throw fail("E_ZIP64", raw, "uses Zip64");
    raws.push(raw);
    at += CENTRAL_BYTES + nameBytes + extra + comment;
  }
  if (at !== stop) throw mismatch(`the directory has ${stop - at} bytes more than its ${count} entries`);
  return raws;
}

/** Compares every local header with the directory, in the order of the file; where each body begins. */
async function compareLocals(source: RandomAccess, raws: readonly Raw[], stop: number, deadline: Deadline): Promise<number[]> {
  const bodies: number[] = Array.from({ length: raws.length }, () => 0);
  const order = raws.map((_, index) => index).sort((a, b) => (raws[a]?.offset ?? 0) - (raws[b]?.offset ?? 0));
  let at = 0;
  for (const [turn, index] of order.entries()) {
    if (turn % 1024 === 0) deadline.check();
    const raw = raws[index] as Raw;
    if (raw.offset > stop) throw fail("E_ZIP_MISMATCH", raw, "has no local header");
    if (raw.offset > at) await throwGap(source, at, raw.offset);
    if (raw.offset < at) throw fail("E_ZIP_MISMATCH", raw, "overlaps the entry before it");
    if (at + LOCAL_BYTES + raw.name.length > stop) throw fail("E_ZIP_MISMATCH", raw, "has no local header");
    const head = await source.read(at, LOCAL_BYTES + raw.name.length);
    if (head.readUInt32LE(0) !== LOCAL) throw fail("E_ZIP_MISMATCH", raw, "has no local header");
    const extra = head.readUInt16LE(28);
    if (head.readUInt32LE(18) === MAX32 || head.readUInt32LE(22) === MAX32) throw fail("E_ZIP64", raw, "uses Zip64");
    const nameBytes = head.readUInt16LE(26);
    const extraAt = at + LOCAL_BYTES + nameBytes;
    if (extra > 0 && extraAt + extra <= stop && (await hasZip64(source, extraAt, extra)))
      throw fail("E_ZIP64", raw, "uses Zip64");
    if (head.readUInt16LE(6) !== raw.flags)
      throw fail("E_ZIP_MISMATCH", raw, "has other flags in its local header than in the directory");
    if (head.readUInt16LE(8) !== raw.method)
      throw fail("E_ZIP_MISMATCH", raw, "has another method in its local header than in the directory");
    checkFeatures(raw);
    if (nameBytes !== raw.name.length || !head.subarray(LOCAL_BYTES).equals(raw.name))
      throw fail("E_ZIP_MISMATCH", raw, "has another name in its local header");
    if (extra > 0 || raw.extra > 0) throw fail("E_ZIP_FEATURE", raw, "has an extra field");
    if (head.readUInt16LE(4) !== raw.needed)
      throw fail("E_ZIP_MISMATCH", raw, "needs another version in its local header than in the directory");
    if (head.readUInt32LE(14) !== raw.crc32)
      throw fail("E_ZIP_MISMATCH", raw, "has another CRC in its local header than in the directory");
    if (head.readUInt32LE(18) !== raw.compressedSize || head.readUInt32LE(22) !== raw.size) {
      throw fail("E_ZIP_MISMATCH", raw, "has other sizes in its local header than in the directory");
    }
    bodies[index] = extraAt;
    at = extraAt + raw.compressedSize;
    if (at > stop) throw fail("E_ZIP_MISMATCH", raw, "reaches into the directory");
  }
  if (at !== stop) await throwGap(source, at, stop);
  return bodies;
}

function checkFeatures(raw: Raw): void {
  if ((raw.flags & FLAG_ENCRYPTED) !== 0) throw fail("E_ZIP_FEATURE", raw, "is encrypted");
  const other = raw.flags & ~FLAGS;
  if (other !== 0)
    throw fail(
      "E_ZIP_FEATURE",
      raw,
      `has the flags 0x${raw.flags.toString(16).padStart(4, "0")}; only 0x0800 is allowed (no data descriptors)`,
    );
  if (raw.method !== STORED && raw.method !== DEFLATED)
    throw fail("E_ZIP_FEATURE", raw, `uses the method ${raw.method}; only 0 and 8 are allowed`);
  if (raw.disk !== 0) throw fail("E_ZIP_FEATURE", raw, "lies on another disk");
  if (raw.comment > 0) throw fail("E_ZIP_FEATURE", raw, "has a comment");
  if (raw.flags !== FLAGS && raw.name.some((byte) => byte >= 0x80))
    throw fail("E_ZIP_FEATURE", raw, "has a name that is not marked as UTF-8");
}

/** Bytes that belong to no entry: another file before this one, or something hidden. */
async function throwGap(source: RandomAccess, from: number, to: number): Promise<never> {
  const bytes = `${to - from} bytes at offset ${from}`;
  const head = to - from >= 4 ? (await source.read(from, 4)).readUInt32LE(0) : 0;
  if (from === 0 && (head !== LOCAL || (await endsWithArchive(source, to))))
    throw new FnpkgError("E_ZIP_FRAMING", `the archive begins with ${bytes} that are no part of it`);
  throw mismatch(
    head === LOCAL
      ? `the archive hides an entry: ${bytes} are not in its directory`
      : `the archive has ${bytes} that belong to no entry`,
  );
}

async function endsWithArchive(source: RandomAccess, end: number): Promise<boolean> {
  return end >= 22 && (await source.read(end - 22, 4)).readUInt32LE(0) === 0x06054b50;
}

async function hasZip64(source: RandomAccess, offset: number, length: number): Promise<boolean> {
  const extra = await source.read(offset, length);
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) if (extra.readUInt16LE(at) === 1) return true;
  return false;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function checked(raw: Raw, offset: number): ZipEntry {
  const mode = raw.attributes >>> 16;
  const type = mode & TYPE_MASK;
  if ((type !== 0 && type !== TYPE_FILE) || (raw.attributes & 0x10) !== 0)
    throw fail("E_ENTRY_TYPE", raw, `is ${typeName(type)}, no regular file`);
  let path: string;
  try {
    path = utf8.decode(raw.name);
  } catch {
    throw fail("E_PATH", raw, "has a name that is not UTF-8");
  }
  const fault = pathFault(path);
  if (fault !== undefined) throw fail("E_PATH", raw, fault);
  if (raw.method === STORED && raw.compressedSize !== raw.size)
    throw fail("E_SIZE", raw, `is stored in ${raw.compressedSize} bytes and declares ${raw.size}`);
  return {
    path,
    method: raw.method as 0 | 8,
    crc32: raw.crc32,
    compressedSize: raw.compressedSize,
    size: raw.size,
    offset,
    executable: (mode & OWNER_EXECUTE) !== 0,
  };
}

function typeName(type: number): string {
  const names: Record<number, string> = {
    0o120000: "a symbolic link",
    0o040000: "a folder",
    0o060000: "a block device",
    0o020000: "a character device",
    0o010000: "a pipe",
    0o140000: "a socket",
  };
  return names[type] ?? "a folder or of an unknown type";
}

function checkTotals(entries: readonly ZipEntry[], limits: Limits): void {
  let total = 0;
  let compressed = 0;
  for (const entry of entries) {
    if (entry.size > limits.fileBytes)
      throw overLimit(`the file ${entry.path} is too large`, `${entry.size} bytes`, "fileBytes", limits, entry.path);
    total += entry.size;
    compressed += entry.compressedSize;
  }
  checkSums(total, compressed, limits);
}

/** @throws FnpkgError E_LIMIT when a package's bytes together, or their ratio, pass a limit. */
export function checkSums(total: number, compressed: number, limits: Limits): void {
  if (total > limits.totalBytes) throw overLimit("the files together are too large", `${total} bytes`, "totalBytes", limits);
  if (total > limits.ratioFromBytes && total > limits.ratio * compressed) {
    throw overLimit("the files are compressed too well to be believed", `${total} bytes out of ${compressed}`, "ratio", limits);
  }
}

/** What no honest archive of ours has, though it harms nobody. */
function checkStrictness(raws: readonly Raw[], entries: readonly ZipEntry[], first: string | undefined): void {
  for (const raw of raws) {
    if (raw.flags !== FLAGS) throw fail("E_ZIP_FEATURE", raw, "has a name that is not marked as UTF-8");
    if (raw.madeBy !== MADE_BY)
      throw fail("E_ZIP_FEATURE", raw, `was made by 0x${raw.madeBy.toString(16).padStart(4, "0")}; only 0x0314 is allowed`);
    if (raw.needed !== NEEDED) throw fail("E_ZIP_FEATURE", raw, `needs version ${raw.needed}; only ${NEEDED} is allowed`);
  }
  let previous: ZipEntry | undefined;
  for (const entry of entries) {
    const free = first !== undefined && (previous === undefined || previous.path === first);
    if (first !== undefined && previous === undefined && entry.path !== first && entries.some((e) => e.path === first)) {
      throw new FnpkgError("E_ZIP_FEATURE", `the archive begins with ${shown(entry.path)}; ${first} must stand first`, {
        file: entry.path,
      });
    }
    if (previous !== undefined && previous.offset >= entry.offset)
      throw new FnpkgError("E_ZIP_FEATURE", `the entry ${shown(entry.path)} stands in another place than in the directory`, {
        file: entry.path,
      });
    if (!free && previous !== undefined && byUtf8(previous.path, entry.path) >= 0) {
      throw new FnpkgError("E_ZIP_FEATURE", `the entries are not sorted: ${shown(entry.path)} follows ${shown(previous.path)}`, {
        file: entry.path,
      });
    }
    previous = entry;
  }
}

function mismatch(message: string): FnpkgError {
  return new FnpkgError("E_ZIP_MISMATCH", message);
}

function fail(code: Code, raw: Raw, message: string): FnpkgError {
  const name = shown(raw.name.toString("utf8"));
  return new FnpkgError(code, `the entry ${name} ${message}`, { file: name.slice(1, -1) });
}

/** An entry's compressed bytes as they lie in the archive. */
export function compressedBytes(source: RandomAccess, entry: ZipEntry): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => range(source, entry.offset, entry.compressedSize) };
}
