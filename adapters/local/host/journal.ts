/**
 * What a watched folder's events have been handled for: one line a change, so that a host that is killed and started again
 * neither loses a file nor sees it twice.
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { isAbsent, writeWhole } from "../state/files.ts";
import type { Found } from "./scan.ts";

interface Line {
  readonly key: string;
  /** Handled as this; `null`: handled as deleted. */
  readonly seen?: Found | null;
  /** Deliveries of this event that failed; its delivery has begun. */
  readonly failures?: number;
  readonly id?: string;
  /** What the event tells of; `null`: of a deletion. */
  readonly found?: Found | null;
}

/** An event that is being delivered, or will be again. */
export interface Pending {
  readonly id: string;
  /** Deliveries that failed. */
  readonly count: number;
  readonly found: Found | null;
}

export class Journal {
  readonly #file: string;
  readonly #folder: string;
  /** Files that have been handled, as they were then. */
  readonly seen = new Map<string, Found>();
  /** By key: what is not handled yet, whatever has become of the file meanwhile. */
  readonly pending = new Map<string, Pending>();
  #handle: FileHandle | undefined;
  #lines = 0;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: string, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  /** `first` is what a folder that was never watched begins with: nothing of it is an event. */
  static async open(file: string, folder: string, first: () => Promise<ReadonlyMap<string, Found>>): Promise<Journal> {
    const journal = new Journal(file, folder);
    if (!(await journal.#read())) for (const [key, found] of await first()) journal.seen.set(key, found);
    await journal.#compact();
    return journal;
  }

  async handled(key: string, seen: Found | null): Promise<void> {
    if (seen === null) this.seen.delete(key);
    else this.seen.set(key, seen);
    this.pending.delete(key);
    await this.#append({ key, seen });
  }

  /** Before each delivery and after one that failed. */
  async note(key: string, pending: Pending): Promise<void> {
    this.pending.set(key, pending);
    await this.#append(lineOf(key, pending));
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #append(line: Line): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    const write = this.#last.then(async () => {
      await this.#handle?.appendFile(text);
      if (++this.#lines > 2 * this.seen.size + 1000) await this.#compact();
    });
    this.#last = write.catch(() => undefined);
    await write;
  }

  async #compact(): Promise<void> {
    const lines = [
      JSON.stringify({ folder: this.#folder }),
      ...[...this.seen].map(([key, seen]) => JSON.stringify({ key, seen })),
      ...[...this.pending].map(([key, pending]) => JSON.stringify(lineOf(key, pending))),
    ];
    await writeWhole(this.#file, `${lines.join("\n")}\n`);
    await this.#handle?.close();
    this.#handle = await open(this.#file, "a");
    this.#lines = lines.length;
  }

  /** False when there is none of this folder. */
  async #read(): Promise<boolean> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (cause) {
      if (isAbsent(cause)) return false;
      throw cause;
    }
    const [head = "", ...lines] = text.split("\n");
    if (parse<{ folder?: string }>(head)?.folder !== this.#folder) return false;
    for (const text of lines) {
      // The last line of a host that was killed may be cut off.
      const line = parse<Line>(text);
      if (line === undefined) continue;
      const { key, seen, failures, id, found } = line;
      if (failures !== undefined && id !== undefined && found !== undefined)
        this.pending.set(key, { id, count: failures, found });
      else if (seen === null) this.seen.delete(key);
      else if (seen !== undefined) this.seen.set(key, seen);
      if (seen !== undefined) this.pending.delete(key);
    }
    return true;
  }
}

function lineOf(key: string, { id, count, found }: Pending): Line {
  return { key, id, failures: count, found };
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
