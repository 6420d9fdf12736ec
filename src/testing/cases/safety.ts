/** What must hold when something is in the way or goes wrong. */
import assert from "node:assert/strict";
import { orderOf } from "../../engine/order.ts";
import type { ApplyEvent } from "../../engine/index.ts";
import type { Bench, Case, Outcome } from "../bench.ts";
import { faultAt, isWrite } from "../faults.ts";
import { done, idsOf } from "./life.ts";

export const safetyCases = {
  "what exists without a mark is refused, and taken over when told": async (on) => {
    const { config } = on.fixture;
    const wanted = on.wanted(config);
    const { anchor } = orderOf(on.adapter, wanted);
    const resource = wanted.find(({ id }) => id === anchor);
    assert.ok(resource !== undefined);
    await on.target.foreign(resource);
    const before = await on.target.snapshot?.();
    const refused = await on.deploy(config);
    assert.equal(refused.failure?.code, "E_NOT_OURS");
    assert.deepEqual(refused.calls.filter(isWrite), []);
    assert.deepEqual(await on.target.snapshot?.(), before);
    done(await on.destroy());
    assert.deepEqual(await on.target.snapshot?.(), before, "destroy does not touch it");
    done(await on.deploy(config, { adopt: true }));
    assert.deepEqual((await on.status(config)).drift, []);
  },
  "another package's deployment of the same name is refused": async (on) => {
    done(await on.deploy(on.fixture.config));
    const other = await on.deploy(on.fixture.config, { package: "acme/another" });
    assert.equal(other.failure?.code, "E_NOT_OURS");
    assert.deepEqual(other.calls.filter(isWrite), []);
    assert.equal((await on.destroy({ package: "acme/another" })).failure?.code, "E_NOT_OURS");
  },
  "interrupted at any lifecycle call, the next deploy converges": (on) => everywhere(on, "lifecycle"),
  "interrupted at any call of the client, the next deploy converges": async (on) => {
    if (on.fixture.clientFaults !== false) await everywhere(on, "client");
  },
  "a lost answer is followed by a look, never by a second write": async (on) => {
    const { calls } = done(
      await on.deploy(on.fixture.config, { faults: (call) => (isWrite(call) ? { when: "after", how: "passing" } : undefined) }),
    );
    // What the target refused was not written.
    const written = calls.filter((call) => isWrite(call) && call.refused !== true);
    const writes = written.map(({ kind, id }) => `${kind} ${id}`);
    assert.deepEqual(writes, [...new Set(writes)], "each thing is written once");
    assert.deepEqual((await on.status(on.fixture.config)).drift, []);
  },
  "an interrupted destroy is ended by the next": async (on) => {
    const { config } = on.fixture;
    for (const index of await spread(on, "lifecycle", (bench) => bench.destroy())) {
      const one = await on.another();
      try {
        done(await one.deploy(config));
        await one.destroy({ faults: faultAt(index, { when: "after", how: "fatal" }) });
        done(await one.destroy());
        assert.deepEqual(await one.owned(), [], `nothing is left after a stop at call ${index}`);
      } finally {
        await one.close();
      }
    }
  },
  "a stop asked for before the start writes nothing": async (on) => {
    const stop = new AbortController();
    stop.abort();
    const { failure, calls } = await on.deploy(on.fixture.config, { signal: stop.signal });
    assert.equal(failure?.code, "E_INTERRUPTED");
    assert.deepEqual(calls.filter(isWrite), []);
  },
  "a stop at once ends the work, and the next deploy converges": async (on) => {
    const kill = new AbortController();
    const { failure } = await on.deploy(on.fixture.config, {
      hardSignal: kill.signal,
      faults: (call) => {
        if (isWrite(call)) kill.abort();
        return undefined;
      },
    });
    assert.equal(failure?.code, "E_INTERRUPTED");
    done(await on.deploy(on.fixture.config));
    assert.deepEqual((await on.status(on.fixture.config)).drift, []);
  },
  "secrets are shown nowhere": async (on) => {
    const { config, changed, secrets } = on.fixture;
    const shown: unknown[] = [await on.plan(config, { offline: true }), await on.plan(config)];
    const fatal: Outcome<ApplyEvent> = await on.deploy(config, {
      faults: (call) => (isWrite(call) ? { when: "after", how: "fatal" } : undefined),
    });
    assert.ok(fatal.failure !== undefined);
    shown.push(fatal.events, fatal.failure, fatal.failure.stack);
    shown.push(
      done(await on.deploy(config)).events,
      await on.status(config),
      await on.status(changed),
      done(await on.deploy(changed)).events,
    );
    const text = JSON.stringify(shown);
    for (const secret of secrets) assert.ok(!text.includes(secret), "a secret value is shown");
  },
} satisfies Record<string, Case>;

/** Fails at each call in turn, before and after it reached the target; then a deploy without faults must end as always. */
async function everywhere(on: Bench, at: "lifecycle" | "client"): Promise<void> {
  const { config, fewer } = on.fixture;
  const from = async (bench: Bench) => {
    done(await bench.deploy(fewer));
    return bench.deploy(config, { at });
  };
  const clean = await on.another();
  done(await from(clean));
  const goal = { owned: idsOf(await clean.owned()), snapshot: await clean.target.snapshot?.() };
  await clean.close();
  for (const index of await spread(on, at, from)) {
    for (const when of ["before", "after"] as const) {
      const one = await on.another();
      try {
        done(await one.deploy(fewer));
        await one.deploy(config, { at, faults: faultAt(index, { when, how: "fatal" }) });
        done(await one.deploy(config));
        const where = `a stop ${when} call ${index}`;
        assert.deepEqual(idsOf(await one.owned()), goal.owned, `the same things after ${where}`);
        assert.deepEqual((await one.status(config)).drift, [], `no drift after ${where}`);
        assert.deepEqual(await one.target.snapshot?.(), goal.snapshot, `the same state after ${where}`);
      } finally {
        await one.close();
      }
    }
  }
}

/** Call indices to fail at, at most as many as the fixture allows. */
async function spread(
  on: Bench,
  at: "lifecycle" | "client",
  work: (bench: Bench) => Promise<Outcome<unknown>>,
): Promise<number[]> {
  const one = await on.another();
  try {
    if (at === "lifecycle") done(await one.deploy(on.fixture.config));
    const { calls } = await work(one);
    const step = Math.max(1, calls.length / (on.fixture.mostFaults ?? 60));
    return Array.from({ length: Math.ceil(calls.length / step) }, (_, n) => Math.floor(n * step));
  } finally {
    await one.close();
  }
}
