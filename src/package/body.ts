/** Bytes in memory as an archive's entry. */
import { crc32, deflateRawSync } from "node:zlib";
import type { StoredBody } from "./content.ts";

/** Bytes as an archive's entry: deflated where that gains, else stored. */
export function bodyOf(bytes: Uint8Array, deflate: boolean): StoredBody {
  const packed = deflate ? deflateRawSync(bytes, { level: 6 }) : bytes;
  const gained = packed.byteLength < bytes.byteLength;
  const body = gained ? packed : bytes;
  return {
    method: gained ? 8 : 0,
    crc32: crc32(bytes),
    compressedSize: body.byteLength,
    async *bytes() {
      yield body;
    },
  };
}
