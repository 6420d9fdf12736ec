/** Nasty inputs 43 to 49 of the format, one by one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { locateConfig, resolveConfig } from "../../src/config/resolve.ts";
import { explainConfig } from "../../src/config/explain.ts";
import { FnpkgError } from "../../src/errors.ts";
import { brief, codes, DIGEST, failure, HEAD, load, manifest, resolve, WEB, written } from "./setup.ts";

const web = (config: string, given: Parameters<typeof resolve>[1] = {}) => resolve(`${HEAD}${WEB}${config}\n`, given);

describe("43: YAML", () => {
  test.each([
    ["billion laughs", "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]"],
    ["anchor", "memory: &m 1Gi"],
    ["alias", "memory: *m"],
    ["merge key", "tags: { <<: { a: b } }"],
    ["!!js/function", 'env: { A: !!js/function "x" }'],
    ["!!python/object", "env: { A: !!python/object:os.system x }"],
    ["duplicate keys", "memory: 1Gi\nmemory: 2Gi"],
    ["a second document", "memory: 1Gi\n---\nmemory: 2Gi"],
    ["tabs as indentation", "tags:\n\ta: b"],
  ])("%s is E_YAML with its line", async (_, text) => {
    const error = await failure(() => load(`${HEAD}${text}\n`));
    expect(error.code).toBe("E_YAML");
    expect(error.problems[0]?.line).toBeGreaterThan(4);
    expect(error.exit).toBe(3);
  });
  test("UTF-16 is E_YAML", async () => {
    expect((await failure(() => loadConfig(written(Buffer.from(HEAD, "utf16le"))))).code).toBe("E_YAML");
  });
  test.each([
    ["no", "no"],
    ["on", "on"],
    ["1:30:00", "1:30:00"],
    ["2024-01-01", "2024-01-01"],
  ])("%s is a string", async (text, value) => {
    const { resolved } = await web(`env: { A: ${text} }`, { requires: { env: [{ name: "A" }] } });
    expect(resolved?.env).toEqual({ A: value });
  });
  test.each(["0o17", "0x1F", "1e3", "12", "true", "null"])("%s in env is E_SCHEMA with a hint to quote", async (text) => {
    const { problems } = await web(`env: { A: ${text} }`, { requires: { env: [{ name: "A" }] } });
    expect(brief(problems)).toEqual(["E_SCHEMA /env/A:6"]);
    if (text !== "null") expect(problems[0]?.message).toContain("quotes");
  });
  test("an empty document, a list, a scalar", async () => {
    for (const text of ["", "# nothing\n", "[]", "x", "null"])
      expect(brief((await resolve(text)).problems)[0], text).toMatch(/^E_SCHEMA /);
  });
});

describe("44: placeholders", () => {
  test("a value that holds a placeholder is not read again", async () => {
    const { resolved } = await web('description: "${env:A}"', { env: { A: "${env:B}", B: "b" } });
    expect(resolved?.description).toBe("${env:B}");
  });
  test.each(['description: "${env:A"', 'description: "${env:}"', 'tags: { "${env:A}": x }', 'tags: { "${stage": x }'])(
    "%s is E_INTERPOLATION",
    async (config) => {
      expect(codes((await web(config, { env: { A: "a" } })).problems)).toEqual(["E_INTERPOLATION"]);
    },
  );
});

describe("45: environment names and values", () => {
  test.each([
    ['{ "A=B": x }', "E_ENV"],
    ['{ "": x }', "E_ENV"],
    ['{ "A\\0B": x }', "E_ENV"],
    ['{ "1A": x }', "E_ENV"],
    ['{ "A-B": x }', "E_ENV"],
    ['{ A: "x\\0y" }', "E_ENV"],
    ...[
      "PATH",
      "LD_PRELOAD",
      "LD_LIBRARY_PATH",
      "PORT",
      "AWS_REGION",
      "LAMBDA_X",
      "FUNCTIONS_X",
      "WEBSITE_X",
      "K_SERVICE",
      "FUNCTION_NAME",
      "X_GOOGLE_X",
      "FNPKG_X",
    ].map((name): [string, string] => [`{ ${name}: x }`, "E_RESERVED_ENV"]),
  ])("%s is %s", async (env, code) => {
    const requires = { env: [{ name: "A", optional: true }] };
    expect(codes((await web(`env: ${env}`, { requires })).problems)).toEqual([code]);
    expect(codes((await web(`undeclaredEnv: allow\nenv: ${env}`, { requires })).problems)).toEqual([code]);
  });
  test("a reserved name in secrets, and in a service", async () => {
    const given = { requires: { services: [{ name: "s", type: "x", keys: { k: { env: "AWS_SECRET_ACCESS_KEY" } } }] } };
    expect(codes((await web("resources: { t: { local: 'env:T' } }\nsecrets: { AWS_X: { secret: t } }")).problems)).toEqual([
      "E_RESERVED_ENV",
    ]);
    expect(codes((await web("services: { s: { keys: { k: { value: x } } } }", given)).problems)).toEqual(["E_RESERVED_ENV"]);
  });
  test.each(["PATHS", "K8S_NODE", "AWSX", "MY_PORT"])("%s is not reserved", async (name) => {
    expect((await web(`env: { ${name}: x }`, { requires: { env: [{ name }] } })).problems).toEqual([]);
  });
});

describe("46: sizes, times, counts", () => {
  test.each([
    "memory: 512M",
    "memory: 512",
    "memory: 0Mi",
    "memory: 0",
    "memory: -1",
    "memory: 1e9",
    "memory: 1.5Gi",
    'memory: " 1Gi"',
    "memory: 1gi",
    "memory: null",
    "timeout: 0s",
    "timeout: 1h",
    "timeout: 30",
    "timeout: -5s",
    "cpu: 0",
    "cpu: -1",
    'cpu: "1"',
    "instances: { min: 5, max: 2 }",
    "instances: { min: -1 }",
    "instances: { max: 0 }",
    "concurrency: { perInstance: 0 }",
    "concurrency: { perInstance: 1.5 }",
    "concurrency: 5",
    "observability: { tracing: { sampleRate: 2 } }",
    "observability: { logs: { level: loud } }",
    "architecture: arm",
    "runtime: 22",
  ])("%s is E_SCHEMA with its line", async (config) => {
    const { problems } = await web(config);
    expect(codes(problems)).toEqual(["E_SCHEMA"]);
    expect(problems[0]).toMatchObject({ line: 6 });
  });
  test.each(["cpu: .nan", "cpu: .inf"])("%s is E_YAML", async (config) => {
    expect((await failure(() => load(`${HEAD}${config}\n`))).code).toBe("E_YAML");
  });
  test("a placeholder can't bring NaN in", async () => {
    expect(codes((await web('cpu: "${env:C}"', { env: { C: "NaN" } })).problems)).toEqual(["E_SCHEMA"]);
  });
});

describe("47: secrets", () => {
  const SECRET = "hunter2-hunter2";
  const requires = {
    env: [{ name: "TOKEN", secret: true }],
    services: [{ name: "db", type: "sql", keys: { password: { env: "DB", secret: true } } }],
  };
  test.each([
    `env: { TOKEN: ${SECRET} }`,
    `env: { TOKEN: "\${env:S}" }`,
    `env: { TOKEN: "\${env:UNSET:-${SECRET}}" }`,
    `secrets: { TOKEN: ${SECRET} }`,
    `secrets: { TOKEN: { value: ${SECRET} } }`,
    `services: { db: { keys: { password: { value: ${SECRET} } } } }`,
    `stages: { dev: { secrets: { TOKEN: ${SECRET} } } }`,
    `resources: { t: { local: ${SECRET} } }\nsecrets: { TOKEN: { secret: t } }`,
  ])("%s is E_PLAINTEXT_SECRET and not quoted", async (config) => {
    const { problems } = await web(config, { requires, env: { S: SECRET } });
    expect(codes(problems)).toContain("E_PLAINTEXT_SECRET");
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });
  test("a value in the place of a reference's name is not quoted", async () => {
    const { problems } = await web(`secrets: { TOKEN: { secret: ${SECRET} } }`, { requires });
    expect(codes(problems)).toContain("E_RESOURCE");
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });
  test.each([
    ["an alias", `env: { TOKEN: *${SECRET} }`],
    ["an anchor", `env: { TOKEN: &${SECRET} }`],
    ["a tag", `env: { TOKEN: !${SECRET} }`],
    ["a directive", `env:\n  TOKEN:\n%${SECRET}`],
  ])("what YAML takes for %s may be a password, so it is not quoted", async (_, config) => {
    const error = await failure(() => load(`${HEAD}${config}\n`));
    expect(error.code).toBe("E_YAML");
    expect(JSON.stringify(error) + error.message).not.toContain(SECRET);
  });
  test("a value in the place of a resource's entry is not quoted", async () => {
    const { problems } = await web(`resources: { t: ${SECRET} }\nsecrets: { TOKEN: { secret: t } }`, { requires });
    expect(codes(problems)).toContain("E_SCHEMA");
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });
  test("explain shows no credentials of an address", async () => {
    const loaded = await load(`${HEAD}${WEB}registries: { npm: "https://me:${SECRET}@registry.example.com/npm" }\n`);
    const { entries } = explainConfig({ loaded, target: "local" });
    expect(entries.find(({ pointer }) => pointer === "/registries/npm")?.value).toBe("https://***@registry.example.com/npm");
  });
  test("explain shows ***", async () => {
    const loaded = await load(
      `${HEAD}${WEB}env: { TOKEN: ${SECRET}, A: "\${env:S}" }\nsecrets: { X: { secret: ${SECRET} } }\nservices: { db: { keys: { password: { value: ${SECRET} } } } }\n`,
    );
    const { entries } = explainConfig({ loaded, target: "local", manifest: manifest(requires), env: { S: SECRET } });
    expect(entries.filter(({ value }) => value === "***")).toHaveLength(4);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });
});

describe("48: prototype keys", () => {
  test.each(["raw: { __proto__: { x: 1 } }", "override: { tags: { constructor: x } }", "prototype: {}"])(
    "in a target's section: %s",
    async (section) => {
      expect((await failure(() => load(`${HEAD}targets: { local: { ${section} } }\n`))).code).toBe("E_KEY");
    },
  );
  test.each([
    "env: { __proto__: x }",
    "tags: { constructor: x }",
    "stages: { dev: { services: { a: { keys: { prototype: { value: x } } } } } }",
    "triggers: [{ data: { a: [{ __proto__: 1 }] } }]",
  ])("%s", async (config) => {
    expect((await failure(() => load(`${HEAD}${config}\n`))).code).toBe("E_KEY");
  });
});

describe("49: package, stage and target", () => {
  test("another package, another digest", async () => {
    expect(codes((await resolve(`${HEAD.replace("acme/hello", "acme/other")}${WEB}`)).problems)).toEqual(["E_IDENTITY"]);
    expect(
      codes((await web(`stages: { s: { package: { digest: "sha256:${"00".repeat(32)}" } } }`, { stage: "s" })).problems),
    ).toEqual(["E_IDENTITY"]);
  });
  test("an unknown stage", async () => {
    const { problems, draft } = await web("stages: { prod: {}, dev: {} }", { stage: "prd" });
    expect(brief(problems)).toEqual(["E_STAGE /stages:6"]);
    expect(problems[0]?.message).toContain('did you mean "prod"?');
    expect(draft).toBeUndefined();
    expect(codes((await web("", { stage: "dev" })).problems)).toEqual(["E_STAGE"]);
    expect(codes((await web("stages: { dev: {} }", { stage: "constructor" })).problems)).toEqual(["E_STAGE"]);
  });
  test("an unknown target", async () => {
    const { problems } = await web("targets: { aws-lambda: {} }", { target: "aws-lamda" });
    expect(brief(problems)).toEqual(["E_TARGET /targets:6"]);
    expect(problems[0]?.message).toContain('did you mean "aws-lambda"?');
    expect(codes((await web("", { target: "aws-lambda" })).problems)).toEqual(["E_TARGET"]);
    expect(brief((await web("targets: { aws-lamda: {} }")).problems)).toEqual(["E_TARGET /targets/aws-lamda:6"]);
  });
  test("local needs no section", async () => {
    expect((await web("targets: { aws-lambda: {} }")).problems).toEqual([]);
    expect((await web("")).resolved?.target).toBe("local");
  });
  test("another adapter's name is known when it is said", async () => {
    expect((await web("targets: { acme-cloud: { x: 1 } }", { targets: ["acme-cloud"] })).problems).toEqual([]);
    expect((await web("targets: { acme-cloud: { x: 1 } }", { target: "acme-cloud" })).resolved?.section).toEqual({ x: 1 });
  });
});

describe("whatever is given", () => {
  test("the loader answers or fails with a code", async () => {
    const words = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      ",",
      '"',
      "'",
      "&a",
      "*a",
      "!!x",
      "#",
      "|",
      ">",
      "---",
      "\t",
      "<<",
      "${env:A}",
      "0",
      "~",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 25 }), async (found) => {
        try {
          await load(found.join(""));
        } catch (cause) {
          expect(cause).toBeInstanceOf(FnpkgError);
          expect((cause as FnpkgError).code).toMatch(/^E_(YAML|KEY|LIMIT)$/);
        }
      }),
      { numRuns: 400 },
    );
  });
  test("any JSON is resolved, located and explained without an exception, and every problem has a code, pointer and hint", async () => {
    const keys = [
      "specVersion",
      "kind",
      "function",
      "package",
      "env",
      "secrets",
      "services",
      "memory",
      "instances",
      "triggers",
      "resources",
      "network",
      "identity",
      "trust",
      "targets",
      "stages",
      "name",
      "type",
      "source",
      "local",
      "override",
      "dev",
      "x",
    ];
    const leaf = fc.oneof(
      fc.constantFrom("1.0", "FunctionConfig", "hello", "http", "queue", "${env:A}", "${", "1Gi", "x"),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 8 }),
      ),
    }));
    const document = fc.dictionary(fc.constantFrom(...keys), tree, { minKeys: 3, maxKeys: 20 });
    await fc.assert(
      fc.asyncProperty(document, fc.boolean(), async (found, staged) => {
        const loaded = await loadConfig(found).catch((cause: unknown) => {
          expect(cause).toBeInstanceOf(FnpkgError);
          return undefined;
        });
        if (loaded === undefined) return;
        const options = { loaded, target: "local", env: {}, ...(staged ? { stage: "dev" } : {}) };
        const { problems, resolved } = resolveConfig({ ...options, manifest: manifest(), packageDigest: DIGEST });
        expect(resolved === undefined).toBe(problems.some(({ severity }) => severity !== "warning"));
        for (const { code, pointer, hint } of problems) {
          expect(code).toMatch(/^E_/);
          expect([typeof pointer, typeof hint]).toEqual(["string", "string"]);
        }
        locateConfig(options);
        explainConfig(options);
      }),
      { numRuns: 600 },
    );
  });
});
