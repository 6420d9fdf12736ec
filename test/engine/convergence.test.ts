/** Whatever failed before, the next deploy ends in the same state as one from nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../../src/contract.ts";
import { apply, destroy } from "../../src/engine/index.ts";
import type { ApplyEvent } from "../../src/engine/index.ts";
import { codes, FnpkgError } from "../../src/errors.ts";
import type { Json, JsonObject } from "../../src/json.ts";
import { virtualClock } from "../../src/testing/clock.ts";
import { faultAt, isWrite, seededFaults, seededRandom, withClientFaults, withFaults } from "../../src/testing/faults.ts";
import type { FaultPlan } from "../../src/testing/faults.ts";
import { all } from "../fakes/events.ts";
import { code, inputOf, small, snapshot, world } from "../fakes/world.ts";
import type { World } from "../fakes/world.ts";

const ref = (id: string): Json => ({ "Fn::GetAtt": [id, "Arn"] });
const runs = Number(process.env["FNPKG_RUNS"] ?? 150);

/** Bases, a function on some of them, and things on the function and on each other. */
const graph: fc.Arbitrary<Resource[]> = fc
  .record({
    bases: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    memory: fc.integer({ min: 1, max: 2 }),
    env: fc.dictionary(fc.constantFrom("A", "B"), fc.constantFrom("one", "two")),
    stones: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 })), {
      maxLength: 3,
      selector: ([n]) => n,
    }),
    triggers: fc.uniqueArray(
      fc.record({
        n: fc.integer({ min: 0, max: 3 }),
        rate: fc.integer({ min: 1, max: 2 }),
        on: fc.boolean(),
        version: fc.boolean(),
      }),
      {
        maxLength: 4,
        selector: ({ n }) => n,
      },
    ),
    shuffle: fc.integer(),
  })
  .map(({ bases, memory, env, stones, triggers, shuffle }) => {
    const list: Resource[] = bases.map((n) => ({ kind: "Base", id: `base${n}`, props: { Name: `base${n}`, Links: [] } }));
    list.push({
      kind: "Function",
      id: "function",
      props: { Name: "f", Memory: memory, Shape: "a", Env: env, Links: bases.map((n) => ref(`base${n}`)) },
    });
    for (const [n, size] of stones)
      list.push({ kind: "Stone", id: `stone${n}`, props: { Name: `stone${n}`, Size: size, Links: [ref("function")] } });
    for (const { n, rate, on, version } of triggers) {
      const stone = stones[n];
      const links = [ref("function"), ...(on && stone !== undefined ? [ref(`stone${stone[0]}`)] : [])];
      const pinned: JsonObject = version ? { Version: { "Fn::GetAtt": ["function", "Version"] } } : { Version: "" };
      list.push({ kind: "Trigger", id: `t${n}`, props: { Name: `t${n}`, Rate: rate, Links: links, ...pinned } });
    }
    const random = seededRandom(shuffle);
    return list
      .map((item) => [random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  });

const foreign = (it: World) => {
  it.things.set("Trigger/alien", {
    kind: "Trigger",
    props: { Name: "alien" },
    outputs: { Arn: "arn:Trigger/alien" },
    mark: null,
  });
  it.things.set("Note/other", {
    kind: "Note",
    props: { Name: "other" },
    outputs: { Arn: "arn:Note/other" },
    mark: { deployment: "f-other", package: "acme/f", resource: "other" },
  });
};
const alien = (it: World) => JSON.stringify([it.things.get("Trigger/alien"), it.things.get("Note/other")]);

async function deploy(it: World, wanted: readonly Resource[], text: string, plan?: FaultPlan) {
  const input = inputOf(it, wanted, { content: code(text) });
  const { adapter, calls } = plan === undefined ? { adapter: input.adapter, calls: [] } : withFaults(input.adapter, plan);
  const events: ApplyEvent[] = [];
  let failure: FnpkgError | undefined;
  try {
    for await (const event of apply({ ...input, adapter, clock: virtualClock(), random: seededRandom(1) })) events.push(event);
  } catch (cause) {
    if (!(cause instanceof FnpkgError)) throw cause;
    failure = cause;
  }
  return { events, failure, calls };
}

/** Versions count up with every update, so they differ from a deploy from nothing. */
const comparable = (it: World) => JSON.parse(JSON.stringify(snapshot(it)).replaceAll(/(Function\/f#)\d+/g, "$1n")) as unknown;

async function fromNothing(wanted: readonly Resource[], text: string): Promise<World> {
  const it = world();
  foreign(it);
  const { failure } = await deploy(it, wanted, text);
  if (failure !== undefined) throw failure;
  return it;
}

describe("convergence", () => {
  it("ends as from nothing after any faults, changes nothing foreign, leaves nothing", async () => {
    await fc.assert(
      fc.asyncProperty(graph, graph, fc.integer(), fc.constantFrom(0.05, 0.2, 0.5), async (before, after, seed, share) => {
        const it = world();
        foreign(it);
        const untouched = alien(it);
        expect((await deploy(it, before, "one")).failure).toBeUndefined();
        const faulty = await deploy(it, after, "two", seededFaults(seed, share));
        if (faulty.failure === undefined) expect(faulty.events.at(-1)?.event).toBe("receipt");
        else expect(Object.keys(codes)).toContain(faulty.failure.code);
        const clean = await deploy(it, after, "two");
        expect(clean.failure).toBeUndefined();
        expect(comparable(it)).toEqual(comparable(await fromNothing(after, "two")));
        expect(alien(it)).toBe(untouched);
        const again = await deploy(it, after, "two");
        expect(again.events.map(({ event }) => event)).toEqual(["plan", "unchanged", "receipt"]);
      }),
      { numRuns: runs },
    );
  });

  it("writes once for each step that changes something", async () => {
    await fc.assert(
      fc.asyncProperty(graph, graph, async (before, after) => {
        const it = world();
        await deploy(it, before, "one");
        it.writes.length = 0;
        const { events, failure } = await deploy(it, after, "two");
        expect(failure).toBeUndefined();
        const done = events.flatMap((e) => (e.event === "step" && e.status === "done" ? [e.action] : []));
        expect(it.writes).toHaveLength(done.reduce((sum, action) => sum + (action === "replace" ? 2 : 1), 0));
        expect(new Set(it.writes).size).toBe(it.writes.length);
      }),
      { numRuns: runs },
    );
  });

  it("destroys after any faults", async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.integer(), async (wanted, seed) => {
        const it = world();
        foreign(it);
        const untouched = alien(it);
        await deploy(it, wanted, "one", seededFaults(seed, 0.3));
        const { adapter } = withFaults(inputOf(it, []).adapter, seededFaults(seed + 1, 0.3));
        await all(destroy({ ...inputOf(it, []), adapter, clock: virtualClock(), random: seededRandom(1) })).catch(
          (cause: unknown) => {
            if (!(cause instanceof FnpkgError)) throw cause;
          },
        );
        await all(destroy({ ...inputOf(it, []), clock: virtualClock() }));
        expect([...it.things.keys()].sort()).toEqual(["Note/other", "Trigger/alien"]);
        expect(alien(it)).toBe(untouched);
      }),
      { numRuns: runs },
    );
  });

  it("ends the same after a stop at every single call", async () => {
    const wanted = [
      ...small(),
      { kind: "Base", id: "base", props: { Name: "base" } },
      { kind: "Stone", id: "stone", props: { Name: "stone", Links: [ref("function")] } },
    ];
    const goal = comparable(await fromNothing(wanted, "two"));
    for (const when of ["before", "after"] as const) {
      for (const how of ["passing", "fatal"] as const) {
        for (let index = 0; ; index++) {
          const it = world();
          foreign(it);
          await deploy(it, small({ Memory: 999 }), "one");
          const { calls, failure } = await deploy(it, wanted, "two", faultAt(index, { when, how }));
          if (how === "passing") expect(failure).toBeUndefined();
          expect((await deploy(it, wanted, "two")).failure).toBeUndefined();
          expect(comparable(it)).toEqual(goal);
          if (calls.length <= index) break;
        }
      }
    }
  });

  it("does not write again what an answer was lost for", async () => {
    const it = world();
    const { calls } = await deploy(it, small(), "one", (call) => (isWrite(call) ? { when: "after", how: "passing" } : undefined));
    expect(it.writes).toEqual(["create Function/f", "create Trigger/f--tick"]);
    expect(calls.filter(isWrite)).toHaveLength(2);
  });

  it("counts a client's calls too", async () => {
    const client = { nested: { put: async () => 1 }, get: async () => 2, name: "c" };
    const { adapter, calls } = withClientFaults(
      { ...inputOf(world(), []).adapter, connect: async () => client as never },
      faultAt(1, { when: "after", how: "passing" }),
    );
    const wrapped = (await adapter.connect({} as never, { signal: new AbortController().signal })) as unknown as typeof client;
    expect(await wrapped.nested.put()).toBe(1);
    await expect(wrapped.get()).rejects.toThrow("answer lost");
    expect(calls.map(({ verb }) => verb)).toEqual(["put", "get"]);
    expect(wrapped.name).toBe("c");
  });
});
