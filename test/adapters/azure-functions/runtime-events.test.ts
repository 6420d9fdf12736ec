/** Calls with events: the built archive in the stand-in worker. The handler tells what it was given in its log. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Signature, Trigger } from "fnpkg/adapter";
import { blobEvent, busMessage, gridEvent, hubRecord, hubRecords, queueMessage, timerCall } from "./runtime-calls.ts";
import { arm, everything, of } from "./translate-cases.ts";
import { missing, type Request, start, type Started } from "./worker-site.ts";

const handler = `
const plain = (value) => (value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value);
const told = (event) => ({ ...event, data: plain(event.data) });
export default async function (given, context) {
  const events = Array.isArray(given) ? given : [given];
  console.log("GIVEN " + JSON.stringify({ events: events.map(told), batch: Array.isArray(given), id: context.invocationId, trace: context.trace }));
  const failing = events.flatMap((event, index) => (String(event.data).startsWith("fail") ? [{ index, reason: event.data }] : []));
  if (failing.length > 0 && Array.isArray(given)) return { failures: failing };
  if (failing.length > 0) throw new Error("no: " + failing[0].reason);
}
`;
const files = { "index.js": handler, "package.json": '{"type":"module"}' };
const neutral = ["message.received", "record.received", "object.created", "object.deleted", "schedule.fired"];
const neutralSignature = {
  type: "cloudevent" as const,
  events: neutral.map((name) => ({ type: `dev.fnpkg.${name}.v1` })),
};

interface Given {
  readonly events: readonly { readonly [attribute: string]: unknown }[];
  readonly batch: boolean;
  readonly trace: object;
}

const sites: Started[] = [];
afterAll(() => Promise.all(sites.map((site) => site.close())));
async function started(signature: Signature, triggers: readonly Trigger[]): Promise<Started> {
  const site = await start({ files, signature, triggers });
  sites.push(site);
  return site;
}

let count = 0;
/** What the handler was given; nothing when it wasn't called. */
async function delivered(site: Started, name: string, request: Request, timeout = 2000): Promise<Given | undefined> {
  const id = `event-${++count}`;
  const answer = await site.invoke(name, request, id);
  expect(answer).toEqual({ invocationId: id, outputData: [] });
  const line = () =>
    site
      .output()
      .split("\n")
      .find((found) => found.startsWith("GIVEN ") && found.includes(`"id":"${id}"`));
  const found = await vi.waitUntil(line, { timeout }).catch(() => undefined);
  return found === undefined ? undefined : (JSON.parse(found.slice("GIVEN ".length)) as Given);
}
const one = async (site: Started, name: string, request: Request) => (await delivered(site, name, request))?.events[0];

describe.skipIf(missing.length > 0)(`events${missing.length > 0 ? `, skipped: needs ${missing.join(", ")}` : ""}`, () => {
  let site: Started;
  beforeAll(async () => {
    site = await started(neutralSignature, everything);
  }, 60_000);

  test("a storage queue's message", async () => {
    expect(await one(site, "jobs", queueMessage('{"a":1}'))).toEqual({
      specversion: "1.0",
      id: "5f3b4a9c-0000-4000-8000-000000000001",
      source: "fnpkg:thumbnail/jobs",
      vendorsource: of.queue("jobs").id,
      type: "dev.fnpkg.message.received.v1",
      time: "2026-11-22T10:00:00+00:00",
      deliveryattempt: 2,
      // A body is text: nothing says that it is JSON.
      data: '{"a":1}',
    });
    expect(await one(site, "jobs", queueMessage(new Uint8Array([0, 255])))).toMatchObject({ data: { bytes: "AP8=" } });
    expect(await one(site, "jobs", queueMessage(""))).toMatchObject({ data: "" });
  });

  test("a Service Bus message, with its properties", async () => {
    const properties = {
      kind: "new",
      Count: 2,
      flag: true,
      traceparent: "00-11111111111111111111111111111111-2222222222222222-01",
    };
    const request = busMessage('{"a":1}', properties, { ContentType: "application/json", SessionId: "s-1" });
    expect(await one(site, "in-order", request)).toEqual({
      specversion: "1.0",
      id: "m-1",
      source: "fnpkg:thumbnail/in-order",
      vendorsource: of.busQueue("jobs").id,
      type: "dev.fnpkg.message.received.v1",
      time: "2026-11-22T10:00:00.123Z",
      deliveryattempt: 3,
      traceparent: properties.traceparent,
      partitionkey: "s-1",
      sequence: "36028797018964081",
      datacontenttype: "application/json",
      msgkind: "new",
      msgcount: 2,
      msgflag: true,
      msgtraceparent: properties.traceparent,
      data: { a: 1 },
    });
  });

  test("a topic's message reaches the handler only when the filter lets it", async () => {
    expect(await one(site, "orders", busMessage("x", { kind: "new" }))).toMatchObject({
      source: "fnpkg:thumbnail/orders",
      vendorsource: of.topic("orders", "thumbnail").id,
      msgkind: "new",
    });
    expect(await delivered(site, "orders", busMessage("x", { kind: "gone" }), 300)).toBeUndefined();
    expect(await delivered(site, "orders", busMessage("x"), 300)).toBeUndefined();
  });

  test("a message that is a CloudEvent is taken out, in either form", async () => {
    const event = { specversion: "1.0", id: "1", source: "/shop", type: "com.acme.order", data: { a: 1 } };
    const structured = busMessage(JSON.stringify(event), {}, { ContentType: "application/cloudevents+json" });
    expect(await one(site, "in-order", structured)).toEqual({ ...event, deliveryattempt: 3 });
    const attributes = Object.fromEntries(
      ["specversion", "id", "source", "type"].map((name) => [`cloudEvents:${name}`, event[name as "id"]]),
    );
    const binary = busMessage('{"a":1}', attributes, { ContentType: "application/json" });
    expect(await one(site, "in-order", binary)).toMatchObject(event);
  });

  test("an object that was created or deleted; its key is decoded", async () => {
    const key = "in/a b+ü%20#1.jpg";
    expect(await one(site, "up", gridEvent(blobEvent("Microsoft.Storage.BlobCreated", key)))).toEqual({
      specversion: "1.0",
      id: "831e1650-001e-001b-66ab-eeb76e069631",
      source: "fnpkg:thumbnail/up",
      vendorsource: of.container("photos").id,
      type: "dev.fnpkg.object.created.v1",
      time: "2026-11-22T10:00:00.1234567Z",
      subject: key,
      datacontenttype: "application/json",
      data: { container: "photos", key, size: 524_288, etag: "0x8D4BCC2E4835CD0", contentType: "image/jpeg" },
    });
    expect(await one(site, "gone", gridEvent(blobEvent("Microsoft.Storage.BlobDeleted", "a.jpg"), "string"))).toMatchObject({
      type: "dev.fnpkg.object.deleted.v1",
      subject: "a.jpg",
      data: { container: "photos", key: "a.jpg", contentType: "image/jpeg" },
    });
  });

  test("a record of an event hub", async () => {
    expect(await one(site, "clicks", hubRecord("click"))).toEqual({
      specversion: "1.0",
      id: "3/42",
      source: "fnpkg:thumbnail/clicks",
      vendorsource: of.hub("clicks").id,
      type: "dev.fnpkg.record.received.v1",
      time: "2026-11-22T10:00:00.5Z",
      partitionkey: "user-1",
      sequence: "42",
      data: "click",
    });
  });

  test("a schedule, at the time it was due, with its data", async () => {
    expect(await one(site, "tick", timerCall("2026-11-22T10:00:00+00:00"))).toEqual({
      specversion: "1.0",
      id: "tick/2026-11-22T10:00:00.000Z",
      source: "fnpkg:thumbnail/tick",
      vendorsource: arm("Microsoft.Web/sites/thumbnail-prod/functions/tick"),
      type: "dev.fnpkg.schedule.fired.v1",
      time: "2026-11-22T10:00:00.000Z",
      datacontenttype: "application/json",
      data: { scheduledTime: "2026-11-22T10:00:00.000Z", trigger: "tick", data: { mode: "sweep" } },
    });
    // The host keeps no status of what is due more often than every minute.
    const often = await one(site, "often", timerCall(null));
    expect(Date.parse(String(often?.["time"])) % 10_000).toBe(0);
  });

  test("the call's trace, unless the event has its own", async () => {
    const traceContext = { traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", traceState: "" };
    expect((await delivered(site, "jobs", { ...queueMessage("x"), traceContext }))?.trace).toEqual({
      traceparent: traceContext.traceParent,
    });
    const own = "00-11111111111111111111111111111111-2222222222222222-01";
    const message = busMessage("x", { "Diagnostic-Id": own });
    expect((await delivered(site, "in-order", { ...message, traceContext }))?.trace).toEqual({ traceparent: own });
  });

  test.each([
    ["jobs", queueMessage("fail")],
    ["in-order", busMessage("fail")],
    ["clicks", hubRecord("fail")],
  ])("what fails in %s is thrown, so that the host calls again", async (name, request) => {
    const { failure } = await site.invoke(name, request);
    expect(failure?.message).toBe("no: fail");
    expect(failure?.stack).not.toContain(" at ");
  });

  test("what can't be an event fails as well", async () => {
    const { failure } = await site.invoke("up", gridEvent({ specversion: "1.0", type: "Microsoft.Storage.BlobCreated" }));
    expect(failure?.message).toMatch(/source|id/);
  });

  test.each(["jobs", "in-order", "clicks"])("what %s is called with by hand is the event itself", async (name) => {
    const event = { specversion: "1.0", id: "1", source: "/by/hand", type: "dev.fnpkg.message.received.v1", data: "x" };
    const request = {
      inputData: [{ name: "message", data: { bytes: Buffer.from(JSON.stringify(event)) } }],
      triggerMetadata: {},
    };
    expect(await one(site, name, request)).toEqual(event);
    const text = { inputData: [{ name: "message", data: { bytes: Buffer.from("plain") } }], triggerMetadata: {} };
    expect(await one(site, name, text)).toMatchObject({ source: `fnpkg:thumbnail/${name}`, data: "plain" });
  });
});

describe.skipIf(missing.length > 0)("a package that takes batches", () => {
  let site: Started;
  beforeAll(async () => {
    site = await started({ ...neutralSignature, batch: true }, everything);
  }, 60_000);

  test("gets a partition's records together, in order and with empty ones in their places", async () => {
    const given = await delivered(site, "clicks", hubRecords(["a", "", "c"]));
    expect(given?.batch).toBe(true);
    expect(given?.events.map(({ id, data, partitionkey, time }) => ({ id, data, partitionkey, time }))).toEqual([
      { id: "3/100", data: "a", partitionkey: undefined, time: "2026-11-22T10:00:00Z" },
      { id: "3/101", data: "", partitionkey: "user-1", time: "2026-11-22T10:00:01Z" },
      { id: "3/102", data: "c", partitionkey: "user-2", time: "2026-11-22T10:00:02Z" },
    ]);
  });

  test("fails as a whole when one of them fails: the host knows no partial results", async () => {
    const { failure } = await site.invoke("clicks", hubRecords(["a", "fail"]));
    expect(failure?.message).toBe("1 of 2 events failed: fail");
  });

  test("gets a queue's messages one by one", async () => {
    const given = await delivered(site, "jobs", queueMessage("x"));
    expect(given).toMatchObject({ batch: true, events: [{ data: "x" }] });
  });
});

describe.skipIf(missing.length > 0)("a package that declares Azure's own types", () => {
  let site: Started;
  const types = [
    "Microsoft.Storage.BlobCreated",
    "Microsoft.ServiceBus.Message",
    "Microsoft.Storage.QueueMessage",
    "Microsoft.EventHub.Event",
    "Microsoft.Web.TimerFired",
  ];
  beforeAll(async () => {
    site = await started({ type: "cloudevent", events: types.map((type) => ({ type })) }, everything);
  }, 60_000);

  test("gets Event Grid's events as they were delivered", async () => {
    const event = blobEvent("Microsoft.Storage.BlobCreated", "a.jpg");
    expect(await one(site, "up", gridEvent(event))).toEqual(event);
  });

  test("gets messages and records with all that the host tells of them", async () => {
    expect(await one(site, "in-order", busMessage("x", { kind: "new" }))).toMatchObject({
      type: "Microsoft.ServiceBus.Message",
      source: of.busQueue("jobs").id,
      id: "m-1",
      data: { body: "x", metadata: { DeliveryCount: 3, ApplicationProperties: { kind: "new" } } },
    });
    expect(await one(site, "jobs", queueMessage("x"))).toMatchObject({
      type: "Microsoft.Storage.QueueMessage",
      data: { body: "x", metadata: { DequeueCount: 2 } },
    });
    expect(await one(site, "clicks", hubRecord("x"))).toMatchObject({
      type: "Microsoft.EventHub.Event",
      data: { body: "x", partition: "3", sequence: "42" },
    });
    expect(await one(site, "tick", timerCall("2026-11-22T10:00:00Z"))).toMatchObject({
      type: "Microsoft.Web.TimerFired",
      id: "tick/2026-11-22T10:00:00.000Z",
      data: { IsPastDue: false },
    });
  });
});
