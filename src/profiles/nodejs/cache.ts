/** Where unpacked artifacts are kept, and how a file is put there once. */
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wrap } from "../../errors.ts";
import { temporaryBeside, tidyLeft } from "../../package/store.ts";
import { partsOf } from "./integrity.ts";

/** The file of an artifact's unpacked files. The number is the form's version. */
export function unpackedPath(cache: string, digest: string): string {
  const { algorithm, hex } = partsOf(digest);
  return join(cache, "unpacked-1", algorithm, hex);
}

/**
 * Writes a file beside its place and puts it there whole. Unlike a plain rename it keeps what another process put there
 * first: readers hold offsets into that one.
 * @throws E_IO
 */
export async function writeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await tidyLeft(dirname(path));
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await keepFirst(temporary, path);
  } catch (cause) {
    throw wrap(cause, "E_IO", `cannot write the cache at ${path}`, {
      file: path,
      hint: "Check permissions and free space of the cache folder.",
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A hard link fails where the name is taken; file systems without links get a rename. */
async function keepFirst(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    await rename(temporary, path);
  }
}
