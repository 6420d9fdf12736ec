/**
 * What the files of a folder were when they were last read, so that an unchanged file needs no second reading.
 *
 * A file counts as unchanged when size, mtime, ctime, inode and device are the same. The system sets ctime itself at every
 * change of content or name, so a tool that restores mtime is noticed. An entry is kept only when the file was last
 * touched at least two seconds before it was read: a second change within one tick of a coarse clock would leave the same
 * times (the "racy git" problem). What stays unseen: a write through a memory map that the system has not yet accounted
 * for, and a clock that was set back. `cache: false` reads everything.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../json.ts";
import type { FileState } from "./batch.ts";
import { loadDocument, saveDocument } from "./store.ts";

const SETTLED_MS = 2000;

type Row = readonly [size: number, mtimeMs: number, ctimeMs: number, ino: number, dev: number, hash: string, crc32: number];

/** Whether a file was last touched long enough before `readAt` (wall clock, milliseconds) for its times to tell of a later change. */
export function isSettled(state: Pick<FileState, "mtimeMs" | "ctimeMs">, readAt: number): boolean {
  return Math.max(state.mtimeMs, state.ctimeMs) <= readAt - SETTLED_MS;
}

/** What reading a file found. */
export interface Known {
  /** SHA-256, 64 hex digits. */
  readonly hash: string;
  readonly crc32: number;
}

export class StatIndex {
  readonly #path: string | undefined;
  readonly #old: ReadonlyMap<string, Row>;
  readonly #rows: [string, Row][] = [];
  #changed = false;

  private constructor(path: string | undefined, old: ReadonlyMap<string, Row>) {
    this.#path = path;
    this.#old = old;
  }

  /** The index of one folder; an empty one that saves nothing when there is no cache. */
  static async load(cache: string | undefined, folder: string): Promise<StatIndex> {
    if (cache === undefined) return new StatIndex(undefined, new Map());
    const real = await realpath(folder).catch(() => folder);
    const path = join(cache, "folders", `${sha256(real).slice(7)}.json`);
    return new StatIndex(path, new Map((await loadDocument(path)) as [string, Row][] | undefined));
  }

  /** What the file held when it was read, if it has not changed since. */
  find(file: string, state: FileState): Known | undefined {
    const row = this.#old.get(file);
    if (row === undefined) return undefined;
    const same =
      row[0] === state.size &&
      row[1] === state.mtimeMs &&
      row[2] === state.ctimeMs &&
      row[3] === state.ino &&
      row[4] === state.dev;
    if (!same) return undefined;
    this.#rows.push([file, row]);
    return { hash: row[5], crc32: row[6] };
  }

  /** Remembers what was read; `readAt` is when reading began, in milliseconds of the wall clock. */
  add(file: string, state: FileState, known: Known, readAt: number): void {
    if (!isSettled(state, readAt)) return;
    this.#changed = true;
    this.#rows.push([file, [state.size, state.mtimeMs, state.ctimeMs, state.ino, state.dev, known.hash, known.crc32]]);
  }

  async save(): Promise<void> {
    if (this.#path === undefined || (!this.#changed && this.#rows.length === this.#old.size)) return;
    await saveDocument(this.#path, this.#rows);
  }
}
