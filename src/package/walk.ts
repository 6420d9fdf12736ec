/** A folder's files with what their stat says, in the format's order, without following a link. */
import { lstatSync, readdirSync, type Dirent, type Stats } from "node:fs";
import { join } from "node:path";
import { FnpkgError, wrap, type Problem } from "../errors.ts";
import type { FileState } from "./batch.ts";
import { overLimit, throwIfAborted, type Limits } from "./limits.ts";
import { byUtf8, MAX_PATH_BYTES, shown } from "./paths.ts";

export interface WalkedFile {
  /** Relative to the folder, with `/`, as it lies on disk. */
  readonly path: string;
  readonly disk: string;
  readonly state: FileState;
  /** The owner's x bit. */
  readonly executable: boolean;
}

export interface Walked {
  readonly files: WalkedFile[];
  /** One for everything that is neither a regular file nor a folder (E_ENTRY_TYPE), and for folders too deep (E_PATH). */
  readonly problems: Problem[];
}

export interface WalkOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Folders that are not entered. */
  readonly enters?: (path: string) => boolean;
  /** Files that are not wanted; they are neither counted nor complained of. */
  readonly takes?: (path: string) => boolean;
  /** Overridable for tests of order. */
  readonly list?: (folder: string) => Dirent[];
}

const BREATH = 4096;

/** @throws FnpkgError E_IO, E_LIMIT above `limits.entries`, E_INTERRUPTED. */
export async function walk(root: string, options: WalkOptions): Promise<Walked> {
  const { limits, signal, enters = () => true, takes = () => true, list = entriesOf } = options;
  const result: Walked = { files: [], problems: [] };
  const folders = [""];
  const base = join(root, "/");
  let steps = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of list(base + folder)) {
      if (++steps % BREATH === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        throwIfAborted(signal);
      }
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!enters(path)) continue;
        if (path.length > MAX_PATH_BYTES)
          result.problems.push({
            code: "E_PATH",
            message: `the folder ${shown(path.slice(0, 64))}… is deeper than paths of ${MAX_PATH_BYTES} bytes reach`,
            file: path,
          });
        else folders.push(path);
        continue;
      }
      if (!takes(path)) continue;
      const disk = base + path;
      const stat = statOf(disk);
      if (!stat.isFile()) {
        result.problems.push({
          code: "E_ENTRY_TYPE",
          message: `${shown(path)} is ${typeName(stat)}, no regular file`,
          file: path,
        });
        continue;
      }
      const { size, mtimeMs, ctimeMs, ino, dev } = stat;
      result.files.push({ path, disk, state: { size, mtimeMs, ctimeMs, ino, dev }, executable: (stat.mode & 0o100) !== 0 });
      if (result.files.length > limits.entries)
        throw overLimit(`${root} has too many files`, `more than ${limits.entries}`, "entries", limits);
    }
  }
  result.files.sort((a, b) => byUtf8(a.path, b.path));
  result.problems.sort((a, b) => byUtf8(a.file ?? "", b.file ?? ""));
  return result;
}

/** Names that are no UTF-8 would be changed silently, so they come as bytes that can't be decoded: refused. */
function entriesOf(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const odd = entries.find((entry) => entry.name.includes("\uFFFD"));
    if (odd !== undefined)
      throw new FnpkgError("E_PATH", `${folder} holds a name that is not UTF-8: ${shown(odd.name)}`, {
        file: join(folder, odd.name),
      });
    return entries;
  } catch (cause) {
    throw wrap(cause, "E_IO", `${folder} can't be listed`, { file: folder });
  }
}

/** @throws FnpkgError E_CHANGED when it is not there, E_IO. */
export function statOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new FnpkgError("E_CHANGED", `${path} went away while the folder was read`, { file: path, cause });
    throw wrap(cause, "E_IO", `${path} can't be read`, { file: path });
  }
}

function typeName(stat: { isSymbolicLink(): boolean; isFIFO(): boolean; isSocket(): boolean; isDirectory(): boolean }): string {
  if (stat.isSymbolicLink()) return "a symbolic link";
  if (stat.isFIFO()) return "a pipe";
  if (stat.isSocket()) return "a socket";
  return stat.isDirectory() ? "a folder" : "a device";
}
