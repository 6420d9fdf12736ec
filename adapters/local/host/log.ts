/**
 * The function's log: JSON lines in numbered files. Files are never renamed, so a reader that follows can't lose lines to a
 * rotation: when a file is done the next number begins.
 */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

export type Level = "debug" | "info" | "warn" | "error";

export interface LogSettings {
  readonly folder: string;
  /** Days; `null`: only the size counts. */
  readonly retentionDays: number | null;
  /** A file is done when it has this many bytes … */
  readonly fileBytes?: number;
  /** … and this many are kept. */
  readonly files?: number;
}

const dayMs = 86_400_000;
const longestLine = 256 * 1024;

export class Log {
  #settings: LogSettings;
  #number: number;
  #file: number | undefined;
  #bytes = 0;
  #begun = 0;
  #waiting: string[] = [];
  #lost = 0;

  constructor(settings: LogSettings) {
    this.#settings = settings;
    mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
    this.#number = Math.max(0, ...logNumbers(settings.folder));
  }

  set retentionDays(days: number | null) {
    this.#settings = { ...this.#settings, retentionDays: days };
  }

  debug(message: string, fields?: object): void {
    this.write("debug", message, fields);
  }
  info(message: string, fields?: object): void {
    this.write("info", message, fields);
  }
  warn(message: string, fields?: object): void {
    this.write("warn", message, fields);
  }
  error(message: string, fields?: object): void {
    this.write("error", message, fields);
  }

  write(level: Level, message: string, fields: object = {}): void {
    this.#push(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
  }

  /** A line that a worker printed: what is no log line already becomes the message of one. */
  printed(stream: "stdout" | "stderr", line: string, fields: object): void {
    const entry = entryOf(line);
    if (entry === undefined)
      this.write(stream === "stdout" ? "info" : "error", line.slice(0, longestLine), { ...fields, stream });
    else this.#push(JSON.stringify({ ...entry, ...fields }));
  }

  /** Writes what waits; the log can be used on. */
  flush(): void {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    try {
      const file = this.#open();
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      this.#bytes += bytes.length;
      if (this.#lost > 0) {
        const lost = this.#lost;
        this.#lost = 0;
        this.error(`${lost} log lines could not be written`, { code: "E_IO" });
      }
    } catch {
      // A full disk must not stop the function; that lines are missing is said once it has space again.
      this.#lost += lines.length;
    }
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #push(line: string): void {
    if (this.#waiting.push(line) === 1) setImmediate(() => this.flush());
  }

  #open(): number {
    const { folder, fileBytes = 8 * 1024 * 1024 } = this.#settings;
    if (this.#file !== undefined && (this.#bytes >= fileBytes || Date.now() - this.#begun >= dayMs)) {
      closeSync(this.#file);
      this.#file = undefined;
      this.#number++;
    }
    if (this.#file === undefined) {
      if (this.#number === 0) this.#number = 1;
      const path = join(folder, logName(this.#number));
      this.#file = openSync(path, "a", 0o600);
      this.#bytes = statSync(path).size;
      this.#begun = Date.now();
      this.#discard();
    }
    return this.#file;
  }

  #discard(): void {
    const { folder, files = 6, retentionDays } = this.#settings;
    const oldest = retentionDays === null ? 0 : Date.now() - retentionDays * dayMs;
    const numbers = logNumbers(folder);
    for (const [index, number] of numbers.entries()) {
      const path = join(folder, logName(number));
      const kept = index >= numbers.length - files && (number === this.#number || statSync(path).mtimeMs >= oldest);
      if (!kept) rmSync(path, { force: true });
    }
  }
}

export function logName(number: number): string {
  return `${String(number).padStart(6, "0")}.jsonl`;
}

/** The numbers of the files that are there, ascending. */
export function logNumbers(folder: string): number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => /^(\d{6,})\.jsonl$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** A log line as handlers write them. */
export function entryOf(line: string): { time: string; level: string; message: string } | undefined {
  if (!line.startsWith("{") || !line.endsWith("}")) return undefined;
  try {
    const { time, level, message, ...rest } = JSON.parse(line) as { [name: string]: unknown };
    if (typeof message !== "string" || typeof level !== "string") return undefined;
    return { time: typeof time === "string" ? time : new Date().toISOString(), level, message, ...rest };
  } catch {
    return undefined;
  }
}
