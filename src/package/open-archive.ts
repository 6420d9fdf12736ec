/** A `.fnpkg` file. */
import { crc32 } from "node:zlib";
import { FnpkgError } from "../errors.ts";
import { openFile, type RandomAccess } from "./bytes.ts";
import { checked } from "./checked.ts";
import { bytesOf, type ContentFile } from "./content.ts";
import { inventory } from "./inventory.ts";
import { overLimit } from "./limits.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import type { OpenPackage, Opening } from "./opened.ts";
import { readManifest } from "./read-manifest.ts";
import { inflated } from "./zip/inflate.ts";
import { compressedBytes, readZip, type ZipEntry } from "./zip/reader.ts";

/** Steps 1 to 7, and what of 9 to 11 needs no contents. */
export async function openArchive(location: string, opening: Opening): Promise<OpenPackage> {
  const source = await openFile(location);
  try {
    return await read(location, source, opening);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function read(location: string, source: RandomAccess, { limits, deadline, identify }: Opening): Promise<OpenPackage> {
  const entries = await readZip(source, { limits, deadline, first: MANIFEST_FILE });
  const entry = entries.find(({ path }) => path === MANIFEST_FILE);
  if (entry === undefined) throw new FnpkgError("E_MISSING", `the archive holds no ${MANIFEST_FILE}`, { file: MANIFEST_FILE });
  if (entry.size > limits.manifestBytes)
    throw overLimit(`${MANIFEST_FILE} is too large`, `${entry.size} bytes`, "manifestBytes", limits, MANIFEST_FILE);
  const bytes = await bytesOf(inflated(source, entry));
  if (crc32(bytes) !== entry.crc32)
    throw new FnpkgError("E_ZIP_MISMATCH", `${MANIFEST_FILE} has another CRC than its headers say`, { file: MANIFEST_FILE });
  const { manifest, digest } = readManifest(bytes, limits);
  identify({ manifest, digest });
  const held = inventory(entries, manifest);
  return {
    form: "archive",
    location,
    digest,
    manifest,
    manifestBytes: bytes,
    files: held.files.map((file, index) => contentOf(source, file, manifest.files[index]?.digest ?? "")),
    blobs: new Map([...held.blobs].map(([blobDigest, file]) => [blobDigest, contentOf(source, file, blobDigest)])),
    close: () => source.close(),
  };
}

function contentOf(source: RandomAccess, entry: ZipEntry, digest: string): ContentFile {
  const { path, size, executable, method, compressedSize, crc32: crc } = entry;
  return {
    path,
    size,
    digest,
    executable,
    read: () => checked(inflated(source, entry), { path, size, digest, crc32: crc }),
    stored: async () => ({ method, crc32: crc, compressedSize, bytes: () => compressedBytes(source, entry) }),
  };
}
