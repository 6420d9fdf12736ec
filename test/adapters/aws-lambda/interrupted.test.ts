/**
 * A run that dies at any call to AWS, and the same command again.
 *
 * What a dead process leaves is what AWS had done by then. So each command runs once, without faults, against moto, which is copied
 * before the first and after every request that changes something: those are all the states that a stop before any call, or after it
 * was served and before its answer arrived, can leave; calls that only read leave the one before them. The command then runs again on
 * each copy, and must end in the state that it ends in when nothing is in the way.
 */
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import { SubscribeCommand } from "@aws-sdk/client-sns";
import { TagQueueCommand } from "@aws-sdk/client-sqs";
import { AddPermissionCommand, CreateFunctionCommand, TagResourceCommand } from "@aws-sdk/client-lambda";
import type { Resolved } from "fnpkg/adapter";
import { bench, samplePackage, type SamplePackage } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { isWrite, motoContext } from "./moto-bench.ts";
import { arn, clients, config, eventPackage, furnish, httpPackage, region, role, triggers } from "./moto-site.ts";
import { snapshot } from "./moto-snapshot.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");

/** Configurations name no endpoint, so that they are the same on every copy. */
const nowhere = { endpoint: "http://127.0.0.1:1" };
const { jobs, orders, photos, tick, clicks, web } = triggers;
const uploads = { bucket: "archives", prefix: "" };

/** What a run without faults did, and what it left at every call. */
interface Recorded {
  readonly calls: number;
  /** By the number of requests that had changed something. */
  readonly states: readonly Moto[];
  /** For each call, which of the states a stop before it leaves, and one after it was served. */
  readonly left: readonly { readonly before: number; readonly after: number }[];
}

type Command = (moto: Moto) => Promise<void>;

describe.skipIf(noMoto)(`aws-lambda, interrupted at any call${needs}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  let empty: Moto;
  beforeAll(async () => {
    empty = await startMoto();
    await furnish(empty);
    await others(empty);
  });
  afterAll(() => empty.close());

  const rich = { instances: { min: 1, max: 3 }, logs: { level: "info", retentionDays: 7 }, tags: { team: "blue" } } as const;
  const { schedulerRole: _, ...ownRoles } = config(nowhere, {}, { createRole: true, uploads }).section;
  const events = (given: Partial<Resolved<Section>>) => {
    const { identity: __, ...own } = config(nowhere, { ...rich, ...given });
    return { ...own, section: ownRoles } as Resolved<Section>;
  };
  const more = samplePackage({
    signature: eventPackage.manifest.signature,
    files: { "index.js": "export default () => 'more';\n" },
  });
  const first = events({ triggers: [jobs, orders, photos, tick] });
  const second = events({
    memoryMiB: 1024,
    tags: { team: "red" },
    instances: { max: 2 },
    triggers: [
      { ...jobs, batch: { size: 7 } },
      { ...photos, filter: { prefix: "out/" } },
      { ...tick, cron: "0 4 * * *" },
      clicks,
    ],
  });

  const url = config(nowhere, { triggers: [web] });
  const api = config(nowhere, { triggers: [web] }, { http: "api-gateway" });
  const moreHttp = samplePackage({ signature: { type: "http" }, files: { "index.js": "export default () => 'more';\n" } });

  it("with event sources: deploy, update, rollback and destroy converge", async () => {
    const deployed = await converges("deploy", empty, deploying(eventPackage, first));
    const updated = await converges("update", deployed, deploying(more, second));
    const back = await converges("rollback", updated, async (moto) => {
      await adapter.operations.rollback?.(await motoContext(on(moto), second), { version: "1" });
    });
    await (await converges("destroy", back, destroying(more, second))).close();
    for (const moto of [deployed, updated, back]) await moto.close();
  });

  it("with an address: deploy, update and destroy converge", async () => {
    const deployed = await converges("deploy", empty, deploying(httpPackage, url));
    const updated = await converges("update", deployed, deploying(moreHttp, api));
    const back = await converges("update back", updated, deploying(httpPackage, url));
    await (await converges("destroy of an API", updated, destroying(httpPackage, api))).close();
    await (await converges("destroy", back, destroying(httpPackage, url))).close();
    for (const moto of [deployed, updated, back]) await moto.close();
  });
});

/** Runs the command again from every state that an interrupted one can leave; answers moto as it is in the end. */
async function converges(name: string, from: Moto, command: Command): Promise<Moto> {
  const end = await from.fork();
  const { calls, states, left } = await recorded(end, command);
  const goal = await snapshot(end);
  expect(left, `${name}: a state for each call`).toHaveLength(calls);
  expect(new Set(left.flatMap(({ before, after }) => [before, after])), `${name}: every state is one that a stop leaves`).toEqual(
    new Set(states.keys()),
  );
  const queue = [...states.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, moto] = next;
      const where = `${name}, stopped after ${index} of ${states.length - 1} changes`;
      try {
        await command(moto).catch((cause: unknown) => {
          throw new Error(where, { cause });
        });
        expect(await snapshot(moto), where).toEqual(goal);
      } finally {
        await moto.close();
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return end;
}

/** Changes are let through one by one, so that each leaves a state of its own. */
async function recorded(moto: Moto, command: Command): Promise<Recorded> {
  const states = [await moto.fork()];
  const left: { before: number; after: number }[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  moto.forget();
  moto.watch(async (_, serve) => {
    const mine = turn.then(async () => {
      const before = states.length - 1;
      const made = await serve();
      if (isWrite(made)) states.push(await moto.fork());
      left.push({ before, after: states.length - 1 });
    });
    turn = mine.catch(() => undefined);
    return mine;
  });
  await command(moto);
  moto.watch(undefined);
  const calls = moto.exchanges.length;
  moto.forget();
  return { calls, states, left };
}

function on(moto: Moto): typeof adapter {
  return { ...adapter, connect: (where, cx) => adapter.connect({ ...where, endpoint: moto.endpoint }, cx) };
}

function deploying(pkg: SamplePackage, wanted: Resolved<Section>): Command {
  return (moto) => using(moto, pkg, wanted, (one) => one.deploy(wanted));
}

function destroying(pkg: SamplePackage, wanted: Resolved<Section>): Command {
  return (moto) => using(moto, pkg, wanted, (one) => one.destroy());
}

async function using(
  moto: Moto,
  pkg: SamplePackage,
  wanted: Resolved<Section>,
  work: (one: Awaited<ReturnType<typeof bench>>) => Promise<{ readonly failure?: Error }>,
): Promise<void> {
  const open = async () => ({ adapter: on(moto), foreign: async () => undefined });
  const one = await bench({ name: "aws-lambda", open, pkg, config: wanted, changed: wanted, fewer: wanted, secrets: [] });
  try {
    const { failure } = await work(one);
    if (failure !== undefined) throw failure;
  } finally {
    await one.close();
  }
}

/** What others have in the same places. */
async function others(moto: Moto): Promise<void> {
  const { s3, sns, sqs, scheduler, lambda } = clients(moto);
  const LocationConstraint = region;
  await s3.send(new CreateBucketCommand({ Bucket: "archives", CreateBucketConfiguration: { LocationConstraint } }));
  const theirs = { Id: "theirs", QueueArn: arn("sqs", "dlq"), Events: ["s3:ObjectTagging:*" as const] };
  const NotificationConfiguration = { QueueConfigurations: [theirs], EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: "photos", NotificationConfiguration }));
  await sns.send(new SubscribeCommand({ TopicArn: arn("sns", "orders"), Protocol: "sqs", Endpoint: arn("sqs", "dlq") }));
  await sqs.send(new TagQueueCommand({ QueueUrl: `${moto.endpoint}/123456789012/jobs`, Tags: { owner: "them" } }));
  const Target = { Arn: arn("sqs", "dlq"), RoleArn: role };
  const every = { ScheduleExpression: "rate(1 hour)", FlexibleTimeWindow: { Mode: "OFF" as const } };
  await scheduler.send(new CreateScheduleCommand({ ...every, Name: "thumbnail--theirs", Target }));
  const Code = { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") };
  const settings = { Runtime: "nodejs24.x" as const, Handler: "index.handler", Role: role, Code };
  const { FunctionArn } = await lambda.send(new CreateFunctionCommand({ ...settings, FunctionName: "thumbnail--theirs" }));
  await lambda.send(new TagResourceCommand({ Resource: FunctionArn, Tags: { owner: "them" } }));
  const statement = { StatementId: "theirs", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com" };
  await lambda.send(new AddPermissionCommand({ ...statement, FunctionName: "thumbnail--theirs" }));
  moto.forget();
}
