/** Where a command writes: documents to standard output, people's words to standard error. */
import { styleText } from "node:util";

export interface Io {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly version: string;
  /** First Ctrl-C: finish the call in flight, then stop. */
  readonly signal: AbortSignal;
  /** Second Ctrl-C: stop at once. */
  readonly hard: AbortSignal;
  /** One JSON document on one line. */
  document(value: unknown): void;
  /** A line of the command's answer for people; nothing with --json. */
  line(text?: string): void;
  /** Raw bytes of the answer. */
  bytes(data: Uint8Array | string): void;
  /** A line about the work, to standard error; nothing with --quiet. */
  note(text: string): void;
  /** Work that goes on: a spinner line on a terminal, plain lines elsewhere, nothing with --quiet. */
  progress(text: string): void;
  /** Ends the progress line. */
  settle(): void;
  style(format: Parameters<typeof styleText>[0], text: string): string;
}

export interface IoOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly hard: AbortSignal;
}

const clearLine = "\r\u001b[2K";

export function makeIo(options: IoOptions): Io {
  const { stdout, stderr } = process;
  const color = stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
  let open = false;
  const settle = () => {
    if (open) stderr.write(clearLine);
    open = false;
  };
  return {
    ...options,
    document(value) {
      settle();
      stdout.write(`${JSON.stringify(value)}\n`);
    },
    line(text = "") {
      if (options.json) return;
      settle();
      stdout.write(`${text}\n`);
    },
    bytes(data) {
      settle();
      stdout.write(data);
    },
    note(text) {
      if (options.quiet) return;
      settle();
      stderr.write(`${text}\n`);
    },
    progress(text) {
      if (options.quiet) return;
      if (stderr.isTTY !== true) {
        stderr.write(`${text}\n`);
        return;
      }
      stderr.write(`${clearLine}${text.slice(0, Math.max(20, stderr.columns - 1))}`);
      open = true;
    },
    settle,
    style: (format, text) => (color ? styleText(format, text) : text),
  };
}

/** Waits until everything written has left the process. */
export async function flush(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => void stream.write("", () => done()))),
  );
}
