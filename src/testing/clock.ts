/** A clock that does not wait: time moves on whenever everything else stands still. */
import type { Clock } from "../engine/clock.ts";

export interface VirtualClock extends Clock {
  /** Milliseconds that were waited for so far. */
  elapsed(): number;
}

/**
 * For work whose only waiting is this clock's `sleep` and this process's files: what comes over sockets would be overtaken. The
 * first sleeper wakes once no promise job is left and no file is being opened, read, written or closed.
 */
export function virtualClock(start = 1_700_000_000_000): VirtualClock {
  let now = start;
  let pumping = false;
  let order = 0;
  const sleepers = new Set<{ readonly at: number; readonly order: number; readonly wake: () => void }>();
  const pump = () => {
    if (process.getActiveResourcesInfo().some(isFile)) {
      setImmediate(pump);
      return;
    }
    const first = [...sleepers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
    if (first === undefined) {
      pumping = false;
      return;
    }
    now = Math.max(now, first.at);
    sleepers.delete(first);
    first.wake();
    setImmediate(pump);
  };
  return {
    now: () => now,
    elapsed: () => now - start,
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        const fail = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
        };
        const sleeper = {
          at: now + Math.max(0, ms),
          order: order++,
          wake: () => {
            signal?.removeEventListener("abort", fail);
            resolve();
          },
        };
        if (signal?.aborted === true) {
          fail();
          return;
        }
        signal?.addEventListener("abort", fail, { once: true });
        sleepers.add(sleeper);
        if (pumping) return;
        pumping = true;
        setImmediate(pump);
      });
    },
  };
}

/** `FSReqCallback`, `FSReqPromise`; a file handle that closes is a `CloseReq`. */
function isFile(resource: string): boolean {
  return resource.startsWith("FSReq") || resource.endsWith("CloseReq");
}
