/** Stopped at each write, before it reached Lambda or with its answer lost: the next deploy ends where one without a stop ends. */
import { faultAt } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { onMoto } from "./moto-bench.ts";
import { config, eventPackage, triggers } from "./moto-site.ts";
import { snapshot } from "./moto-snapshot.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
const isWrite = (verb: string) => !/^(get|list|describe|head|filter)/.test(verb);
let moto: Moto;

describe.skipIf(noMoto)(`aws-lambda interrupted on moto${needs}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  beforeAll(async () => void (moto = await startMoto()));
  afterAll(() => moto.close());

  const given = () =>
    config(moto, { triggers: [triggers.jobs, triggers.orders, triggers.photos, triggers.tick], tags: { team: "a" } });

  it.each(["before", "after"] as const)("%s every write of a first deploy", async (when) => {
    const clean = await onMoto(moto, eventPackage, given());
    const { calls, failure } = await clean.deploy(given(), { at: "client", faults: () => undefined });
    expect(failure).toBeUndefined();
    const goal = await snapshot(moto);
    await clean.close();
    const indices = calls.filter(({ verb }) => isWrite(verb)).map(({ index }) => index);
    expect(indices.length).toBeGreaterThan(10);
    for (const index of indices) {
      const bench = await onMoto(moto, eventPackage, given());
      try {
        await bench.deploy(given(), { at: "client", faults: faultAt(index, { when, how: "fatal" }) });
        expect((await bench.deploy(given())).failure, `after a stop ${when} call ${index}`).toBeUndefined();
        expect(await snapshot(moto), `after a stop ${when} call ${index}`).toEqual(goal);
      } finally {
        await bench.close();
      }
    }
  });
});
