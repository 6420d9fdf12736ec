import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  messageExtensions,
  messageReceived,
  objectCreated,
  objectDeleted,
  recordReceived,
  scheduleFired,
  validateEvent,
} from "../../src/runtime/index.ts";

const origin = { function: "thumb", trigger: "up", vendorSource: "arn:aws:s3:::b", id: "e1" };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("the neutral events", () => {
  it("says what happened to an object", () => {
    const event = objectCreated({
      ...origin,
      time: 0,
      container: "b",
      key: "in/a b.jpg",
      size: 0,
      etag: "x",
      contentType: "image/jpeg",
      version: "v",
      deliveryAttempt: 2,
      traceparent,
    });
    expect(event).toEqual({
      specversion: "1.0",
      id: "e1",
      source: "fnpkg:thumb/up",
      type: "dev.fnpkg.object.created.v1",
      subject: "in/a b.jpg",
      time: "1970-01-01T00:00:00.000Z",
      vendorsource: "arn:aws:s3:::b",
      deliveryattempt: 2,
      traceparent,
      datacontenttype: "application/json",
      data: { container: "b", key: "in/a b.jpg", size: 0, etag: "x", contentType: "image/jpeg", version: "v" },
    });
    const deleted = objectDeleted({ ...origin, container: "b", key: "k" });
    expect([deleted.type, deleted.data]).toEqual(["dev.fnpkg.object.deleted.v1", { container: "b", key: "k" }]);
    expect(validateEvent(event)).toEqual(event);
  });

  it("has the vendor's own source when no trigger is configured for it", () => {
    const event = objectCreated({ ...origin, trigger: undefined, container: "b", key: "k" });
    expect(event.source).toBe("arn:aws:s3:::b");
    expect("vendorsource" in event).toBe(false);
  });

  it("says that a schedule came due", () => {
    const event = scheduleFired({
      ...origin,
      id: undefined,
      trigger: "tick",
      scheduledTime: "2026-01-01T00:00:00Z",
      data: { mode: "sweep" },
    });
    expect(event).toEqual({
      specversion: "1.0",
      id: "tick/2026-01-01T00:00:00Z",
      source: "fnpkg:thumb/tick",
      type: "dev.fnpkg.schedule.fired.v1",
      time: "2026-01-01T00:00:00Z",
      vendorsource: "arn:aws:s3:::b",
      datacontenttype: "application/json",
      data: { scheduledTime: "2026-01-01T00:00:00Z", trigger: "tick", data: { mode: "sweep" } },
    });
    expect("data" in (scheduleFired({ ...origin, scheduledTime: 0 }).data as object)).toBe(false);
  });

  it.each([
    ["grüße", undefined, "grüße"],
    [Buffer.from("grüße"), undefined, "grüße"],
    [Buffer.from([0xff, 0xfe]), undefined, new Uint8Array([0xff, 0xfe])],
    ['{"a":1}', undefined, '{"a":1}'],
    ['{"a":1}', "text/plain", '{"a":1}'],
    ['{"a":1}', "application/json", { a: 1 }],
    [Buffer.from('{"a":1}'), "application/vnd.x+json; charset=utf-8", { a: 1 }],
    ["<a/>", "application/xml", "<a/>"],
    ["", undefined, ""],
    [new Uint8Array(), undefined, ""],
  ])("reads the body %j with content type %s", (body, contentType, data) => {
    const message = messageReceived({ ...origin, body, contentType });
    expect([message.type, message.data, message.datacontenttype]).toEqual(["dev.fnpkg.message.received.v1", data, contentType]);
    const record = recordReceived({ ...origin, record: body, contentType, partitionKey: "p", sequence: "5" });
    expect([record.type, record.data, record["partitionkey"], record["sequence"]]).toEqual([
      "dev.fnpkg.record.received.v1",
      data,
      "p",
      "5",
    ]);
  });

  it("finds the content type among the attributes, and the trace", () => {
    const event = messageReceived({ ...origin, body: "[1]", attributes: { "Content-Type": "application/json", traceparent } });
    expect([event.data, event["msgcontenttype"], event["traceparent"]]).toEqual([[1], "application/json", traceparent]);
  });

  it("refuses a body that isn't the JSON it is declared as", () => {
    expect(() => messageReceived({ ...origin, body: "{", contentType: "application/json" })).toThrow(
      expect.objectContaining({ code: "E_EVENT" }),
    );
  });

  it("gives a record that is a value as it is", () => {
    expect(recordReceived({ ...origin, record: { NewImage: {} } }).data).toEqual({ NewImage: {} });
  });

  it("unwraps a message that is an event", () => {
    const inner = { specversion: "1.0", id: "i", source: "s", type: "t" };
    const event = messageReceived({
      ...origin,
      body: JSON.stringify(inner),
      contentType: "application/cloudevents+json",
      deliveryAttempt: 3,
    });
    expect(event).toEqual({ ...inner, deliveryattempt: 3 });
  });
});

describe("message attributes", () => {
  it("become lower-case alphanumeric extensions", () => {
    expect(
      Object.fromEntries(messageExtensions({ "Order-Id": "1", data: "d", n: 5, big: 2 ** 40, bin: new Uint8Array([1]) })),
    ).toEqual({
      msgorderid: "1",
      msgdata: "d",
      msgn: 5,
      msgbig: "1099511627776",
      msgbin: "AQ==",
    });
  });

  it("are told apart where names meet, whatever their order", () => {
    const expected = { msga: "plain", msga2: "own", msga3: "A", msga4: "a-" };
    expect(Object.fromEntries(messageExtensions({ "a-": "a-", A: "A", a2: "own", a: "plain" }))).toEqual(expected);
    expect(Object.fromEntries(messageExtensions({ a: "plain", a2: "own", A: "A", "a-": "a-" }))).toEqual(expected);
    expect(Object.fromEntries(messageExtensions({ "--": "2", "-": "1" }))).toEqual({ msg: "1", msg2: "2" });
  });

  it("are never lost and always valid", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (attributes) => {
        const extensions = messageExtensions(attributes);
        const names = new Set(extensions.map(([name]) => name));
        expect(names.size).toBe(Object.keys(attributes).length);
        for (const name of names) expect(name).toMatch(/^msg[a-z0-9]*$/);
        const shuffled = Object.fromEntries(Object.entries(attributes).reverse());
        expect(messageExtensions(shuffled)).toEqual(extensions);
        expect(() =>
          validateEvent(messageReceived({ ...origin, body: "x", contentType: "text/plain", attributes: shuffled })),
        ).not.toThrow(TypeError);
      }),
    );
  });
});
