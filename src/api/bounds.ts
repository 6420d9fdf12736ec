/** When a verb must end: the caller's signals and the time given, from its first step on. */
import { FnpkgError } from "../errors.ts";
import type { RunOptions } from "./options.ts";

const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Bounds {
  /** The caller's: nothing new begins. */
  readonly signal: AbortSignal;
  /** The caller's: stops at once. */
  readonly hardSignal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted by any of them: for work that may be dropped at any point, such as opening, fetching and reading. */
  readonly any: AbortSignal;
}

/**
 * Runs a whole verb within its bounds.
 * @throws E_INTERRUPTED, E_TIMEOUT when the bounds ended it; else what `work` throws
 */
export async function bounded<T>(options: RunOptions, work: (bounds: Bounds) => Promise<T>): Promise<T> {
  const never = new AbortController().signal;
  const { signal = never, hardSignal = never, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const late = new AbortController();
  if (timeoutMs <= 0) late.abort();
  const timer = setTimeout(() => late.abort(), Math.min(timeoutMs, LONGEST_TIMER_MS));
  const any = AbortSignal.any([signal, hardSignal, late.signal]);
  const stopped = () => {
    if (signal.aborted || hardSignal.aborted) return new FnpkgError("E_INTERRUPTED", "interrupted");
    return new FnpkgError("E_TIMEOUT", `the time given, ${Math.round(timeoutMs / 100) / 10} s, was not enough`);
  };
  try {
    if (any.aborted) throw stopped();
    return await work({ signal, hardSignal, deadline: Date.now() + timeoutMs, any });
  } catch (cause) {
    if (!any.aborted || (cause instanceof FnpkgError && !byAbort(cause))) throw cause;
    // What says already how far it came is kept.
    const why = stopped();
    throw cause instanceof FnpkgError && cause.code === why.code ? cause : new FnpkgError(why.code, why.message, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Work that `any` dropped says that it was interrupted, whoever dropped it. */
function byAbort({ code }: FnpkgError): boolean {
  return code === "E_INTERRUPTED" || code === "E_TIMEOUT";
}
