/** What the entry file registers is what Microsoft's own library registers for equal triggers. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Trigger } from "fnpkg/adapter";
import { noModels, readModel } from "../../engine/check-models.ts";
import { eventSignature, everything, httpSignature, web } from "./translate-cases.ts";
import { missing, type Registered, run, start, type Started, write } from "./worker-site.ts";

const require = createRequire(import.meta.url);
const library = require.resolve("@azure/functions");
const files = { "index.js": "export default () => undefined;\n", "package.json": '{"type":"module"}' };

/** The same triggers, as a user of @azure/functions writes them. */
const theirs = `
const { app } = require(${JSON.stringify(library)});
const handler = () => undefined;
app.timer("tick", { name: "timer", schedule: "0 */5 8-17 * * 1-5", handler });
app.timer("often", { name: "timer", schedule: "*/10 * * * * *", handler });
app.storageQueue("jobs", { name: "message", dataType: "binary", queueName: "jobs", connection: "FNPKG_JOBS", handler });
app.storageQueue("others", { name: "message", dataType: "binary", queueName: "jobs", connection: "FNPKG_OTHERS", handler });
app.serviceBusQueue("in-order", {
  name: "message", dataType: "binary", queueName: "jobs", connection: "FNPKG_IN_ORDER", isSessionsEnabled: true, cardinality: "one", handler,
});
app.serviceBusTopic("orders", {
  name: "message", dataType: "binary", topicName: "orders", subscriptionName: "thumbnail", connection: "FNPKG_ORDERS",
  isSessionsEnabled: false, cardinality: "one", handler,
});
app.eventGrid("up", { name: "event", handler });
app.eventGrid("gone", { name: "event", handler });
app.eventHub("clicks", {
  name: "records", dataType: "binary", eventHubName: "clicks", connection: "FNPKG_CLICKS", cardinality: "one", consumerGroup: "$Default",
  retry: { strategy: "exponentialBackoff", maxRetryCount: 5, minimumInterval: { seconds: 1 }, maximumInterval: { seconds: 60 } },
  handler,
});
`;
const theirHttp = `
const { app } = require(${JSON.stringify(library)});
const handler = () => ({});
app.http("all", {
  name: "request", route: "{*path}", authLevel: "anonymous",
  methods: ["GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS", "TRACE", "CONNECT"], handler,
});
app.http("some", { name: "request", route: "thumb/{id}", authLevel: "function", methods: ["GET"], handler });
`;

const running: Started[] = [];
const folders: string[] = [];
afterAll(async () => {
  await Promise.all(running.map((started) => started.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function ours(triggers: readonly Trigger[], signature = eventSignature): Promise<Started> {
  const started = await start({ files, signature, triggers });
  running.push(started);
  return started;
}

async function registeredBy(source: string): Promise<readonly Registered[]> {
  const folder = mkdtempSync(join(tmpdir(), "fnpkg-azure-theirs-"));
  folders.push(folder);
  write(join(folder, "wwwroot/package.json"), '{"main":"index.cjs"}');
  write(join(folder, "wwwroot/index.cjs"), source);
  const started = await run(folder, {});
  running.push(started);
  return started.functions;
}

/** The bindings as values, by function; of retries what the host is told. */
function read(functions: readonly Registered[]): object {
  const told = ({ name, rawBindings, retryOptions }: Registered): [string, object] => {
    const { maxRetryCount, retryStrategy, minimumInterval, maximumInterval } = (retryOptions ?? {}) as Record<string, unknown>;
    const retry = retryOptions === undefined ? {} : { maxRetryCount, retryStrategy, minimumInterval, maximumInterval };
    return [name, { bindings: rawBindings.map((raw) => JSON.parse(raw) as unknown), ...retry }];
  };
  return Object.fromEntries(functions.map(told));
}

describe.skipIf(missing.length > 0)(`bindings${missing.length > 0 ? `, skipped: needs ${missing.join(", ")}` : ""}`, () => {
  let events: Started;
  beforeAll(async () => {
    events = await ours(everything);
  }, 60_000);

  test("of every trigger with events", async () => {
    expect(read(events.functions)).toEqual(read(await registeredBy(theirs)));
  }, 60_000);

  test("of http", async () => {
    const all = await ours([{ ...web, name: "all" }], httpSignature);
    const some = await ours([{ ...web, name: "some", path: "/thumb/{id}", methods: ["GET"], auth: "key" }], httpSignature);
    expect(read([...all.functions, ...some.functions])).toEqual(read(await registeredBy(theirHttp)));
  }, 60_000);

  test("a stream is read one by one, or in batches when the package takes them", async () => {
    const stream = everything.filter(({ type }) => type === "stream");
    const batched = await ours(stream, {
      type: "cloudevent",
      events: [{ type: "dev.fnpkg.record.received.v1" }],
      batch: true,
    });
    const binding = JSON.parse(batched.functions[0]?.rawBindings[0] ?? "{}") as object;
    expect(binding).toMatchObject({ cardinality: "many" });
  }, 60_000);

  test("the model is ours, and lists keep empty entries", () => {
    expect(events.model.name).toBe("fnpkg");
    expect(events.capabilities).toMatchObject({ IncludeEmptyEntriesInMessagePayload: "true", TypedDataCollection: "true" });
    expect(events.capabilities).not.toHaveProperty("HttpUri");
  });

  test.skipIf(noModels)("are what the host's schema of function.json has", () => {
    const {
      $schema: _schema,
      id: _id,
      ...schema
    } = JSON.parse(readModel("azure/host-schemas/function.json").replace(/^\ufeff/, "")) as Record<string, unknown>;
    const validate = new Ajv({
      strict: false,
      validateFormats: false,
      allErrors: true,
      // The vendor's patterns are no Unicode patterns.
      code: { regExp: Object.assign((pattern: string) => new RegExp(pattern), { code: "RegExp" }) },
    }).compile(schema);
    for (const { name, rawBindings } of events.functions) {
      const bindings = rawBindings.map((raw) => JSON.parse(raw) as unknown);
      expect(validate({ bindings }), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });
});
