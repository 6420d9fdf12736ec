import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { eventFromJson, parseEvents, toBatch, toBinary, toStructured, unwrap, validateEvent } from "../../src/runtime/index.ts";
import type { CloudEvent, EventMessage } from "../../src/runtime/index.ts";

const base = { specversion: "1.0", id: "1", source: "/s", type: "t" } as const;
const binaryHeaders: [string, string][] = [
  ["ce-specversion", "1.0"],
  ["ce-id", "1"],
  ["ce-source", "/s"],
  ["ce-type", "t"],
];
const invalid: unknown = expect.objectContaining({ code: "E_EVENT" });

function parse(headers: [string, string][], body: string | Uint8Array | null = null): CloudEvent {
  return parseEvents(headers, body).events[0] as CloudEvent;
}

function structured(value: unknown, type = "application/cloudevents+json"): CloudEvent {
  return parse([["Content-Type", type]], JSON.stringify(value));
}

function refused(run: () => unknown) {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toEqual(invalid);
}

describe("attributes", () => {
  it.each([
    ["no id", { id: undefined }],
    ["a null id", { id: null }],
    ["an empty id", { id: "" }],
    ["a number as id", { id: 1 }],
    ["no source", { source: undefined }],
    ["an empty source", { source: "" }],
    ["no type", { type: undefined }],
    ["no specversion", { specversion: undefined }],
    ["specversion 0.3", { specversion: "0.3" }],
    ["specversion 1.1", { specversion: "1.1" }],
    ["specversion as a number", { specversion: 1 }],
    ["an extension in upper case", { myExt: "x" }],
    ["an extension with punctuation", { my_ext: "x" }],
    ["an empty extension name", { "": "x" }],
    ["an extension that is an object", { ext: {} }],
    ["an extension that is a fraction", { ext: 1.5 }],
    ["an extension beyond 32 bits", { ext: 2 ** 31 }],
    ["a wrong time", { time: "yesterday" }],
    ["a time without a zone", { time: "2026-01-01T00:00:00" }],
    ["an empty subject", { subject: "" }],
    ["a relative dataschema", { dataschema: "schema.json" }],
    ["data and data_base64", { data: "x", data_base64: "eA==" }],
    ["data_base64 that isn't", { data_base64: "***" }],
    ["data_base64 that is a number", { data_base64: 5 }],
  ])("%s is refused", (_, change) => {
    refused(() => structured({ ...base, ...change }));
  });

  it("takes what is allowed", () => {
    const event = { ...base, subject: "x", time: "2026-01-01T00:00:00.5+02:00", dataschema: "urn:x", ext: "", n: -5, yes: true };
    expect(structured({ ...event, gone: null })).toEqual(event);
    expect(validateEvent({ ...event, data: undefined })).toEqual(event);
  });

  it("refuses a __proto__ attribute", () => {
    refused(() =>
      parse(
        [["content-type", "application/cloudevents+json"]],
        '{"specversion":"1.0","id":"1","source":"s","type":"t","__proto__":"x"}',
      ),
    );
    refused(() => parse([...binaryHeaders, ["ce-__proto__", "x"]]));
  });
});

describe("binary mode", () => {
  it("lower-cases names, undoes percent-encoding and quotes", () => {
    const event = parse([
      ["CE-SpecVersion", "1.0"],
      ["Ce-Id", "a%20b%C3%A9%E2%82%AC"],
      ["ce-Source", "/%25"],
      ["ce-type", '"quo\\"ted"'],
      ["ce-MyExt", "%zz %ff"],
    ]);
    expect(event).toEqual({ specversion: "1.0", id: "a bé€", source: "/%", type: 'quo"ted', myext: "%zz %ff" });
  });

  it.each<[string | undefined, string | Uint8Array, unknown]>([
    ["application/json", '{"a":1}', { a: 1 }],
    ["Application/JSON; charset=utf-8", "[1]", [1]],
    ["application/vnd.acme+json", '"x"', "x"],
    ["text/json", "null", null],
    ["application/json", "\ufefftrue", true],
    ["text/plain", "grüße", "grüße"],
    ["text/csv; charset=iso-8859-1", new Uint8Array([0xe9]), "é"],
    ["text/plain", new Uint8Array([0x61, 0xff]), new Uint8Array([0x61, 0xff])],
    ["application/xml", "<a/>", new TextEncoder().encode("<a/>")],
    ["application/octet-stream", new Uint8Array([0, 255]), new Uint8Array([0, 255])],
    [undefined, "x", new Uint8Array([120])],
    ["application/json", "", undefined],
  ])("decodes data by content type %s", (type, body, data) => {
    const headers = type === undefined ? binaryHeaders : [...binaryHeaders, ["content-type", type] as [string, string]];
    const event = parse(headers, body);
    expect(event.data).toEqual(data);
    expect(event.datacontenttype).toBe(type);
    expect("data" in event).toBe(data !== undefined);
  });

  it("refuses what isn't an event or lies about JSON", () => {
    refused(() => parse([]));
    refused(() => parse([["content-type", "application/json"]], "{}"));
    refused(() => parse(binaryHeaders.filter(([name]) => name !== "ce-specversion")));
    refused(() => parse(binaryHeaders.filter(([name]) => name !== "ce-id")));
    refused(() => parse([...binaryHeaders, ["content-type", "application/json"]], "{not json"));
    refused(() => parse([...binaryHeaders, ["content-type", "application/json"]], new Uint8Array([0xff])));
    refused(() => parse([...binaryHeaders, ["content-type", "text/plain; charset=nonsense"]], "x"));
    refused(() => parse([...binaryHeaders, ["ce-data", "x"]]));
    refused(() => parse([...binaryHeaders, ["ce-id", "2"]]));
    refused(() => parse([["content-type", "application/cloudevents+xml"]], "<event/>"));
  });
});

describe("structured and batched mode", () => {
  it.each([
    [{ data: { a: 1 } }, { a: 1 }],
    [{ data: null }, null],
    [{ data: "text" }, "text"],
    [{ data: "text", datacontenttype: "text/plain" }, "text"],
    [{ data: '{"a":1}', datacontenttype: "application/json" }, '{"a":1}'],
    [{ data_base64: "AP8=" }, new Uint8Array([0, 255])],
    [{ data_base64: "e30=", datacontenttype: "application/json" }, {}],
    [{ data_base64: "eA==", datacontenttype: "text/plain" }, "x"],
    [{ data_base64: "" }, new Uint8Array()],
    [{}, undefined],
  ])("%j", (change, data) => {
    expect(structured({ ...base, ...change }, "application/cloudevents+json; charset=UTF-8").data).toEqual(data);
  });

  it("refuses what isn't an object or lies about JSON", () => {
    for (const value of [[], null, 5, "x"]) refused(() => structured(value));
    refused(() => parse([["content-type", "application/cloudevents+json"]], "{"));
    refused(() => structured({ ...base, data_base64: "ew==", datacontenttype: "application/json" }));
  });

  it("reads batches, the empty one too", () => {
    const type: [string, string] = ["content-type", "application/cloudevents-batch+json"];
    expect(parseEvents([type], "[]")).toEqual({ mode: "batched", events: [] });
    expect(parseEvents([type], JSON.stringify([base, { ...base, id: "2" }])).events.map(({ id }) => id)).toEqual(["1", "2"]);
    refused(() => parseEvents([type], JSON.stringify(base)));
    refused(() => parseEvents([type], JSON.stringify([base, { ...base, id: "" }])));
  });
});

const name = fc
  .stringMatching(/^[a-z0-9]{1,8}$/)
  .filter(
    (text) => !["data", "id", "source", "type", "time", "subject", "specversion", "dataschema", "datacontenttype"].includes(text),
  );
const text = fc.string({ minLength: 1, unit: "grapheme" });
const scalar = fc.oneof(text, fc.boolean(), fc.integer());
const payload = fc.oneof(
  fc.jsonValue().map((data) => ({ data: JSON.parse(JSON.stringify(data)) as unknown, datacontenttype: "application/json" })),
  fc.string({ minLength: 1, unit: "grapheme" }).map((data) => ({ data, datacontenttype: "text/plain" })),
  fc.uint8Array({ minLength: 1 }).map((data) => ({ data: new Uint8Array(data), datacontenttype: "image/png" })),
  fc.constant({}),
);
const event = fc
  .tuple(
    fc.record({ id: text, source: text, type: text }),
    fc.dictionary(name, scalar, { maxKeys: 4, noNullPrototype: true }),
    payload,
  )
  .map(([core, extensions, rest]) => ({ ...extensions, specversion: "1.0" as const, ...core, ...rest }));

const back = ({ headers, body }: EventMessage) => parseEvents(headers, body).events;

describe("a round trip", () => {
  it("keeps structured and batched events as they are", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 3 }), (events) => {
        expect(back(toBatch(events))).toEqual(events);
        for (const one of events) expect(back(toStructured(one))).toEqual([one]);
      }),
    );
  });

  it("keeps binary events but for the types of extensions, in headers that can be sent", () => {
    fc.assert(
      fc.property(event, (one) => {
        const message = toBinary(one);
        for (const [key, value] of message.headers) {
          expect(key + value).toMatch(/^[\x20-\x7e]*$/);
        }
        const expected = Object.fromEntries(
          Object.entries(one).map(([key, value]) => [key, key === "data" ? value : String(value)]),
        );
        expect(back(message)).toEqual([expected]);
      }),
    );
  });

  it("sends data without a content type as JSON, bytes as they are", () => {
    expect(toBinary({ ...base, data: "x" })).toEqual({
      headers: [...binaryHeaders, ["content-type", "application/json"]],
      body: '"x"',
    });
    expect(toBinary({ ...base, data: new Uint8Array([1]) }).headers).not.toContainEqual(["content-type", expect.anything()]);
    expect(toBinary(base).body).toBe(null);
  });

  it("never throws anything but E_EVENT on what it is sent", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom("ce-id", "content-type")), fc.string())),
        fc.uint8Array(),
        (headers, body) => {
          try {
            parseEvents(headers, body);
          } catch (error) {
            expect(error).toEqual(invalid);
          }
        },
      ),
    );
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          eventFromJson(value);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
    );
  });
});

describe("a message that is an event already", () => {
  it("is unwrapped from structured JSON", () => {
    const body = JSON.stringify({ ...base, data: 1 });
    expect(unwrap(body, "application/cloudevents+json; charset=utf-8", {})).toEqual({ ...base, data: 1 });
    expect(unwrap(Buffer.from(body), "application/cloudevents+json", {})).toEqual({ ...base, data: 1 });
    expect(unwrap(body, "application/json", {})).toBe(undefined);
  });

  it.each(["ce-", "ce_", "cloudEvents:", "cloudEvents_", "CE-"])("is unwrapped from attributes with %s", (mark) => {
    const attributes = Object.fromEntries(
      Object.entries({ ...base, id: "100%25", myext: "x" }).map(([key, value]) => [mark + key, value]),
    );
    const other = { plain: "x" };
    expect(unwrap('{"a":1}', "application/json", { ...attributes, ...other })).toEqual({
      ...base,
      id: "100%25",
      myext: "x",
      datacontenttype: "application/json",
      data: { a: 1 },
    });
  });

  it("is refused when it claims to be one and isn't", () => {
    refused(() => unwrap("{", "application/cloudevents+json", {}));
    refused(() => unwrap("x", undefined, { "ce-specversion": "1.0" }));
    refused(() => unwrap("x", undefined, { "ce-specversion": "0.3", "ce-id": "1", "ce-source": "s", "ce-type": "t" }));
  });
});
