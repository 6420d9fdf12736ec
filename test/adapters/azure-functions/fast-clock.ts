/** The machine's clock, whose waits are short: what is waited for on the fake comes with looks, not with time. */
import { setTimeout as wait } from "node:timers/promises";
import type { VirtualClock } from "fnpkg/testing";

type Clock = Omit<VirtualClock, "elapsed">;

export function fastClock(): Clock {
  return {
    now: () => Date.now(),
    async sleep(ms, signal) {
      try {
        // Deadlines are left as long as they are.
        await wait(ms > 60_000 ? ms : Math.min(ms, 1), undefined, signal === undefined ? undefined : { signal });
      } catch (cause) {
        signal?.throwIfAborted();
        throw cause;
      }
    },
  };
}
