/** What a property is asked about: something is deployed, something else is wanted, and this goes wrong on the way. */
import fc from "fast-check";
import type { PlannedFault, WireFault } from "fnpkg/testing";
import type { Race } from "./race.ts";
import type { Manner, Site, Wanted } from "./site.ts";

export interface Story {
  readonly manner: Manner;
  /** What is there before; absent: nothing. */
  readonly before: Wanted | undefined;
  readonly wanted: Wanted;
  /** What the faults are in. */
  readonly verb: "deploy" | "destroy";
  readonly faults: readonly PlannedFault[];
}

/** So many calls at most are counted on; later ones go well. */
const reach = 90;

const fault: fc.Arbitrary<WireFault> = fc.oneof(
  ...(["reset", "lost", "truncated", "unavailable", "internal", "internal-done", "proxy", "duplicate"] as const).map((kind) =>
    fc.constant({ kind }),
  ),
  { arbitrary: fc.constant({ kind: "disturbed" as const }), weight: 2 },
  fc.record({ kind: fc.constant("throttled" as const), afterMs: fc.constantFrom(0, 1000, 30_000) }),
  fc.record({ kind: fc.constant("slow" as const), ms: fc.constantFrom(500, 20_000, 90_000) }),
);
const planned: fc.Arbitrary<PlannedFault> = fc
  .record({
    fault,
    at: fc.nat(reach),
    times: fc.oneof({ arbitrary: fc.constant(1), weight: 4 }, fc.integer({ min: 2, max: 12 })),
  })
  .map(({ fault: what, at, times }) => ({ ...what, at, times }));

const manner: fc.Arbitrary<Manner> = fc.record({
  seed: fc.nat(1_000_000),
  latencyMs: fc.constantFrom(0, 20, 200),
  lagMs: fc.constantFrom(0, 0, 700, 8000),
  blindMs: fc.constantFrom(0, 0, 700, 8000),
});

/** Wanted things come from a pool, so that what they come to without faults is worked out once for each. */
function from(pool: readonly Wanted[]): fc.Arbitrary<Wanted> {
  return fc.nat(pool.length - 1).map((index) => pool[index] as Wanted);
}

export function stories(pool: readonly Wanted[]): fc.Arbitrary<Story> {
  return fc.record({
    manner,
    before: fc.option(from(pool), { nil: undefined, freq: 3 }),
    wanted: from(pool),
    verb: fc.constantFrom("deploy" as const, "deploy" as const, "deploy" as const, "destroy" as const),
    faults: fc.array(planned, { minLength: 1, maxLength: 6 }),
  });
}

/** Two deploys of the same package, one a little later. */
export function races(site: Site, pool: readonly Wanted[]): fc.Arbitrary<Race> {
  const classes = [...new Set(pool.map(site.classOf))].map((one) => pool.filter((wanted) => site.classOf(wanted) === one));
  return fc.constantFrom(...classes).chain((alike) =>
    fc.record({
      // Where reads lag behind, none of two deploys can see what the other does.
      manner: manner.map((how) => ({ ...how, latencyMs: 50, blindMs: 0 })),
      before: fc.option(from(alike), { nil: undefined }),
      first: from(alike),
      second: from(alike),
      laterMs: fc.nat(3000),
    }),
  );
}
