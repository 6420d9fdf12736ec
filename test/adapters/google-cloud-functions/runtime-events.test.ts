/** What Eventarc, Pub/Sub and Cloud Scheduler send, as the handler gets it; Google's own samples among it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CloudEvent, createFunction, toBinary, toStructured, validateEvent } from "fnpkg/runtime";
import type { Bound } from "../../../adapters/google-cloud-functions/runtime/found.ts";
import { answerEvents } from "../../../adapters/google-cloud-functions/runtime/events.ts";
import { withSeverity } from "../../../adapters/google-cloud-functions/runtime/log.ts";
import { noModels, readModel } from "../../engine/check-models.ts";

const topic = "projects/acme-shop/topics/jobs";
const bucket = "projects/_/buckets/acme-photos";
const job = "projects/acme-shop/locations/europe-west1/jobs/thumbnail-prod--tick";
const bound: Bound = {
  function: "thumbnail",
  triggers: new Map([
    [topic, "jobs"],
    [bucket, "up"],
    [job, "tick"],
  ]),
  filters: {},
  declared: ["dev.fnpkg.message.received.v1", "dev.fnpkg.object.created.v1", "dev.fnpkg.object.deleted.v1"],
};

interface Posted {
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array | null;
}
interface Given {
  readonly bound?: Partial<Bound>;
  readonly batch?: boolean;
  readonly handler?: (event: unknown) => unknown;
}

/** The answer, and what the handler got. */
async function post({ method = "POST", headers = [], body = "" }: Posted, given: Given = {}) {
  const events: { readonly [name: string]: unknown }[] = [];
  const lines: string[] = [];
  const fn = createFunction({
    handler: (input) => {
      events.push(...([input].flat() as { [name: string]: unknown }[]));
      return given.handler?.(input);
    },
    signature: { type: "cloudevent", batch: given.batch ?? false },
    function: { name: "acme/sample", version: "1.0.0", packageDigest: "sha256:0" },
    target: { name: "google-cloud-functions" },
    log: { write: (_, line) => void lines.push(line) },
  });
  const bytes = typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array());
  const response = await answerEvents(fn, { method, headers, body: bytes }, { ...bound, ...given.bound }, { id: "r1" });
  return { status: response.status, headers: response.headers, body: response.body, events, lines };
}

const json = (value: unknown): Posted => ({ headers: [["content-type", "application/json"]], body: JSON.stringify(value) });
const base64 = (value: string | Uint8Array) => Buffer.from(value).toString("base64");

const published = (message: object, more: object = {}): CloudEvent => ({
  specversion: "1.0",
  id: "m1",
  type: "google.cloud.pubsub.topic.v1.messagePublished",
  source: `//pubsub.googleapis.com/${topic}`,
  time: "2026-01-02T03:04:05.678Z",
  datacontenttype: "application/json",
  data: { subscription: "projects/acme-shop/subscriptions/s", message: { messageId: "m1", ...message }, ...more },
});
const stored = (kind: string, object: object): CloudEvent => ({
  specversion: "1.0",
  id: "o1",
  type: `google.cloud.storage.object.v1.${kind}`,
  source: `//storage.googleapis.com/${bucket}`,
  subject: "objects/in/a b.jpg",
  time: "2026-01-02T03:04:05Z",
  datacontenttype: "application/json",
  data: { bucket: "acme-photos", name: "in/a b.jpg", ...object },
});
const seen = async (event: CloudEvent, given?: Given) => {
  const answer = await post(toBinary(event), given);
  expect(answer.status).toBe(204);
  return answer.events[0];
};

describe("messages", () => {
  const common = {
    specversion: "1.0",
    id: "m1",
    type: "dev.fnpkg.message.received.v1",
    source: "fnpkg:thumbnail/jobs",
    vendorsource: `//pubsub.googleapis.com/${topic}`,
    time: "2026-01-02T03:04:05.678Z",
  };
  test.each<[string, object, object, object?]>([
    ["text", { data: base64("grüße"), attributes: { Kind: "new" } }, { data: "grüße", msgkind: "new" }],
    ["JSON that isn't said to be", { data: base64('{"a":1}') }, { data: '{"a":1}' }],
    [
      "JSON that is",
      { data: base64('{"a":1}'), attributes: { "content-type": "application/json" } },
      { data: { a: 1 }, datacontenttype: "application/json", msgcontenttype: "application/json" },
    ],
    ["bytes", { data: base64(new Uint8Array([0, 255])) }, { data: new Uint8Array([0, 255]) }],
    ["nothing", {}, { data: "" }],
    ["a key", { data: "", orderingKey: "k" }, { data: "", partitionkey: "k" }],
    ["attempts", { data: "" }, { data: "", deliveryattempt: 3 }, { deliveryAttempt: 3 }],
  ])("with %s", async (_, message, wanted, more) => {
    expect(await seen(published(message, more))).toEqual({ ...common, ...wanted });
  });

  test("that are CloudEvents come as these", async () => {
    const event = {
      specversion: "1.0",
      id: "7",
      source: "/shop",
      type: "com.acme.order",
      datacontenttype: "application/json",
      data: { n: 1 },
    };
    const structured = { data: base64(JSON.stringify(event)), attributes: { "content-type": "application/cloudevents+json" } };
    const attributes = {
      "ce-specversion": "1.0",
      "ce-id": "7",
      "ce-source": "/shop",
      "ce-type": "com.acme.order",
      "content-type": "application/json",
    };
    for (const message of [structured, { data: base64('{"n":1}'), attributes }])
      expect(await seen(published(message))).toEqual(event);
  });

  test("in structured mode are the same", async () => {
    const { status, events } = await post(toStructured(published({ data: base64("x") })));
    expect([status, events]).toEqual([204, [{ ...common, data: "x" }]]);
  });

  test("of no known topic have the vendor's source", async () => {
    const other = { ...published({ data: base64("x") }), source: "//pubsub.googleapis.com/projects/p/topics/other" };
    const event = await seen(other);
    expect(event).toMatchObject({ source: other.source });
    expect(event).not.toHaveProperty("vendorsource");
  });

  test("pushed without Eventarc are read too", async () => {
    const subscription = "projects/acme-shop/subscriptions/direct";
    const message = {
      data: base64("x"),
      messageId: "m9",
      message_id: "m9",
      publishTime: "2026-01-02T03:04:05Z",
      attributes: { a: "1" },
    };
    const { status, events } = await post(json({ message, subscription, deliveryAttempt: 2 }));
    expect([status, events]).toEqual([
      204,
      [
        {
          ...common,
          id: "m9",
          source: `//pubsub.googleapis.com/${subscription}`,
          vendorsource: undefined,
          time: "2026-01-02T03:04:05Z",
          data: "x",
          msga: "1",
          deliveryattempt: 2,
        },
      ],
    ]);
  });

  test("keep Google's type where the package declares it", async () => {
    const event = published({ data: base64("x") });
    expect(await seen(event, { bound: { declared: [event.type] } })).toEqual(event);
    expect(await seen(event, { bound: { declared: ["google.cloud.pubsub.other"] } })).toEqual(event);
  });

  test.each([
    [{ kind: "new" }, 1],
    [{ kind: "changed", more: "x" }, 1],
    [{ kind: "old" }, 0],
    [{}, 0],
  ])("with attributes %j pass the filter %d times; the others are done", async (attributes, times) => {
    const filters = { jobs: { attributes: { kind: ["new", "changed"] } } };
    const answer = await post(toBinary(published({ data: "!", attributes })), { bound: { filters } });
    // What is not wanted isn't converted either.
    expect([answer.status, answer.lines.length]).toEqual(times === 0 ? [204, 0] : [500, 1]);
  });

  test("that are no base64 fail, and say so in the log", async () => {
    const { status, lines } = await post(toBinary(published({ data: "%" })));
    expect(status).toBe(500);
    expect(lines.join()).toContain("base64");
  });
});

describe("objects", () => {
  const common = {
    specversion: "1.0",
    id: "o1",
    source: "fnpkg:thumbnail/up",
    vendorsource: `//storage.googleapis.com/${bucket}`,
    subject: "in/a b.jpg",
    time: "2026-01-02T03:04:05Z",
    datacontenttype: "application/json",
  };
  test("that were made", async () => {
    expect(await seen(stored("finalized", { size: "12", etag: "e", contentType: "image/jpeg", generation: "9" }))).toEqual({
      ...common,
      type: "dev.fnpkg.object.created.v1",
      data: { container: "acme-photos", key: "in/a b.jpg", size: 12, etag: "e", contentType: "image/jpeg", version: "9" },
    });
  });
  test("that were deleted", async () => {
    expect(await seen(stored("deleted", {}))).toEqual({
      ...common,
      type: "dev.fnpkg.object.deleted.v1",
      data: { container: "acme-photos", key: "in/a b.jpg" },
    });
  });
  test.each(["a+b c%20d.jpg", "in/ünï/ö.jpg", "objects/x", "a\u2028b", '"quoted"', "x".repeat(1024)])(
    "have their key as it is: %j",
    async (key) => {
      const event = await seen({ ...stored("finalized", { name: key }), subject: `objects/${key}` });
      expect(event).toMatchObject({ subject: key, data: { key } });
    },
  );
  test("whose events are others keep Google's type", async () => {
    const event = stored("archived", {});
    expect(await seen(event)).toEqual(event);
  });
  test.each([
    ["in/a.jpg", 1],
    ["out/a.jpg", 0],
    ["in/a.png", 0],
  ])("called %s pass the filter %d times", async (name, times) => {
    const filters = { up: { prefix: "in/", suffix: ".jpg" } };
    const answer = await post(toBinary(stored("finalized", { name })), { bound: { filters } });
    expect([answer.status, answer.events.length]).toEqual([204, times]);
  });
});

describe("schedules", () => {
  const call = (data?: unknown, due = "2026-01-02T03:05:00Z"): Posted => ({
    headers: [
      ["Content-Type", "application/json"],
      ["X-CloudScheduler-ScheduleTime", due],
      ["X-CloudScheduler-JobName", "thumbnail-prod--tick"],
    ],
    body: JSON.stringify({ fnpkg: "schedule", trigger: "tick", data }),
  });
  test("come with the time that they were due", async () => {
    const { status, events } = await post(call({ mode: "sweep" }));
    expect([status, events]).toEqual([
      204,
      [
        {
          specversion: "1.0",
          id: "tick/2026-01-02T03:05:00.000Z",
          type: "dev.fnpkg.schedule.fired.v1",
          source: "fnpkg:thumbnail/tick",
          vendorsource: `//cloudscheduler.googleapis.com/${job}`,
          time: "2026-01-02T03:05:00.000Z",
          datacontenttype: "application/json",
          data: { scheduledTime: "2026-01-02T03:05:00.000Z", trigger: "tick", data: { mode: "sweep" } },
        },
      ],
    ]);
  });
  test("that someone runs by hand are due now", async () => {
    const { events } = await post(call(undefined, "never"));
    expect(Date.now() - Date.parse(String(events[0]?.["time"]))).toBeLessThan(60_000);
    expect(events[0]?.["data"]).not.toHaveProperty("data");
  });
});

describe("answers", () => {
  const event: CloudEvent = { specversion: "1.0", id: "1", source: "/me", type: "dev.fnpkg.message.received.v1", data: "x" };
  test("any other event comes as it is", async () => {
    expect(await seen({ ...event, type: "com.acme.x", datacontenttype: "text/plain" })).toMatchObject({
      type: "com.acme.x",
      data: "x",
    });
  });
  test("a failure is 500, so that it is delivered again", async () => {
    const failing = () => Promise.reject(new Error("the reason"));
    const answer = await post(toBinary(event), { handler: failing });
    expect(answer.status).toBe(500);
    expect(JSON.parse(String(answer.body))).toEqual({ failures: [{ index: 0, reason: "the reason" }] });
    expect(answer.lines.join()).toContain("the reason");
  });
  test("a handler of batches gets one of one, and may name it", async () => {
    const sizes: number[] = [];
    const taking = (input: unknown) => void sizes.push((input as unknown[]).length);
    expect((await post(toBinary(event), { batch: true, handler: taking })).status).toBe(204);
    expect(sizes).toEqual([1]);
    expect((await post(toBinary(event), { batch: true, handler: () => ({ failures: [{ index: 0 }] }) })).status).toBe(500);
    expect((await post(toBinary(event), { batch: true, handler: () => ({ failures: [{ index: 1 }] }) })).status).toBe(500);
  });
  test("a batch is for who asked for it, and says which events failed", async () => {
    const batch: Posted = {
      headers: [["content-type", "application/cloudevents-batch+json"]],
      body: JSON.stringify([event, { ...event, id: "2" }]),
    };
    expect((await post(batch)).status).toBe(415);
    const answer = await post(batch, { batch: true, handler: () => ({ failures: [{ index: 1, reason: "no" }] }) });
    expect([answer.status, answer.body]).toEqual([200, '{"failures":[{"index":1,"reason":"no"}]}']);
  });
  test.each<[string, Posted, number]>([
    ["another method", { method: "GET" }, 405],
    ["nothing", {}, 400],
    ["no JSON", { headers: [["content-type", "application/json"]], body: '{"a":' }, 400],
    ["JSON of no kind that is known", json({ a: 1 }), 400],
    ["a list", json([1]), 400],
    ["broken structured JSON", { headers: [["content-type", "application/cloudevents+json"]], body: "{" }, 400],
    ["another format", { headers: [["content-type", "application/cloudevents+avro"]], body: "x" }, 400],
    [
      "an older specversion",
      {
        ...json({}),
        headers: [
          ["ce-specversion", "0.3"],
          ["ce-id", "1"],
        ],
      },
      400,
    ],
    [
      "data that isn't the JSON it says",
      {
        ...toBinary(event),
        headers: [...toBinary(event).headers.filter(([name]) => name !== "content-type"), ["content-type", "application/json"]],
        body: "{",
      },
      400,
    ],
  ])("%s never reaches the handler", async (_, posted, status) => {
    const answer = await post(posted);
    expect([answer.status, answer.events]).toEqual([status, []]);
  });
});

test.each([
  ["warn", "WARNING"],
  ["debug", "DEBUG"],
])("a line of level %s has the severity %s for Cloud Logging", (level, severity) => {
  const line = JSON.stringify({ time: "2026-01-02T03:04:05.678Z", level, message: 'a "b"' });
  expect(JSON.parse(withSeverity(`${line}\n`))).toEqual({ ...(JSON.parse(line) as object), severity });
  expect(withSeverity("no line of ours")).toBe("no line of ours");
});

const title = noModels ? "skipped: needs FNPKG_MODELS" : "all of them";
describe.skipIf(noModels)(`Google's samples: ${title}`, () => {
  const conformance = "google/conformance/data";
  const inputs = noModels
    ? []
    : readdirSync(join(process.env["FNPKG_MODELS"] ?? "", conformance)).filter((file) => file.endsWith("-cloudevent-input.json"));

  test.each(inputs)("%s is a valid event in either mode, or passes as it is", async (file) => {
    const event = validateEvent(JSON.parse(readModel(`${conformance}/${file}`)) as { [name: string]: unknown });
    for (const message of [toBinary(event), toStructured(event)]) {
      const { status, events } = await post(message);
      expect(status).toBe(204);
      expect(validateEvent(events[0] ?? {})).toBeTruthy();
      if (!/pubsub|storage/.test(file)) expect(events).toEqual([event]);
    }
  });

  const data = (path: string): unknown => JSON.parse(readModel(`google/cloudevents/testdata/google/events/cloud/${path}.json`));
  test.each([
    ["pubsub/v1/MessagePublishedData-text", { data: "test message 3", msgattr1: "attr1-value" }],
    ["pubsub/v1/MessagePublishedData-binary", { data: "\u0001\u0002\u0003\u0004" }],
    ["pubsub/v1/MessagePublishedData-duplicatedFields", { id: "message-id", time: "2021-02-05T04:06:14.109Z" }],
  ])("%s", async (path, wanted) => {
    const sample = data(path);
    const event = await seen({ ...published({}), data: sample });
    expect(event).toMatchObject({ ...wanted, data: "data" in wanted ? wanted.data : (expect.anything() as unknown) });
  });
  test.each(["simple", "complex"])("storage/v1/StorageObjectData-%s", async (name) => {
    const sample = data(`storage/v1/StorageObjectData-${name}`) as { name: string; size: string; bucket: string };
    expect(await seen({ ...stored("finalized", {}), data: sample })).toMatchObject({
      subject: sample.name,
      data: { container: sample.bucket, key: sample.name, size: Number(sample.size) },
    });
  });
});
