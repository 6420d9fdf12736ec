/** Killed at each write, before it reached Azure or with its answer lost: the next run ends where one without a stop ends. */
import { describe, expect, it, vi } from "vitest";
import type { Resolved } from "fnpkg/adapter";
import type { FaultPlan } from "fnpkg/testing";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import { config, deployment, type Site, triggers, writes } from "./azure-site.ts";

const roles = { assignRoles: true };
const first = config({ env: { A: "1" }, triggers: [triggers.jobs, triggers.photos], tags: { team: "a" } }, roles);
const second = config({ env: { B: "2" }, memoryMiB: 512, triggers: [triggers.jobs, triggers.tick] }, roles);

type Act = (site: Site, hardSignal?: AbortSignal) => Promise<unknown>;
const deploy =
  (of: Resolved<Section>): Act =>
  (site, hardSignal) =>
    site.deploy(of, hardSignal === undefined ? {} : { hardSignal });

/** Others' things in the same group, which nobody may touch. */
function others({ azure }: Site): void {
  const app = azure.vendor.state.apps.get("thumbnail");
  if (app !== undefined) app.settings = { ...app.settings, THEIRS: "kept" };
}

async function killedEverywhere(before: Act | undefined, act: Act, end: Act): Promise<void> {
  const open = async () => {
    const site = await deployment(first);
    await before?.(site);
    if (before !== undefined) others(site);
    return site;
  };
  const clean = await open();
  const from = clean.azure.exchanges.length;
  await act(clean);
  const count = writes(clean.azure, from).length;
  const goal = clean.azure.vendor.snapshot();
  await clean.close();
  expect(count).toBeGreaterThan(3);
  for (let at = 0; at < count; at++) {
    for (const kind of ["reset", "lost"] as const) {
      const site = await open();
      const kill = new AbortController();
      let written = -1;
      site.azure.faults = ({ writes: may }) => {
        if (may) written++;
        if (written < at) return undefined;
        const fault = kill.signal.aborted ? "reset" : kind;
        kill.abort();
        return { kind: fault };
      };
      await act(site, kill.signal);
      site.azure.faults = () => undefined;
      const where = `a kill at write ${at}, ${kind}`;
      const outcome = (await end(site)) as { readonly failure?: Error };
      expect(outcome.failure, where).toBeUndefined();
      expect(site.azure.vendor.snapshot(), where).toEqual(goal);
      await site.close();
    }
  }
}

/** A destroy takes no signal here: from a call of the client on, all fail for good. */
async function brokenOff(): Promise<void> {
  const open = async () => {
    const site = await deployment(first);
    expect((await site.deploy(first)).failure).toBeUndefined();
    return site;
  };
  const clean = await open();
  const { calls } = await clean.destroy({ at: "client", faults: () => undefined });
  const goal = clean.azure.vendor.snapshot();
  await clean.close();
  const indices = calls.flatMap(({ verb, index }) => (verb === "delete" || verb === "put" ? [index] : []));
  expect(indices.length).toBeGreaterThan(3);
  for (const at of indices) {
    for (const when of ["before", "after"] as const) {
      const site = await open();
      const faults: FaultPlan = ({ index }) => (index < at ? undefined : { when: index === at ? when : "before", how: "fatal" });
      expect((await site.destroy({ at: "client", faults })).failure).toBeDefined();
      expect((await site.destroy()).failure, `${when} call ${at}`).toBeUndefined();
      expect(site.azure.vendor.snapshot(), `${when} call ${at}`).toEqual(goal);
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
    const site = await deployment(first);
    try {
      expect((await site.deploy(first)).failure).toBeUndefined();
      const goal = site.azure.vendor.snapshot();
      const kill = new AbortController();
      site.azure.faults = ({ name }) => {
        if (name !== "POST scm/publish") return undefined;
        kill.abort();
        return { kind: "lost" };
      };
      await site.deploy(second, { hardSignal: kill.signal });
      site.azure.faults = () => undefined;
      // Whoever looks now is told that what is on record does not serve.
      expect((await site.status(second)).state).toBe("code not published");
      expect((await site.deploy(first)).failure).toBeUndefined();
      expect(site.azure.vendor.snapshot()).toEqual(goal);
    } finally {
      await site.close();
    }
  });
});
