import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergePatch } from "../../src/config/merge.ts";
import { explainConfig } from "../../src/config/explain.ts";
import type { Json } from "../../src/json.ts";
import { brief, HEAD, load, resolve, WEB } from "./setup.ts";

/** RFC 7396, section 2, word for word. */
function reference(target: Json | undefined, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = new Map(typeof target === "object" && target !== null && !Array.isArray(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, reference(result.get(name), value));
  }
  return Object.fromEntries(result);
}

describe("RFC 7396", () => {
  test.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("its own examples: %j with %j is %j", (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });
  test("any two documents merge as the RFC says, and no prototype changes", () => {
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(json, json, (target, patch) => {
        expect(mergePatch(target, patch)).toEqual(reference(target, patch));
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
  test("__proto__ stays data", () => {
    const merged = mergePatch(JSON.parse('{"a":1}') as Json, JSON.parse('{"__proto__":{"polluted":true}}') as Json);
    expect(Object.keys(merged as object)).toEqual(["a", "__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

const LAYERS = `${HEAD}${WEB}memory: 512Mi
timeout: 10s
description: base
tags: { a: base, b: base, c: base }
targets:
  local: { override: { memory: 1Gi, tags: { b: override, c: null } }, port: 1 }
  aws-lambda: { region: eu-west-1, override: { memory: 4Gi } }
stages:
  dev: { memory: 2Gi, description: stage, tags: { a: stage } }
  prod:
    memory: 2Gi
    targets:
      local: { override: { memory: 3Gi }, port: 2, endpoint: "http://127.0.0.1:1" }
`;

describe("the order", () => {
  test("base < target", async () => {
    const { resolved, problems } = await resolve(LAYERS);
    expect(problems).toEqual([]);
    expect(resolved).toMatchObject({
      memoryMiB: 1024,
      timeoutSeconds: 10,
      description: "base",
      tags: { a: "base", b: "override" },
      section: { port: 1 },
    });
    expect(resolved?.tags).not.toHaveProperty("c");
    expect(resolved?.deployment).toBe("hello");
  });
  test("target < stage", async () => {
    const { resolved } = await resolve(LAYERS, { stage: "dev" });
    expect(resolved).toMatchObject({
      memoryMiB: 2048,
      description: "stage",
      tags: { a: "stage", b: "override" },
      deployment: "hello-dev",
      stage: "dev",
    });
  });
  test("stage < the stage's target, whose section merges into the target's", async () => {
    const { resolved } = await resolve(LAYERS, { stage: "prod" });
    expect(resolved).toMatchObject({ memoryMiB: 3072, section: { port: 2 }, endpoint: "http://127.0.0.1:1" });
    expect(resolved?.section).not.toHaveProperty("override");
    expect(resolved?.section).not.toHaveProperty("endpoint");
  });
  test("--set has the last word", async () => {
    const { resolved } = await resolve(LAYERS, { stage: "prod", set: ["memory=5Gi", "targets.local.port=3"] });
    expect(resolved).toMatchObject({ memoryMiB: 5120, section: { port: 3 } });
  });
  test("a deleted field takes its default again", async () => {
    expect((await resolve(LAYERS, { set: ["memory=null"] })).resolved?.memoryMiB).toBe(512);
  });
  test("a patch on raw can delete", async () => {
    const { resolved } = await resolve(
      `${HEAD}${WEB}targets: { local: { raw: { A: { x: 1, y: 2 } } } }
stages: { dev: { targets: { local: { raw: { A: { y: null } } } } } }
`,
      { stage: "dev" },
    );
    expect(resolved?.raw).toEqual({ A: { x: 1 } });
  });
});

const QUEUES = `${HEAD}resources: { q: { local: ./q }, r: { local: ./r } }
triggers:
  - { name: one, type: queue, source: q, batch: { size: 1, window: 1s } }
  - { name: two, type: queue, source: q }
`;

describe("triggers merge by name", () => {
  const at = async (stages: string, set: readonly string[] = []) => {
    const { manifest, events } = await import("./setup.ts");
    const { resolved, problems } = await resolve(`${QUEUES}stages: { s: ${stages} }\n`, {
      stage: "s",
      set,
      manifest: manifest({}, { signature: events("dev.fnpkg.message.received.v1") }),
    });
    return { triggers: resolved?.triggers, problems: brief(problems) };
  };
  test("the named one changes, the others stay", async () => {
    const { triggers, problems } = await at(
      "{ triggers: [{ name: two, source: r, batch: { size: 9 } }, { name: one, batch: { window: null } }] }",
    );
    expect(problems).toEqual([]);
    expect(triggers).toEqual([
      { type: "queue", name: "one", source: { resource: "q", id: "./q" }, ordered: false, batch: { size: 1 } },
      { type: "queue", name: "two", source: { resource: "r", id: "./r" }, ordered: false, batch: { size: 9 } },
    ]);
  });
  test("a new name is added at the end", async () => {
    const { triggers } = await at("{ triggers: [{ name: three, type: queue, source: r }] }");
    expect(triggers?.map(({ name }) => name)).toEqual(["one", "two", "three"]);
  });
  test("`type: null` removes", async () => {
    const { triggers, problems } = await at("{ triggers: [{ name: one, type: null }] }");
    expect(problems).toEqual([]);
    expect(triggers?.map(({ name }) => name)).toEqual(["two"]);
  });
  test("`null` removes all", async () => {
    expect((await at("{ triggers: null }")).triggers).toEqual([]);
  });
  test("--set names a trigger", async () => {
    const { triggers } = await at("{}", ["triggers.one.batch.size=7", "triggers.two=null"]);
    expect(triggers).toMatchObject([{ name: "one", batch: { size: 7, windowSeconds: 1 } }]);
  });
  test("an item without a name, one without a type, a duplicate", async () => {
    expect(
      (await at("{ triggers: [{ type: queue, source: q }, { name: new, source: q }, { name: one }, { name: one }] }")).problems,
    ).toEqual(
      expect.arrayContaining([
        "E_SCHEMA /stages/s/triggers/0/name:9",
        "E_SCHEMA /stages/s/triggers/1/type:9",
        "E_SCHEMA /stages/s/triggers/3/name:9",
      ]),
    );
  });
});

test("every leaf says where it came from", async () => {
  const loaded = await load(LAYERS);
  const { entries, problems } = explainConfig({ loaded, target: "local", stage: "prod", set: ["tags.a=set"], env: {} });
  expect(problems).toEqual([]);
  const { file } = loaded;
  const of = (pointer: string) => entries.find((entry) => entry.pointer === pointer);
  expect(of("/memory")).toEqual({
    pointer: "/memory",
    value: "3Gi",
    origin: { layer: "stages.prod.targets.local.override", file, line: 18 },
  });
  expect(of("/tags/a")).toEqual({ pointer: "/tags/a", value: "set", origin: { layer: "--set" } });
  expect(of("/tags/b")).toEqual({
    pointer: "/tags/b",
    value: "override",
    origin: { layer: "targets.local.override", file, line: 11 },
  });
  expect(of("/targets/local/port")?.origin).toEqual({ layer: "stages.prod.targets.local", file, line: 18 });
  expect(of("/timeout")?.origin).toEqual({ layer: "base", file, line: 7 });
  expect(of("/concurrency/perInstance")).toEqual({ pointer: "/concurrency/perInstance", value: 1, origin: { layer: "default" } });
  expect(entries.map(({ pointer }) => pointer)).toEqual(entries.map(({ pointer }) => pointer).toSorted());
});
