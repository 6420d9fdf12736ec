/** The real SDKs against moto: a deployment's whole life, and what others have beside it. */
import { GetAliasCommand, GetFunctionCommand, GetPolicyCommand, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
} from "@aws-sdk/client-s3";
import { CreateScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { ListSubscriptionsCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import type { Resolved } from "fnpkg/adapter";
import { type Bench, faultAt } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { noModels } from "../../engine/check-models.ts";
import { operationName, violations } from "../../wire/aws-model.ts";
import { motoContext, onMoto, writes } from "./moto-bench.ts";
import { arn, clients, config, eventPackage, httpPackage, region, role, triggers } from "./moto-site.ts";
import { snapshot } from "./moto-snapshot.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
const all = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick, triggers.clicks];
let moto: Moto;
const sent: Moto["exchanges"][number][] = [];

function done<T extends { readonly failure?: Error }>(outcome: T): T {
  if (outcome.failure !== undefined) throw outcome.failure;
  return outcome;
}

describe.skipIf(noMoto)(`aws-lambda's life on moto${needs}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  beforeAll(async () => void (moto = await startMoto()));
  afterAll(() => moto.close());

  const on = async (of: Resolved<Section>, pkg = eventPackage, work: (bench: Bench) => Promise<void>) => {
    const bench = await onMoto(moto, pkg, of);
    try {
      await work(bench);
    } finally {
      sent.push(...moto.exchanges);
      await bench.close();
    }
  };

  it("binds every source to the alias, and takes back what is no longer wanted", async () => {
    const full = config(moto, { triggers: all, instances: { min: 1, max: 3 }, logs: { level: "info", retentionDays: 7 } });
    await on(full, eventPackage, async (bench) => {
      const before = await snapshot(moto);
      done(await bench.deploy(full));
      expect(writes(moto)).not.toEqual([]);
      moto.forget();
      const second = done(await bench.deploy(full));
      expect(second.events.map(({ event }) => event)).toContain("unchanged");
      expect(second.built).toBe(0);
      expect(writes(moto)).toEqual([]);

      const live = arn("lambda", "function:thumbnail:live");
      expect(await snapshot(moto)).toMatchObject({
        mappings: [{ FunctionArn: live }, { FunctionArn: live }],
        schedules: [{ Name: "thumbnail--tick", Target: { Arn: live, RoleArn: role } }],
        subscriptions: [{ TopicArn: arn("sns", "orders"), Endpoint: live }],
        buckets: [{ notifications: { LambdaFunctionConfigurations: [{ LambdaFunctionArn: live }] } }],
        queues: [{}, { RedrivePolicy: { deadLetterTargetArn: arn("sqs", "dlq"), maxReceiveCount: 4 } }],
      });

      const few = config(moto, { triggers: [triggers.jobs] });
      done(await bench.deploy(few));
      expect(await snapshot(moto)).toMatchObject({ schedules: [], subscriptions: [], mappings: [{}] });
      expect((await snapshot(moto))["buckets"]).toEqual(before["buckets"]);
      done(await bench.destroy());
      expect(await snapshot(moto)).toEqual({ ...before, groups: [expect.anything()] });
    });
  });

  it("keeps a source's binding when its trigger is renamed, and never asks for two that overlap", async () => {
    const first = config(moto, { triggers: [triggers.orders, triggers.photos, triggers.jobs] });
    const renamed = [triggers.orders, triggers.photos, triggers.jobs].map((trigger) => ({
      ...trigger,
      name: `${trigger.name}2`,
    }));
    const second = config(moto, { triggers: renamed });
    await on(first, eventPackage, async (bench) => {
      const { sns } = clients(moto);
      const subscriptions = async () => (await sns.send(new ListSubscriptionsCommand({}))).Subscriptions;
      done(await bench.deploy(first));
      const before = await subscriptions();
      moto.forget();
      done(await bench.deploy(second));
      expect(await subscriptions()).toEqual(before);
      const puts = moto.exchanges.filter(({ method, path }) => method === "PUT" && path.includes("notification"));
      expect(puts.map(({ body }) => String(body).match(/<Id>/g)?.length)).toEqual([1]);
      moto.forget();
      done(await bench.deploy(second));
      expect(writes(moto)).toEqual([]);
    });
  });

  it("takes a renamed topic's subscription over wherever the deploy before was stopped", async () => {
    const [first, second] = ["orders", "orders2"].map((name) => config(moto, { triggers: [{ ...triggers.orders, name }] }));
    if (first === undefined || second === undefined) throw new Error("no configuration");
    await on(first, eventPackage, async (bench) => {
      done(await bench.deploy(first));
      const { calls } = await bench.deploy(second, { at: "client", faults: () => undefined });
      const indices = calls.filter(({ verb }) => /^(add|remove|subscribe|unsubscribe)/.test(verb)).map(({ index }) => index);
      expect(indices.length).toBeGreaterThan(1);
      for (const index of indices) {
        done(await bench.deploy(first));
        await bench.deploy(second, { at: "client", faults: faultAt(index, { when: "after", how: "fatal" }) });
        done(await bench.deploy(second));
        expect(await snapshot(moto), `after a stop after call ${index}`).toMatchObject({ subscriptions: [{}] });
      }
    });
  });

  it("leaves alone what others have in the same bucket, topic and schedule group", async () => {
    const full = config(moto, { triggers: all });
    await on(full, eventPackage, async (bench) => {
      const { s3, sns, scheduler } = clients(moto);
      const others = { Id: "theirs", QueueArn: arn("sqs", "dlq"), Events: ["s3:ObjectTagging:*" as const] };
      const theirs = {
        Bucket: "photos",
        NotificationConfiguration: { QueueConfigurations: [others], EventBridgeConfiguration: {} },
      };
      await s3.send(new PutBucketNotificationConfigurationCommand(theirs));
      await sns.send(new SubscribeCommand({ TopicArn: arn("sns", "orders"), Protocol: "sqs", Endpoint: arn("sqs", "dlq") }));
      const schedule = {
        Name: "thumbnail--theirs",
        ScheduleExpression: "rate(1 hour)",
        FlexibleTimeWindow: { Mode: "OFF" as const },
      };
      await scheduler.send(new CreateScheduleCommand({ ...schedule, Target: { Arn: arn("sqs", "dlq"), RoleArn: role } }));
      const before = await snapshot(moto);
      done(await bench.deploy(full));
      const between = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: "photos" }));
      expect(between.QueueConfigurations).toMatchObject([{ Id: "theirs" }]);
      expect(between.LambdaFunctionConfigurations).toHaveLength(1);
      done(await bench.destroy());
      expect(await snapshot(moto)).toEqual({ ...before, groups: [expect.anything()] });
      const after = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: "photos" }));
      expect(after.QueueConfigurations).toMatchObject([{ Id: "theirs" }]);
      expect((await scheduler.send(new ListSchedulesCommand({}))).Schedules).toMatchObject([{ Name: "thumbnail--theirs" }]);
      expect((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions).toHaveLength(1);
    });
  });

  it("refuses a schedule of the same name that carries no mark, and writes nothing", async () => {
    const one = config(moto, { triggers: [triggers.tick] });
    await on(one, eventPackage, async (bench) => {
      const { scheduler } = clients(moto);
      const schedule = {
        Name: "thumbnail--tick",
        ScheduleExpression: "rate(1 hour)",
        FlexibleTimeWindow: { Mode: "OFF" as const },
      };
      await scheduler.send(new CreateScheduleCommand({ ...schedule, Target: { Arn: arn("sqs", "dlq"), RoleArn: role } }));
      moto.forget();
      const { failure } = await bench.deploy(one);
      expect(failure).toMatchObject({ code: "E_NOT_OURS" });
      expect(writes(moto)).toEqual([]);
    });
  });

  it("names a missing role, bucket and queue before it writes", async () => {
    const gone = { resource: "gone", id: arn("s3", "gone") };
    const wrong = config(moto, {
      identity: `${role}-gone`,
      triggers: [
        { ...triggers.photos, source: gone },
        { ...triggers.jobs, source: { resource: "jobs", id: arn("sqs", "gone") } },
      ],
    });
    await on(wrong, eventPackage, async (bench) => {
      const { failure } = await bench.deploy(wrong);
      expect(failure?.problems.map(({ pointer }) => pointer)).toEqual([
        "/identity/aws-lambda",
        "/resources/gone/aws-lambda",
        "/resources/jobs/aws-lambda",
      ]);
      expect(writes(moto)).toEqual([]);
    });
  });

  it("serves http from a URL that both permissions open, and moves traffic between versions", async () => {
    const first = config(moto, { triggers: [triggers.web] });
    await on(first, httpPackage, async (bench) => {
      const { lambda } = clients(moto);
      const receipt = done(await bench.deploy(first)).events.at(-1);
      expect(receipt).toMatchObject({ receipt: { url: expect.stringContaining(".lambda-url.") as string } });
      const { Policy = "" } = await lambda.send(new GetPolicyCommand({ FunctionName: "thumbnail", Qualifier: "live" }));
      const { Statement } = JSON.parse(Policy) as { Statement: { Action: string; Condition: unknown }[] };
      expect(
        Statement.map(({ Action, Condition }) => ({ Action, Condition })).sort((a, b) => a.Action.length - b.Action.length),
      ).toEqual([
        { Action: "lambda:InvokeFunction", Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } },
        { Action: "lambda:InvokeFunctionUrl", Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } } },
      ]);

      done(await bench.deploy(config(moto, { triggers: [triggers.web], memoryMiB: 1024 })));
      const { versions, promote, rollback, list } = adapter.operations as Required<typeof adapter.operations>;
      const cx = await motoContext(adapter, first);
      const traffic = async () => (await versions(cx)).map((one) => [one.version, one.traffic]);
      expect(await traffic()).toEqual([
        ["2", 1],
        ["1", 0],
      ]);
      await rollback(cx, {});
      expect(await traffic()).toEqual([
        ["2", 0],
        ["1", 1],
      ]);
      await promote(cx, "2");
      await rollback(cx, { version: "1" });
      await rollback(cx, { digest: httpPackage.digest });
      expect(await traffic()).toEqual([
        ["2", 1],
        ["1", 0],
      ]);
      await expect(promote(cx, "9")).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
      await expect(rollback({ ...cx, deployment: "other" }, {})).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
      expect(await list(cx)).toMatchObject([
        { deployment: "thumbnail", package: "acme/sample", packageDigest: httpPackage.digest },
      ]);
      done(await bench.destroy());
    });
  });

  it("keeps as many versions as it shall", async () => {
    const sized = (memoryMiB: number) => config(moto, { triggers: [triggers.web], memoryMiB }, { keepVersions: 2 });
    await on(sized(512), httpPackage, async (bench) => {
      for (const size of [512, 640, 768]) done(await bench.deploy(sized(size)));
      const { Versions = [] } = await clients(moto).lambda.send(new ListVersionsByFunctionCommand({ FunctionName: "thumbnail" }));
      expect(Versions.map(({ Version }) => Version)).toEqual(["$LATEST", "2", "3"]);
    });
  });

  it("takes up what it left, under another alias", async () => {
    const former = config(moto, { triggers: [triggers.jobs, triggers.orders] });
    await on(former, eventPackage, async (bench) => {
      const { lambda } = clients(moto);
      done(await bench.deploy(former));
      done(await bench.deploy(config(moto, { triggers: [triggers.jobs, triggers.orders] }, { alias: "prod" })));
      await expect(lambda.send(new GetAliasCommand({ FunctionName: "thumbnail", Name: "live" }))).rejects.toThrow(/live/);
      const prod = arn("lambda", "function:thumbnail:prod");
      expect(await snapshot(moto)).toMatchObject({ mappings: [{ FunctionArn: prod }], subscriptions: [{ Endpoint: prod }] });
    });
  });

  it("puts an HTTP API in front when told, and goes back to the function's own URL", async () => {
    const api = config(moto, { triggers: [triggers.web] }, { http: "api-gateway" });
    await on(api, httpPackage, async (bench) => {
      const receipt = done(await bench.deploy(api)).events.at(-1);
      expect(receipt).toMatchObject({ receipt: { url: expect.stringContaining(".execute-api.") as string } });
      moto.forget();
      done(await bench.deploy(api));
      expect(writes(moto)).toEqual([]);
      done(await bench.deploy(config(moto, { triggers: [triggers.web] })));
      done(await bench.destroy());
      expect(await bench.owned()).toEqual([]);
    });
  });

  it("makes the roles when told, and takes them away", async () => {
    const { identity: _, ...given } = config(moto, { triggers: [triggers.jobs, triggers.tick] }, { createRole: true });
    const { schedulerRole: __, ...section } = given.section;
    const own = { ...given, section } as Resolved<Section>;
    await on(own, eventPackage, async (bench) => {
      const { iam, lambda } = clients(moto);
      done(await bench.deploy(own));
      const RoleName = `thumbnail--function--${region}`;
      const made = await iam.send(new GetRoleCommand({ RoleName }));
      expect((await lambda.send(new GetFunctionCommand({ FunctionName: "thumbnail" }))).Configuration?.Role).toBe(made.Role?.Arn);
      moto.forget();
      done(await bench.deploy(own));
      expect(writes(moto)).toEqual([]);
      done(await bench.destroy());
      await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toThrow();
      expect(await bench.owned()).toEqual([]);
    });
  });

  it("uploads through a bucket once for each archive, and purges what it left there", async () => {
    const uploads = { bucket: "archives", prefix: "fnpkg/" };
    const through = config(moto, { triggers: [triggers.jobs] }, { uploads });
    await on(through, eventPackage, async (bench) => {
      const { s3 } = clients(moto);
      await s3.send(new CreateBucketCommand({ Bucket: "archives", CreateBucketConfiguration: { LocationConstraint: region } }));
      done(await bench.deploy(through));
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "archives" }));
      expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^fnpkg\/thumbnail\/[0-9a-f]{64}\.zip$/)]);
      done(await bench.destroy());
      await adapter.operations.purge?.(await motoContext(adapter, through));
      expect((await s3.send(new ListObjectsV2Command({ Bucket: "archives" }))).KeyCount).toBe(0);
    });
  });

  it.skipIf(noModels)("sends only what AWS's models of its APIs allow", () => {
    expect(sent.length).toBeGreaterThan(300);
    expect([...new Set(sent.flatMap(violations))]).toEqual([]);
    const operations = new Set(sent.map((one) => `${one.service}:${operationName(one)}`));
    expect(operations.size).toBeGreaterThan(50);
  });
});
