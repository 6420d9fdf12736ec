/** Files by digest: what a package holds, what dependencies unpack to, what a vendor's archive is made of. */
import type { Digest } from "../json.ts";

/** A file's bytes as a zip entry stores them, so that they can be copied without compressing again. */
export interface StoredBody {
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  readonly crc32: number;
  readonly compressedSize: number;
  /** The compressed bytes. May be called more than once. */
  bytes(): AsyncIterable<Uint8Array>;
  /** The same at once; where it is given the bytes are few, and this is the faster way. They must not be changed. */
  whole?(): Promise<Uint8Array>;
}

/** One regular file. `path` is relative to whatever holds it, with `/`. */
export interface ContentFile {
  readonly path: string;
  /** Bytes, uncompressed. */
  readonly size: number;
  /** `sha256:…` of the uncompressed bytes. */
  readonly digest: Digest;
  readonly executable: boolean;
  /** The uncompressed bytes in chunks. Fails with E_SIZE or E_DIGEST when they are not the declared ones. */
  read(): AsyncIterable<Uint8Array>;
  stored(): Promise<StoredBody>;
}

/** Collects chunks; for files known to be small. */
export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
