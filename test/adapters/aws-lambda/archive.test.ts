import { afterEach, describe, expect, test } from "vitest";
import type { Signature } from "fnpkg/adapter";
import { type Given, missing, start, type Started } from "./archive-site.ts";
import { of, web } from "./translate-cases.ts";

const title = missing.length > 0 ? `skipped: needs ${missing.join(" and ")}` : "under AWS's runtime client";
const events: Signature = { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] };
const bindings = (more: object = {}) =>
  JSON.stringify({
    function: "thumbnail",
    level: "info",
    secrets: [],
    timeout: 5,
    triggers: [["jobs", of.queue("jobs").id]],
    ...more,
  });

const url = (more: object = {}) => ({
  version: "2.0",
  rawPath: "/a",
  rawQueryString: "q=1",
  headers: { host: "id.lambda-url.eu-west-1.on.aws" },
  requestContext: { http: { method: "GET", path: "/a" } },
  isBase64Encoded: false,
  ...more,
});
const sqs = (...ids: string[]) => ({
  Records: ids.map((messageId) => ({
    messageId,
    body: messageId,
    eventSource: "aws:sqs",
    eventSourceARN: of.queue("jobs").id,
    attributes: {},
  })),
});

describe.skipIf(missing.length > 0)(`a built archive ${title}`, () => {
  let running: Started | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });
  const run = async (given: Partial<Given> & { readonly code: string }): Promise<Started> => {
    const { code, ...rest } = given;
    running = await start({
      files: { "index.js": code, "package.json": '{"type":"module"}' },
      signature: { type: "http" },
      triggers: [web],
      ...rest,
      env: { FNPKG_BINDINGS: bindings(), ...rest.env },
    });
    return running;
  };

  test("answers requests with its declared environment, in its own folder", async () => {
    const started = await run({
      code: `
        import { readFileSync } from "node:fs";
        export default (request, context) => {
          context.log.info("hello");
          return {
            headers: { "content-type": "application/json", "set-cookie": ["a=1", "b=2"] },
            body: JSON.stringify({
              url: request.url,
              env: context.env,
              cwd: process.cwd().split("/").at(-1),
              own: readFileSync("package.json", "utf8"),
              trace: context.trace.traceparent,
              id: context.invocationId,
              target: context.target,
              left: context.remainingMs() > 1000,
            }),
          };
        };`,
      env: { GREETING: "hi", OTHER: "not declared" },
    });
    for (const id of ["id-1", "id-2"]) {
      const answer = await started.invoke(url());
      const result = JSON.parse(answer.body) as { statusCode: number; cookies: string[]; body: string };
      expect(result).toMatchObject({ statusCode: 200, cookies: ["a=1", "b=2"] });
      expect(JSON.parse(result.body)).toEqual({
        url: "https://id.lambda-url.eu-west-1.on.aws/a?q=1",
        env: { GREETING: "hi" },
        cwd: "function",
        own: '{"type":"module"}',
        trace: "00-5e9f0c651de4d666d4dd26aced652b6c-53995c3f42cd8ad8-01",
        id,
        target: { name: "aws-lambda", region: "eu-west-1" },
        left: true,
      });
    }
    expect(started.output()).toContain('"message":"hello","invocationId":"id-1"');
  });

  test("streams a response, and breaks it off where the handler does", async () => {
    const started = await run({
      signature: { type: "http", response: "streaming" },
      code: `
        export default (request) => ({
          status: 201,
          headers: { "content-type": "text/plain", "set-cookie": ["a=1", "b=2"] },
          body: request.url.endsWith("empty") ? undefined : new ReadableStream({
            async pull(controller) {
              this.count = (this.count ?? 0) + 1;
              await new Promise((done) => setTimeout(done, 10));
              if (this.count <= 3) return controller.enqueue(new TextEncoder().encode("part" + this.count + " "));
              if (request.url.endsWith("broken")) throw new Error("lost");
              controller.close();
            },
          }),
        });`,
    });
    const split = (body: string) => {
      const at = body.indexOf("\u0000".repeat(8));
      return { prelude: JSON.parse(body.slice(0, at)) as object, body: body.slice(at + 8) };
    };
    const whole = await started.invoke(url());
    expect(whole.contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(split(whole.body)).toEqual({
      prelude: { statusCode: 201, headers: { "content-type": "text/plain" }, cookies: ["a=1", "b=2"] },
      body: "part1 part2 part3 ",
    });
    const empty = await started.invoke(url({ rawPath: "/empty", rawQueryString: "" }));
    expect(split(empty.body)).toMatchObject({ prelude: { statusCode: 201 }, body: "" });
    const broken = await started.invoke(url({ rawPath: "/broken", rawQueryString: "" }));
    expect(broken.trailer).toContain("lost");
    expect((await started.invoke(url())).trailer).toBeUndefined();
  });

  test("names the messages that failed", async () => {
    const started = await run({
      signature: events,
      triggers: [{ type: "queue", name: "jobs", source: of.queue("jobs"), ordered: false }],
      code: `export default (event) => { if (event.id === "m2") throw new Error("no"); console.log(event.source, event.data); };`,
    });
    expect(JSON.parse((await started.invoke(sqs("m1", "m2"))).body)).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
    expect(started.output()).toContain("fnpkg:thumbnail/jobs m1");
    const failed = await started.invoke({ specversion: "1.0", id: "m2", source: "/me", type: "t" });
    expect(failed).toMatchObject({ ok: false });
    expect(failed.body).toContain('"errorMessage":"no"');
  });

  test("lives on after what nobody caught", async () => {
    const started = await run({
      code: `
        export default (request) => {
          if (request.url.includes("late")) {
            setTimeout(() => { throw new Error("uncaught detail"); }, 10);
            return new Promise(() => undefined);
          }
          if (request.url.includes("rejected")) {
            Promise.reject(new Error("unhandled detail"));
            return new Promise(() => undefined);
          }
          return { body: "alive" };
        };`,
    });
    for (const path of ["/late", "/rejected"]) {
      const answer = JSON.parse((await started.invoke(url({ rawPath: path }))).body) as object;
      expect(answer).toMatchObject({ statusCode: 500, body: "internal server error\n" });
    }
    expect(started.output()).toContain("uncaught detail");
    expect(started.output()).toContain("unhandled detail");
    expect(JSON.parse((await started.invoke(url())).body)).toMatchObject({ statusCode: 200, body: "alive" });
  });

  test("a handler that never settles is answered before the deadline", async () => {
    const started = await run({ code: "export default () => new Promise(() => undefined);" });
    expect(JSON.parse((await started.invoke(url(), 700)).body)).toMatchObject({ statusCode: 504 });
  });

  test("a handler of events that never settles fails its messages before the deadline", async () => {
    const code = 'export default (event) => event.data === "m2" ? new Promise(() => undefined) : undefined;';
    const started = await run({
      signature: events,
      triggers: [{ type: "queue", name: "jobs", source: of.queue("jobs"), ordered: false }],
      code,
    });
    const answer = await started.invoke(sqs("m1", "m2", "m3"), 1500);
    expect(JSON.parse(answer.body)).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
    expect(JSON.parse((await started.invoke(sqs("m1"))).body)).toEqual({ batchItemFailures: [] });
  });

  test("waits for what the handler left to waitUntil", async () => {
    const started = await run({
      code: `export default (_, context) => {
        context.waitUntil(new Promise((done) => setTimeout(done, 300)).then(() => console.log("left work done")));
        context.waitUntil(Promise.reject(new Error("left work failed")));
        return { body: "answered" };
      };`,
    });
    expect(JSON.parse((await started.invoke(url())).body)).toMatchObject({ statusCode: 200, body: "answered" });
    expect(started.output()).toContain("left work done");
    expect(started.output()).toContain("left work failed");
  });

  test("a response over Lambda's 6 MB is a 500, and the log says why", async () => {
    const started = await run({
      code: `export default (request) => ({ body: "x".repeat(Number(new URL(request.url).searchParams.get("n"))) });`,
    });
    const sized = (n: number) => url({ rawQueryString: `n=${n}` });
    const fits = JSON.parse((await started.invoke(sized(5_000_000))).body) as { statusCode: number; body: string };
    expect([fits.statusCode, fits.body.length]).toEqual([200, 5_000_000]);
    expect(JSON.parse((await started.invoke(sized(7_000_000))).body)).toMatchObject({ statusCode: 500 });
    expect(started.output()).toMatch(
      /"level":"error","message":"the response has 7000\d{3} bytes as JSON, and no more than 6291456 can be answered"/,
    );
  });

  test("long headers pass both ways, and those that no header can hold are answered with 500", async () => {
    const started = await run({
      code: `export default (request) => new URL(request.url).pathname === "/bad"
        ? { headers: { "x-bad": "a\\r\\nset-cookie: b=1" } }
        : { headers: { "x-long": request.headers.get("x-long") } };`,
    });
    const long = "l".repeat(60_000);
    const answer = await started.invoke(url({ headers: { host: "id.lambda-url.eu-west-1.on.aws", "x-long": long } }));
    expect(JSON.parse(answer.body)).toMatchObject({ statusCode: 200, headers: { "x-long": long } });
    expect(JSON.parse((await started.invoke(url({ rawPath: "/bad" }))).body)).toMatchObject({
      statusCode: 500,
      body: "internal server error\n",
    });
  });

  test.each([
    ["a module that throws", 'throw new Error("at load");', "at load"],
    ["an export that is missing", "export const other = 1;", "the module exports other"],
    ["an export of another type", "export default 1;", "a function or an object with fetch is needed"],
  ])("says at the start what is wrong with %s", async (_, code, message) => {
    const started = await run({ code });
    expect(await started.failed).toContain(message);
  });

  const sdk = (name: string, client: string, command: string, answer: string) => ({
    [`@aws-sdk/${name}`]: `
      exports.${command} = class { constructor(input) { this.input = input; } };
      exports.${client} = class {
        constructor(options) { this.options = options; }
        async send({ input }) { const { region } = this.options; ${answer} }
      };`,
  });

  test("secrets are read before the module is loaded, with version and key", async () => {
    const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3";
    const parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/token";
    const started = await run({
      code: `const atLoad = process.env.TOKEN; export default (_, { env }) => ({ body: atLoad + " " + env.TOKEN + " " + env.GREETING });`,
      packages: {
        ...sdk(
          "client-secrets-manager",
          "SecretsManagerClient",
          "GetSecretValueCommand",
          `
          if (region !== "eu-west-1" || input.SecretId !== ${JSON.stringify(secret)}) throw new Error("wrong call");
          return { SecretString: JSON.stringify({ token: "s3cret " + (input.VersionStage ?? "newest") }) };`,
        ),
        ...sdk(
          "client-ssm",
          "SSMClient",
          "GetParameterCommand",
          `
          if (region !== "eu-central-1" || input.Name !== ${JSON.stringify(`${parameter}:3`)} || !input.WithDecryption) throw new Error("wrong call");
          return { Parameter: { Value: "three", Version: 3 } };`,
        ),
      },
      env: {
        FNPKG_BINDINGS: bindings({
          secrets: [
            ["TOKEN", secret, "AWSPREVIOUS", "token"],
            ["GREETING", parameter, "3"],
          ],
        }),
      },
    });
    expect(JSON.parse((await started.invoke(url())).body)).toMatchObject({ body: "s3cret AWSPREVIOUS s3cret AWSPREVIOUS three" });
    expect(started.output()).not.toContain("s3cret");
  });

  test("a secret that can't be read stops the start, and the message has no value", async () => {
    const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3";
    const started = await run({
      code: "export default () => ({});",
      packages: sdk(
        "client-secrets-manager",
        "SecretsManagerClient",
        "GetSecretValueCommand",
        `return { SecretString: "s3cret" };`,
      ),
      env: { FNPKG_BINDINGS: bindings({ secrets: [["TOKEN", secret, "", "token"]] }) },
    });
    const failed = await started.failed;
    expect(failed).toContain(`the secret of TOKEN, ${secret}, is no JSON object`);
    expect(failed + started.output()).not.toContain("s3cret");
  });
});
