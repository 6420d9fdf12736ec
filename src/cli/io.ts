/** Where a command writes: documents to standard output, people's words to standard error. */
import { styleText } from "node:util";
import { FnpkgError } from "../errors.ts";

type Format = Parameters<typeof styleText>[0];

export interface Io {
  readonly json: boolean;
  readonly quiet: boolean;
  /** First Ctrl-C: finish the call in flight, then stop. */
  readonly signal: AbortSignal;
  /** Second Ctrl-C: stop at once. */
  readonly hard: AbortSignal;
  /** Nobody reads the answer any more, as after `| head -1`: what only prints may end. */
  readonly unread: AbortSignal;
  /** The answer goes to a terminal. */
  readonly terminal: boolean;
  /** One JSON document on one line. */
  document(value: unknown): void;
  /** A line of the command's answer for people; nothing with --json. */
  line(text?: string): void;
  /** Raw bytes of the answer. */
  bytes(data: Uint8Array | string): void;
  /** A line about the work, to standard error; nothing with --quiet. */
  note(text: string): void;
  /** A line that must be read, to standard error: warnings, failures. */
  warn(text: string): void;
  /** Work that goes on: a line that the next one replaces on a terminal, plain lines elsewhere, nothing with --quiet. */
  progress(text: string): void;
  /** Progress lines replace each other, so that they may come often. */
  readonly live: boolean;
  /** Ends the progress line. */
  settle(): void;
  /** Colours for what `line` prints. */
  style(format: Format, text: string): string;
  /** Colours for what `note`, `warn` and `progress` print. */
  tint(format: Format, text: string): string;
  /** Waits until everything written has left the process. @throws E_IO when the answer could not be written */
  flush(): Promise<void>;
}

/** The slice of a stream that is used. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(data: Uint8Array | string, done?: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface IoOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  readonly hard: AbortSignal;
  /** Default: the process's own. */
  readonly stdout?: Output;
  readonly stderr?: Output;
  readonly env?: { readonly [name: string]: string | undefined };
}

const clearLine = "\r\u001b[2K";
const narrowest = 20;

export function makeIo(options: IoOptions): Io {
  const { json, quiet, signal, hard, stdout = process.stdout, stderr = process.stderr, env = process.env } = options;
  const plain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const live = stderr.isTTY === true && env["TERM"] !== "dumb";
  const painter = (stream: Output) => (format: Format, text: string) =>
    stream.isTTY === true && !plain ? styleText(format, text, { validateStream: false }) : text;
  const unread = new AbortController();
  let failure: Error | undefined;
  let open = false;

  stdout.on("error", (error) => {
    failure ??= error;
    unread.abort();
  });
  // What can't be said to people changes nothing about the work.
  let deaf = false;
  stderr.on("error", () => (deaf = true));
  const answer = (data: Uint8Array | string) => {
    settle();
    if (failure === undefined) stdout.write(data);
  };
  const say = (text: string) => {
    if (!deaf) stderr.write(text);
  };
  function settle(): void {
    if (open) say(clearLine);
    open = false;
  }
  const warn = (text: string) => {
    settle();
    say(`${text}\n`);
  };

  return {
    json,
    quiet,
    signal,
    hard,
    unread: unread.signal,
    terminal: stdout.isTTY === true,
    live,
    document: (value) => answer(`${JSON.stringify(value)}\n`),
    line(text = "") {
      if (!json) answer(`${text}\n`);
    },
    bytes: answer,
    note(text) {
      if (!quiet) warn(text);
    },
    warn,
    progress(text) {
      if (quiet) return;
      if (!live) {
        say(`${text}\n`);
        return;
      }
      say(`${clearLine}${text.slice(0, Math.max(narrowest, (stderr.columns ?? 80) - 1))}`);
      open = true;
    },
    settle,
    style: painter(stdout),
    tint: painter(stderr),
    async flush() {
      await Promise.all([stdout, stderr].map((stream) => new Promise<void>((done) => void stream.write("", () => done()))));
      if (failure === undefined || isClosed(failure)) return;
      throw new FnpkgError("E_IO", `the answer can't be written to standard output: ${failure.message}`, {
        cause: failure,
        hint: "Check the free space where the output goes, then run it again.",
      });
    },
  };
}

/** The reader went away, which is its right. */
function isClosed(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "ECONNRESET");
}
