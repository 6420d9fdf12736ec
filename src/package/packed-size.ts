/** What a package's own files come to as entries of an archive. */
import { join } from "node:path";
import type { OpenPackage } from "./opened.ts";
import { loadDocument, saveDocument } from "./store.ts";

/**
 * Bytes, compressed. A sealed archive knows; a folder's files have to be deflated for it, which is done once for each digest. Call it
 * for verified packages.
 */
export async function packedSize(pkg: OpenPackage, cache: string): Promise<number> {
  if (pkg.form === "archive") return sum(pkg);
  const [, hex = ""] = pkg.digest.split(":");
  const memo = join(cache, "sizes", `${hex}-${process.versions.zlib}.json`);
  const known = await loadDocument(memo);
  if (typeof known === "number") return known;
  const size = await sum(pkg);
  await saveDocument(memo, size);
  return size;
}

async function sum({ files }: OpenPackage): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await file.stored()).compressedSize;
  return bytes;
}
