import { describe, expect, test } from "vitest";
import { locateConfig } from "../../src/config/resolve.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { isArray, isMap } from "../../src/config/tree.ts";
import type { Json, JsonObject } from "../../src/json.ts";
import { z } from "zod";
import { nearest } from "../../src/schema.ts";
import { brief, codes, HEAD, load, resolve, WEB } from "./setup.ts";

test("every slip of a document in one run, with its line", async () => {
  const { problems, draft } = await resolve(
    `specVersion: "1.0"
kind: FunctionConfig
function: hello
package: { name: acme/hello, digst: x }
memroy: 1Gi
env: { A: 1, B: x, "C-D": y }
instances: { min: 3, max: 1 }
triggers:
  - { name: web, type: http, metods: [GET] }
targets:
  local: { override: { timeout: 5, env: { E: 2 } } }
  aws-lambda: { endpoint: nope, override: { memry: 1Gi } }
  gcp: {}
stages:
  dev: { memory: 1G, polcy: {}, targets: { local: { override: { cpu: x } }, loacl: {} } }
  Prod: {}
  empty:
`,
    { requires: { env: [{ name: "A" }, { name: "B" }, { name: "Z" }] } },
  );
  expect(brief(problems)).toEqual([
    "E_UNKNOWN_FIELD /package/digst:4",
    "E_UNKNOWN_FIELD /memroy:5",
    "E_SCHEMA /env/A:6",
    "E_ENV /env/C-D:6",
    "E_UNKNOWN_FIELD /triggers/0/metods:9",
    "E_SCHEMA /targets/local/override/timeout:11",
    "E_SCHEMA /targets/local/override/env/E:11",
    "E_SCHEMA /targets/aws-lambda/endpoint:12",
    "E_UNKNOWN_FIELD /targets/aws-lambda/override/memry:12",
    "E_TARGET /targets/gcp:13",
    "E_SCHEMA /stages/dev/memory:15",
    "E_UNKNOWN_FIELD /stages/dev/polcy:15",
    "E_SCHEMA /stages/dev/targets/local/override/cpu:15",
    "E_TARGET /stages/dev/targets/loacl:15",
    "E_SCHEMA /stages/Prod:16",
    "E_SCHEMA /stages/empty:17",
    "E_SCHEMA /instances/max:7",
    "E_UNBOUND_ENV /env/Z:6",
  ]);
  const message = (pointer: string) => problems.find((p) => p.pointer === pointer)?.message;
  expect(message("/memroy")).toBe('unknown field "memroy" (did you mean "memory"?)');
  expect(message("/package/digst")).toContain('"digest"');
  expect(message("/triggers/0/metods")).toContain('"methods"');
  expect(message("/stages/dev/memory")).toBe('not a size: a whole number and Mi or Gi, such as "512Mi"; it is "1G"');
  expect(message("/stages/dev/targets/loacl")).toContain('"local"');
  for (const { hint, file } of problems) {
    expect(hint).toBeTruthy();
    expect(file).toMatch(/function-config\.yaml$/);
  }
  expect(draft).toMatchObject({ function: "hello", env: { B: "x" }, memoryMiB: 512 });
});

describe("the head", () => {
  test.each([
    ['specVersion: "2.0"', ["E_SPEC_UNSUPPORTED /specVersion:1"]],
    ['specVersion: "0.9"', ["E_SPEC_UNSUPPORTED /specVersion:1"]],
    ["specVersion: 1.0", ["E_SCHEMA /specVersion:1"]],
    ['specVersion: "1"', ["E_SCHEMA /specVersion:1"]],
    ["", ["E_SCHEMA /specVersion:1"]],
    ['specVersion: "1.7"', []],
  ])("%s", async (line, expected) => {
    expect(brief((await resolve(`${HEAD.replace('specVersion: "1.0"', line)}${WEB}`)).problems)).toEqual(expected);
  });
  test("kind, function and package", async () => {
    expect(brief((await resolve(`specVersion: "1.0"\nkind: Function\n${WEB}`)).problems)).toEqual([
      "E_SCHEMA /kind:2",
      "E_SCHEMA /function:1",
      "E_SCHEMA /package:1",
    ]);
    for (const name of ["Hello", "1hello", "hello_x", "a".repeat(48), ""]) {
      expect(codes((await resolve(`${HEAD.replace("function: hello", `function: "${name}"`)}${WEB}`)).problems), name).toEqual([
        "E_SCHEMA",
      ]);
    }
    expect((await resolve(`${HEAD.replace("function: hello", `function: ${"a".repeat(47)}`)}${WEB}`)).problems).toEqual([]);
  });
});

describe("messages", () => {
  test("an empty text is said to be empty", async () => {
    const { problems } = await resolve(`${HEAD}triggers: [{ name: t, type: schedule, cron: "" }]\n`);
    expect(problems.find(({ pointer }) => pointer === "/triggers/0/cron")?.message).toMatch(/^the text is empty/);
  });
  test("a service's key is a value or a reference, not both", async () => {
    const { problems } = await resolve(
      `${HEAD}${WEB}resources: { p: { local: "env:P" } }\nservices: { db: { keys: { host: { value: h, secret: p } } } }\n`,
      { requires: { services: [{ name: "db", type: "sql", keys: { host: { env: "HOST" } } }] } },
    );
    expect(brief(problems)).toEqual(["E_SCHEMA /services/db/keys/host:7"]);
    expect(problems[0]?.message).toContain("both");
  });
  test("a word that shares nothing is no suggestion", () => {
    expect(nearest("TZ", ["A", "B"])).toBeUndefined();
    expect(nearest("secret", ["secret"])).toBeUndefined();
    expect(nearest("auht", ["auth", "name"])).toBe("auth");
    expect(nearest("cpuu", ["cpu"])).toBe("cpu");
  });
});

describe("patches", () => {
  test("null deletes and parts are enough", async () => {
    const { problems } = await resolve(
      `${HEAD}${WEB}secrets: { T: { secret: t } }
resources: { t: { local: "env:T" } }
stages:
  dev:
    memory: null
    secrets: { T: { version: "3" } }
    triggers: [{ name: web, path: null }]
    targets: { local: { endpoint: null, override: { env: null } }, aws-lambda: null }
`,
      { requires: { env: [{ name: "T" }] }, stage: "dev" },
    );
    expect(problems).toEqual([]);
  });
  test("null in the base is no value", async () => {
    expect(brief((await resolve(`${HEAD}${WEB}env:\nmemory: null\n`)).problems)).toEqual([
      "E_SCHEMA /env:6",
      "E_SCHEMA /memory:7",
    ]);
  });
  test("an override has no targets or stages in it", async () => {
    expect(
      brief((await resolve(`${HEAD}${WEB}targets: { local: { override: { targets: {}, stages: {} } } }\n`)).problems).toSorted(),
    ).toEqual(["E_UNKNOWN_FIELD /targets/local/override/stages:6", "E_UNKNOWN_FIELD /targets/local/override/targets:6"]);
  });
  test("what the merge alone shows stands where it was written", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}instances: { min: 4 }\nstages:\n  dev:\n    instances: { max: 2 }\n`, {
      stage: "dev",
    });
    expect(brief(problems)).toEqual(["E_SCHEMA /stages/dev/instances/max:9"]);
    expect(problems[0]?.target).toBe("local");
  });
});

describe("where a deployment is", () => {
  const DOC = `${HEAD.replace("hello\n", '"${env:N:-hello}"\n')}memroy: x
env: { A: "\${env:NOT}", B: 5 }
targets: { aws-lambda: { region: r, endpoint: "http://localhost:1", override: { memory: bad } } }
stages: { dev: { memory: bad, targets: { aws-lambda: { region: "\${stage}-r" } } } }
`;
  test("needs the name and the section alone", async () => {
    const { location, problems } = locateConfig({
      loaded: await load(DOC),
      target: "aws-lambda",
      stage: "dev",
      env: {},
      adapterConfig: z.strictObject({ region: z.string() }),
    });
    expect(problems).toEqual([]);
    expect(location).toMatchObject({
      target: "aws-lambda",
      stage: "dev",
      deployment: "hello-dev",
      function: "hello",
      package: "acme/hello",
      section: { region: "dev-r" },
      endpoint: "http://localhost:1",
    });
  });
  test("says what is off with these", async () => {
    const loaded = await load(DOC);
    expect(codes(locateConfig({ loaded, target: "aws-lambda", stage: "no", env: {} }).problems)).toEqual(["E_STAGE"]);
    expect(codes(locateConfig({ loaded, target: "azure-functions", env: {} }).problems)).toEqual(["E_TARGET"]);
    expect(
      brief(
        locateConfig({ loaded, target: "aws-lambda", env: {}, adapterConfig: z.strictObject({ regoin: z.string() }) }).problems,
      ),
    ).toEqual(["E_SCHEMA /targets/aws-lambda/regoin:7", "E_UNKNOWN_FIELD /targets/aws-lambda/region:7"]);
    expect(codes(locateConfig({ loaded: await load("[]"), target: "local" }).problems)).toEqual(["E_SCHEMA"]);
  });
});

describe("the JSON Schema", () => {
  const schema = configJsonSchema({
    placeholders: false,
    targets: { "aws-lambda": z.strictObject({ region: z.string().describe("The region.") }) },
  });
  const properties = schema["properties"] as JsonObject;
  const visit = (node: Json, at: string, found: (node: JsonObject, at: string) => void): void => {
    if (isArray(node)) node.forEach((child, i) => visit(child, `${at}/${i}`, found));
    if (!isMap(node)) return;
    found(node, at);
    for (const [key, child] of Object.entries(node)) visit(child, `${at}/${key}`, found);
  };
  test("is closed wherever keys are named, and every key has a description", () => {
    const bare: string[] = [];
    const open: string[] = [];
    visit(schema, "", (node, at) => {
      if (!isMap(node["properties"]) || at.endsWith("/properties")) return;
      if (node["additionalProperties"] !== false) open.push(at);
      for (const [key, child] of Object.entries(node["properties"]))
        if (isMap(child) && child["description"] === undefined) bare.push(`${at}/${key}`);
    });
    expect(open).toEqual([]);
    expect(bare).toEqual([]);
  });
  test("names the draft, what is required, and what may be null in a patch", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      required: ["specVersion", "kind", "function", "package"],
    });
    expect(properties["memory"]).toMatchObject({ type: "string", default: "512Mi" });
    expect(JSON.stringify(properties["stages"])).toContain('"type":"null"');
    expect(properties["targets"]).toMatchObject({
      properties: { "aws-lambda": { required: ["region"], additionalProperties: false } },
    });
  });
  test("lets placeholders stand for numbers", () => {
    const cpu = (configJsonSchema()["properties"] as JsonObject)["cpu"];
    expect(cpu).toMatchObject({ anyOf: [{ type: "number" }, { type: "string" }] });
  });
});
