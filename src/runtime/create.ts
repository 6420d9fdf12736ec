import type { RawRequest } from "./admit.ts";
import { runBatch, runEach } from "./batch.ts";
import type { Delivered, Delivery, EventsResult } from "./batch.ts";
import { pickEnv, Running } from "./context.ts";
import type { Invocation, Shared } from "./context.ts";
import { messageOf } from "./errors.ts";
import { HttpFunction } from "./http.ts";
import { installRequest } from "./install.ts";
import type { Handler } from "./load.ts";
import { createLogger, errorFields } from "./log.ts";
import type { WriteLine } from "./log.ts";
import type { RawResponse } from "./result.ts";
import type { HttpTrigger } from "./route.ts";
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
  /** The http trigger's rules; default: every path and method. */
  http?: HttpTrigger;
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

/** A loaded function. Its methods never reject, whatever the handler does. */
export interface Function {
  readonly signature: Signature;
  /**
   * Answers a request. A buffered answer comes when the invocation is finished; with a stream it is finished when the
   * stream has ended, and a stream that errors has to break the connection off.
   */
  http(request: RawRequest, invocation?: Invocation): Promise<RawResponse>;
  /** Handles a delivery and says which events failed. */
  events(events: readonly Delivered[], invocation?: Invocation, delivery?: Delivery): Promise<EventsResult>;
  /**
   * For the process's `uncaughtException` and `unhandledRejection`: logs the error and fails the invocations that
   * are pending, as it can't be told whose it is.
   */
  uncaught(error: unknown): void;
}

/** Makes a function of a handler. The light `Request` becomes the global one; see `installRequest`. */
export function createFunction(options: FunctionOptions): Function {
  installRequest();
  const { handler, signature } = options;
  const shared: Shared = {
    function: Object.freeze({ ...options.function }),
    target: Object.freeze({ ...options.target }),
    env: pickEnv(options.env?.declared ?? [], options.env?.values ?? {}),
    timeoutMs: options.timeoutMs ?? null,
    log: options.log ?? {},
  };
  const http = new HttpFunction(handler, options.http ?? {}, signature.response === "streaming");
  const pending = new Set<Running>();

  function start(invocation: Invocation): Running {
    const running = new Running(shared, invocation);
    pending.add(running);
    return running;
  }

  function finish(running: Running): void {
    running.finish();
    pending.delete(running);
  }

  return {
    signature,
    http(request, invocation = {}) {
      const running = start(invocation);
      return http.answer(request, running, () => finish(running));
    },
    async events(events, invocation = {}, delivery = {}) {
      const running = start(invocation);
      const result = signature.batch
        ? await runBatch(handler, events, running)
        : await runEach(handler, events, delivery, running);
      await running.settleWaiting();
      finish(running);
      return result;
    },
    uncaught(error) {
      createLogger(shared.log).error(`nothing caught: ${messageOf(error)}`, {
        code: "E_HANDLER",
        error: errorFields(error),
      });
      for (const running of pending) running.abandon(error);
    },
  };
}
