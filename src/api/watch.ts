/** Waits for edits in a folder. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { FnpkgError } from "../errors.ts";

export interface Changes {
  /** The path of the first change since the last call, once the burst is over; undefined when the loop shall end. */
  next(): Promise<string | undefined>;
  close(): void;
}

export interface WatchOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** One more file, which may lie elsewhere. */
  readonly file?: string;
  /** A folder whose changes don't count. */
  readonly outside: string | undefined;
}

/** Editors write in bursts. */
const SETTLE_MS = 60;
const ignored = new Set(["node_modules", ".git", ".hg", ".svn", ".fnpkg"]);

/** @throws E_NOT_FOUND when the folder is none; E_IO when it can't be watched */
export function watched(folder: string, { signal, file, outside }: WatchOptions): Changes {
  let first: string | undefined;
  let settled = false;
  let wake = () => {};
  let timer: NodeJS.Timeout | undefined;
  const changed = (path: string) => {
    first ??= path;
    settled = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      settled = true;
      wake();
    }, SETTLE_MS);
  };
  const watchers: FSWatcher[] = [];
  const close = () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
  const add = (place: string, recursive: boolean, counts: (name: string) => boolean) => {
    const watcher = watch(place, { recursive }, (_, name) => {
      if (name !== null && counts(name)) changed(relative(".", join(place, name)) || name);
    });
    // A folder that goes while it is watched ends the edits, not the loop.
    watcher.on("error", () => watcher.close());
    watchers.push(watcher);
  };
  try {
    if (!statSync(folder).isDirectory()) throw new FnpkgError("E_NOT_FOUND", `${folder} is no folder`, { file: folder });
    add(folder, true, (name) => isEdit(name) && !within(resolve(folder, name), outside));
    if (file !== undefined && !within(resolve(file), resolve(folder)))
      add(dirname(resolve(file)), false, (name) => name === basename(file));
  } catch (cause) {
    close();
    if (cause instanceof FnpkgError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new FnpkgError("E_NOT_FOUND", `${folder} does not exist`, { file: folder, cause });
    throw new FnpkgError("E_IO", `${folder} can't be watched: ${(cause as Error).message}`, { file: folder, cause });
  }
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  return {
    next: () =>
      new Promise((done) => {
        wake = () => {
          if (signal.aborted) done(undefined);
          else if (first !== undefined && settled) {
            done(first);
            first = undefined;
          }
        };
        wake();
      }),
    close() {
      signal.removeEventListener("abort", onAbort);
      close();
    },
  };
}

function isEdit(name: string): boolean {
  return !name.split(sep).some((part) => ignored.has(part)) && !name.endsWith(".fnpkg") && !name.endsWith(".tmp");
}

function within(path: string, folder: string | undefined): boolean {
  return folder !== undefined && (path === folder || path.startsWith(`${folder}${sep}`));
}
