import { describe, expect, test } from "vitest";
import type { Signature } from "../../src/package/manifest.ts";
import { brief, codes, events, HEAD, manifest, resolve } from "./setup.ts";

const RESOURCES = "resources: { a: { local: ./a }, b: { local: ./b } }\n";
const at = (triggers: string, signature: Signature = { type: "http" }) =>
  resolve(`${HEAD}${RESOURCES}triggers:\n${triggers}\n`, { manifest: manifest({}, { signature }) });

describe("triggers and signature", () => {
  const queue = "  - { name: q, type: queue, source: a }";
  const web = "  - { name: w, type: http }";
  test("an http function has exactly one http trigger", async () => {
    expect((await at(web)).problems).toEqual([]);
    expect(brief((await at("  []")).problems)).toEqual(["E_TRIGGER /triggers:6"]);
    expect(brief((await at(`${web}\n  - { name: x, type: http }`)).problems)).toEqual(["E_TRIGGER /triggers/1:8"]);
    expect(brief((await at(queue)).problems)).toEqual(["E_TRIGGER /triggers/0:7", "E_TRIGGER /triggers:6"]);
    expect(brief((await at(`${web}\n${queue}`)).problems)).toEqual(["E_TRIGGER /triggers/1:8"]);
  });
  test("without triggers at all", async () => {
    expect(codes((await resolve(HEAD)).problems)).toEqual(["E_TRIGGER"]);
  });
  test("an event function has event triggers only, any number", async () => {
    const signature = events("dev.fnpkg.message.received.v1", "dev.fnpkg.object.created.v1");
    const mix = `${queue}\n  - { name: t, type: topic, source: b }\n  - { name: s, type: object-storage, source: a }\n  - { name: c, type: schedule, every: 1m }`;
    expect((await at(mix, signature)).problems).toEqual([]);
    expect(brief((await at(`${mix}\n${web}`, signature)).problems)).toEqual(["E_TRIGGER /triggers/4:11"]);
  });
  test.each<[string, string, boolean]>([
    ["dev.fnpkg.message.received.v1", "queue, source: a", true],
    ["dev.fnpkg.message.received.v1", "topic, source: a", true],
    ["dev.fnpkg.message.received.v1", "schedule, every: 1m", false],
    ["dev.fnpkg.schedule.fired.v1", "schedule, every: 1m", true],
    ["dev.fnpkg.object.created.v1", "object-storage, source: a", true],
    ["dev.fnpkg.object.deleted.v1", "object-storage, source: a", false],
    ["dev.fnpkg.object.deleted.v1", "object-storage, source: a, events: [deleted]", true],
    ["dev.fnpkg.record.received.v1", "stream, source: a", true],
    ["dev.fnpkg.nonsense.v1", "queue, source: a", false],
    ["com.acme.photo.uploaded", "queue, source: a", true],
    ["com.acme.photo.uploaded", "schedule, every: 1m", false],
    ["com.amazonaws.s3.ObjectCreated:Put", "object-storage, source: a", true],
  ])("%s from %s: %s", async (type, keys, makes) => {
    const { resolved, problems } = await at(`  - { name: x, type: ${keys} }`, events(type));
    expect(brief(problems)).toEqual(makes ? [] : ["warning E_TRIGGER /triggers:6"]);
    expect(resolved).toBeDefined();
  });
});

describe("one trigger", () => {
  test("http keeps its keys", async () => {
    const { resolved } = await at(
      "  - { name: w, type: http, path: '/a/{id}/{rest*}', methods: [GET], auth: identity, callers: [me], cors: { origins: ['*'], maxAge: 5m, credentials: true } }",
    );
    expect(resolved?.triggers).toEqual([
      {
        type: "http",
        name: "w",
        path: "/a/{id}/{rest*}",
        methods: ["GET"],
        auth: "identity",
        callers: ["me"],
        cors: { origins: ["*"], maxAgeSeconds: 300, credentials: true },
      },
    ]);
  });
  test.each(["/", "/a", "/a/", "/thumb/{id}", "/{rest*}", "/a-b_c.d/~e/@f"])("path %s", async (path) => {
    expect((await at(`  - { name: w, type: http, path: "${path}" }`)).problems).toEqual([]);
  });
  test.each(["", "a", "/a/*", "/a{id}", "/{id}{x}", "/{rest*}/a", "/{1}", "/{id}/{id}", "//", "/a?b", "/a#b", "/a b", "/{"])(
    "path %j is E_SCHEMA",
    async (path) => {
      expect(codes((await at(`  - { name: w, type: http, path: ${JSON.stringify(path)} }`)).problems)).toEqual(["E_SCHEMA"]);
    },
  );
  test.each([
    ["{ name: w, type: htp }", "E_SCHEMA /triggers/0/type:7", 'did you mean "http"'],
    ["{ name: w }", "E_SCHEMA /triggers/0/type:7", "no type"],
    ["{ type: http }", "E_SCHEMA /triggers/0/name:7", "no `name`"],
    ["{ name: W, type: http }", "E_SCHEMA /triggers/0/name:7", "lower-case"],
    ["{ name: w, type: http, pth: / }", "E_UNKNOWN_FIELD /triggers/0/pth:7", 'did you mean "path"'],
    ["{ name: w, type: http, source: a }", "E_UNKNOWN_FIELD /triggers/0/source:7", "source"],
    ["{ name: w, type: http, methods: [get] }", "E_SCHEMA /triggers/0/methods/0:7", "upper-case"],
    ["{ name: w, type: http, auth: private }", "E_SCHEMA /triggers/0/auth:7", "private"],
    ["{ name: w, type: http, callers: [x] }", "E_SCHEMA /triggers/0/callers:7", "identity"],
    ["http", "E_SCHEMA /triggers/0:7", "map"],
  ])("%s", async (trigger, expected, words) => {
    const { problems } = await at(`  - ${trigger}`);
    expect(brief(problems)).toEqual([expected]);
    expect(problems[0]?.message).toContain(words);
  });
  test("events, filters and batches in plain form", async () => {
    const { resolved } = await at(
      `  - { name: o, type: object-storage, source: a, events: [created, deleted, created], filter: { prefix: p/ } }
  - { name: t, type: topic, source: a, filter: { attributes: { x: y, z: [a, b] } } }
  - { name: s, type: stream, source: a, start: earliest, batch: { size: 5, window: 0s }, parallelism: 2, retry: { attempts: 0, deadLetter: { resource: b } } }`,
      events("dev.fnpkg.record.received.v1"),
    );
    expect(resolved?.triggers).toMatchObject([
      { events: ["created", "deleted"], filter: { prefix: "p/" } },
      { filter: { attributes: { x: ["y"], z: ["a", "b"] } } },
      {
        start: "earliest",
        batch: { size: 5, windowSeconds: 0 },
        parallelism: 2,
        retry: { attempts: 0, deadLetter: { resource: "b", id: "./b" } },
      },
    ]);
  });
  test("two of one name", async () => {
    expect(brief((await at("  - { name: w, type: http }\n  - { name: w, type: http }")).problems)).toContain(
      "E_SCHEMA /triggers/1/name:8",
    );
  });
});
