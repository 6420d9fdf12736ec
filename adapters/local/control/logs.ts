/** Reads the function's log, and follows it over every change of file. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { LogLine } from "fnpkg/adapter";
import { entryOf, logName, logNumbers } from "../host/log.ts";
import { isAbsent } from "../state/files.ts";
import type { FunctionPaths } from "../state/paths.ts";

export interface LogOptions {
  readonly follow: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly tail?: number;
  readonly signal: AbortSignal;
  /** Whether the function is still deployed: following ends, with a note, when it is not. Default: it is. */
  readonly there?: () => Promise<boolean>;
}

const lookMs = 200;
const chunkBytes = 1 << 20;

/** Oldest first. */
export async function* readLogs(paths: FunctionPaths, options: LogOptions): AsyncGenerator<LogLine> {
  const { since = 0, tail, follow, signal, there = async () => true } = options;
  const wanted = (line: LogLine) => Date.parse(line.time) >= since;
  const reader = new Reader(paths.logs);
  if (tail === undefined) {
    for await (const line of reader.read()) if (wanted(line)) yield line;
  } else {
    const last: LogLine[] = [];
    for await (const line of reader.read()) {
      if (!wanted(line)) continue;
      last.push(line);
      if (last.length > tail) last.shift();
    }
    yield* last;
  }
  while (follow && !signal.aborted) {
    await wait(lookMs, undefined, { signal }).catch(() => undefined);
    const gone = !signal.aborted && !(await there());
    for await (const line of reader.read()) if (wanted(line)) yield line;
    if (!gone) continue;
    yield {
      time: new Date().toISOString(),
      level: "info",
      message: "the deployment was destroyed",
      event: "deployment.destroyed",
    };
    return;
  }
}

/** Remembers how far it got: a file by its number, and the bytes of it. */
class Reader {
  readonly #folder: string;
  #number = 0;
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every whole line that was not read yet. */
  async *read(): AsyncGenerator<LogLine> {
    for (const number of logNumbers(this.#folder)) {
      if (number < this.#number) continue;
      if (number > this.#number) {
        this.#number = number;
        this.#at = 0;
        this.#rest = Buffer.alloc(0);
      }
      yield* this.#file(join(this.#folder, logName(number)));
    }
  }

  async *#file(path: string): AsyncGenerator<LogLine> {
    let handle;
    try {
      handle = await open(path);
    } catch (cause) {
      if (isAbsent(cause)) return;
      throw cause;
    }
    try {
      const buffer = Buffer.alloc(chunkBytes);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#at);
        if (bytesRead === 0) return;
        this.#at += bytesRead;
        const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
        const end = bytes.lastIndexOf(10) + 1;
        this.#rest = bytes.subarray(end);
        for (const text of bytes.subarray(0, end).toString("utf8").split("\n")) {
          const line = entryOf(text);
          if (line !== undefined) yield line;
        }
      }
    } finally {
      await handle.close();
    }
  }
}
