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
  /** Default 50. */
  readonly firstMs?: number;
  /** Default 2,000. */
  readonly lastMs?: number;
}

/**
 * What `look` answers first that is not `undefined`. At least one look is taken, and a last one at the deadline.
 * @throws FnpkgError E_TIMEOUT after the deadline.
 */
export async function poll<T>(what: string, look: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const { clock, deadline, signal, guard, firstMs = 50, lastMs = 2000 } = options;
  let interval = firstMs;
  for (;;) {
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
    try {
      await clock.sleep(Math.min(interval, left), signal);
    } catch (cause) {
      guard?.();
      throw cause;
    }
    interval = Math.min(lastMs, interval * 1.5);
  }
}
