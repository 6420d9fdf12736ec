/** Two versions behind one alias: what `--traffic` does on Lambda, from the first share to the last, on moto. */
import {
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import type { Resolved } from "fnpkg/adapter";
import { type Bench, faultAt } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { onMoto, writes } from "./moto-bench.ts";
import { clients, config, httpPackage, role, triggers } from "./moto-site.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
const name = { FunctionName: "thumbnail" };
let moto: Moto;

function done<T extends { readonly failure?: Error }>(outcome: T): T {
  if (outcome.failure !== undefined) throw outcome.failure;
  return outcome;
}

describe.skipIf(noMoto)(`traffic between versions on moto${needs}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  beforeAll(async () => void (moto = await startMoto()));
  afterAll(() => moto.close());

  const sized = (memoryMiB: number, given: Partial<Resolved<Section>> = {}, section: Partial<Section> = {}) =>
    config(moto, { triggers: [triggers.web], memoryMiB, ...given }, section);
  const on = async (work: (bench: Bench) => Promise<void>) => {
    const bench = await onMoto(moto, httpPackage, sized(512));
    try {
      await work(bench);
    } finally {
      await bench.close();
    }
  };
  const alias = async () => {
    const { FunctionVersion, RoutingConfig } = await clients(moto).lambda.send(new GetAliasCommand({ ...name, Name: "live" }));
    return [FunctionVersion, RoutingConfig?.AdditionalVersionWeights ?? {}];
  };
  const kept = async () => {
    const { Versions = [] } = await clients(moto).lambda.send(new ListVersionsByFunctionCommand(name));
    return Versions.map(({ Version }) => Version);
  };
  const refused = async (bench: Bench, of: Resolved<Section>, message: string) => {
    moto.forget();
    const { failure } = await bench.deploy(of, { traffic: 0.1 });
    expect(failure?.problems.find(({ code }) => code === "E_TRAFFIC")?.message ?? failure?.message).toContain(message);
    expect(failure?.code).toBe("E_TRAFFIC");
    expect(writes(moto)).toEqual([]);
  };

  it("plans what it does, and writes nothing but the alias for another share", () =>
    on(async (bench) => {
      done(await bench.deploy(sized(512)));
      const plan = await bench.plan(sized(640), { traffic: 0.1 });
      const step = plan.steps.find(({ id }) => id === "alias");
      expect(step?.changes).toEqual([
        {
          path: "/RoutingConfig",
          from: null,
          to: { AdditionalVersionWeights: [{ FunctionVersion: "(known after apply)", FunctionWeight: 0.1 }] },
        },
      ]);
      const { digest } = await bench.plan(sized(640), { traffic: 0.2 });
      expect(digest).not.toBe(plan.digest);
      done(await bench.deploy(sized(640), { traffic: 0.1 }));
      expect(await alias()).toEqual(["1", { 2: 0.1 }]);
      moto.forget();
      done(await bench.deploy(sized(640), { traffic: 0.25 }));
      expect(writes(moto)).toEqual([expect.stringMatching(/^PUT .*aliases\/live $/)]);
      expect(await alias()).toEqual(["1", { 2: 0.25 }]);
      moto.forget();
      done(await bench.deploy(sized(640)));
      expect(writes(moto)).toEqual([expect.stringMatching(/^PUT .*aliases\/live $/)]);
      expect(await alias()).toEqual(["2", {}]);
    }));

  it("keeps both versions whatever `keepVersions` says, and lets the replaced one go", () =>
    on(async (bench) => {
      const one = (size: number) => sized(size, {}, { keepVersions: 1 });
      done(await bench.deploy(one(512)));
      done(await bench.deploy(one(640), { traffic: 0.1 }));
      expect(await kept()).toEqual(["$LATEST", "1", "2"]);
      done(await bench.deploy(one(768), { traffic: 0.1 }));
      expect(await alias()).toEqual(["1", { 3: 0.1 }]);
      expect(await kept()).toEqual(["$LATEST", "1", "3"]);
      done(await bench.deploy(one(768)));
      expect(await kept()).toEqual(["$LATEST", "3"]);
    }));

  it("refuses what can't share, before anything is written", () =>
    on(async (bench) => {
      await refused(bench, sized(512), "nothing serves yet");
      done(await bench.deploy(sized(512)));
      await refused(bench, sized(512), "version 1 of thumbnail, which has all of the traffic");
      await refused(bench, sized(640, { identity: `${role}-other` }), "the execution role changes");
      await refused(
        bench,
        sized(640, { raw: { "AWS::Lambda::Function": { DeadLetterConfig: { TargetArn: "arn:aws:sqs:eu-west-1:1:dlq" } } } }),
        "the dead-letter queue changes",
      );
      done(await bench.deploy(sized(640), { traffic: 0.1 }));
      await refused(bench, sized(512), "which keeps the rest of the traffic");
      await refused(bench, sized(640, { instances: { min: 2 } }), "can't change from 0 to 2 while the traffic is split");
      const { lambda } = clients(moto);
      const serving = { ...name, Name: "live", FunctionVersion: "$LATEST", RoutingConfig: { AdditionalVersionWeights: {} } };
      await lambda.send(new UpdateAliasCommand(serving));
      await refused(bench, sized(768), "serves from $LATEST");
    }));

  it("sets the number of warm environments before it splits", () =>
    on(async (bench) => {
      done(await bench.deploy(sized(512)));
      moto.forget();
      done(await bench.deploy(sized(640, { instances: { min: 2 } }), { traffic: 0.1 }));
      const order = writes(moto).filter((write) => /aliases|provisioned/.test(write));
      expect(order).toEqual([expect.stringContaining("provisioned-concurrency"), expect.stringContaining("aliases/live")]);
    }));

  it.each(["before", "after"] as const)("stopped %s every write, the next deploy ends in the same split", (when) =>
    on(async (bench) => {
      done(await bench.deploy(sized(512)));
      const { calls } = done(await bench.deploy(sized(640), { traffic: 0.1, at: "client" }));
      const indices = calls.filter(({ verb }) => !/^(get|list|describe|head|filter)/.test(verb)).map(({ index }) => index);
      expect(indices.length).toBeGreaterThan(2);
      for (const index of indices) {
        const one = await onMoto(moto, httpPackage, sized(512));
        done(await one.deploy(sized(512)));
        await one.deploy(sized(640), { traffic: 0.1, at: "client", faults: faultAt(index, { when, how: "fatal" }) });
        done(await one.deploy(sized(640), { traffic: 0.1 }));
        expect(await alias(), `after a stop ${when} call ${index}`).toEqual(["1", { 2: 0.1 }]);
        expect((await one.status(sized(640))).drift).toEqual([]);
        await one.close();
      }
    }),
  );

  it("never takes another's version for its own: it publishes one, and puts the description back", () =>
    on(async (bench) => {
      done(await bench.deploy(sized(512, { description: "makes thumbnails" })));
      const next = sized(640, { description: "makes thumbnails" });
      // Stopped before it published; then someone publishes by hand.
      const stopped = await bench.deploy(next, {
        at: "client",
        faults: ({ verb }) => (verb === "publishVersion" ? { when: "before", how: "fatal" } : undefined),
      });
      expect(stopped.failure).toBeDefined();
      const { lambda } = clients(moto);
      expect(await lambda.send(new PublishVersionCommand({ ...name, Description: "theirs" }))).toMatchObject({ Version: "2" });
      done(await bench.deploy(next));
      expect(await alias()).toEqual(["3", {}]);
      const serving = await lambda.send(new GetFunctionConfigurationCommand({ ...name, Qualifier: "live" }));
      expect(serving).toMatchObject({ MemorySize: 640, Description: expect.stringMatching(/^fnpkg sha256:/) as string });
      const latest = await lambda.send(new GetFunctionConfigurationCommand(name));
      expect(latest.Description).toBe("makes thumbnails");
      moto.forget();
      done(await bench.deploy(next));
      expect(writes(moto)).toEqual([]);
      await lambda.send(new DeleteFunctionCommand({ ...name, Qualifier: "2" }));
    }));
});
