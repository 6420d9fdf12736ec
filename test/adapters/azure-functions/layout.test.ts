import { describe, expect, test } from "vitest";
import { layout } from "../../../adapters/azure-functions/layout.ts";
import { cases, everything, type Given, inputOf, of, web } from "./translate-cases.ts";

const file = (given: Given, path: string): unknown => {
  const found = layout(inputOf(given)).find((entry) => entry.path === path);
  if (found === undefined || !("bytes" in found.from)) throw new Error(`no generated ${path}`);
  return JSON.parse(new TextDecoder().decode(found.from.bytes));
};
const host = (given: Given) => file(given, "host.json") as { readonly extensions: { readonly [name: string]: object } };

test("the package stays under function/, what is generated stands at the root", () => {
  const paths = layout(inputOf({ triggers: [web] })).map(({ path }) => path);
  expect(paths.sort()).toEqual(["fnpkg.json", "function/index.js", "host.json", "index.mjs", "package.json"]);
  expect(file({ triggers: [web] }, "package.json")).toEqual({ private: true, main: "index.mjs" });
});

describe("the archive is the same", () => {
  const digestOf = (given: Given) => JSON.stringify(layout(inputOf(given)));
  test.each([
    ["stage and name", { stage: "dev", deployment: "thumbnail-dev" }],
    [
      "variables and secrets",
      { env: { A: "1" }, secrets: { B: { ref: { resource: "b", id: "https://acme.vault.azure.net/secrets/b" } } } },
    ],
    ["memory, instances and tags", { memoryMiB: 2048, instances: { min: 1, max: 5 }, tags: { team: "media" } }],
    ["level and tracing", { logs: { level: "debug" }, tracing: { sampleRate: 0.5 } }],
    ["account and region", { section: { region: "northeurope", storage: { account: "other", container: "ccc" } } }],
  ] as const)("whatever %s are", (_what, change) => {
    expect(digestOf({ triggers: [web], ...change })).toBe(digestOf({ triggers: [web] }));
  });

  test("when a queue of the same name is another account's", () => {
    const queue = (account: string): Given => ({
      triggers: [{ type: "queue", name: "jobs", source: of.queue("jobs", account), ordered: false }],
    });
    expect(digestOf(queue("elsewhere"))).toBe(digestOf(queue("acme")));
  });

  test("but not with another timeout, which host.json has, nor with another trigger", () => {
    expect(digestOf({ triggers: [web], timeoutSeconds: 31 })).not.toBe(digestOf({ triggers: [web] }));
    expect(digestOf({ triggers: [{ ...web, path: "/a" }] })).not.toBe(digestOf({ triggers: [web] }));
  });
});

describe("host.json", () => {
  test("of http alone needs no bundle, and takes the whole path", () => {
    expect(host({ triggers: [web] })).toEqual({
      version: "2.0",
      functionTimeout: "00:00:30",
      extensions: { http: { routePrefix: "" } },
    });
  });

  test("keeps one call at a time in an instance, or as many as are asked for", () => {
    const { extensions } = host({ triggers: everything });
    expect(extensions["queues"]).toMatchObject({ batchSize: 1, newBatchThreshold: 0 });
    expect(extensions["serviceBus"]).toMatchObject({ maxConcurrentCalls: 1, maxConcurrentSessions: 1 });
    const many = host({ triggers: everything, concurrency: 8 }).extensions;
    expect(many["queues"]).toMatchObject({ batchSize: 8, newBatchThreshold: 0 });
    expect(many["serviceBus"]).toMatchObject({ maxConcurrentCalls: 8, maxConcurrentCallsPerSession: 1 });
  });

  test("counts the first delivery of a storage queue", () => {
    const queue = (retry?: { attempts: number }): Given => ({
      triggers: [{ type: "queue", name: "jobs", source: of.queue("jobs"), ordered: false, ...(retry ? { retry } : {}) }],
    });
    expect(host(queue({ attempts: 3 })).extensions["queues"]).toMatchObject({ maxDequeueCount: 4 });
    expect(host(queue({ attempts: 0 })).extensions["queues"]).toMatchObject({ maxDequeueCount: 1 });
    expect(host(queue()).extensions["queues"]).toMatchObject({ maxDequeueCount: 5, messageEncoding: "base64" });
  });

  test("starts a stream where it is told, and waits for a batch as long as it may", () => {
    const stream = (start: "latest" | "earliest", batch?: object): Given => ({
      triggers: [{ type: "stream", name: "clicks", source: of.hub("clicks"), start, ...(batch ? { batch } : {}) }],
    });
    expect(host(stream("latest")).extensions["eventHubs"]).toEqual({
      maxEventBatchSize: 100,
      initialOffsetOptions: { type: "fromEnd" },
    });
    expect(host(stream("earliest", { size: 10, windowSeconds: 90 })).extensions["eventHubs"]).toEqual({
      maxEventBatchSize: 10,
      minEventBatchSize: 9,
      maxWaitTime: "00:01:30",
      initialOffsetOptions: { type: "fromStart" },
    });
  });

  test("keeps a Service Bus lock as long as a call may take", () => {
    const bus = (timeoutSeconds: number): Given => ({
      timeoutSeconds,
      triggers: [{ type: "queue", name: "jobs", source: of.busQueue("jobs"), ordered: false }],
    });
    expect(host(bus(30)).extensions["serviceBus"]).toMatchObject({ maxAutoLockRenewalDuration: "00:05:00" });
    expect(host(bus(3600)).extensions["serviceBus"]).toMatchObject({ maxAutoLockRenewalDuration: "01:00:00" });
    expect(host(bus(100_000))).toMatchObject({ functionTimeout: "1.03:46:40" });
  });
});

describe("the http trigger", () => {
  const facts = (given: Given) =>
    file(given, "fnpkg.json") as {
      readonly http: object;
      readonly triggers: readonly { readonly bindings: { readonly request: { readonly [key: string]: unknown } } }[];
    };
  const request = (change: object) => facts({ triggers: [{ ...web, ...change }] }).triggers[0]?.bindings.request;

  test.each([
    ["/{rest*}", "{*path}"],
    ["/", "{*path}"],
    ["/thumb/{id}", "thumb/{id}"],
    ["/files/{name*}", "files/{*name}"],
    ["/a/b", "a/b"],
  ])("with the path %s has the route %s", (path, route) => {
    expect(request({ path })?.["route"]).toBe(route);
  });

  test("has all methods where none are named, and lets preflights in for CORS", () => {
    expect(request({})?.["methods"]).toHaveLength(9);
    expect(request({ methods: ["GET"] })?.["methods"]).toEqual(["GET"]);
    expect(request({ methods: ["GET"], cors: { origins: ["*"] } })?.["methods"]).toEqual(["GET", "OPTIONS"]);
  });

  test("is open, or wants a key", () => {
    expect(request({})?.["authLevel"]).toBe("anonymous");
    expect(request({ auth: "key" })?.["authLevel"]).toBe("function");
  });

  test("has inside what the host does not keep", () => {
    expect(facts(cases["http-full"] as Given).http).toEqual({
      path: "/thumb/{id}",
      methods: ["GET"],
      cors: { origins: ["https://app.acme.com"], headers: ["authorization"], maxAge: 600, credentials: true },
    });
  });
});
