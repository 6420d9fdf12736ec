import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Requires } from "../../src/package/manifest.ts";
import { brief, codes, DIGEST, events, HEAD, manifest, resolve, WEB, type Given } from "./setup.ts";

const web = (config: string, given: Given = {}) => resolve(`${HEAD}${WEB}${config}\n`, given);

describe("defaults and units", () => {
  test("the smallest configuration", async () => {
    const { resolved, problems } = await web("");
    expect(problems).toEqual([]);
    const { places, digest, base, ...rest } = resolved ?? expect.fail("not resolved");
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(base).toMatch(/^\//);
    expect(places.at("/function")).toMatchObject({ line: 3 });
    expect(rest).toEqual({
      target: "local",
      deployment: "hello",
      function: "hello",
      env: {},
      secrets: {},
      sensitive: [],
      sensitivePointers: [],
      memoryMiB: 512,
      timeoutSeconds: 30,
      concurrency: 1,
      instances: {},
      architecture: "x86_64",
      triggers: [{ type: "http", name: "web", path: "/{rest*}", auth: "public" }],
      network: { ingress: "public" },
      logs: { level: "info" },
      tags: {},
      registries: {},
      policy: { requireDigest: false, requireSignature: false },
      section: {},
      raw: {},
    });
  });
  test.each([
    ["memory: 2Gi", { memoryMiB: 2048 }],
    ["memory: 128Mi", { memoryMiB: 128 }],
    ["timeout: 15m", { timeoutSeconds: 900 }],
    ["ephemeralStorage: 1Gi", { ephemeralStorageMiB: 1024 }],
    ["identity: { local: me, aws-lambda: you }", { identity: "me" }],
    ["instances: { min: 0, max: 3 }", { instances: { min: 0, max: 3 } }],
    ["trust: { keys: [a.pem], required: false }", { trust: { keys: ["a.pem"], threshold: 1, required: false } }],
  ])("%s", async (config, expected) => {
    const { resolved, problems } = await web(config);
    expect(problems).toEqual([]);
    expect(resolved).toMatchObject(expected);
  });
  test("arm64 is taken when the package takes nothing else", async () => {
    const only = (architecture: "amd64" | "arm64") => ({ requires: { platforms: [{ os: "linux" as const, architecture }] } });
    expect((await web("", only("arm64"))).resolved?.architecture).toBe("arm64");
    expect((await web("", only("amd64"))).resolved?.architecture).toBe("x86_64");
  });
});

describe("minimums", () => {
  const requires: Requires = { resources: { memoryMiB: 1024, timeoutSeconds: 60, ephemeralStorageMiB: 600 } };
  test("what is unset takes the minimum where that is above the default", async () => {
    expect((await web("", { requires })).resolved).toMatchObject({
      memoryMiB: 1024,
      timeoutSeconds: 60,
      ephemeralStorageMiB: 600,
    });
    expect((await web("", { requires: { resources: { memoryMiB: 64, timeoutSeconds: 1 } } })).resolved).toMatchObject({
      memoryMiB: 512,
      timeoutSeconds: 30,
    });
  });
  test("what is lower is E_BELOW_MINIMUM, each with its place", async () => {
    const { problems } = await web("memory: 512Mi\ntimeout: 1m\nephemeralStorage: 1Mi", { requires });
    expect(brief(problems)).toEqual(["E_BELOW_MINIMUM /memory:6", "E_BELOW_MINIMUM /ephemeralStorage:8"]);
    expect(problems[0]).toMatchObject({ message: 'memory is "512Mi"; the package needs at least 1024Mi', target: "local" });
  });
});

describe("the package's identity", () => {
  const pin = (pinned: string, version = "1.4.2") =>
    resolve(`${HEAD.replace("{ name: acme/hello }", pinned)}${WEB}`, { manifest: manifest({}, { version }) });
  test.each([
    ["{ name: acme/hello, version: 1.4.2 }", "1.4.2"],
    ["{ name: acme/hello, version: ^1.4 }", "1.9.0"],
    ["{ name: acme/hello, version: '1.x || 2.x' }", "2.0.0"],
    ["{ name: acme/hello, version: '>=1.0.0 <2' }", "1.4.2"],
    ["{ name: acme/hello, version: 1.0.0-rc.1 }", "1.0.0-rc.1"],
    ["{ name: acme/hello, version: ^1.0.0-rc.1 }", "1.0.0-rc.2"],
    [`{ name: acme/hello, digest: "${DIGEST}" }`, "1.4.2"],
  ])("%s takes %s", async (pinned, version) => {
    expect((await pin(pinned, version)).problems).toEqual([]);
  });
  test.each([
    ["{ name: acme/other }", "1.4.2", "E_IDENTITY /package/name:4"],
    ["{ name: acme/hello, version: 1.4.1 }", "1.4.2", "E_IDENTITY /package/version:4"],
    ["{ name: acme/hello, version: ^2 }", "1.4.2", "E_IDENTITY /package/version:4"],
    ["{ name: acme/hello, version: ^1.4 }", "1.5.0-rc.1", "E_IDENTITY /package/version:4"],
    ["{ name: acme/hello, version: 1.0.0 }", "1.0.0-rc.1", "E_IDENTITY /package/version:4"],
    [`{ name: acme/hello, digest: "sha256:${"00".repeat(32)}" }`, "1.4.2", "E_IDENTITY /package/digest:4"],
    [`{ name: acme/hello, digest: "sha512:${"00".repeat(64)}" }`, "1.4.2", "E_IDENTITY /package/digest:4"],
    ["{ name: acme/hello, digest: sha256:abc }", "1.4.2", "E_DIGEST /package/digest:4"],
    [`{ name: acme/hello, digest: "${DIGEST.toUpperCase()}" }`, "1.4.2", "E_DIGEST /package/digest:4"],
    ["{ name: acme/hello, version: newest }", "1.4.2", "E_SCHEMA /package/version:4"],
    ["{ name: acme/hello, version: 1.4.2+build }", "1.4.2", "E_SCHEMA /package/version:4"],
    ["{ name: acme/hello, version: 1 }", "1.4.2", "E_SCHEMA /package/version:4"],
    ["{ name: Acme }", "1.4.2", "E_SCHEMA /package/name:4"],
    ["{ version: ^1 }", "1.4.2", "E_SCHEMA /package/name:4"],
  ])("%s with %s is %s", async (pinned, version, expected) => {
    expect(brief((await pin(pinned, version)).problems)).toEqual([expected]);
  });
});

describe("policy and trust", () => {
  test("a stage that requires a digest", async () => {
    const config =
      "stages: { prod: { policy: { requireDigest: true } }, pinned: { policy: { requireDigest: true }, package: { digest: " +
      JSON.stringify(DIGEST) +
      " } } }";
    expect(brief((await web(config, { stage: "prod" })).problems)).toEqual(["E_POLICY /stages/prod/policy/requireDigest:6"]);
    expect((await web(config, { stage: "pinned" })).resolved?.policy.requireDigest).toBe(true);
    expect((await web(config)).problems).toEqual([]);
  });
  test("signatures can't be verified, which is said", async () => {
    expect(brief((await web("policy: { requireSignature: true }")).problems)).toEqual(["E_POLICY /policy/requireSignature:6"]);
    expect(brief((await web("trust: { keys: [a.pem], required: true }")).problems)).toEqual(["E_SIGNATURE /trust/required:6"]);
    expect(brief((await web("trust: { keys: [a.pem] }")).problems)).toEqual(["E_SIGNATURE /trust/keys:6"]);
    expect(brief((await web("trust: { keys: [a.pem], threshold: 2, required: false }")).problems)).toEqual([
      "E_SCHEMA /trust/threshold:6",
    ]);
  });
});

describe("environment variables", () => {
  const requires: Requires = {
    env: [
      { name: "URL", format: "uri" },
      { name: "MODE", optional: true },
      { name: "TOKEN", secret: true, optional: true },
    ],
  };
  const env = (config: string, given: Given = {}) =>
    web(`resources: { t: { local: "env:T" } }\n${config}`, { requires, ...given });
  test("bound in env, in secrets", async () => {
    const { resolved, problems } = await env(
      "env: { URL: https://a.b }\nsecrets: { TOKEN: { secret: t, version: '2', key: k }, MODE: { secret: { resource: t } } }",
    );
    expect(problems).toEqual([]);
    expect(resolved?.env).toEqual({ URL: "https://a.b" });
    const ref = { resource: "t", id: "env:T" };
    expect(resolved?.secrets).toEqual({ TOKEN: { ref, version: "2", key: "k" }, MODE: { ref } });
  });
  test.each([
    ["env: {}", ["E_UNBOUND_ENV /env/URL:7"]],
    ["", ["E_UNBOUND_ENV /env/URL:1"]],
    ["env: { URL: a b }", ["E_FORMAT /env/URL:7"]],
    ["env: { URL: 5 }", ["E_SCHEMA /env/URL:7"]],
    ["env: { URL: x:y, TOKEN: abc }", ["E_PLAINTEXT_SECRET /env/TOKEN:7"]],
    ["env: { URL: x:y, MDOE: a }", ["E_UNDECLARED_ENV /env/MDOE:7"]],
    [
      "env: { URL: x:y, OTEL_X: a, TZ: UTC, NODE_OPTIONS: a, JAVA_TOOL_OPTIONS: b }",
      ["OTEL_X", "TZ", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS"].map((name) => `warning E_UNDECLARED_ENV /env/${name}:7`),
    ],
    ["undeclaredEnv: allow\nenv: { URL: x:y, OTHER: a }", ["warning E_UNDECLARED_ENV /env/OTHER:8"]],
    ["env: { URL: x:y }\nsecrets: { URL: { secret: t } }", ["E_DUPLICATE_BINDING /secrets/URL:8"]],
    ["env: { URL: x:y }\nsecrets: { OTHER: { secret: t } }", ["E_UNDECLARED_ENV /secrets/OTHER:8"]],
    ["env: { URL: x:y }\nsecrets: { TOKEN: { secret: tt } }", ["E_RESOURCE /secrets/TOKEN/secret:8"]],
    ["env: { URL: x:y }\nsecrets: { TOKEN: plain }", ["E_PLAINTEXT_SECRET /secrets/TOKEN:8"]],
    ["env: { URL: x:y }\nsecrets: { TOKEN: { value: plain } }", ["E_PLAINTEXT_SECRET /secrets/TOKEN:8"]],
    [
      "env: { URL: x:y }\nsecrets: { TOKEN: { secrte: t } }",
      ["E_SCHEMA /secrets/TOKEN/secret:8", "E_UNKNOWN_FIELD /secrets/TOKEN/secrte:8"],
    ],
  ])("%s", async (config, expected) => {
    expect(brief((await env(config)).problems).toSorted()).toEqual(expected.toSorted());
  });
  test("what is allowed undeclared is bound", async () => {
    expect((await env("undeclaredEnv: allow\nenv: { URL: x:y, OTHER: a, TZ: UTC }")).resolved?.env).toEqual({
      URL: "x:y",
      OTHER: "a",
      TZ: "UTC",
    });
  });
  test("--allow-plaintext-secret makes it a warning and hides the value", async () => {
    const { resolved, problems } = await env("env: { URL: x:y, TOKEN: '${env:T}' }", {
      allowPlaintextSecret: true,
      env: { T: "s3cr3t" },
    });
    expect(brief(problems)).toEqual(["warning E_PLAINTEXT_SECRET /env/TOKEN:7"]);
    expect(resolved?.env["TOKEN"]).toBe("s3cr3t");
    expect(resolved?.sensitive).toEqual(["TOKEN"]);
    expect(JSON.stringify(problems)).not.toContain("s3cr3t");
  });
  test.each([
    ["uri", ["https://a.b/c?d", "urn:x:y"], ["a.b", "https://", "", "http://a b"]],
    ["integer", ["0", "-5", "42"], ["1.0", "01", "1e3", "", "0x1"]],
    ["number", ["0", "-5.5", "1e3"], ["NaN", ".5", "1,0", ""]],
    ["boolean", ["true", "false"], ["True", "1", "yes", ""]],
    ["json", ["{}", "1", '"x"', "null"], ["{a}", "", "x"]],
    ["email", ["a@b.c", "ops+x@acme.com"], ["a", "a@", "@b", "a b@c"]],
    ["hostname", ["db", "db.acme.com", "1.2.3.4"], ["-a", "a..b", "a_b", "", "a.b:80"]],
  ] as const)("format %s", async (format, good, bad) => {
    const one = { env: [{ name: "V", format }] };
    for (const value of good)
      expect((await web(`env: { V: ${JSON.stringify(value)} }`, { requires: one })).problems, value).toEqual([]);
    for (const value of bad)
      expect(codes((await web(`env: { V: ${JSON.stringify(value)} }`, { requires: one })).problems), value).toEqual(["E_FORMAT"]);
  });
});

describe("services", () => {
  const keys = { bucket: { env: "BUCKET" }, password: { env: "KEY", secret: true }, region: { env: "REGION", optional: true } };
  const requires: Requires = {
    env: [{ name: "OTHER", optional: true }],
    services: [{ name: "photos", type: "object-storage", keys }],
  };
  const service = (config: string, given: Given = {}) =>
    web(`resources: { k: { local: "file:./k" } }\n${config}`, { requires, ...given });
  test("values and references", async () => {
    const { resolved, problems } = await service(
      "services: { photos: { keys: { bucket: { value: b }, password: { secret: k } } } }",
    );
    expect(problems).toEqual([]);
    expect(resolved?.env).toEqual({ BUCKET: "b" });
    expect(resolved?.secrets).toEqual({ KEY: { ref: { resource: "k", id: "file:./k" } } });
  });
  test.each([
    ["", ["E_UNBOUND_SERVICE /services/photos:1"]],
    ["services: { photos: { keys: { bucket: { value: b } } } }", ["E_UNBOUND_SERVICE /services/photos/keys/password:7"]],
    [
      "services: { photos: { keys: { bucket: { value: b }, password: { value: p } } } }",
      ["E_PLAINTEXT_SECRET /services/photos/keys/password/value:7"],
    ],
    [
      "services: { photso: { keys: { bucket: { value: b } } } }",
      ["E_UNKNOWN_FIELD /services/photso:7", "E_UNBOUND_SERVICE /services/photos:7"],
    ],
    [
      "services: { photos: { keys: { bucket: { value: b }, pasword: { secret: k }, password: { secret: k } } } }",
      ["E_UNKNOWN_FIELD /services/photos/keys/pasword:7"],
    ],
    [
      "env: { BUCKET: x }\nservices: { photos: { keys: { bucket: { value: b }, password: { secret: k } } } }",
      ["E_DUPLICATE_BINDING /services/photos/keys/bucket:8"],
    ],
  ])("%s", async (config, expected) => {
    expect(brief((await service(config)).problems)).toEqual(expected);
  });
  test("two services that fill one variable", async () => {
    const two: Requires = {
      services: [
        { name: "a", type: "x", keys: { k: { env: "V" } } },
        { name: "b", type: "x", keys: { k: { env: "V" } } },
      ],
    };
    const { problems } = await web("services: { a: { keys: { k: { value: '1' } } }, b: { keys: { k: { value: '2' } } } }", {
      requires: two,
    });
    expect(codes(problems)).toEqual(["E_DUPLICATE_BINDING"]);
  });
  test("an optional service may be left out, not half bound; names of Object's members are names", async () => {
    const optional: Requires = {
      services: [{ name: "constructor", type: "x", optional: true, keys: { a: { env: "A" }, b: { env: "B" } } }],
    };
    expect((await web("", { requires: optional })).problems).toEqual([]);
    expect(codes((await web("services: { toString: { keys: {} } }", { requires: optional })).problems)).toEqual([
      "E_UNKNOWN_FIELD",
    ]);
  });
});

describe("resources", () => {
  const event = (config: string, given: Given = {}) =>
    resolve(`${HEAD}${config}\n`, { manifest: manifest({}, { signature: events("dev.fnpkg.message.received.v1") }), ...given });
  test.each([
    ["triggers: [{ name: q, type: queue, source: jobs }]", ["E_RESOURCE /triggers/0/source:5"]],
    [
      "resources: { jobs: { local: ./j } }\ntriggers: [{ name: q, type: queue, source: { resource: job } }]",
      ["E_RESOURCE /triggers/0/source/resource:6"],
    ],
    [
      "resources: { jobs: { aws-lambda: x } }\ntriggers: [{ name: q, type: queue, source: jobs }]",
      ["E_RESOURCE /resources/jobs/local:5"],
    ],
    [
      "resources: { jobs: { local: ./j } }\ntriggers: [{ name: q, type: queue, source: jobs, retry: { deadLetter: dlq } }]",
      ["E_RESOURCE /triggers/0/retry/deadLetter:6"],
    ],
    [
      "resources: { jobs: { local: { subnets: [a] } } }\ntriggers: [{ name: q, type: queue, source: jobs }]",
      ["E_RESOURCE /resources/jobs/local:5"],
    ],
    [
      "resources: { jobs: { locl: ./j, local: ./j } }\ntriggers: [{ name: q, type: queue, source: jobs }]",
      ["E_UNKNOWN_FIELD /resources/jobs/locl:5"],
    ],
  ])("%s", async (config, expected) => {
    expect(brief((await event(config)).problems)).toEqual(expected);
  });
  test("the nearest name is offered", async () => {
    const { problems } = await event("resources: { jobs: { local: ./j } }\ntriggers: [{ name: q, type: queue, source: job }]");
    expect(problems[0]?.message).toContain('did you mean "jobs"?');
  });
  test("where the target has no such thing, its limits say so, not a missing entry", async () => {
    const { problems, draft } = await event(
      "resources: { s: { aws-lambda: x } }\ntriggers: [{ name: s, type: stream, source: s }]\nnetwork: { attach: s }",
    );
    expect(codes(problems)).toEqual(["E_TRIGGER"]);
    expect(draft?.triggers).toMatchObject([{ type: "stream", source: { resource: "s", id: null }, start: "latest" }]);
  });
  test.each([
    ["env:TOKEN", []],
    ["file:./token.txt", []],
    ["hunter2-plain", ["E_PLAINTEXT_SECRET"]],
    ["env:", ["E_PLAINTEXT_SECRET"]],
    ["file:", ["E_PLAINTEXT_SECRET"]],
  ])("on local a secret's id is a reference: %s", async (id, expected) => {
    const { problems } = await web(`resources: { t: { local: "${id}" } }\nsecrets: { T: { secret: t } }`, {
      requires: { env: [{ name: "T", secret: true }] },
    });
    expect(codes(problems)).toEqual(expected);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
  test("a network's parts are kept", async () => {
    const { resolved } = await web(
      "resources: { n: { aws-lambda: { subnets: [a, b], securityGroups: [c] } } }\nnetwork: { attach: n, egress: private }\ntargets: { aws-lambda: {} }",
      { target: "aws-lambda" },
    );
    expect(resolved?.network).toEqual({
      ingress: "public",
      egress: "private",
      attach: { resource: "n", id: { subnets: ["a", "b"], securityGroups: ["c"] } },
    });
  });
});

describe("the target's section", () => {
  const adapterConfig = z.strictObject({
    region: z.string(),
    keepVersions: z.int().default(5),
    createRole: z.boolean().default(false),
  });
  const aws = (section: string, given: Given = {}) =>
    web(`targets: { aws-lambda: ${section} }`, { target: "aws-lambda", adapterConfig, ...given });
  test("is the adapter's, without what every section takes", async () => {
    const { resolved, problems } = await aws(
      '{ region: r, createRole: "${env:C}", endpoint: "http://localhost:4566", raw: { X: { a: 1 } }, override: { memory: 1Gi } }',
      { env: { C: "true" } },
    );
    expect(problems).toEqual([]);
    expect(resolved).toMatchObject({
      section: { region: "r", keepVersions: 5, createRole: true },
      endpoint: "http://localhost:4566",
      raw: { X: { a: 1 } },
      memoryMiB: 1024,
    });
  });
  test("its slips have places and suggestions", async () => {
    const { problems } = await aws("{ regoin: r }");
    expect(brief(problems)).toEqual(["E_SCHEMA /targets/aws-lambda/region:6", "E_UNKNOWN_FIELD /targets/aws-lambda/regoin:6"]);
    expect(problems[1]?.message).toContain('did you mean "region"?');
  });
  test.each([
    "http://example.com",
    "ftp://localhost",
    "localhost:80",
    "http://user:hunter2@localhost",
    "https://u:hunter2@example.com",
    "",
  ])("the endpoint can't be %j", async (endpoint) => {
    const { problems } = await aws(`{ region: r, endpoint: ${JSON.stringify(endpoint)} }`);
    expect(codes(problems)).toEqual(["E_SCHEMA"]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
  test.each(["http://127.0.0.1:1", "http://[::1]:1", "https://example.com"])("the endpoint can be %s", async (endpoint) => {
    expect((await aws(`{ region: r, endpoint: "${endpoint}" }`)).resolved?.endpoint).toBe(endpoint);
  });
});

describe("the digest", () => {
  const of = async (config: string, given: Given = {}) => (await web(config, given)).resolved?.digest;
  test("does not depend on order, layer, place or package digest", async () => {
    const one = await of("memory: 1Gi\ntags: { a: x, b: y }");
    expect(await of("# comment\ntags: { b: y, a: x }\ntargets: { local: { override: { memory: 1024Mi } } }")).toBe(one);
    expect(
      await of("memory: 1Gi\ntags: { a: x, b: y }", { base: "/elsewhere", packageDigest: `sha256:${"00".repeat(32)}` }),
    ).toBe(one);
  });
  test.each([
    "memory: 1Gi",
    "timeout: 31s",
    "tags: { a: b }",
    "description: x",
    "targets: { local: { port: 1 } }",
    "targets: { local: { raw: { a: {} } } }",
    "runtime: '22'",
  ])("changes with %s", async (config) => {
    expect(await of(config)).not.toBe(await of(""));
  });
});
