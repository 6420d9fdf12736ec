/** Tries again what the adapter calls passing: exponential with full jitter, within the run's deadline. */
import { FnpkgError, reasonOf } from "../errors.ts";
import type { Explained } from "../contract.ts";
import type { Clock } from "./clock.ts";
import type { Scrubber } from "./redact.ts";

/** How long one operation is tried again, unless the vendor says when to come back. */
const PATIENCE_MS = 3 * 60_000;
/** How long, while nothing has answered in this run: an address where nobody is won't change by waiting. */
const UNREACHED_MS = 10_000;
const FIRST_MS = { now: 100, later: 1000 } as const;
const LAST_MS = 20_000;

export interface Retry {
  /** One line, without secrets. */
  readonly reason: string;
  readonly waitMs: number;
}

/** What retrying needs of a run. */
export interface Retrying {
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly secrets: Scrubber;
  /** Aborted as soon as nothing new may begin. */
  readonly stopping: AbortSignal;
  /** Throws when nothing new may begin. */
  guard(): void;
  /** One call into the adapter; ends when the run must stop at once, whatever the adapter does. */
  call<T>(work: () => Promise<T>): Promise<T>;
  explain(cause: unknown): Explained | undefined;
}

/** Runs in which the target has answered. */
const reached = new WeakSet<Retrying>();

/** The wait before try `attempt` (1 is the second): a random part of a bound that doubles. */
export function backoffMs(attempt: number, pace: "now" | "later", random: () => number): number {
  return random() * Math.min(LAST_MS, FIRST_MS[pace] * 2 ** (attempt - 1));
}

/**
 * Calls `work` until it answers. What is thrown in the end is what `work` threw, unwrapped; a stop of the run is E_INTERRUPTED or
 * E_TIMEOUT. `work` gets the number of the try, so that a write can look before it writes again.
 */
export async function retrying<T>(
  run: Retrying,
  work: (attempt: number) => Promise<T>,
  onRetry?: (retry: Retry) => void,
): Promise<T> {
  const began = run.clock.now();
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await run.call(() => work(attempt));
      reached.add(run);
      return answer;
    } catch (cause) {
      if (cause instanceof FnpkgError) throw cause;
      const explained = run.explain(cause);
      const network = explained?.code === "E_NETWORK";
      if (!network) reached.add(run);
      const pace = explained?.code === "E_CONFLICT" ? "never" : (explained?.retry ?? "never");
      if (pace === "never") throw cause;
      const now = run.clock.now();
      const waitMs = Math.round((explained?.afterMs ?? 0) + backoffMs(attempt + 1, pace, run.random));
      const patienceMs = network && !reached.has(run) ? UNREACHED_MS : PATIENCE_MS;
      if (now + waitMs >= run.deadline || now - began > patienceMs) throw cause;
      run.guard();
      onRetry?.({ reason: run.secrets.text(reasonOf(cause)), waitMs });
      await pause(run, waitMs);
    }
  }
}

async function pause(run: Retrying, ms: number): Promise<void> {
  try {
    await run.clock.sleep(ms, run.stopping);
  } catch (cause) {
    run.guard();
    throw cause;
  }
}
