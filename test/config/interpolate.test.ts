import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpolate } from "../../src/config/interpolate.ts";
import { explainConfig } from "../../src/config/explain.ts";
import { harvest, plant } from "../../src/config/tree.ts";
import type { Json } from "../../src/json.ts";
import { brief, codes, HEAD, load, manifest, resolve, WEB } from "./setup.ts";

const fill = (value: Json, env: Record<string, string> = {}, more: { stage?: string } = {}) => {
  const tree = plant(value, (pointer) => ({ layer: "base", pointer }));
  const filled = interpolate(tree, {
    env,
    target: "local",
    package: { name: "acme/hello", version: "1.0.0", digest: "sha256:x" },
    ...more,
  });
  return { value: harvest(filled.tree), faults: filled.problems.map(({ code, message }) => `${code} ${message}`) };
};

describe("what a placeholder becomes", () => {
  test.each<[string, string]>([
    ["${env:A}", "a"],
    ["x${env:A}y${env:A}", "xaya"],
    ["${env:NOT:-b}", "b"],
    ["${env:NOT:-}", ""],
    ["${env:NOT:-a:-b}", "a:-b"],
    ["${env:EMPTY}", ""],
    ["${env:EMPTY:-b}", ""],
    ["${stage}/${target}", "dev/local"],
    ["${package.name}@${package.version} ${package.digest}", "acme/hello@1.0.0 sha256:x"],
    ["$${env:A}", "${env:A}"],
    ["$$${env:A}", "$${env:A}"],
    ["$${", "${"],
    ["$${unknown", "${unknown"],
    ["$A $$ $ {env:A} }", "$A $$ $ {env:A} }"],
    ["${env:NESTED}", "${env:A}"],
    ["${env:LITERAL}", "$${env:A}"],
  ])("%s is %s", (source, expected) => {
    const env = { A: "a", EMPTY: "", NESTED: "${env:A}", LITERAL: "$${env:A}" };
    expect(fill(source, env, { stage: "dev" })).toEqual({ value: expected, faults: [] });
  });
  test.each([
    ["${env:NOT}", "NOT is not set"],
    ["${env:toString}", "toString is not set"],
    ["${stage}", "no stage is given"],
    ["${", "not closed"],
    ["a ${env:A", "not closed"],
    ["${}", "no placeholder"],
    ["${env:}", "names no variable"],
    ["${env:-x}", "names no variable"],
    ["${env:A B}", "is not a variable's name"],
    ["${env:1A}", "is not a variable's name"],
    ["${env:A-x}", "is not a variable's name"],
    ["${Env:A}", "no placeholder"],
    ["${ env:A }", "no placeholder"],
    ["${A}", "no placeholder"],
    ["${package.license}", "no placeholder"],
    ["${file:/etc/passwd}", "no placeholder"],
    ["${env:A:-${env:B}}", "nested"],
    ["${${env:A}}", "nested"],
    ["${env:A:-{}}", "brace"],
  ])("%s is E_INTERPOLATION: %s", (source, reason) => {
    const { value, faults } = fill(source);
    expect(value).toBe(source);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^E_INTERPOLATION /);
    expect(faults[0]).toContain(reason);
  });
  test("numbers, booleans, null and keys are left alone", () => {
    expect(fill({ "${x": [1, true, null] }).value).toEqual({ "${x": [1, true, null] });
  });
});

describe("properties", () => {
  test("nothing that is filled in is read again", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const value = `${a}\${env:B}`;
        expect(fill({ x: "${env:A}", y: "<${env:A}>" }, { A: value, B: b }).value).toEqual({ x: value, y: `<${value}>` });
      }),
    );
  });
  test("escaping makes any text a literal", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "e", "n", "v", ":", "A") }), (text) => {
        expect(fill(text.replaceAll("${", () => "$${"))).toEqual({ value: text, faults: [] });
      }),
      { numRuns: 1000 },
    );
  });
  test("any text is filled or refused, and never throws", () => {
    const parts = fc.constantFrom("${", "}", "$", "env:", "A", ":-", "stage", "package.", "name", "{", "x", "");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (found) => {
        const { faults } = fill(found.join(""), { A: "${env:A}" });
        for (const fault of faults) expect(fault).toMatch(/^E_INTERPOLATION /);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("in a configuration", () => {
  test("all that is unresolved is listed with its place", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}description: "\${env:ONE} \${env:TWO}"
memory: "\${env:THREE}"
tags: { a: "\${stage}" }
`);
    expect(brief(problems)).toEqual([
      "E_INTERPOLATION /description:6",
      "E_INTERPOLATION /description:6",
      "E_INTERPOLATION /memory:7",
      "E_INTERPOLATION /tags/a:8",
    ]);
    expect(problems.map(({ message }) => message).join()).toMatch(/ONE.*TWO.*THREE/s);
  });
  test("what only another target or stage uses can't fail this one", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}resources: { b: { aws-lambda: "\${env:NOT}", local: ./b } }
identity: { aws-lambda: "\${env:NOT}" }
targets: { local: {}, aws-lambda: { region: "\${env:NOT}", override: { memory: "\${env:NOT}" } } }
stages: { dev: { memory: "\${env:NOT}" } }
`);
    expect(problems).toEqual([]);
  });
  test("a slip in a placeholder is found wherever it stands", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}targets: { aws-lambda: { region: "\${env:}" } }
stages: { dev: { memory: "\${nope}", "\${stage}": 1 } }
`);
    expect(brief(problems)).toEqual(
      expect.arrayContaining([
        "E_INTERPOLATION /targets/aws-lambda/region:6",
        "E_INTERPOLATION /stages/dev/memory:7",
        "E_INTERPOLATION /stages/dev/${stage}:7",
      ]),
    );
  });
  test("a placeholder in a key", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}tags: { "\${stage}": x }\n`);
    expect(codes(problems)).toEqual(["E_INTERPOLATION"]);
  });
  test("one that is a whole scalar fills a number or a boolean", async () => {
    const { resolved, problems } = await resolve(
      `${HEAD}${WEB}cpu: "\${env:CPU}"
concurrency: { perInstance: "\${env:N}" }
observability: { tracing: { enabled: "\${env:ON}", sampleRate: "\${env:RATE:-0.5}" } }
memory: "\${env:MEM}Mi"
`,
      { env: { CPU: "2", N: "8", ON: "true", MEM: "768" } },
    );
    expect(problems).toEqual([]);
    expect(resolved).toMatchObject({ cpu: 2, concurrency: 8, tracing: { enabled: true, sampleRate: 0.5 }, memoryMiB: 768 });
  });
  test.each(["two", "", "0x10", "1 ", "1e999", "NaN", "true"])("a number can't be %j", async (value) => {
    const { problems } = await resolve(`${HEAD}${WEB}cpu: "\${env:CPU}"\n`, { env: { CPU: value } });
    expect(brief(problems)).toEqual(["E_SCHEMA /cpu:6"]);
  });
  test("one among other text fills no number", async () => {
    const { problems } = await resolve(`${HEAD}${WEB}cpu: "\${env:CPU}0"\n`, { env: { CPU: "1" } });
    expect(codes(problems)).toEqual(["E_SCHEMA"]);
  });
  test("a package can't pin itself", async () => {
    const { problems } = await resolve(
      `${HEAD.replace("name: acme/hello", 'name: acme/hello, digest: "${package.digest}"')}${WEB}`,
    );
    expect(codes(problems)).toEqual(["E_INTERPOLATION"]);
  });
  test("package, stage and target are filled", async () => {
    const { resolved } = await resolve(
      `${HEAD}${WEB}description: "\${package.name} \${package.version} \${stage} \${target}"\nstages: { dev: {} }\n`,
      { stage: "dev" },
    );
    expect(resolved?.description).toBe("acme/hello 1.4.2 dev local");
  });
});

describe("what came from the environment", () => {
  const SECRET = "s3cr3t-value-0451";
  const requires = {
    env: [{ name: "A" }, { name: "U", format: "uri" as const, optional: true }, { name: "K", secret: true, optional: true }],
  };
  const DOC = `${HEAD}${WEB}env: { A: "pre-\${env:S}" }\ntags: { t: "\${env:S}" }\n`;

  test("is marked, by name and pointer", async () => {
    const { resolved } = await resolve(DOC, { requires, env: { S: SECRET } });
    expect(resolved?.env).toEqual({ A: `pre-${SECRET}` });
    expect(resolved?.sensitive).toEqual(["A"]);
    expect(resolved?.sensitivePointers).toEqual(["/env/A", "/tags/t"]);
  });
  test("counts in the digest", async () => {
    const one = await resolve(DOC, { requires, env: { S: SECRET } });
    const same = await resolve(DOC, { requires, env: { S: SECRET } });
    const other = await resolve(DOC, { requires, env: { S: `${SECRET}x` } });
    expect(one.resolved?.digest).toBe(same.resolved?.digest);
    expect(one.resolved?.digest).not.toBe(other.resolved?.digest);
  });
  test("is *** in explain", async () => {
    const { entries } = explainConfig({
      loaded: await load(DOC),
      target: "local",
      env: { S: SECRET },
      manifest: manifest(requires),
    });
    expect(JSON.stringify(entries)).not.toContain(SECRET);
    expect(entries.filter(({ value }) => value === "***").map(({ pointer }) => pointer)).toEqual(["/env/A", "/tags/t"]);
  });
  test("never stands in a message", async () => {
    const { problems } = await resolve(
      `${HEAD}triggers: [{ name: "\${env:S}", type: "\${env:S}" }, { name: w, type: schedule, cron: "\${env:S}", timezone: "\${env:S}" }, { name: q, type: queue, source: "\${env:S}" }]
package: { name: "\${env:S}", version: "\${env:S}", digest: "\${env:S}" }
memory: "\${env:S}"
cpu: "\${env:S}"
architecture: "\${env:S}"
function: "\${env:S} x"
env: { A: "\${env:S}", U: "\${env:S}", K: "\${env:S}" }
targets: { local: { endpoint: "\${env:S}" } }
`.replace("function: hello\npackage: { name: acme/hello }\n", ""),
      { requires, env: { S: SECRET } },
    );
    expect(codes(problems)).toEqual(
      expect.arrayContaining(["E_SCHEMA", "E_CRON", "E_TIMEZONE", "E_RESOURCE", "E_FORMAT", "E_PLAINTEXT_SECRET"]),
    );
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });
});
