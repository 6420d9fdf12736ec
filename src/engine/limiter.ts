/** A token bucket for a vendor's rate limits, so that calls wait their turn instead of being refused. */
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";

export interface Rate {
  readonly calls: number;
  readonly perMs: number;
  /** How many may go at once after a pause; default `calls`. */
  readonly burst?: number;
}

export interface Limiter {
  /** Resolves when the call may be made, in the order of asking. Rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<void>;
}

/** `limiter({ calls: 15, perMs: 1000 })` lets 15 calls a second through. */
export function limiter(rate: Rate, clock: Clock = systemClock): Limiter {
  const burst = rate.burst ?? rate.calls;
  const each = rate.perMs / rate.calls;
  /** When the bucket would be full again; every call moves it on by `each`. */
  let full = Number.NEGATIVE_INFINITY;
  return {
    async take(signal) {
      signal?.throwIfAborted();
      const now = clock.now();
      full = Math.max(full, now) + each;
      const wait = full - now - burst * each;
      if (wait > 0) await clock.sleep(wait, signal);
    },
  };
}

const shared = new WeakMap<Clock, Map<string, Limiter>>();

/** The process's one limiter for a key, such as vendor, account and region, on a clock: limits hold over all deployments. */
export function sharedLimiter(key: string, rate: Rate, clock: Clock = systemClock): Limiter {
  let limiters = shared.get(clock);
  if (limiters === undefined) shared.set(clock, (limiters = new Map<string, Limiter>()));
  let found = limiters.get(key);
  if (found === undefined) limiters.set(key, (found = limiter(rate, clock)));
  return found;
}
