import type { Logger, LogLevel } from "./types.ts";

/** Takes one line with its line end. */
export type WriteLine = (stream: "stdout" | "stderr", line: string) => void;

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const reserved = new Set(["time", "level", "message", "invocationId"]);

const writeToProcess: WriteLine = (stream, line) => {
  process[stream].write(line);
};

export interface LoggerOptions {
  /** The lowest level written; default `info`. */
  level?: LogLevel;
  /** Default: the process's own streams. */
  write?: WriteLine;
  invocationId?: string;
}

/** A field that would hide `time`, `level`, `message` or `invocationId` is written with a leading underscore. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const lowest = levels.indexOf(options.level ?? "info");
  const write = options.write ?? writeToProcess;
  const at = (level: LogLevel): Logger["info"] => {
    if (levels.indexOf(level) < lowest) return ignore;
    const stream = level === "debug" || level === "info" ? "stdout" : "stderr";
    return (message, fields) => {
      write(stream, `${line(level, message, options.invocationId, fields)}\n`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function ignore(): void {}

function line(
  level: LogLevel,
  message: unknown,
  invocationId: string | undefined,
  fields: Record<string, unknown> | undefined,
): string {
  const entry = Object.create(null) as Record<string, unknown>;
  entry["time"] = new Date().toISOString();
  entry["level"] = level;
  entry["message"] = printable(message);
  if (invocationId !== undefined) entry["invocationId"] = invocationId;
  try {
    for (const [name, value] of Object.entries(fields ?? {})) {
      entry[reserved.has(name) ? `_${name}` : name] = value;
    }
    return JSON.stringify(entry, jsonable());
  } catch {
    for (const name in entry) entry[name] = writable(entry[name]);
    return JSON.stringify(entry);
  }
}

/** The value, or a word in place of one that JSON can't write. */
function writable(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, jsonable()) ?? "null") as unknown;
  } catch {
    return "[unwritable]";
  }
}

function printable(value: unknown): string {
  try {
    return typeof value === "string" ? value : String(value);
  } catch {
    return "";
  }
}

/** A replacer for what JSON can't write: errors, big integers, cycles. */
function jsonable(): (this: unknown, key: string, value: unknown) => unknown {
  const path: { given: unknown; written: unknown }[] = [];
  return function (_key, value) {
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    while (path.length > 0 && path[path.length - 1]?.written !== this) path.pop();
    if (path.some(({ given }) => given === value)) return "[circular]";
    const written = value instanceof Error ? errorFields(value) : value;
    path.push({ given: value, written });
    return written;
  };
}

/** What a log line says of something thrown. */
function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: error.name, message: error.message };
  if (error.stack !== undefined) fields["stack"] = error.stack;
  if ("code" in error) fields["code"] = error.code;
  if (error.cause !== undefined) fields["cause"] = error.cause;
  return fields;
}
