/** Two deployers at once: one of them gets what it wanted, and the other is told. */
import assert from "node:assert/strict";
import { placesIn } from "./compare.ts";
import { deploy } from "./deploys.ts";
import type { Manner, Site, Wanted } from "./site.ts";
import { opened, saysNothing, snapshotOf, stateAfter, wentWell } from "./story-run.ts";

export interface Race {
  readonly manner: Manner;
  readonly before: Wanted | undefined;
  readonly first: Wanted;
  readonly second: Wanted;
  /** Milliseconds after which the second begins. */
  readonly laterMs: number;
}

export async function race(site: Site, { manner, before, first, second, laterMs }: Race): Promise<void> {
  const former = before === undefined ? [] : [before];
  const world = opened(site, manner, await stateAfter(site, former));
  const begin = async (wanted: Wanted, afterMs: number) => {
    if (afterMs > 0) await world.clock.sleep(afterMs);
    return deploy(site, world, wanted);
  };
  const [one, two] = await Promise.all([begin(first, 0), begin(second, laterMs)]);
  saysNothing(site, { wanted: first, before: second }, [one, two]);

  const outcomes = [
    { wanted: [first], won: one, lost: two },
    { wanted: [second], won: two, lost: one },
    { wanted: [second, first], won: one, lost: two },
    { wanted: [first, second], won: two, lost: one },
  ];
  const came = snapshotOf(site, world);
  const [found, near]: [typeof outcomes, string[]] = [[], []];
  // One after the other: a process's deploys wait for each other, which would stop the other's time.
  for (const outcome of outcomes) {
    const state = await stateAfter(site, [...former, ...outcome.wanted]);
    const places = placesIn(came, state.snapshot).filter((place) => !site.left.test(place));
    if (places.length === 0) found.push(outcome);
    else near.push(places.join("\n"));
  }
  const said = [one, two]
    .map(({ failure }) => (failure === undefined ? "success" : `${failure.code} ${failure.message}`))
    .join(", ");
  assert.ok(found.length > 0, `neither of the two wanted states (${said}):\n${near.join("\nnor\n")}`);
  // Where nobody lost, all was there when the first read it back.
  const callMs = 2 * manner.latencyMs;
  const fair = found.some(
    ({ won, lost }) => won.failure === undefined && (lost.failure !== undefined || lost.ended <= won.wrote + callMs),
  );
  assert.ok(fair || same(first, second), `the one that lost is not told (${said})`);
  wentWell(await deploy(site, world, first), "a deploy after the race");
}

function same(a: Wanted, b: Wanted): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
