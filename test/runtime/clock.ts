import { vi } from "vitest";

/** What `work` resolves to, and when, on a clock that goes on by itself alone: however busy the machine is, it is as late as it says. */
export async function withClock<T>(work: () => Promise<T>): Promise<{ value: T; at: number }> {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  try {
    let done = false;
    const ended = work().then((value) => ({ value, at: Date.now() }));
    ended.then(
      () => (done = true),
      () => (done = true),
    );
    while (!done) await vi.advanceTimersByTimeAsync(10);
    return await ended;
  } finally {
    vi.useRealTimers();
  }
}
