/** The machine's time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../contract.ts";

export type { Clock };

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal === undefined ? undefined : { signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause;
    }
  },
};
