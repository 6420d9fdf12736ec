/** What holds offline: the pure functions and the plan from nothing. */
import assert from "node:assert/strict";
import { orderOf } from "../../engine/order.ts";
import { canonical } from "../../json.ts";
import { same } from "../bench.ts";
import type { Bench, Case } from "../bench.ts";

export const pureCases = {
  "names itself": async ({ adapter, fixture }) => {
    assert.match(adapter.name, /^[a-z][a-z0-9-]*$/);
    assert.equal(adapter.contract, 1);
    assert.notEqual(adapter.version, "");
    assert.equal(fixture.config.target, adapter.name, "the configuration's target is the adapter's name");
  },
  "takes its own section by its schema": async ({ adapter, fixture }) => {
    assert.ok(adapter.config.safeParse(fixture.config.section).success, "the fixture's section fits the adapter's schema");
  },
  "layout and translate are pure": async (on) => {
    const { adapter, fixture } = on;
    const input = { pkg: fixture.pkg, config: fixture.config };
    const info = on.info(fixture.config);
    const before = plain(input);
    const first = withoutClock(() => [layoutOf(on), adapter.translate(input, info)]);
    const second = withoutClock(() => [layoutOf(on), adapter.translate(input, info)]);
    assert.ok(same(first, second), "twice the same input gives twice the same answer");
    assert.equal(plain(input), before, "the input is not changed");
  },
  "resources are plain JSON": async (on) => {
    for (const { kind, id, props, needs } of on.wanted(on.fixture.config)) {
      assert.deepEqual(JSON.parse(canonical(props)), props, `${kind} "${id}" has props that JSON can't hold`);
      assert.ok(needs === undefined || needs.every((need) => typeof need === "string"));
    }
  },
  "ids are unique, kinds known, references in order": async (on) => {
    for (const config of configsOf(on)) orderOf(on.adapter, on.wanted(config));
  },
  "props are total": async (on) => {
    const keysOf = new Map<string, string>();
    for (const config of configsOf(on)) {
      for (const { kind, id, props } of on.wanted(config)) {
        const keys = Object.keys(props).sort().join(" ");
        assert.equal(keys, keysOf.get(id) ?? keys, `${kind} "${id}" names the same properties in every configuration`);
        keysOf.set(id, keys);
      }
    }
  },
  "lifecycles are whole": async ({ adapter }) => {
    const kinds = Object.entries(adapter.kinds);
    assert.equal(kinds.filter(([, { anchor }]) => anchor === true).length, 1, "exactly one kind is the anchor");
    for (const [kind, { permissions, secret = [], whole = [], after = [] }] of kinds) {
      assert.equal(typeof permissions, "object", `${kind} says its permissions`);
      for (const pointer of [...secret, ...whole]) assert.match(pointer, /^\//, `${kind}: ${pointer} is a JSON pointer`);
      for (const other of after) assert.ok(Object.hasOwn(adapter.kinds, other), `${kind} comes after ${other}, which is a kind`);
    }
  },
  "a plan offline makes no call": async (on) => {
    const client = new Proxy({}, { get: (_, name) => assert.fail(`the client was touched: ${String(name)}`) });
    const plan = await on.plan(on.fixture.config, { offline: true, client });
    assert.ok(plan.steps.every(({ action }) => action === "create"));
    assert.ok(same(plan, await on.plan(on.fixture.config, { offline: true, client })), "the same plan twice");
  },
} satisfies Record<string, Case>;

function configsOf({ fixture }: Bench) {
  return [fixture.config, fixture.changed, fixture.fewer];
}

function layoutOf({ adapter, fixture }: Bench) {
  const layout = adapter.layout({ pkg: fixture.pkg, config: fixture.config });
  return layout.map(({ path, executable, from }) => [
    path,
    executable ?? false,
    "file" in from ? from.file : Buffer.from(from.bytes).toString("base64"),
  ]);
}

function plain(value: unknown): string {
  return JSON.stringify(value);
}

/** Runs it with a clock and a random source that refuse. */
function withoutClock<T>(work: () => T): T {
  const [now, random] = [Date.now, Math.random];
  Date.now = () => assert.fail("a pure function looked at the clock");
  Math.random = () => assert.fail("a pure function used a random number");
  try {
    return work();
  } finally {
    [Date.now, Math.random] = [now, random];
  }
}
