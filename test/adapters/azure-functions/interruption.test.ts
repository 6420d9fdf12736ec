/** Killed at each write, before it reached Azure or with its answer lost: the next run ends where one without a stop ends. */
import { describe, expect, it, vi } from "vitest";
import type { Resolved } from "fnpkg/adapter";
import type { FaultPlan } from "fnpkg/testing";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import { config, deployment, type Site, triggers } from "./azure-site.ts";
import { fastClock } from "./fast-clock.ts";

const roles = { assignRoles: true };
const first = config({ env: { A: "1" }, triggers: [triggers.jobs, triggers.photos], tags: { team: "a" } }, roles);
const second = config({ env: { B: "2" }, memoryMiB: 512, triggers: [triggers.jobs, triggers.tick] }, roles);
const isWrite = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method !== "GET" && !/\/(list|listkeys)$/.test(path);

type Act = (site: Site, hardSignal?: AbortSignal) => Promise<unknown>;
const deploy =
  (of: Resolved<Section>): Act =>
  (site, hardSignal) =>
    site.deploy(of, hardSignal === undefined ? {} : { hardSignal });

/** Others' things in the same group, which nobody may touch. */
function others({ fake }: Site): void {
  const app = fake.state.apps.get("thumbnail");
  if (app !== undefined) app.settings = { ...app.settings, THEIRS: "kept" };
}

async function killedEverywhere(before: Act | undefined, act: Act, end: Act): Promise<void> {
  const open = async () => {
    const site = await deployment(first, { clock: fastClock });
    await before?.(site);
    if (before !== undefined) others(site);
    site.fake.exchanges.length = 0;
    return site;
  };
  const clean = await open();
  await act(clean);
  const indices = clean.fake.exchanges.flatMap((exchange, index) => (isWrite(exchange) ? [index] : []));
  const goal = clean.fake.snapshot();
  await clean.close();
  expect(indices.length).toBeGreaterThan(3);
  for (const at of indices.keys()) {
    for (const done of [false, true]) {
      const site = await open();
      const kill = new AbortController();
      let writes = -1;
      site.fake.intervene = (asked) => {
        if (isWrite(asked)) writes++;
        if (writes < at) return undefined;
        if (!kill.signal.aborted) {
          kill.abort();
          return { reply: "cut", done };
        }
        return { reply: "cut" };
      };
      await act(site, kill.signal);
      site.fake.intervene = () => undefined;
      const where = `a kill ${done ? "after" : "before"} write ${at}`;
      const outcome = (await end(site)) as { readonly failure?: Error };
      expect(outcome.failure, where).toBeUndefined();
      expect(site.fake.snapshot(), where).toEqual(goal);
      await site.close();
    }
  }
}

/** A destroy takes no signal here: from a call of the client on, all fail for good. */
async function brokenOff(): Promise<void> {
  const open = async () => {
    const site = await deployment(first, { clock: fastClock });
    expect((await site.deploy(first)).failure).toBeUndefined();
    return site;
  };
  const clean = await open();
  const { calls } = await clean.destroy({ at: "client", faults: () => undefined });
  const goal = clean.fake.snapshot();
  await clean.close();
  const indices = calls.flatMap(({ verb, index }) => (verb === "delete" || verb === "put" ? [index] : []));
  expect(indices.length).toBeGreaterThan(3);
  for (const at of indices) {
    for (const when of ["before", "after"] as const) {
      const site = await open();
      const faults: FaultPlan = ({ index }) => (index < at ? undefined : { when: index === at ? when : "before", how: "fatal" });
      expect((await site.destroy({ at: "client", faults })).failure).toBeDefined();
      expect((await site.destroy()).failure, `${when} call ${at}`).toBeUndefined();
      expect(site.fake.snapshot(), `${when} call ${at}`).toEqual(goal);
      await site.close();
    }
  }
}

describe("azure-functions interrupted", () => {
  vi.setConfig({ testTimeout: 180_000 });

  it("in a first deploy", () => killedEverywhere(undefined, deploy(first), deploy(first)));
  it("in an update that adds and removes triggers", () => killedEverywhere(deploy(first), deploy(second), deploy(second)));
  it("in a destroy", () => brokenOff());

  it("an update that was killed, and taken back, publishes what was there again", async () => {
    const site = await deployment(first, { clock: fastClock });
    try {
      expect((await site.deploy(first)).failure).toBeUndefined();
      const goal = site.fake.snapshot();
      const kill = new AbortController();
      site.fake.intervene = ({ service, method }) => {
        if (service !== "scm" || method !== "POST") return undefined;
        kill.abort();
        return { reply: "cut", done: true };
      };
      await site.deploy(second, { hardSignal: kill.signal });
      site.fake.intervene = () => undefined;
      // Whoever looks now is told that what is on record does not serve.
      expect((await site.status(second)).state).toBe("code not published");
      expect((await site.deploy(first)).failure).toBeUndefined();
      expect(site.fake.snapshot()).toEqual(goal);
    } finally {
      await site.close();
    }
  });
});
