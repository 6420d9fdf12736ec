/** Looks again and again, soon at first and then less often, until there is an answer. */
import { FnpkgError } from "../errors.ts";
import type { Clock } from "./clock.ts";

export interface PollOptions {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** Called before every look; throws to stop. */
  readonly guard?: () => void;
  /** Milliseconds since the epoch; no look is taken before, but for the last one at the deadline. */
  readonly notBefore?: () => number;
  /** Default 50. */
  readonly firstMs?: number;
  /** Default 2,000. */
  readonly lastMs?: number;
}

/** By how much the interval grows: "ready" is noticed at most so late as a quarter of what it took, beside the first 50 ms. */
const growth = 1.25;

/**
 * What `look` answers first that is not `undefined`. At least one look is taken, and a last one at the deadline.
 * @throws FnpkgError E_TIMEOUT after the deadline.
 */
export async function poll<T>(what: string, look: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const { clock, deadline, signal, guard, firstMs = 50, lastMs = 2000 } = options;
  const notBefore = options.notBefore ?? (() => 0);
  let interval = firstMs;
  const pause = async (ms: number) => {
    try {
      await clock.sleep(ms, signal);
    } catch (cause) {
      guard?.();
      throw cause;
    }
  };
  for (;;) {
    const rest = Math.min(notBefore(), deadline) - clock.now();
    if (rest > 0) await pause(rest);
    guard?.();
    signal?.throwIfAborted();
    const answer = await look();
    if (answer !== undefined) return answer;
    const left = deadline - clock.now();
    if (left <= 0) {
      throw new FnpkgError("E_TIMEOUT", `the time ran out while waiting for ${what}`, {
        hint: "Run it again: it goes on where this stopped. Give it longer with `--timeout` if the target is slow.",
      });
    }
    await pause(Math.min(interval, left));
    interval = Math.min(lastMs, interval * growth);
  }
}
