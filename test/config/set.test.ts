import { describe, expect, test } from "vitest";
import { brief, codes, HEAD, resolve, WEB } from "./setup.ts";

const BASE = `${HEAD}${WEB}env: { A: base }
targets: { aws-lambda: { region: x } }
`;
const at = (...set: string[]) =>
  resolve(BASE, {
    set,
    requires: {
      env: [
        { name: "A", optional: true },
        { name: "B", optional: true },
      ],
    },
  });

describe("values", () => {
  test.each([
    ["env.A=1e3", "1e3"],
    ["env.A=null", "null"],
    ["env.A=", ""],
    ["env.A={a: 1}", "{a: 1}"],
    ["env.A=a=b", "a=b"],
    ['env."A"=x', "x"],
    ["env={A: x}", "x"],
  ])("%s is the string %j", async (set, value) => {
    expect((await at(set)).resolved?.env).toEqual({ A: value });
  });
  test("a map deletes with null", async () => {
    expect((await at("env={A: null, B: b}")).resolved?.env).toEqual({ B: "b" });
  });
  test("numbers and booleans where the field takes them, text where it is a string", async () => {
    const { resolved, problems } = await at(
      "cpu=0.5",
      "concurrency.perInstance=3",
      "observability.tracing.enabled=true",
      "tags.build=007",
      "runtime=22",
      "tags.yes=true",
      "description=a: b",
    );
    expect(problems).toEqual([]);
    expect(resolved).toMatchObject({
      cpu: 0.5,
      concurrency: 3,
      tracing: { enabled: true },
      tags: { build: "007", yes: "true" },
      runtime: "22",
      description: "a: b",
    });
  });
  test("a version that looks like a number stays as it is written", async () => {
    expect(brief((await at("package.version=1.4")).problems)).toEqual([]);
    expect(codes((await at("package.version=1.3")).problems)).toEqual(["E_IDENTITY"]);
  });
  test("flow collections and quoted scalars", async () => {
    expect((await at('tags={"a.b": "1", c: d}', 'description="x"')).resolved).toMatchObject({
      tags: { "a.b": "1", c: "d" },
      description: "x",
    });
  });
  test("placeholders are filled", async () => {
    expect((await at("description=${target}")).resolved?.description).toBe("local");
  });
});

describe("paths", () => {
  test("a dot in a key is quoted or escaped", async () => {
    expect((await at('tags."a.b"=1', "tags.c\\.d=2")).resolved?.tags).toEqual({ "a.b": "1", "c.d": "2" });
  });
  test("a trigger by name, a new one as a map", async () => {
    expect((await at("triggers.web.path=/x/{id}")).resolved?.triggers).toMatchObject([{ name: "web", path: "/x/{id}" }]);
    expect(codes((await at("triggers.more={type: http}")).problems)).toEqual(["E_TRIGGER"]);
  });
  test("another target's section is nothing to this one", async () => {
    expect((await at("targets.aws-lambda.region=y")).problems).toEqual([]);
  });
  test.each([
    ["memory", "E_USAGE"],
    ["=x", "E_USAGE"],
    ["a..b=x", "E_USAGE"],
    [".a=x", "E_USAGE"],
    ["a.=x", "E_USAGE"],
    ['tags."a=x', "E_USAGE"],
    ["", "E_USAGE"],
    ["__proto__.x=1", "E_KEY"],
    ["tags.constructor=1", "E_KEY"],
    ["tags={__proto__: {x: 1}}", "E_KEY"],
    ["tags={a: &x 1}", "E_YAML"],
    ["tags={a: 1", "E_YAML"],
    ["memroy=1Gi", "E_UNKNOWN_FIELD"],
    ["triggers.wbe.path=/", "E_UNKNOWN_FIELD"],
    ["triggers.0.path=/", "E_UNKNOWN_FIELD"],
    ["targets.local.override.memory=1Gi", "E_UNKNOWN_FIELD"],
    ["stages.dev.memory=1Gi", "E_UNKNOWN_FIELD"],
    ["targets.aws-lamda.region=x", "E_TARGET"],
    ["memory=512M", "E_SCHEMA"],
    ["cpu=two", "E_SCHEMA"],
    ["tags.${stage}=x", "E_INTERPOLATION"],
    ["secrets.A=plain-text-value", "E_PLAINTEXT_SECRET"],
  ])("%s is %s", async (set, code) => {
    const { problems, resolved } = await at(set);
    expect(codes(problems)).toEqual([code]);
    expect(problems[0]).toMatchObject({ file: "--set" });
    expect(resolved).toBeUndefined();
  });
  test("every setting that is off is named in one run", async () => {
    expect(codes((await at("x", "memroy=1Gi", "a.__proto__.b=1")).problems)).toEqual(["E_USAGE", "E_KEY", "E_UNKNOWN_FIELD"]);
  });
  test("a value is never quoted from a broken setting", async () => {
    const { problems } = await at("secrets.A={secret: s3cr3t", "secrets.A=s3cr3t");
    expect(JSON.stringify(problems)).not.toContain("s3cr3t");
  });
});
