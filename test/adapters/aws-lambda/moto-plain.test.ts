/** On moto as anyone starts it: what it has not, and what it answers in forms of its own, is taken in good part. */
import type { Resolved } from "fnpkg/adapter";
import type { Bench } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { onMoto, writes } from "./moto-bench.ts";
import { config, eventPackage, httpPackage, triggers } from "./moto-site.ts";
import { snapshot } from "./moto-snapshot.ts";

const sources = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick, triggers.clicks];
let moto: Moto;

describe.skipIf(tool("moto_server") === undefined)(`aws-lambda on plain moto${needsTool("moto_server")}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  beforeAll(async () => void (moto = await startMoto({ plain: true })));
  afterAll(() => moto.close());

  it.each([
    ["events of every source", eventPackage, { triggers: sources }, { triggers: sources.slice(1) }, {}],
    ["a function URL", httpPackage, { triggers: [triggers.web] }, { triggers: [triggers.web], memoryMiB: 1024 }, {}],
    [
      "an HTTP API",
      httpPackage,
      { triggers: [triggers.web] },
      { triggers: [triggers.web], memoryMiB: 1024 },
      { http: "api-gateway" },
    ],
  ] as const)("%s: made, kept, changed, taken away", async (_, pkg, first, second, section) => {
    const of = config(moto, first, section);
    const bench = await onMoto(moto, pkg, of);
    try {
      const before = (await snapshot(moto)) as object;
      await deployed(bench, of);
      moto.forget();
      await deployed(bench, of);
      expect(writes(moto)).toEqual([]);
      await deployed(bench, config(moto, second, section));
      moto.forget();
      await deployed(bench, config(moto, second, section));
      expect(writes(moto)).toEqual([]);
      expect((await bench.destroy()).failure).toBeUndefined();
      // Nothing was purged: the log group stays.
      expect(await snapshot(moto)).toMatchObject({ ...before, groups: [{ logGroupName: "/aws/lambda/thumbnail" }] });
    } finally {
      await bench.close();
    }
  });

  it("a share of the traffic: given, kept, taken to the end", async () => {
    const [first, second] = [512, 1024].map((memoryMiB) => config(moto, { triggers: [triggers.web], memoryMiB }));
    if (first === undefined || second === undefined) throw new Error("no configuration");
    const bench = await onMoto(moto, httpPackage, first);
    const shares = () => bench.operate(async ({ versions }, cx) => (await versions?.(cx))?.map(({ traffic }) => traffic));
    try {
      await deployed(bench, first);
      await deployed(bench, second, 0.1);
      moto.forget();
      await deployed(bench, second, 0.1);
      expect(writes(moto)).toEqual([]);
      expect(await shares()).toEqual([0.1, 0.9]);
      expect(await bench.operate(async ({ list }, cx) => list(cx))).toMatchObject([{ deployment: "thumbnail", traffic: 0.1 }]);
      await bench.operate(async ({ promote }, cx) => promote?.(cx, "2"));
      expect(await shares()).toEqual([1, 0]);
      expect((await bench.operate(async ({ list }, cx) => list(cx)))[0]).not.toHaveProperty("traffic");
    } finally {
      await bench.close();
    }
  });

  it("says what the endpoint has not", async () => {
    const of = config(moto, { triggers: [triggers.web], instances: { min: 1 } });
    const bench = await onMoto(moto, httpPackage, of);
    try {
      const { failure } = await bench.deploy(of);
      expect(failure).toMatchObject({ code: "E_VENDOR", hint: expect.stringContaining("has not this operation") as string });
    } finally {
      await bench.close();
    }
  });
});

async function deployed(bench: Bench, of: Resolved<Section>, traffic?: number): Promise<void> {
  const { failure } = await bench.deploy(of, traffic === undefined ? {} : { traffic });
  if (failure !== undefined) throw failure;
}
