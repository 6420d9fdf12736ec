/** Bytes on their way to a reader, compared with what they were declared to be. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { FnpkgError } from "../errors.ts";
import type { Digest } from "../json.ts";
import { algorithmOf } from "./store.ts";

export interface Declared {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  /** What the archive's headers say; compared after the digest. */
  readonly crc32?: number;
}

/**
 * The chunks as they are; fails after the last one when they are not what was declared.
 * @throws FnpkgError E_SIZE, E_DIGEST, E_ZIP_MISMATCH for a CRC that belies the right bytes.
 */
export async function* checked(chunks: AsyncIterable<Uint8Array>, declared: Declared): AsyncGenerator<Uint8Array> {
  const { path, size, digest } = declared;
  const hash = createHash(algorithmOf(digest));
  let crc = 0;
  let count = 0;
  for await (const chunk of chunks) {
    count += chunk.byteLength;
    if (count > size) throw new FnpkgError("E_SIZE", `${path} has more than the ${size} bytes declared`, { file: path });
    hash.update(chunk);
    if (declared.crc32 !== undefined) crc = crc32(chunk, crc);
    yield chunk;
  }
  if (count !== size) throw new FnpkgError("E_SIZE", `${path} has ${count} bytes; declared were ${size}`, { file: path });
  const found = `${algorithmOf(digest)}:${hash.digest("hex")}`;
  if (found !== digest)
    throw new FnpkgError("E_DIGEST", `${path} has the digest ${found}; the manifest says ${digest}`, { file: path });
  if (declared.crc32 !== undefined && declared.crc32 !== crc)
    throw new FnpkgError("E_ZIP_MISMATCH", `${path} has another CRC than its headers say`, { file: path });
}
