/** Stopped at every call, before it reached Google or with its answer lost: the next run ends where one without a stop ends. */
import { bench, type Bench, faultAt, type Fixture } from "fnpkg/testing";
import { describe, expect, it } from "vitest";
import type { GoogleClient } from "../../../adapters/google-cloud-functions/client.ts";
import type { Section } from "../../../adapters/google-cloud-functions/config.ts";
import { adapterOn, clock, config, eventPackage, makeProject, topicName, triggers } from "./google-site.ts";

const given = (more: object = {}) =>
  config({ section: { createTopics: true }, triggers: [triggers.fresh, triggers.tick], tags: { team: "a" }, ...more });
const changed = given({ memoryMiB: 1024, triggers: [triggers.fresh, triggers.tock] });
const others = { etag: "o", bindings: [{ role: "roles/run.viewer", members: ["user:a@example.com"] }] };

const fixture: Fixture<Section, GoogleClient> = {
  name: "interrupted",
  async open() {
    const google = makeProject({ clock });
    const { world } = google.vendor;
    // What belongs to others stays as it is, whatever happens.
    world.policies.set("other", others);
    world.jobs.set("other", { name: "other", description: "fnpkg:thumbnail-two:acme/sample:trigger-tick" });
    world.topics.set(topicName("theirs"), { name: topicName("theirs"), labels: { "fnpkg-deployment": "other" } });
    return {
      adapter: adapterOn(google),
      foreign: async () => undefined,
      snapshot: async () => google.vendor.snapshot(),
    };
  },
  pkg: eventPackage,
  config: given(),
  changed,
  fewer: given({ triggers: [triggers.fresh] }),
  secrets: [],
  clock: () => clock,
};

type Work = (on: Bench, faults?: ReturnType<typeof faultAt>) => ReturnType<Bench["deploy"]>;
const scenarios: readonly (readonly [name: string, before: (on: Bench) => Promise<unknown>, work: Work])[] = [
  ["a first deploy", async () => undefined, (on, faults) => on.deploy(fixture.config, { at: "client", faults: faults ?? none })],
  [
    "a change",
    (on) => on.deploy(fixture.config),
    (on, faults) => on.deploy(fixture.changed, { at: "client", faults: faults ?? none }),
  ],
  [
    "a destroy",
    (on) => on.deploy(fixture.config),
    (on, faults) => on.destroy({ at: "client", faults: faults ?? none }) as ReturnType<Bench["deploy"]>,
  ],
];
function none() {
  return undefined;
}

describe.each(scenarios)("%s", (_, before, work) => {
  it.each(["before", "after"] as const)("stopped %s each call ends as without a stop", async (when) => {
    const clean = await bench(fixture);
    await before(clean);
    const { calls, failure } = await work(clean);
    expect(failure).toBeUndefined();
    const goal = await clean.target.snapshot?.();
    await clean.close();
    expect(calls.length).toBeGreaterThan(10);
    const run = async (index: number) => {
      const on = await bench(fixture);
      try {
        await before(on);
        await work(on, faultAt(index, { when, how: "fatal" }));
        expect((await work(on)).failure, `after a stop ${when} call ${index}`).toBeUndefined();
        expect(await on.target.snapshot?.(), `after a stop ${when} call ${index} (${calls[index]?.verb})`).toEqual(goal);
      } finally {
        await on.close();
      }
    };
    // A read that is lost is one that never was.
    const indices = calls.flatMap(({ verb, index }) => (when === "after" && /^(get|list)/.test(verb) ? [] : [index]));
    for (const index of indices) await run(index);
  });
});
