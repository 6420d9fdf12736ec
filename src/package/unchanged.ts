/** Reading a file that must stay what its stat said. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { FnpkgError, wrap } from "../errors.ts";
import type { FileState } from "./batch.ts";
import { throwIfAborted } from "./limits.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * A file's bytes, as long as it is and stays what its stat said; the chunk is reused for the next one.
 * @throws FnpkgError E_CHANGED, E_IO, E_INTERRUPTED.
 */
export async function* unchanged(disk: string, state: FileState, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const changed = (cause?: unknown) =>
    new FnpkgError("E_CHANGED", `${disk} changed while it was read`, { file: disk, ...(cause === undefined ? {} : { cause }) });
  const handle = await open(disk, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ELOOP" || cause.code === "ENOTDIR" || cause.code === "ENXIO")
        throw changed(cause);
      throw wrap(cause, "E_IO", `${disk} can't be read`, { file: disk });
    },
  );
  try {
    const same = async (): Promise<boolean> => {
      const stat = await handle.stat();
      return (
        stat.isFile() &&
        stat.size === state.size &&
        stat.mtimeMs === state.mtimeMs &&
        stat.ctimeMs === state.ctimeMs &&
        stat.ino === state.ino &&
        stat.dev === state.dev
      );
    };
    if (!(await same())) throw changed();
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, state.size + 1));
    let position = 0;
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      if (position > state.size) throw changed();
      yield buffer.subarray(0, bytesRead);
    }
    if (position !== state.size || !(await same())) throw changed();
  } catch (cause) {
    throw wrap(cause, "E_IO", `${disk} can't be read`, { file: disk });
  } finally {
    await handle.close();
  }
}
