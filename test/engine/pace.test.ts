import { describe, expect, it } from "vitest";
import { contextOf, limiter, poll } from "../../src/engine/index.ts";
import { backoffMs, type Retrying, retrying } from "../../src/engine/retry.ts";
import { virtualClock } from "../../src/testing/clock.ts";
import { faultyFetch, seededFaults, seededRandom } from "../../src/testing/faults.ts";

describe("limiter", () => {
  it("lets a burst through and then keeps the rate, in order", async () => {
    const clock = virtualClock();
    const limit = limiter({ calls: 10, perMs: 1000, burst: 2 }, clock);
    const at: number[] = [];
    await Promise.all(Array.from({ length: 6 }, () => limit.take().then(() => at.push(clock.elapsed()))));
    expect(at).toEqual([0, 0, 100, 200, 300, 400]);
    await clock.sleep(10_000);
    const before = clock.elapsed();
    await Promise.all([limit.take(), limit.take()]);
    expect(clock.elapsed()).toBe(before);
  });

  it("stops waiting when told", async () => {
    const clock = virtualClock();
    const limit = limiter({ calls: 1, perMs: 1000 }, clock);
    const stop = new AbortController();
    await limit.take();
    const waiting = limit.take(stop.signal);
    stop.abort(new Error("stop"));
    await expect(waiting).rejects.toThrow("stop");
  });
});

describe("poll", () => {
  it("looks at once, then after 50 ms growing to 2 s", async () => {
    const clock = virtualClock();
    const at: number[] = [];
    const answer = await poll("it", async () => (at.push(clock.elapsed()) === 20 ? "there" : undefined), {
      clock,
      deadline: clock.now() + 60_000,
    });
    expect(answer).toBe("there");
    expect(at.slice(0, 4)).toEqual([0, 50, 112.5, 190.625]);
    expect((at[19] ?? 0) - (at[18] ?? 0)).toBe(2000);
  });

  it("takes no look before the vendor said, and goes on as soon as it may", async () => {
    const clock = virtualClock();
    const at: number[] = [];
    const rests = [1000, 1300, 0];
    let notBefore = clock.now() + 500;
    const look = async () => {
      at.push(clock.elapsed());
      notBefore = clock.now() - clock.elapsed() + (rests[at.length - 1] ?? 0);
      return at.length === 4 ? "there" : undefined;
    };
    await poll("it", look, { clock, deadline: clock.now() + 60_000, notBefore: () => notBefore });
    expect(at).toEqual([500, 1000, 1300, 1378.125]);
  });

  it("looks a last time at the deadline, then says what it waited for", async () => {
    const clock = virtualClock();
    let looks = 0;
    const waiting = poll("the moon", async () => void looks++, { clock, deadline: clock.now() + 60 });
    await expect(waiting).rejects.toMatchObject({ code: "E_TIMEOUT", message: expect.stringContaining("the moon") as string });
    expect(looks).toBe(3);
  });
});

describe("backoff", () => {
  it("doubles its bound and stays under the last", () => {
    expect([1, 2, 3, 4].map((n) => backoffMs(n, "now", () => 1))).toEqual([100, 200, 400, 800]);
    expect(backoffMs(50, "later", () => 1)).toBe(20_000);
    expect(backoffMs(3, "later", () => 0)).toBe(0);
  });
});

describe("an address where nobody answers", () => {
  const refused = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
  const runOn = (clock: ReturnType<typeof virtualClock>): Retrying => ({
    clock,
    random: () => 1,
    deadline: clock.now() + 20 * 60_000,
    secrets: { text: (text: string) => text } as Retrying["secrets"],
    stopping: new AbortController().signal,
    guard: () => undefined,
    call: (work) => work(),
    explain: () => ({ code: "E_NETWORK", retry: "now" }),
  });

  it("is given up after ten seconds, and one that answered before is waited for", async () => {
    const clock = virtualClock();
    const run = runOn(clock);
    await expect(retrying(run, refused)).rejects.toThrow("ECONNREFUSED");
    expect(clock.elapsed()).toBeGreaterThan(5000);
    expect(clock.elapsed()).toBeLessThan(30_000);
    await retrying(run, async () => "there");
    const before = clock.elapsed();
    await expect(retrying(run, refused)).rejects.toThrow("ECONNREFUSED");
    expect(clock.elapsed() - before).toBeGreaterThan(120_000);
  });
});

describe("the context for operations", () => {
  it("ends with either signal and at its deadline", async () => {
    const stop = new AbortController();
    const clock = virtualClock();
    const cx = contextOf({
      client: {},
      deployment: "d",
      package: "p",
      signal: stop.signal,
      clock,
      deadline: clock.now() + 100_000,
    });
    expect(cx.signal.aborted).toBe(false);
    stop.abort();
    expect(cx.signal.aborted).toBe(true);
    await expect(cx.until("x", async () => undefined)).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    const late = contextOf({ client: {}, deployment: "d", package: "p", deadline: Date.now() - 1 });
    await expect(late.until("y", async () => undefined)).rejects.toMatchObject({ code: "E_TIMEOUT" });
  });
});

describe("faults", () => {
  it("are the same for the same seed", () => {
    const random = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(random(7)).toEqual(random(7));
    expect(random(7)).not.toEqual(random(8));
    const plan = seededFaults(3, 0.5);
    const again = seededFaults(3, 0.5);
    const call = { index: 0, verb: "get" };
    expect(Array.from({ length: 20 }, () => plan(call))).toEqual(Array.from({ length: 20 }, () => again(call)));
  });

  it("reach fetch too", async () => {
    let asked = 0;
    const fetch = faultyFetch(
      async () => new Response(String(++asked)),
      ({ index }) =>
        index === 0 ? { when: "before", how: "passing" } : index === 1 ? { when: "after", how: "passing" } : undefined,
    );
    await expect(fetch("http://127.0.0.1/a")).rejects.toThrow("not sent");
    expect(asked).toBe(0);
    await expect(fetch("http://127.0.0.1/a")).rejects.toThrow("answer lost");
    expect(asked).toBe(1);
    expect(await (await fetch("http://127.0.0.1/a")).text()).toBe("2");
  });
});
