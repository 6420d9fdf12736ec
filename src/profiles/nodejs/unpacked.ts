/**
 * Artifacts unpacked and compressed once, kept by the artifact's digest as one file: the bodies, then an index, then the
 * index's length and digest. Opening one reads its end only; every body is checked against its digest when it is read.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { crc32, deflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import { promisify } from "node:util";
import { FnpkgError, wrap } from "../../errors.ts";
import { sha256 } from "../../json.ts";
import type { ContentFile, StoredBody } from "../../package/content.ts";
import type { Limits } from "../../package/limits.ts";
import { byUtf8 } from "../../package/paths.ts";
import { inspectNative, type NativeFile } from "../native.ts";
import { unpackedPath, writeOnce } from "./cache.ts";
import { readTarball } from "./tarball.ts";
import { bodyAt } from "./window.ts";

const MAGIC = Buffer.from("fnpkgix1");
const FOOTER = MAGIC.length + 4 + 32;
/** Read at once from a file's end; most indexes are smaller. */
const TAIL = 64 * 1024;
/** Above this, compressing goes to the thread pool; below, handing over costs more than it saves. */
const THREAD_BYTES = 128 * 1024;
const LEVEL = 6;
const compress = promisify(deflateRaw) as (bytes: Uint8Array, options: { level: number }) => Promise<Uint8Array>;

/** One unpacked file. `path` is relative to the artifact's top folder. */
export interface UnpackedFile {
  readonly path: string;
  readonly size: number;
  readonly digest: string;
  readonly executable: boolean;
  readonly native?: NativeFile;
  readonly method: 0 | 8;
  readonly crc32: number;
  readonly offset: number;
  readonly compressedSize: number;
  /** SHA-256 of the compressed bytes, hex. */
  readonly stored: string;
}

export interface Unpacked {
  /** The file in the cache. */
  readonly location: string;
  /** Sorted by path. */
  readonly files: readonly UnpackedFile[];
}

/**
 * What an artifact unpacks to, when it is in the cache and whole. A damaged one is removed.
 * @throws E_IO
 */
export async function openUnpacked(cache: string, digest: string): Promise<Unpacked | undefined> {
  const location = unpackedPath(cache, digest);
  let handle: FileHandle;
  try {
    handle = await open(location, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw wrap(cause, "E_IO", `cannot read the cache at ${location}`);
  }
  try {
    const index = await readIndex(handle);
    if (index !== undefined) return { location, files: index };
  } finally {
    await handle.close();
  }
  await rm(location, { force: true });
  return undefined;
}

async function readIndex(handle: FileHandle): Promise<UnpackedFile[] | undefined> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - TAIL), Math.min(TAIL, size));
  const footer = tail.subarray(Math.max(0, tail.length - FOOTER));
  if (footer.length < FOOTER || !footer.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const length = footer.readUInt32LE(MAGIC.length);
  const start = size - FOOTER - length;
  if (start < 0) return undefined;
  const index =
    length + FOOTER <= tail.length
      ? tail.subarray(tail.length - FOOTER - length, tail.length - FOOTER)
      : await readAt(handle, start, length);
  if (
    !createHash("sha256")
      .update(index)
      .digest()
      .equals(footer.subarray(MAGIC.length + 4))
  )
    return undefined;
  return JSON.parse(index.toString("utf8")) as UnpackedFile[];
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/**
 * Unpacks a tarball, whose digest was checked, into the cache.
 * @throws what `readTarball` throws; E_IO
 */
export async function unpack(
  cache: string,
  digest: string,
  tarball: Uint8Array,
  options: { what: string; limits?: Limits; signal?: AbortSignal | undefined },
): Promise<Unpacked> {
  const files: (Omit<UnpackedFile, "offset"> & { body: Uint8Array })[] = [];
  await readTarball(tarball, async (file) => void files.push(await compressed(file.path, file.bytes, file.executable)), options);
  files.sort((a, b) => byUtf8(a.path, b.path));
  let offset = 0;
  const index = files.map(({ body, ...facts }): UnpackedFile => {
    const at = offset;
    offset += body.byteLength;
    return { ...facts, offset: at };
  });
  const json = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.byteLength);
  const location = unpackedPath(cache, digest);
  await writeOnce(
    location,
    Buffer.concat([...files.map(({ body }) => body), json, MAGIC, length, createHash("sha256").update(json).digest()]),
  );
  // Another process may have been first, with other compressed bytes: what stands there counts.
  return (await openUnpacked(cache, digest)) ?? { location, files: index };
}

async function compressed(
  path: string,
  bytes: Uint8Array,
  executable: boolean,
): Promise<Omit<UnpackedFile, "offset"> & { body: Uint8Array }> {
  const deflated =
    bytes.byteLength > THREAD_BYTES ? await compress(bytes, { level: LEVEL }) : deflateRawSync(bytes, { level: LEVEL });
  const smaller = deflated.byteLength < bytes.byteLength;
  const body = smaller ? deflated : bytes;
  const native = inspectNative(bytes);
  return {
    path,
    size: bytes.byteLength,
    digest: sha256(bytes),
    executable,
    ...(native === undefined ? {} : { native }),
    method: smaller ? 8 : 0,
    crc32: crc32(bytes),
    compressedSize: body.byteLength,
    stored: createHash("sha256").update(body).digest("hex"),
    body,
  };
}

/** An unpacked file at its place in the package. Reading fails with E_DIGEST when the cache was damaged. */
export function contentOf(unpacked: Unpacked, file: UnpackedFile, path: string): ContentFile {
  const damaged = () =>
    new FnpkgError("E_DIGEST", `the cache of ${path} is damaged`, {
      file: unpacked.location,
      hint: `Delete ${unpacked.location} and run it again.`,
    });
  const body = async (): Promise<Uint8Array> => {
    const bytes = await bodyAt(unpacked.location, file.offset, file.compressedSize);
    if (createHash("sha256").update(bytes).digest("hex") !== file.stored) throw damaged();
    return bytes;
  };
  return {
    path,
    size: file.size,
    digest: file.digest,
    executable: file.executable,
    async *read() {
      const bytes = await body();
      const whole = file.method === 0 ? bytes : inflate(bytes, file.size, damaged);
      if (whole.byteLength !== file.size || sha256(whole) !== file.digest) throw damaged();
      yield whole;
    },
    stored(): Promise<StoredBody> {
      const { method, crc32: crc, compressedSize } = file;
      return Promise.resolve({
        method,
        crc32: crc,
        compressedSize,
        async *bytes() {
          yield await body();
        },
      });
    },
  };
}

function inflate(bytes: Uint8Array, size: number, damaged: () => FnpkgError): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) });
  } catch {
    throw damaged();
  }
}
