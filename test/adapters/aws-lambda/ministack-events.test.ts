/** Events that ministack's own services fire reach the handler of what was deployed, as neutral CloudEvents. */
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateScheduleCommand, GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, PublishCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { FunctionConfig } from "../../../src/index.ts";
import { filled } from "../../emulators/ministack-habits.ts";
import { region } from "../../emulators/ministack.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { type Collector, startCollector, tell } from "./ministack-collector.ts";
import { arn, type Given, type Site, startSite } from "./ministack-site.ts";

let site: Site;

type OneTrigger = NonNullable<FunctionConfig["triggers"]>[number];

/** An event as its handler got it, as JSON. */
type Told = Readonly<Record<string, unknown>>;

/** Deploys a function that tells the test what it gets, works with it, and destroys it. */
async function on<T = Told>(
  name: string,
  { trigger, ...given }: Partial<Given> & { readonly trigger: OneTrigger },
  work: (told: Collector<T>) => Promise<void>,
): Promise<void> {
  const told = await startCollector<T>();
  const fn = await site.function(name, {
    code: `${tell}
      export default async (event, { env }) => {
        await tell(env, event);
        if (event.data?.fail === true) throw new Error("asked to fail");
      };`,
    signature: "{ type: cloudevent, events: [{ type: dev.fnpkg.message.received.v1 }] }",
    requires: "{ env: [{ name: COLLECTOR }] }",
    ...given,
    config: { timeout: "5s", env: { COLLECTOR: told.url }, triggers: [trigger], ...given.config },
  });
  try {
    await fn.deploy();
    await work(told);
    expect(await fn.destroy(true)).toMatchObject({ resources: [] });
  } finally {
    told.close();
  }
}

async function queue(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const command = new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "5", ...attributes } });
  const { QueueUrl: url } = await site.clients.sqs.send(command);
  return String(url);
}

/** What is in the queue, in flight too. */
async function depth(url: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
  const { Attributes: found = {} } = await site.clients.sqs.send(command);
  return Number(found["ApproximateNumberOfMessages"]) + Number(found["ApproximateNumberOfMessagesNotVisible"]);
}

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const text = (StringValue: string) => ({ DataType: "String", StringValue });
const json = { "Content-Type": text("application/json") };
const bound = (service: string, ...names: string[]) => ({
  resources: Object.fromEntries(names.map((name) => [name.replace(".", "-"), { "aws-lambda": arn(service, name) }])),
});

describe.skipIf(tool("ministack") === undefined)(`events on ministack${needsTool("ministack")}`, { concurrent: true }, () => {
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it("a queue's messages come one by one; one that fails comes again alone, and then is a dead letter", async ({ expect }) => {
    const [url, dead] = [await queue("jobs"), await queue("dead")];
    const trigger: OneTrigger = { name: "jobs", type: "queue", source: "jobs", retry: { attempts: 1, deadLetter: "dead" } };
    await on("worker", { trigger, config: bound("sqs", "jobs", "dead") }, async (told) => {
      const attributes = {
        ...json,
        kind: text("new"),
        "order-id": { DataType: "Number", StringValue: "12" },
        raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
        traceparent: text(traceparent),
      };
      const Entries = [
        { Id: "json", MessageBody: '{"n":1}', MessageAttributes: attributes },
        { Id: "text", MessageBody: '{"n":2} größe' },
        { Id: "fail", MessageBody: '{"fail":true}', MessageAttributes: json },
        { Id: "own", MessageBody: '{"specversion":"1.0","id":"7","source":"/shop","type":"com.acme.sold","data":{"n":3}}' },
      ];
      Object.assign(Entries[3] ?? {}, { MessageAttributes: { "Content-Type": text("application/cloudevents+json") } });
      await site.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      const got = await told.until((all) => all.length >= 5);
      await vi.waitFor(async () => expect([await depth(url), await depth(dead)]).toEqual([0, 1]), {
        timeout: 60_000,
        interval: 200,
      });
      expect(got).toHaveLength(5);

      const common = {
        specversion: "1.0",
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        source: "fnpkg:worker/jobs",
        type: "dev.fnpkg.message.received.v1",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
        vendorsource: arn("sqs", "jobs"),
      };
      const asJson = { msgcontenttype: "application/json", datacontenttype: "application/json" };
      expect(got).toContainEqual({
        ...common,
        ...asJson,
        deliveryattempt: 1,
        msgkind: "new",
        msgorderid: "12",
        msgraw: "AP8=",
        msgtraceparent: traceparent,
        traceparent,
        data: { n: 1 },
      });
      expect(got).toContainEqual({ ...common, deliveryattempt: 1, data: '{"n":2} größe' });
      expect(got).toContainEqual(expect.objectContaining({ id: "7", source: "/shop", type: "com.acme.sold", data: { n: 3 } }));
      const failed = got.filter(({ deliveryattempt, data }) => deliveryattempt === 2 || (data as { fail?: true }).fail);
      expect(failed).toEqual(
        [1, 2].map((deliveryattempt) => ({ ...common, ...asJson, id: failed[0]?.["id"], deliveryattempt, data: { fail: true } })),
      );
    });
  });

  it("a FIFO queue's messages keep their order over a failure", async ({ expect }) => {
    const url = await queue("steps.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
    const trigger: OneTrigger = { name: "steps", type: "queue", source: "steps-fifo", ordered: true };
    const code = `${tell}
      export default async (event, { env }) => {
        await tell(env, event);
        if (event.data === "two" && event.deliveryattempt === 1) throw new Error("not yet");
      };`;
    await on("stepper", { code, trigger, config: bound("sqs", "steps.fifo") }, async (told) => {
      const Entries = ["one", "two", "three"].map((MessageBody) => ({ Id: MessageBody, MessageBody, MessageGroupId: "g" }));
      await site.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      const got = await told.until((all) => all.length >= 4);
      expect(got.map(({ data, partitionkey }) => [data, partitionkey])).toEqual(
        ["one", "two", "two", "three"].map((data) => [data, "g"]),
      );
      expect(got.every(({ sequence }) => /^\d+$/.test(String(sequence)))).toBe(true);
      await vi.waitFor(async () => expect(await depth(url)).toBe(0), { timeout: 60_000, interval: 200 });
    });
  });

  it("a handler of batches names what failed; the others are done", async ({ expect }) => {
    const url = await queue("bulk");
    const trigger: OneTrigger = { name: "bulk", type: "queue", source: "bulk", batch: { size: 5 } };
    const code = `${tell}
      export default async (events, { env }) => {
        await tell(env, events.map(({ data, deliveryattempt }) => data + " " + deliveryattempt));
        return { failures: events.flatMap(({ data, deliveryattempt }, index) => data === "bad" && deliveryattempt === 1 ? [{ index }] : []) };
      };`;
    const signature = "{ type: cloudevent, batch: true, events: [{ type: dev.fnpkg.message.received.v1 }] }";
    await on<readonly string[]>("bulker", { code, signature, trigger, config: bound("sqs", "bulk") }, async (told) => {
      const Entries = ["good", "bad", "fine"].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
      await site.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      await told.until((all) => all.flat().length >= 4);
      await vi.waitFor(async () => expect(await depth(url)).toBe(0), { timeout: 60_000, interval: 200 });
      expect(told.got.flat().toSorted((a, b) => a.localeCompare(b))).toEqual(["bad 1", "bad 2", "fine 1", "good 1"]);
    });
  });

  it("a bucket's objects come with their keys decoded, and none that the filter leaves out", async ({ expect }) => {
    const { s3 } = site.clients;
    await s3.send(new CreateBucketCommand({ Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: region } }));
    const filter = { prefix: "in/", suffix: ".jpg" };
    const trigger: OneTrigger = {
      name: "photos",
      type: "object-storage",
      source: "photos",
      events: ["created", "deleted"],
      filter,
    };
    const signature =
      "{ type: cloudevent, events: [{ type: dev.fnpkg.object.created.v1 }, { type: dev.fnpkg.object.deleted.v1 }] }";
    await on("thumbs", { signature, trigger, config: bound("s3", "photos") }, async (told) => {
      const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: "photos", Key, Body: "hello" }));
      const keys = ["in/plain.jpg", "in/a b+c ü&%41.jpg"];
      for (const key of ["out/x.jpg", "in/x.txt", ...keys]) await put(key);
      await told.until((all) => all.length >= keys.length);
      for (const Key of ["in/x.txt", ...keys]) await s3.send(new DeleteObjectCommand({ Bucket: "photos", Key }));
      const got = await told.until((all) => all.length >= 2 * keys.length);
      const shared = {
        specversion: "1.0",
        source: "fnpkg:thumbs/photos",
        vendorsource: arn("s3", "photos"),
        datacontenttype: "application/json",
      };
      const event = (what: string, key: string, more: object): unknown =>
        expect.objectContaining({
          ...shared,
          type: `dev.fnpkg.object.${what}.v1`,
          subject: key,
          data: expect.objectContaining({ container: "photos", key, ...more }) as unknown,
        });
      for (const key of keys) {
        expect(got).toContainEqual(event("created", key, { size: 5, etag: "5d41402abc4b2a76b9719d911017c592" }));
        expect(got).toContainEqual(event("deleted", key, {}));
      }
      expect(got).toHaveLength(2 * keys.length);
      expect(new Set(got.map(({ id }) => id)).size).toBe(got.length);
    });
  });

  it("a topic's messages come when their attributes pass the filter", async ({ expect }) => {
    const { sns } = site.clients;
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "orders" }));
    const trigger: OneTrigger = {
      name: "orders",
      type: "topic",
      source: "orders",
      filter: { attributes: { kind: ["new", "paid"] } },
    };
    await on("ordered", { trigger, config: bound("sns", "orders") }, async (told) => {
      for (const kind of ["old", "new", "paid"])
        await sns.send(
          new PublishCommand({ TopicArn, Message: JSON.stringify({ kind }), MessageAttributes: { ...json, kind: text(kind) } }),
        );
      const got = await told.until((all) => all.length >= 2);
      const kinds = got.map(({ msgkind, data }) => [msgkind, data]).toSorted(([a], [b]) => String(a).localeCompare(String(b)));
      expect(kinds).toEqual(["new", "paid"].map((kind) => [kind, { kind }]));
      expect(got[0]).toMatchObject({
        source: "fnpkg:ordered/orders",
        type: "dev.fnpkg.message.received.v1",
        vendorsource: arn("sns", "orders"),
      });
    });
  });

  it("a schedule's target is called with what makes its event", async ({ expect }) => {
    const { scheduler } = site.clients;
    const scheduledTime = "2026-01-01T00:00:00.000Z";
    const trigger: OneTrigger = {
      name: "sweep",
      type: "schedule",
      cron: "0 3 * * *",
      timezone: "Europe/Berlin",
      data: { mode: "<full>" },
    };
    const signature = "{ type: cloudevent, events: [{ type: dev.fnpkg.schedule.fired.v1 }] }";
    await on("nightly", { signature, trigger }, async (told) => {
      const { Arn: schedule = "", Target: target } = await scheduler.send(new GetScheduleCommand({ Name: "nightly--sweep" }));
      if (target === undefined) throw new Error("the schedule has no target");
      const Target = { ...target, Input: filled(String(target.Input), { scheduledTime, schedule }) };
      const past = { ScheduleExpression: "at(2026-01-01T00:00:00)", FlexibleTimeWindow: { Mode: "OFF" as const } };
      await scheduler.send(new CreateScheduleCommand({ Name: "once", ...past, Target }));
      expect((await told.until((all) => all.length >= 1))[0]).toMatchObject({
        source: "fnpkg:nightly/sweep",
        type: "dev.fnpkg.schedule.fired.v1",
        time: scheduledTime,
        data: { scheduledTime: scheduledTime, trigger: "sweep", data: { mode: "<full>" } },
      });
    });
  });
});
