/** A deployment's life: create, keep, repair, shrink, destroy. */
import assert from "node:assert/strict";
import type { Derivation } from "../../contract.ts";
import { contextOf } from "../../engine/index.ts";
import { lifecycleOf, orderOf } from "../../engine/order.ts";
import { resolve } from "../../engine/references.ts";
import type { Bench, Case, Outcome } from "../bench.ts";
import { isWrite } from "../faults.ts";

export const lifeCases = {
  "a deploy makes everything, ready and marked": async (on) => {
    const { config, pkg } = on.fixture;
    const { events } = done(await on.deploy(config));
    const last = events.at(-1);
    assert.equal(last?.event, "receipt");
    const owned = await on.owned();
    assert.deepEqual(idsOf(owned), idsOf(on.wanted(config)));
    for (const { kind, id, live } of owned) {
      assert.deepEqual(
        live.mark,
        { deployment: config.deployment, package: pkg.manifest.name, resource: id },
        `${kind} "${id}" carries its mark`,
      );
      assert.equal(live.state, "ready", `${kind} "${id}" is ready`);
    }
    const status = await on.status(config);
    assert.deepEqual(status.drift, []);
    assert.equal(status.packageDigest, pkg.digest);
    assert.equal(status.configDigest, config.digest);
  },
  "a second deploy makes only reads and builds nothing": async (on) => {
    done(await on.deploy(on.fixture.config));
    const before = await on.target.snapshot?.();
    const second = done(await on.deploy(on.fixture.config));
    assert.deepEqual(second.calls.filter(isWrite), []);
    assert.equal(second.built, 0, "no archive is built");
    assert.ok(
      second.events.some(({ event }) => event === "unchanged"),
      "it says so",
    );
    assert.deepEqual(await on.target.snapshot?.(), before);
  },
  "a changed setting is one that is written": async (on) => {
    done(await on.deploy(on.fixture.config));
    const { calls } = done(await on.deploy(on.fixture.changed));
    assert.ok(calls.some(isWrite));
    assert.deepEqual((await on.status(on.fixture.changed)).drift, []);
  },
  "drift is seen and repaired": async (on) => {
    const { config } = on.fixture;
    done(await on.deploy(config));
    await (on.target.drift?.() ?? driftByUpdate(on));
    assert.notDeepEqual((await on.status(config)).drift, [], "status names the drift");
    const { calls } = done(await on.deploy(config));
    assert.ok(calls.some(isWrite), "the deploy repairs it");
    assert.deepEqual((await on.status(config)).drift, []);
  },
  "a removed trigger is gone": async (on) => {
    done(await on.deploy(on.fixture.config));
    done(await on.deploy(on.fixture.fewer));
    const left = idsOf(await on.owned());
    assert.deepEqual(left, idsOf(on.wanted(on.fixture.fewer)));
    assert.notDeepEqual(left, idsOf(on.wanted(on.fixture.config)));
  },
  "destroy leaves nothing, and twice is success": async (on) => {
    const before = await on.target.snapshot?.();
    done(await on.deploy(on.fixture.config));
    done(await on.destroy());
    assert.deepEqual(await on.owned(), []);
    assert.deepEqual(await on.target.snapshot?.(), before);
    const again = done(await on.destroy());
    assert.deepEqual(again.calls.filter(isWrite), []);
  },
  "deleting what is absent is success": async (on) => {
    const { config, pkg } = on.fixture;
    done(await on.deploy(config));
    const owned = await on.owned();
    done(await on.destroy());
    const client = await on.adapter.connect(config, { signal: new AbortController().signal });
    const cx = contextOf({ client, deployment: config.deployment, package: pkg.manifest.name });
    for (const { kind, id, live } of owned) await lifecycleOf(on.adapter, kind).delete(cx, id, live);
  },
} satisfies Record<string, Case>;

/** The outcome, when it is one of success. */
export function done<T extends Pick<Outcome<unknown>, "failure">>(outcome: T): T {
  if (outcome.failure !== undefined) throw outcome.failure;
  return outcome;
}

export function idsOf(things: readonly { readonly kind: string; readonly id: string }[]): string[] {
  return things.map(({ kind, id }) => `${kind} ${id}`).sort();
}

/** Makes the live function what another configuration wants, under the mark of this one. */
async function driftByUpdate(on: Bench): Promise<void> {
  const { config, changed, pkg } = on.fixture;
  const { anchor } = orderOf(on.adapter, on.wanted(changed));
  const owned = await on.owned();
  const wanted = on.wanted(changed).find(({ id }) => id === anchor);
  const live = owned.find(({ id }) => id === anchor)?.live;
  assert.ok(wanted !== undefined && live !== undefined);
  const { props } = resolve(wanted.props, (id, output) => owned.find((thing) => thing.id === id)?.live.outputs[output]);
  const client = await on.adapter.connect(config, { signal: new AbortController().signal });
  const cx = contextOf({ client, deployment: config.deployment, package: pkg.manifest.name });
  const derivation: Partial<Pick<Derivation, never>> & { derivation?: Derivation } =
    live.derivation === undefined ? {} : { derivation: live.derivation };
  const lifecycle = lifecycleOf(on.adapter, wanted.kind);
  await lifecycle.update?.({ ...cx, ...derivation, content: on.content(config) }, wanted.id, props, live);
}
