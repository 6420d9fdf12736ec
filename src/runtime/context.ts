import { messageOf } from "./errors.ts";
import { createLogger } from "./log.ts";
import type { WriteLine } from "./log.ts";
import type { Context, Logger, LogLevel } from "./types.ts";

/** How long before the deadline `context.signal` is aborted, in milliseconds. */
export const abortMarginMs = 500;
/** How long before the deadline a handler that hasn't settled is given up, in milliseconds. */
export const answerMarginMs = 200;
const longestTimer = 2 ** 31 - 1;

/** Stands for what wasn't settled in time. */
export const late: unique symbol = Symbol("late");

/** What the host knows of one invocation. */
export interface Invocation {
  /** Default: a random UUID. */
  id?: string;
  /** A date or epoch milliseconds; null when the target sets none. Default: now + the function's `timeoutMs`. */
  deadline?: Date | number | null;
  /** Wins over the trace headers of the request and the trace extensions of the event. */
  trace?: Trace;
  /** Aborts `context.signal` early: the client has gone, the host is stopping. */
  signal?: AbortSignal;
  /** What the handler sees as `context.raw`. */
  raw?: unknown;
}

export type Trace = Context["trace"];

/** What all invocations of one function share. */
export interface Shared {
  readonly function: Context["function"];
  readonly target: Context["target"];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number | null;
  readonly log: { level?: LogLevel; write?: WriteLine };
}

/** The declared names that are set, without a prototype, frozen. */
export function pickEnv(
  declared: Iterable<string>,
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const env = Object.create(null) as Record<string, string>;
  for (const name of declared) {
    if (!Object.hasOwn(values, name)) continue;
    const value = values[name];
    if (value !== undefined) env[name] = value;
  }
  return Object.freeze(env);
}

const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;
const untraced: Trace = Object.freeze({});

/** A malformed `traceparent` counts as absent, and `tracestate` means nothing without one. */
export function readTrace(traceparent: unknown, tracestate: unknown): Trace {
  if (typeof traceparent !== "string" || !traceparentForm.test(traceparent)) return untraced;
  return typeof tracestate === "string" && tracestate !== "" ? { traceparent, tracestate } : { traceparent };
}

/** One invocation: its clock, its signal and the work it still waits for. Contexts are made from it. */
export class Running {
  readonly id: string;
  readonly deadlineMs: number | null;
  readonly shared: Shared;
  readonly raw: unknown;
  readonly trace: Trace | undefined;
  readonly #external: AbortSignal | undefined;
  #log: Logger | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Promise<unknown>[] | undefined;
  #finished = false;
  #fail: ((error: unknown) => void) | undefined;
  #fails: Set<(error: unknown) => void> | undefined;
  readonly #answerAt: number;
  readonly #lastStart: number;

  constructor(shared: Shared, invocation: Invocation) {
    this.shared = shared;
    this.id = invocation.id ?? crypto.randomUUID();
    this.raw = invocation.raw;
    this.trace = invocation.trace;
    this.#external = invocation.signal;
    const { deadline } = invocation;
    if (deadline === undefined) {
      this.deadlineMs = shared.timeoutMs === null ? null : Date.now() + shared.timeoutMs;
    } else {
      const at = deadline === null ? Number.NaN : +deadline;
      this.deadlineMs = Number.isFinite(at) ? at : null;
    }
    const left = this.remainingMs();
    const end = Date.now() + left;
    this.#answerAt = end - Math.min(answerMarginMs, left / 2);
    this.#lastStart = left > 2 * abortMarginMs ? end - abortMarginMs : this.#answerAt;
  }

  get log(): Logger {
    return (this.#log ??= createLogger({ ...this.shared.log, invocationId: this.id }));
  }

  remainingMs(): number {
    return this.deadlineMs === null ? Infinity : Math.max(0, this.deadlineMs - Date.now());
  }

  /** Whether nothing new should start: the signal is aborted, or there is no time left to answer. */
  get isEnding(): boolean {
    return Date.now() >= this.#lastStart || this.#external?.aborted === true;
  }

  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = (this.#controller = new AbortController());
    const external = this.#external;
    if (external?.aborted) controller.abort(external.reason);
    else if (external && !this.#finished) external.addEventListener("abort", this.#onExternal, { once: true });
    const left = this.remainingMs() - abortMarginMs;
    const abort = () => controller.abort(new DOMException("the invocation is about to reach its deadline", "TimeoutError"));
    if (left <= 0) abort();
    else if (left <= longestTimer && !this.#finished) this.#timer = setTimeout(abort, left);
    return controller.signal;
  }

  readonly #onExternal = (): void => this.#controller?.abort(this.#external?.reason);

  waitUntil(promise: unknown): void {
    const logged = Promise.resolve(promise).catch((error: unknown) => {
      this.log.error(`a promise given to waitUntil was rejected: ${messageOf(error)}`, {
        error,
      });
    });
    if (this.#finished) {
      this.log.warn("waitUntil was called after the invocation had finished; nothing waits for it");
      return;
    }
    (this.#waiting ??= []).push(logged);
  }

  get hasWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Waits for all that `waitUntil` was given, at most until the invocation has to be answered. */
  async settleWaiting(): Promise<void> {
    while (this.#waiting) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if ((await this.bound(Promise.all(waiting))) === late) {
        this.log.error("waitUntil was still pending at the deadline and was given up");
        return;
      }
    }
  }

  /** What `work` settles to, or `late` once the invocation has to be answered. */
  bound<T>(work: PromiseLike<T>): Promise<T | typeof late> {
    return new Promise((resolve, reject) => {
      const ms = this.#answerAt - Date.now();
      const timer = ms > longestTimer ? undefined : setTimeout(() => settle(resolve, late), ms);
      const fail = (error: unknown) => settle(reject, error);
      // Mostly there is but one.
      if (this.#fail === undefined) this.#fail = fail;
      else (this.#fails ??= new Set()).add(fail);
      const settle = <V>(how: (value: V) => void, value: V) => {
        clearTimeout(timer);
        if (this.#fail === fail) this.#fail = undefined;
        else this.#fails?.delete(fail);
        how(value);
      };
      work.then((value) => settle(resolve, value), fail);
    });
  }

  /** Fails what is still pending with an error that no one else caught. */
  abandon(error: unknown): void {
    this.#fail?.(error);
    for (const fail of this.#fails ?? []) fail(error);
  }

  finish(): void {
    this.#finished = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#external?.removeEventListener("abort", this.#onExternal);
  }
}

/** What the handler is given. Its functions work without their receiver, so it can be taken apart. */
export class InvocationContext implements Context {
  readonly #running: Running;
  readonly invocationId: string;
  readonly function: Context["function"];
  readonly target: Context["target"];
  readonly env: Context["env"];
  readonly trace: Trace;
  readonly raw: unknown;
  readonly remainingMs: () => number;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  #deadline: Date | null | undefined;

  constructor(running: Running, trace: Trace) {
    const { shared } = running;
    this.#running = running;
    this.invocationId = running.id;
    this.function = shared.function;
    this.target = shared.target;
    this.env = shared.env;
    this.trace = running.trace ?? trace;
    this.raw = running.raw;
    this.remainingMs = () => running.remainingMs();
    this.waitUntil = (promise) => running.waitUntil(promise);
  }

  get log(): Logger {
    return this.#running.log;
  }

  get deadline(): Date | null {
    const at = this.#running.deadlineMs;
    return (this.#deadline ??= at === null ? null : new Date(at));
  }

  get signal(): AbortSignal {
    return this.#running.signal;
  }
}
