/** The end record: the only thing that says where a zip's directory is, so the first thing to distrust. */
import { FnpkgError } from "../../errors.ts";
import type { RandomAccess } from "../bytes.ts";
import { overLimit, type Limits } from "../limits.ts";
import { CENTRAL_BYTES, END, END_BYTES, MAX16, MAX32, ZIP64_END, ZIP64_LOCATOR, ZIP64_LOCATOR_BYTES } from "./format.ts";

/**
 * Where the directory lies. The record must be the archive's last 22 bytes, and the directory must end where it begins.
 * @throws FnpkgError E_LIMIT, E_ZIP_FRAMING, E_ZIP64, E_ZIP_FEATURE, E_ZIP_MISMATCH.
 */
export async function readEnd(source: RandomAccess, limits: Limits): Promise<{ offset: number; bytes: number; entries: number }> {
  if (source.size > limits.containerBytes)
    throw overLimit("the archive is too large", `${source.size} bytes`, "containerBytes", limits);
  if (source.size < END_BYTES)
    throw framing(
      source.size === 0 ? "the archive is empty" : `the archive has ${source.size} bytes; a zip has at least ${END_BYTES}`,
    );
  const at = source.size - END_BYTES;
  const record = await source.read(at, END_BYTES);
  if (record.readUInt32LE(0) !== END)
    throw framing("the archive does not end with a zip's end record; something follows it, or it is cut off, or it is no zip");
  if (record.readUInt16LE(20) !== 0) throw framing("the archive has a comment, or its end record lies inside one");

  if (at >= ZIP64_LOCATOR_BYTES && (await source.read(at - ZIP64_LOCATOR_BYTES, 4)).readUInt32LE(0) === ZIP64_LOCATOR) {
    throw new FnpkgError("E_ZIP64", "the archive has a Zip64 locator");
  }
  const disk = record.readUInt16LE(4);
  const directoryDisk = record.readUInt16LE(6);
  const entriesHere = record.readUInt16LE(8);
  const entries = record.readUInt16LE(10);
  const bytes = record.readUInt32LE(12);
  const offset = record.readUInt32LE(16);
  if (disk === MAX16 || directoryDisk === MAX16 || bytes === MAX32 || offset === MAX32)
    throw new FnpkgError("E_ZIP64", "the archive's end record refers to Zip64");
  if (disk !== 0 || directoryDisk !== 0) throw new FnpkgError("E_ZIP_FEATURE", "the archive is split over several disks");
  if (offset + bytes !== at) {
    const after = offset + bytes;
    if (after + 4 <= at && (await source.read(after, 4)).readUInt32LE(0) === ZIP64_END)
      throw new FnpkgError("E_ZIP64", "the archive has a Zip64 end record");
    throw framing("the directory does not end where the end record begins: something stands before, between or after them");
  }
  if (entriesHere !== entries)
    throw new FnpkgError("E_ZIP_MISMATCH", `the end record counts ${entriesHere} and ${entries} entries`);
  if (entries === 0) {
    if (bytes > 0) throw new FnpkgError("E_ZIP_MISMATCH", "the end record counts no entries, but there is a directory");
    throw framing("the archive has no entries");
  }
  if (entries > limits.entries) throw overLimit("the archive has too many entries", entries, "entries", limits);
  if (bytes < entries * CENTRAL_BYTES)
    throw new FnpkgError("E_ZIP_MISMATCH", `the directory of ${bytes} bytes can't hold ${entries} entries`);
  return { offset, bytes, entries };
}

function framing(message: string): FnpkgError {
  return new FnpkgError("E_ZIP_FRAMING", message);
}
