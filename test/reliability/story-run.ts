/** Lives one story through and says everything that should not be. */
import assert from "node:assert/strict";
import { type Exchange, virtualClock, wireFaults } from "fnpkg/testing";
import { mustBe } from "./compare.ts";
import { deploy, type Outcome, remove } from "./deploys.ts";
import type { Manner, Site, Wanted, World } from "./site.ts";
import type { Story } from "./story.ts";

const quiet: Manner = { seed: 1, latencyMs: 0, lagMs: 0, blindMs: 0 };
const hour = 3_600_000;

/** A state that was come to without faults. */
interface Reached {
  readonly saved: unknown;
  readonly snapshot: unknown;
  readonly at: number;
  /** Of the last step to it. */
  readonly writes: number;
}

const reached = new Map<string, Promise<Reached>>();

/** What deploying these one after the other comes to. */
export function stateAfter(site: Site, wanted: readonly Wanted[]): Promise<Reached> {
  const key = `${site.name} ${JSON.stringify(wanted)}`;
  let found = reached.get(key);
  if (found === undefined) reached.set(key, (found = reach(site, wanted)));
  return found;
}

async function reach(site: Site, wanted: readonly Wanted[]): Promise<Reached> {
  const last = wanted.at(-1);
  const before = last === undefined ? undefined : await stateAfter(site, wanted.slice(0, -1));
  const world = opened(site, quiet, before);
  if (last !== undefined) wentWell(await deploy(site, world, last), "a deploy without faults");
  const { vendor, exchanges } = world.simulator;
  return {
    saved: vendor.save(),
    snapshot: snapshotOf(site, world),
    at: world.clock.now(),
    writes: exchanges.filter(isWritten).length,
  };
}

export function opened(site: Site, manner: Manner, from: Reached | undefined): World {
  const world = site.open(manner, virtualClock((from?.at ?? 1_700_000_000_000) + hour));
  if (from !== undefined) world.simulator.vendor.restore(from.saved);
  return world;
}

export async function live(site: Site, story: Story): Promise<void> {
  const { before, wanted, verb, manner, faults } = story;
  const former = before === undefined ? [] : [before];
  const from = await stateAfter(site, former);
  const goal = verb === "deploy" ? await stateAfter(site, [...former, wanted]) : await stateAfter(site, []);
  const world = opened(site, manner, from);
  const { simulator } = world;
  const act = () => (verb === "deploy" ? deploy(site, world, wanted) : remove(site, world, before ?? wanted));

  simulator.faults = wireFaults(faults);
  const first = await act();
  simulator.faults = () => undefined;
  // What others did is seen once the vendor shows it.
  if (simulator.disturbances.length > 0) await world.clock.sleep(hour);
  const broken = simulator.exchanges.length;
  const theirs = site.foreign(world, verb);
  const second = await act();
  wentWell(second, `a further ${verb} without faults`);
  const writes = simulator.exchanges.filter(isWrite);

  const third = await act();
  wentWell(third, `a third ${verb}`);
  const idle = simulator.exchanges.slice(broken).filter(isWrite).length - writes.filter(({ index }) => index >= broken).length;
  assert.equal(idle, 0, `once all is as wanted, a ${verb} writes nothing`);

  mustBe(snapshotOf(site, world), goal.snapshot, `the state that a ${verb} without faults comes to`);
  assert.deepEqual(site.foreign(world, verb), theirs, "what belongs to others stays");
  if (simulator.disturbances.length === 0) {
    const repeats = simulator.exchanges.filter((one) => one.fault !== undefined).length;
    const written = writes.filter(isWritten).length;
    const most = goal.writes + repeats * site.writesOfStep;
    // Where reads answer what was before, what was written may be written again.
    if (verb === "deploy" && first.failure === undefined && manner.blindMs === 0)
      assert.ok(written <= most, `${written} writes, where ${goal.writes} do, and ${repeats} steps again`);
  }
  saysNothing(site, story, [first, second, third]);

  if (verb === "deploy" && story.manner.seed % 4 === 0) {
    wentWell(await remove(site, world, wanted), "a destroy");
    mustBe(snapshotOf(site, world), (await stateAfter(site, [])).snapshot, "what there was before, after a destroy");
  }
}

/** A write that was not refused, as one is that comes before a permission is seen. */
function isWritten(exchange: Exchange): boolean {
  return isWrite(exchange) && !(exchange.status !== undefined && exchange.status >= 400 && exchange.status < 500);
}

export function isWrite({ writes, status }: Pick<Exchange, "writes" | "status">): boolean {
  return writes && status !== undefined;
}

export function wentWell({ failure }: Outcome, what: string): void {
  if (failure !== undefined) throw new Error(`${what} failed: ${failure.code} ${failure.message}`, { cause: failure });
}

/** No secret in anything that people or machines could read. */
export function saysNothing(
  site: Site,
  { wanted, before }: Pick<Story, "wanted" | "before">,
  outcomes: readonly Outcome[],
): void {
  const words = [...site.secrets, ...[wanted, before].flatMap((one) => one?.word ?? [])];
  for (const { events, failure } of outcomes) {
    const said = [JSON.stringify(events)];
    for (
      let cause: unknown = failure;
      cause instanceof Error && said.length < 9;
      cause = cause === failure ? undefined : cause.cause
    )
      said.push(cause.message, cause.stack ?? "", JSON.stringify(failure));
    for (const word of words) assert.ok(!said.join("\n").includes(word), `a secret is shown: ${word}`);
  }
}

export function snapshotOf(site: Site, { simulator }: World): unknown {
  const snapshot = simulator.vendor.snapshot();
  return site.plain?.(snapshot) ?? snapshot;
}
