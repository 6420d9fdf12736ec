/** A share of the traffic for a new version, where the target has that. `config` serves first, `changed` is the new one. */
import assert from "node:assert/strict";
import type { Version } from "../../contract.ts";
import type { Bench, Case } from "../bench.ts";
import { faultAt, isWrite } from "../faults.ts";
import { done } from "./life.ts";

const share = 0.1;
const other = 0.25;

export const trafficCases = {
  "a share of the traffic goes to what is new, the rest stays where it was": where(async (on) => {
    const { config, changed } = on.fixture;
    done(await on.deploy(config));
    const [first] = await serving(on);
    const plan = await on.plan(changed, { traffic: share });
    assert.equal(plan.traffic, share, "the plan says it");
    assert.ok(plan.steps.every(({ action }) => action !== "replace" && action !== "delete"));
    const last = done(await on.deploy(changed, { traffic: share })).events.at(-1);
    assert.equal(last?.event === "receipt" ? last.receipt.traffic : undefined, share, "the receipt says it");
    const now = await serving(on);
    assert.deepEqual(sharesOf(now), [1 - share, share]);
    assert.equal(now[0]?.version, first?.version, "what served keeps the rest");
    const status = await on.status(changed);
    assert.deepEqual(status.drift, [], "what was asked for is no drift");
    assert.equal(status.traffic, share, "status says it");
  }),
  "the same share again makes only reads, another one is written": where(async (on) => {
    const { changed } = on.fixture;
    await split(on);
    const [stable] = await serving(on);
    const again = done(await on.deploy(changed, { traffic: share }));
    assert.deepEqual(again.calls.filter(isWrite), []);
    assert.ok(again.events.some(({ event }) => event === "unchanged"));
    const plan = await on.plan(changed, { traffic: other });
    const steps = plan.steps.filter(({ action }) => action !== "keep");
    assert.equal(steps.length, 1, "nothing but the shares changes");
    done(await on.deploy(changed, { traffic: other }));
    const now = await serving(on);
    assert.deepEqual(sharesOf(now), [1 - other, other]);
    assert.equal(now[0]?.version, stable?.version);
  }),
  "a third takes the place of the new one, what served stays": where(async (on) => {
    const { fewer } = on.fixture;
    await split(on);
    const [stable, second] = await serving(on);
    const outcome = await on.deploy({ ...on.fixture.changed, ...third(on) }, { traffic: share });
    done(outcome);
    const now = await serving(on);
    assert.deepEqual(sharesOf(now), [1 - share, share]);
    assert.equal(now[0]?.version, stable?.version);
    assert.notEqual(now[1]?.version, second?.version);
    done(await on.deploy(fewer));
    assert.equal((await serving(on)).length, 1);
  }),
  "promote moves everything to the new one, and a deploy of it then makes only reads": where(async (on) => {
    const { changed } = on.fixture;
    await split(on);
    const candidate = (await serving(on))[1]?.version ?? "";
    await on.operate(async ({ promote }, cx) => promote?.(cx, candidate));
    assert.deepEqual(await serving(on).then(namesOf), [candidate]);
    assert.equal((await on.status(changed)).traffic, undefined);
    assert.deepEqual(done(await on.deploy(changed)).calls.filter(isWrite), []);
    const unknown = on.operate(async ({ promote }, cx) => promote?.(cx, "no-such-version"));
    await assert.rejects(unknown, { code: "E_NOT_DEPLOYED" });
    assert.deepEqual(await serving(on).then(namesOf), [candidate]);
  }),
  "a deploy without a share moves everything to the new one": where(async (on) => {
    const { changed } = on.fixture;
    await split(on);
    const candidate = (await serving(on))[1]?.version ?? "";
    const plan = await on.plan(changed);
    assert.ok(
      plan.steps.some(({ action }) => action === "update"),
      "the plan says so",
    );
    done(await on.deploy(changed));
    assert.deepEqual(await serving(on).then(namesOf), [candidate]);
    assert.deepEqual((await on.status(changed)).drift, []);
  }),
  "rollback ends a split and goes to what served before": where(async (on) => {
    await split(on);
    const [stable] = await serving(on);
    await on.operate(async ({ rollback }, cx) => rollback?.(cx, {}));
    assert.deepEqual(await serving(on).then(namesOf), [stable?.version]);
    done(await on.deploy(on.fixture.config));
    assert.deepEqual((await on.status(on.fixture.config)).drift, []);
    assert.deepEqual(await serving(on).then(namesOf), [stable?.version]);
  }),
  "a share is refused before anything is written where nothing else would keep the rest": where(async (on) => {
    const { config, changed } = on.fixture;
    const refused = async (of: typeof config) => {
      const { failure, calls } = await on.deploy(of, { traffic: share });
      assert.equal(failure?.code, "E_TRAFFIC");
      assert.deepEqual(calls.filter(isWrite), []);
    };
    await refused(config);
    done(await on.deploy(config));
    await refused(config);
    done(await on.deploy(changed, { traffic: share }));
    await refused(config);
    assert.deepEqual(sharesOf(await serving(on)), [1 - share, share]);
  }),
  "interrupted anywhere, a deploy with a share converges": where(async (on) => {
    const { config, changed } = on.fixture;
    done(await on.deploy(config));
    const { calls } = done(await on.deploy(changed, { traffic: share }));
    const writes = calls.filter(isWrite).map((call) => call.index);
    const step = Math.max(1, Math.ceil(writes.length / (on.fixture.mostFaults ?? writes.length)));
    for (const index of writes.filter((_, n) => n % step === 0)) {
      for (const when of ["before", "after"] as const) {
        const one = await on.another();
        try {
          done(await one.deploy(config));
          await one.deploy(changed, { traffic: share, faults: faultAt(index, { when, how: "fatal" }) });
          done(await one.deploy(changed, { traffic: share }));
          const where = `a stop ${when} call ${index}`;
          assert.deepEqual(sharesOf(await serving(one)), [1 - share, share], `the same shares after ${where}`);
          assert.deepEqual((await one.status(changed)).drift, [], `no drift after ${where}`);
        } finally {
          await one.close();
        }
      }
    }
  }),
} satisfies Record<string, Case>;

/** Holds without a word where the target shares no traffic. */
function where(run: Case): Case {
  return async (on) => {
    if (on.adapter.limits.traffic !== undefined) await run(on);
  };
}

async function split(on: Bench): Promise<void> {
  done(await on.deploy(on.fixture.config));
  done(await on.deploy(on.fixture.changed, { traffic: share }));
}

/** Versions that get any traffic, the one with the most first. */
async function serving(on: Bench): Promise<readonly Version[]> {
  const all = await on.operate(async ({ versions }, cx) => versions?.(cx));
  assert.ok(all !== undefined, "a target that shares traffic has versions");
  return all.filter(({ traffic }) => traffic > 0).toSorted((a, b) => b.traffic - a.traffic);
}

function sharesOf(versions: readonly Version[]): number[] {
  return versions.map(({ traffic }) => Number(traffic.toFixed(6)));
}

function namesOf(versions: readonly Version[]): string[] {
  return versions.map(({ version }) => version);
}

/** The memory between the two of the other configurations. */
function third({ fixture: { config, changed } }: Bench): { readonly memoryMiB: number; readonly digest: string } {
  return {
    memoryMiB: Math.max(config.memoryMiB, changed.memoryMiB) * 2,
    digest: changed.digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
  };
}
