/** Interruption, deadlines, retries, locks, and how long it all takes. */
import { describe, expect, it } from "vitest";
import type { Resource } from "../../src/contract.ts";
import { apply, destroy } from "../../src/engine/index.ts";
import type { ApplyEvent, ApplyInput } from "../../src/engine/index.ts";
import { lifecycleOf } from "../../src/engine/order.ts";
import { FnpkgError } from "../../src/errors.ts";
import { virtualClock } from "../../src/testing/clock.ts";
import { isWrite, withFaults } from "../../src/testing/faults.ts";
import { all } from "../fakes/events.ts";
import { inputOf, Refused, small, snapshot, world, worldAdapter } from "../fakes/world.ts";
import type { World } from "../fakes/world.ts";

type Input = ApplyInput<unknown, World>;

async function run(input: Input): Promise<{ events: ApplyEvent[]; failure?: FnpkgError }> {
  const events: ApplyEvent[] = [];
  try {
    for await (const event of apply(input)) events.push(event);
    return { events };
  } catch (cause) {
    if (!(cause instanceof FnpkgError)) throw cause;
    return { events, failure: cause };
  }
}
const many = (count: number): Resource[] => [
  ...small(),
  ...Array.from({ length: count }, (_, n) => ({ kind: "Note", id: `note${n}`, props: { Name: `note${n}`, Parent: "one" } })),
];

describe("interruption", () => {
  it("lets the call in flight end, begins nothing new, and says what is done", async () => {
    const it = world();
    const input = inputOf(it, small());
    const stop = new AbortController();
    const { adapter } = withFaults(input.adapter, (call) => {
      if (call.verb === "create" && call.kind === "Function") stop.abort();
      return undefined;
    });
    const { failure, events } = await run({ ...input, adapter, signal: stop.signal });
    expect(failure?.code).toBe("E_INTERRUPTED");
    expect(failure?.exit).toBe(130);
    expect(failure?.message).toContain('1 of 2 steps are done (create Function "function")');
    expect(failure?.message).toContain("resumes");
    expect(events.at(-1)).toMatchObject({ event: "step", status: "done", id: "function" });
    expect(it.writes).toEqual(["create Function/f"]);
    expect((await run(input)).failure).toBeUndefined();
  });

  it("stops at once on the hard signal, even when the adapter hangs", async () => {
    const it = world();
    const input = inputOf(it, small());
    const stop = new AbortController();
    let seen: AbortSignal | undefined;
    const hanging = {
      ...input.adapter.kinds["Function"],
      create: (cx: { signal: AbortSignal }) => {
        seen = cx.signal;
        setTimeout(() => stop.abort(), 5);
        return new Promise(() => undefined);
      },
    } as never;
    const adapter = { ...input.adapter, kinds: { ...input.adapter.kinds, Function: hanging } };
    const { failure } = await run({ ...input, adapter, hardSignal: stop.signal });
    expect(failure?.code).toBe("E_INTERRUPTED");
    expect(seen?.aborted).toBe(true);
  });

  it("ends the same when killed at any call", async () => {
    const goal = world();
    await run(inputOf(goal, many(3)));
    for (let index = 0; ; index++) {
      const it = world();
      const input = inputOf(it, many(3));
      const kill = new AbortController();
      const { adapter, calls } = withFaults(input.adapter, (call) => {
        if (call.index === index) kill.abort();
        return undefined;
      });
      const { failure } = await run({ ...input, adapter, hardSignal: kill.signal });
      if (calls.length > index) expect(failure?.code ?? "E_INTERRUPTED").toBe("E_INTERRUPTED");
      await new Promise(setImmediate);
      expect((await run(input)).failure).toBeUndefined();
      expect(snapshot(it)).toEqual(snapshot(goal));
      if (calls.length <= index) break;
    }
  });

  it("stops and waits when the reader leaves", async () => {
    const it = world();
    for await (const event of apply(inputOf(it, small()))) if (event.event === "plan") break;
    expect(it.writes.length).toBeLessThan(2);
    const before = it.writes.length;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(it.writes).toHaveLength(before);
  });

  it("ends at the deadline with what is done", async () => {
    const it = world();
    const clock = virtualClock();
    it.delay = () => clock.sleep(1000);
    const { failure } = await run({ ...inputOf(it, small()), clock, deadline: clock.now() + 4500 });
    expect(failure?.code).toBe("E_TIMEOUT");
    expect(failure?.message).toContain("1 of 2 steps are done");
  });
});

describe("retry", () => {
  const failing = (cause: () => unknown, times: number) => {
    const it = world();
    const input = inputOf(it, small());
    let left = times;
    const base = lifecycleOf(input.adapter, "Trigger");
    const Trigger = {
      ...base,
      create: async (...args: Parameters<typeof base.create>) => {
        if (left-- > 0) throw cause();
        return base.create(...args);
      },
    };
    const adapter = { ...input.adapter, kinds: { ...input.adapter.kinds, Trigger } };
    return { it, input: { ...input, adapter, clock: virtualClock(), random: () => 0.5 } };
  };

  it("waits with growing jitter and tells", async () => {
    const { input, it } = failing(() => new Refused(429, "slow down"), 3);
    const { events, failure } = await run(input);
    expect(failure).toBeUndefined();
    const waits = events.flatMap((e) => (e.event === "step" && e.status === "retry" ? [e.waitMs] : []));
    expect(waits).toEqual([500, 1000, 2000]);
    expect(it.writes).toEqual(["create Function/f", "create Trigger/f--tick"]);
  });

  it("keeps to what the vendor says", async () => {
    const { input } = failing(() => new Refused(503, "later"), 1);
    const explain = () => ({ code: "E_VENDOR", retry: "later", afterMs: 7000 }) as const;
    const { events } = await run({ ...input, adapter: { ...input.adapter, explain } });
    expect(events.find((e) => e.event === "step" && e.status === "retry")).toMatchObject({ waitMs: 7500, reason: "later" });
  });

  it("gives up on what does not pass, on conflicts at once", async () => {
    const endless = failing(() => new Refused(429, "slow down"), 1e9);
    const { failure } = await run(endless.input);
    expect(failure).toMatchObject({ code: "E_VENDOR", message: 'create Trigger "tick": slow down' });
    expect(failure?.cause).toBeInstanceOf(Refused);
    const conflict = failing(() => new Refused(409, "lost a race"), 1);
    const explain = () => ({ code: "E_CONFLICT", retry: "now" }) as const;
    const lost = await run({ ...conflict.input, adapter: { ...conflict.input.adapter, explain } });
    expect(lost.failure?.code).toBe("E_CONFLICT");
  });

  it("never takes what others made between two tries", async () => {
    const { input, it } = failing(() => {
      it.things.set("Trigger/f--tick", { kind: "Trigger", props: { Name: "f--tick" }, outputs: {}, mark: null });
      return new Refused(429, "slow down");
    }, 1);
    const { failure } = await run(input);
    expect(failure?.code).toBe("E_CONFLICT");
    expect(it.things.get("Trigger/f--tick")?.mark).toBeNull();
  });
});

describe("time", () => {
  it("takes no longer than the longest chain", async () => {
    const it = world();
    const clock = virtualClock();
    it.delay = () => clock.sleep(100);
    await all(apply({ ...inputOf(it, many(40)), clock }));
    // find, read · create function (two calls) · create the rest · read back
    expect(clock.elapsed()).toBe(100 + 100 + 200 + 100 + 100);
    clock.elapsed();
    const before = clock.elapsed();
    await all(apply({ ...inputOf(it, many(40)), clock }));
    expect(clock.elapsed() - before).toBe(100);
    const middle = clock.elapsed();
    await all(destroy({ ...inputOf(it, []), clock }));
    expect(clock.elapsed() - middle).toBe(400);
  });

  it("serialises writes that share a lock, over all deployments", async () => {
    const it = world();
    let at = 0;
    let most = 0;
    it.delay = async () => undefined;
    const adapter = worldAdapter(it, { lock: true });
    const note = lifecycleOf(adapter, "Note");
    const Note = {
      ...note,
      create: async (...args: Parameters<typeof note.create>) => {
        most = Math.max(most, ++at);
        await new Promise(setImmediate);
        at--;
        return note.create(...args);
      },
    };
    const locked = { ...adapter, kinds: { ...adapter.kinds, Note } };
    const other = many(4).map((one) => ({ ...one, props: { ...one.props, Name: `g-${String(one.props["Name"])}` } }));
    await Promise.all([
      all(apply({ ...inputOf(it, many(4)), adapter: locked })),
      all(apply({ ...inputOf(it, other), deployment: "g", adapter: locked })),
    ]);
    expect(most).toBe(1);
    expect(it.writes).toHaveLength(12);
  });

  it("counts only writes as writes", () => {
    expect(["find", "read", "create", "update", "delete"].filter((verb) => isWrite({ verb }))).toEqual([
      "create",
      "update",
      "delete",
    ]);
  });
});
