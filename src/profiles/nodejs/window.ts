/** Reads many small ranges of few files in rising order, without holding file handles open between them. */
import { open } from "node:fs/promises";
import { wrap } from "../../errors.ts";

const WINDOW = 1024 * 1024;
/** Windows kept; each is at most 1 MiB. */
const KEPT = 16;

interface Window {
  readonly path: string;
  readonly start: number;
  readonly bytes: Promise<Buffer>;
}

const windows: Window[] = [];

/**
 * The bytes of a range. A range of up to 1 MiB comes with what follows it, kept for the next calls; fewer bytes than asked for
 * come when the file is shorter.
 * @throws E_IO
 */
export async function bodyAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array();
  if (length > WINDOW) return readRange(path, offset, length);
  let window = windows.find((one) => one.path === path && offset >= one.start && offset + length <= one.start + WINDOW);
  if (window === undefined) {
    window = { path, start: offset, bytes: readRange(path, offset, WINDOW) };
    windows.push(window);
    if (windows.length > KEPT) windows.shift();
    const made = window;
    made.bytes.catch(() => {
      const at = windows.indexOf(made);
      if (at >= 0) windows.splice(at, 1);
    });
  }
  const bytes = await window.bytes;
  return bytes.subarray(offset - window.start, offset - window.start + length);
}

async function readRange(path: string, offset: number, length: number): Promise<Buffer> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw wrap(cause, "E_IO", `cannot read the cache at ${path}`);
  }
}
