import { pickEnv, Running } from "./context.ts";
import type { Invocation, Shared } from "./context.ts";
import { messageOf } from "./errors.ts";
import type { Handler } from "./load.ts";
import { createLogger } from "./log.ts";
import type { WriteLine } from "./log.ts";
import type { Context, LogLevel } from "./types.ts";

export interface FunctionOptions {
  /** From `load`, or `pickHandler`. */
  handler: Handler;
  signature: Signature;
  function: Context["function"];
  target: Context["target"];
  env?: {
    /** The names the package declares. */
    declared: Iterable<string>;
    /** Where their values are: `process.env`. Read once. */
    values: Readonly<Record<string, string | undefined>>;
  };
  /** The deadline of an invocation whose host names none, in milliseconds; default none. */
  timeoutMs?: number;
  /** Default: `info` and above to the process's streams. */
  log?: { level?: LogLevel; write?: WriteLine };
}

export interface Signature {
  type: "http" | "cloudevent";
  /** cloudevent only: the handler takes an array. Default false. */
  batch?: boolean;
  /** http only: `streaming` hands a stream on while it runs; `buffered` (default) reads it first. */
  response?: "buffered" | "streaming";
}

/** Starts and ends the invocations of one function. */
export class Host {
  readonly #shared: Shared;
  readonly #pending = new Set<Running>();

  constructor(options: FunctionOptions) {
    this.#shared = {
      function: Object.freeze({ ...options.function }),
      target: Object.freeze({ ...options.target }),
      env: pickEnv(options.env?.declared ?? [], options.env?.values ?? {}),
      timeoutMs: options.timeoutMs ?? null,
      log: options.log ?? {},
    };
  }

  start(invocation: Invocation = {}): Running {
    const running = new Running(this.#shared, invocation);
    this.#pending.add(running);
    return running;
  }

  finish(running: Running): void {
    running.finish();
    this.#pending.delete(running);
  }

  uncaught(error: unknown): void {
    createLogger(this.#shared.log).error(`nothing caught: ${messageOf(error)}`, {
      code: "E_HANDLER",
      error,
    });
    for (const running of this.#pending) running.abandon(error);
  }
}
