/** Reading the files that are about to be sealed. */
import { readFile } from "node:fs/promises";
import { wrap } from "../../errors.ts";
import type { SourceFile } from "../profile.ts";

/** A sealed file's path below `function/`. */
export const FUNCTION = "function/";

/** The bytes of a source file. @throws E_IO */
export async function bytesOfSource(file: SourceFile): Promise<Uint8Array> {
  if ("bytes" in file.from) return file.from.bytes;
  try {
    return await readFile(file.from.disk);
  } catch (cause) {
    throw wrap(cause, "E_IO", `cannot read ${file.path}`, { file: file.path });
  }
}

/** The text of a source file. @throws E_IO */
export async function textOfSource(file: SourceFile): Promise<string> {
  return Buffer.from(await bytesOfSource(file)).toString("utf8");
}
