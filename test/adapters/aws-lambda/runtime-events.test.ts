import { describe, expect, test } from "vitest";
import type { Handler } from "fnpkg/runtime";
import { traceparentOf } from "../../../adapters/aws-lambda/runtime/trace.ts";
import { deliver, lambdaArn, seen } from "./runtime-calls.ts";

const jobs = "arn:aws:sqs:eu-west-1:123456789012:jobs";
const fifo = `${jobs}.fifo`;
const message = (id: string, more: object = {}) => ({
  messageId: id,
  receiptHandle: "h",
  body: `body of ${id}`,
  attributes: { ApproximateReceiveCount: "2", SentTimestamp: "1520621625029" },
  messageAttributes: {},
  eventSource: "aws:sqs",
  eventSourceARN: jobs,
  awsRegion: "eu-west-1",
  ...more,
});
const sqs = (ids: readonly string[], more: object = {}) => ({ Records: ids.map((id) => message(id, more)) });
/** Fails the events whose id is named. */
const failing =
  (...ids: string[]): Handler =>
  (event) => {
    if (ids.includes((event as { id: string }).id)) throw new Error(`no ${(event as { id: string }).id}`);
  };
const items = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe("SQS", () => {
  test("a message becomes a neutral event", async () => {
    const attributes = {
      Kind: { stringValue: "new", dataType: "String" },
      Count: { stringValue: "3", dataType: "Number" },
      Raw: { binaryValue: "AAE=", dataType: "Binary" },
    };
    const system = {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1520621625029",
      AWSTraceHeader: "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=1",
    };
    expect(await seen(sqs(["m1"], { messageAttributes: attributes, attributes: system }))).toEqual([
      {
        specversion: "1.0",
        id: "m1",
        source: "fnpkg:thumbnail/jobs",
        type: "dev.fnpkg.message.received.v1",
        time: "2018-03-09T18:53:45.029Z",
        vendorsource: jobs,
        deliveryattempt: 1,
        traceparent: "00-5e9f0c651de4d666d4dd26aced652b6c-53995c3f42cd8ad8-01",
        msgkind: "new",
        msgcount: "3",
        msgraw: "AAE=",
        data: "body of m1",
      },
    ]);
  });

  test("JSON is read by content type only", async () => {
    const json = {
      messageAttributes: { "content-type": { stringValue: "application/json", dataType: "String" } },
      body: '{"a":1}',
    };
    expect((await seen(sqs(["m1"], json)))[0]).toMatchObject({ data: { a: 1 }, datacontenttype: "application/json" });
    expect((await seen(sqs(["m1"], { body: '{"a":1}' })))[0]).toMatchObject({ data: '{"a":1}' });
  });

  test("a message that is a CloudEvent is unwrapped", async () => {
    const inner = { specversion: "1.0", id: "i", source: "/acme", type: "com.acme.done", data: { a: 1 } };
    const structured = {
      body: JSON.stringify(inner),
      messageAttributes: { "content-type": { stringValue: "application/cloudevents+json", dataType: "String" } },
    };
    expect((await seen(sqs(["m1"], structured)))[0]).toMatchObject({
      id: "i",
      source: "/acme",
      type: "com.acme.done",
      data: { a: 1 },
    });
    const attribute = (stringValue: string) => ({ stringValue, dataType: "String" });
    const binary = {
      body: "hi",
      messageAttributes: {
        ce_specversion: attribute("1.0"),
        ce_id: attribute("i"),
        ce_source: attribute("/acme"),
        ce_type: attribute("com.acme.done"),
      },
    };
    expect((await seen(sqs(["m1"], binary)))[0]).toMatchObject({ id: "i", type: "com.acme.done" });
  });

  test("one that claims to be a CloudEvent and isn't fails alone", async () => {
    const event = {
      Records: [
        message("m1"),
        message("m2", {
          body: "{",
          messageAttributes: { "Content-Type": { stringValue: "application/cloudevents+json", dataType: "String" } },
        }),
      ],
    };
    expect(await deliver(failing(), event)).toEqual(items("m2"));
  });

  test("failures are named, and nothing else is answered", async () => {
    expect(await deliver(failing(), sqs(["m1", "m2"]))).toEqual(items());
    expect(await deliver(failing("m2"), sqs(["m1", "m2", "m3"]))).toEqual(items("m2"));
    expect(await deliver(() => ({ batchItemFailures: [{ itemIdentifier: "made up" }] }), sqs(["m1"]))).toEqual(items());
  });

  test("in a FIFO queue the first failure stops, and is named with all after it", async () => {
    const handled: string[] = [];
    const handler: Handler = (event) => {
      const { id } = event as { id: string };
      handled.push(id);
      if (id === "m2") throw new Error("no");
    };
    expect(await deliver(handler, sqs(["m1", "m2", "m3", "m4"], { eventSourceARN: fifo }))).toEqual(items("m2", "m3", "m4"));
    expect(handled).toEqual(["m1", "m2"]);
  });

  test("a batch handler names indices; in a FIFO queue what follows is named too", async () => {
    const handler: Handler = () => ({ failures: [{ index: 1 }] });
    expect(await deliver(handler, sqs(["m1", "m2", "m3"]), { batch: true })).toEqual(items("m2"));
    expect(await deliver(handler, sqs(["m1", "m2", "m3"], { eventSourceARN: fifo }), { batch: true })).toEqual(items("m2", "m3"));
  });

  test.each<[string, Handler]>([
    ["throws", () => Promise.reject(new Error("all"))],
    ["names an index outside", () => ({ failures: [{ index: 7 }] })],
    ["names an index twice", () => ({ failures: [{ index: 0 }, { index: 0 }] })],
    ["returns something else", () => ({ ok: true })],
  ])("a batch handler that %s fails the call", async (_, handler) => {
    const lines: { level: string; message: string; code?: string }[] = [];
    await expect(deliver(handler, sqs(["m1", "m2"]), { batch: true, lines })).rejects.toThrow(/2 of 2 events failed/);
    expect(lines.some(({ level }) => level === "error")).toBe(true);
  });

  test("a failure that can't be named fails the call", async () => {
    await expect(
      deliver(() => Promise.reject(new Error("no")), { Records: [message("m1"), { ...message(""), messageId: undefined }] }),
    ).rejects.toThrow(/events failed/);
  });

  test("a handler that never settles fails what is left", async () => {
    const never: Handler = () => new Promise(() => undefined);
    expect(await deliver(never, sqs(["m1"]), { invocation: { deadline: Date.now() + 200 } })).toEqual(items("m1"));
  });

  test("nothing is nothing", async () => {
    expect(await deliver(failing(), { Records: [] })).toBeUndefined();
  });

  test("a queue that is no trigger is converted with its own address", async () => {
    const other = "arn:aws:sqs:eu-west-1:123456789012:other";
    const [event] = await seen(sqs(["m1"], { eventSourceARN: other }));
    expect(event).toMatchObject({ source: other, type: "dev.fnpkg.message.received.v1" });
    expect(event).not.toHaveProperty("vendorsource");
  });

  test("a package that declares the vendor's type gets the record", async () => {
    const [event] = await seen(sqs(["m1"]), { declared: ["com.amazonaws.sqs.message"] });
    expect(event).toMatchObject({ type: "com.amazonaws.sqs.message", source: jobs, id: "m1", data: message("m1") });
  });
});

describe("SNS", () => {
  const orders = "arn:aws:sns:eu-west-1:123456789012:orders";
  const event = (more: object = {}) => ({
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: `${orders}:1`,
        Sns: {
          Type: "Notification",
          MessageId: "n1",
          TopicArn: orders,
          Subject: "S",
          Message: "hi",
          Timestamp: "2026-06-03T17:43:27.123Z",
          MessageAttributes: { Kind: { Type: "String", Value: "new" } },
          ...more,
        },
      },
    ],
  });

  test("a message becomes a neutral event", async () => {
    expect(await seen(event())).toEqual([
      {
        specversion: "1.0",
        id: "n1",
        source: "fnpkg:thumbnail/orders",
        type: "dev.fnpkg.message.received.v1",
        time: "2026-06-03T17:43:27.123Z",
        vendorsource: orders,
        msgkind: "new",
        data: "hi",
      },
    ]);
  });

  test("the CNCF's form where the package declares it", async () => {
    expect((await seen(event(), { declared: ["com.amazonaws.sns.Notification"] }))[0]).toMatchObject({
      id: "n1",
      source: `${orders}:1`,
      type: "com.amazonaws.sns.Notification",
      subject: "S",
      data: { Message: "hi" },
    });
  });

  test("a failure fails the call, so that Lambda tries again", async () => {
    await expect(deliver(failing("n1"), event())).rejects.toThrow("no n1");
    expect(await deliver(failing(), event())).toBeUndefined();
  });
});

describe("S3", () => {
  const record = (name: string, key: string, more: object = {}) => ({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "eu-west-1",
    eventTime: "2026-01-01T00:00:00.123Z",
    eventName: name,
    responseElements: { "x-amz-request-id": "REQ", "x-amz-id-2": "ID2" },
    s3: {
      configurationId: "fnpkg:thumbnail-prod:acme/sample:trigger-up",
      bucket: { name: "acme-photos", arn: "arn:aws:s3:::acme-photos" },
      object: { key, size: 5, eTag: "e", versionId: "v", sequencer: "0A", ...more },
    },
  });

  test("an object's event has its key decoded", async () => {
    expect(await seen({ Records: [record("ObjectCreated:Put", "in/a+b%2Bc%20%C3%A4.jpg")] })).toEqual([
      {
        specversion: "1.0",
        id: "REQ.0A",
        source: "fnpkg:thumbnail/up",
        type: "dev.fnpkg.object.created.v1",
        time: "2026-01-01T00:00:00.123Z",
        vendorsource: "arn:aws:s3:::acme-photos",
        subject: "in/a b+c ä.jpg",
        datacontenttype: "application/json",
        data: { container: "acme-photos", key: "in/a b+c ä.jpg", size: 5, etag: "e", version: "v" },
      },
    ]);
  });

  test.each(["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"])(
    "%s is a deletion",
    async (name) => {
      expect((await seen({ Records: [record(name, "k")] }))[0]).toMatchObject({
        type: "dev.fnpkg.object.deleted.v1",
        subject: "k",
      });
    },
  );

  test("two triggers of one bucket are told apart by the entry that matched", async () => {
    const other = record("ObjectCreated:Put", "k");
    const event = {
      Records: [{ ...other, s3: { ...other.s3, configurationId: "fnpkg:thumbnail-prod:acme/sample:trigger-gone" } }],
    };
    expect((await seen(event))[0]).toMatchObject({ source: "fnpkg:thumbnail/gone" });
  });

  test("the CNCF's form leaves the key, and ids of one request differ", async () => {
    const events = await seen(
      { Records: [record("ObjectCreated:Put", "a+b"), record("ObjectCreated:Put", "c")] },
      { declared: ["com.amazonaws.s3.ObjectCreated:Put"] },
    );
    expect(events.map(({ id, type, source, subject }) => [id, type, source, subject])).toEqual([
      ["REQ.ID2", "com.amazonaws.s3.ObjectCreated:Put", "aws:s3.eu-west-1.acme-photos", "a+b"],
      ["REQ.ID2.1", "com.amazonaws.s3.ObjectCreated:Put", "aws:s3.eu-west-1.acme-photos", "c"],
    ]);
  });

  test("an event that the vocabulary has not keeps the vendor's type; a key that can't be decoded stays", async () => {
    expect((await seen({ Records: [record("ObjectRestore:Post", "k")] }))[0]).toMatchObject({
      type: "com.amazonaws.s3.ObjectRestore:Post",
    });
    expect((await seen({ Records: [record("ObjectCreated:Put", "100%")] }))[0]).toMatchObject({ subject: "100%" });
  });

  test("one failure of several fails the call", async () => {
    const event = { Records: [record("ObjectCreated:Put", "a"), record("ObjectCreated:Put", "b", { sequencer: "0B" })] };
    await expect(deliver(failing("REQ.0B"), event)).rejects.toThrow("1 of 2 events failed: no REQ.0B");
  });
});

describe("streams", () => {
  const clicks = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";
  const kinesis = (sequence: string, data = "aGk=") => ({
    eventSource: "aws:kinesis",
    eventID: `shardId-0:${sequence}`,
    eventName: "aws:kinesis:record",
    eventSourceARN: clicks,
    kinesis: { partitionKey: "p", sequenceNumber: sequence, data, approximateArrivalTimestamp: 1480641523.477 },
  });
  const rows = (sequence: string) => ({
    eventSource: "aws:dynamodb",
    eventID: `e${sequence}`,
    eventName: "INSERT",
    eventSourceARN: "arn:aws:dynamodb:eu-west-1:123456789012:table/rows/stream/1",
    dynamodb: {
      Keys: { id: { S: "1" } },
      NewImage: { id: { S: "1" } },
      SequenceNumber: sequence,
      ApproximateCreationDateTime: 1480642020,
    },
  });

  test("a Kinesis record becomes a neutral event", async () => {
    expect(await seen({ Records: [kinesis("1")] })).toEqual([
      {
        specversion: "1.0",
        id: "shardId-0:1",
        source: "fnpkg:thumbnail/clicks",
        type: "dev.fnpkg.record.received.v1",
        time: "2016-12-02T01:18:43.477Z",
        vendorsource: clicks,
        partitionkey: "p",
        sequence: "1",
        data: "hi",
      },
    ]);
    expect((await seen({ Records: [kinesis("1", "AP8=")] }))[0]).toMatchObject({ data: new Uint8Array([0, 255]) });
  });

  test("a DynamoDB record becomes a neutral event", async () => {
    expect((await seen({ Records: [rows("7")] }))[0]).toMatchObject({
      id: "e7",
      type: "dev.fnpkg.record.received.v1",
      sequence: "7",
      partitionkey: '{"id":{"S":"1"}}',
      data: { eventName: "INSERT", NewImage: { id: { S: "1" } } },
    });
  });

  test("the lowest failure is the checkpoint", async () => {
    const event = { Records: [kinesis("1"), kinesis("2"), kinesis("3")] };
    expect(await deliver(failing("shardId-0:2", "shardId-0:3"), event)).toEqual(items("2"));
    expect(await deliver(() => ({ failures: [{ index: 2 }, { index: 1 }] }), event, { batch: true })).toEqual(items("2"));
    expect(await deliver(failing("e8"), { Records: [rows("7"), rows("8")] })).toEqual(items("8"));
    expect(await deliver(failing(), event)).toEqual(items());
  });

  test("a record without data stops there", async () => {
    const broken = { ...kinesis("2"), kinesis: { sequenceNumber: "2", data: "%" } };
    expect(await deliver(failing(), { Records: [kinesis("1"), broken, kinesis("3")] })).toEqual(items("2"));
  });

  test("the state of a time window is handed through", async () => {
    const event = { Records: [kinesis("1")], window: { start: "a", end: "b" }, state: { sum: 1 } };
    expect(await deliver(failing(), event)).toEqual({ ...items(), state: { sum: 1 } });
  });
});

describe("whole events", () => {
  const fired = {
    fnpkg: "schedule",
    trigger: "tick",
    scheduledTime: "2026-01-01T00:05:00Z",
    execution: "x1",
    schedule: "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/thumbnail-prod--tick",
    data: { mode: "sweep" },
  };

  test("a schedule's event has an id that a repeated call keeps", async () => {
    const once = await seen(fired);
    expect(once).toEqual([
      {
        specversion: "1.0",
        id: "tick/2026-01-01T00:05:00.000Z",
        source: "fnpkg:thumbnail/tick",
        type: "dev.fnpkg.schedule.fired.v1",
        time: "2026-01-01T00:05:00.000Z",
        vendorsource: fired.schedule,
        datacontenttype: "application/json",
        data: { scheduledTime: "2026-01-01T00:05:00.000Z", trigger: "tick", data: { mode: "sweep" } },
      },
    ]);
    expect(await seen({ ...fired, execution: "x2" })).toEqual(once);
  });

  test("a schedule whose placeholders were not filled fails", async () => {
    await expect(deliver(failing(), { ...fired, scheduledTime: "<aws.scheduler.scheduled-time>" })).rejects.toThrow(
      "without its time",
    );
  });

  test("EventBridge's events keep their source", async () => {
    const event = {
      version: "0",
      id: "b1",
      "detail-type": "Order Placed",
      source: "com.acme.shop",
      time: "2026-01-01T00:00:00Z",
      detail: { a: 1 },
    };
    expect(await seen(event)).toMatchObject([
      { id: "b1", source: "com.acme.shop", type: "com.amazonaws.events.Order Placed", time: "2026-01-01T00:00:00Z", data: event },
    ]);
  });

  test("a CloudEvent is taken as it is; one that is none is refused", async () => {
    const event = { specversion: "1.0", id: "c1", source: "/me", type: "t", data: { a: 1 } };
    expect(await seen(event)).toMatchObject([event]);
    for (const broken of [
      { ...event, id: undefined },
      { ...event, specversion: "0.3" },
      { ...event, data_base64: "AA==" },
    ]) {
      await expect(deliver(failing(), broken)).rejects.toThrow();
    }
  });

  test.each([[null], [undefined], [0], ["text"], [[]], [{}], [{ Records: "x" }]])(
    "%j is converted with the call's own id",
    async (event) => {
      expect(await seen(event)).toMatchObject([{ id: "r1", source: lambdaArn, type: "com.amazonaws.lambda.invoke" }]);
    },
  );

  test.each([
    [[null]],
    [["x"]],
    [[{}]],
    [[{ eventSource: "aws:sqs" }]],
    [[{ eventSource: "aws:s3" }]],
    [[{ EventSource: "aws:sns" }]],
    [[{ eventSource: "aws:kinesis" }]],
  ])("records %j are converted, or fail with a reason", async (records) => {
    const outcome = await deliver(failing(), { Records: records }).then(
      () => "handled",
      (error: unknown) => (error as Error).message,
    );
    expect(outcome).not.toMatch(/undefined|null|is not a function/);
  });
});

describe("traces", () => {
  test.each([
    [
      "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=1",
      "00-5e9f0c651de4d666d4dd26aced652b6c-53995c3f42cd8ad8-01",
    ],
    [
      "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:0",
      "00-5e9f0c651de4d666d4dd26aced652b6c-53995c3f42cd8ad8-00",
    ],
    ["Root=1-5e9f0c65-1de4d666d4dd26aced652b6c", undefined],
    ["Self=1;Root=x;Parent=y", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s", (header, traceparent) => {
    expect(traceparentOf(header)).toBe(traceparent);
  });

  test("an event's own trace wins over the call's", async () => {
    const xray = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;
    const traces: (string | undefined)[] = [];
    const handler: Handler = (_, { trace }) => void traces.push(trace.traceparent);
    const own = {
      messageAttributes: { traceparent: { stringValue: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, dataType: "String" } },
    };
    await deliver(handler, sqs(["m1"]), { invocation: { trace: { traceparent: xray } } });
    await deliver(handler, sqs(["m1"], own), { invocation: { trace: { traceparent: xray } } });
    expect(traces).toEqual([xray, `00-${"a".repeat(32)}-${"b".repeat(16)}-01`]);
  });
});
