/** Invoke and logs, on a loopback server and on services that are handed in. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Cx, LogLine } from "fnpkg/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsClient, connect } from "../../../adapters/aws-lambda/client.ts";
import type { Services } from "../../../adapters/aws-lambda/client-api.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { lineOf } from "../../../adapters/aws-lambda/operations-logs.ts";
import { config, credentials } from "./moto-site.ts";

const { invoke, logs } = adapter.operations;
const event = { specversion: "1.0", id: "1", source: "/test", type: "t", data: {} };
const missing = () => Promise.reject(Object.assign(new Error("not there"), { name: "ResourceNotFoundException" }));
let server: Server;
let url = "";
let last: { request: IncomingMessage; body: string };

function context(services: { readonly [name in keyof Services]?: object }, signal = new AbortController().signal): Cx<AwsClient> {
  const client = connect(config({ endpoint: url }), { credentials, services: services as Partial<Services> });
  const until = () => Promise.reject(new Error("nothing is waited for"));
  return {
    client,
    deployment: "thumbnail",
    package: "acme/sample",
    signal,
    deadline: Infinity,
    now: () => Date.now(),
    progress: () => undefined,
    until,
  };
}

describe("aws-lambda's operations", () => {
  beforeAll(async () => {
    server = createServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        last = { request, body: Buffer.concat(chunks).toString() };
        answer.writeHead(
          201,
          [
            ["x-two", "1"],
            ["x-two", "2"],
          ].flat(),
        );
        answer.end("done");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  });
  afterAll(() => void server.close());

  const call = {
    type: "http",
    method: "POST",
    path: "/a%20b?c=1&c=2",
    headers: [["x-mine", "1"]],
    body: Buffer.from("hello"),
  } as const;

  it("calls the URL as it stands, and answers every header", async () => {
    const lambda = { getFunctionUrlConfig: async () => ({ FunctionUrl: url, AuthType: "NONE" }) };
    const answer = await invoke(context({ lambda }), call);
    expect(answer).toMatchObject({ type: "http", status: 201 });
    expect(answer.type === "http" && answer.headers.filter(([name]) => name === "x-two")).toEqual([
      ["x-two", "1"],
      ["x-two", "2"],
    ]);
    expect(answer.type === "http" && Buffer.from(answer.body).toString()).toBe("done");
    expect(last.request.url).toBe("/a%20b?c=1&c=2");
    expect(last.body).toBe("hello");
    expect(last.request.headers).toMatchObject({ "x-mine": "1" });
    expect(last.request.headers.authorization).toBeUndefined();
  });

  it("asks the emulator of an endpoint on this machine for addresses that only AWS's name service knows", async () => {
    const lambda = {
      getFunctionUrlConfig: async () => ({ FunctionUrl: "https://id.lambda-url.eu-west-1.on.aws/", AuthType: "NONE" }),
    };
    expect(await invoke(context({ lambda }), call)).toMatchObject({ status: 201 });
    expect(last.request.url).toBe("/a%20b?c=1&c=2");
    expect(last.request.headers.host).toBe("id.lambda-url.eu-west-1.on.aws");
  });

  it("signs for Lambda where callers must be known", async () => {
    const lambda = { getFunctionUrlConfig: async () => ({ FunctionUrl: url, AuthType: "AWS_IAM" }) };
    await invoke(context({ lambda }), call);
    const { authorization } = last.request.headers;
    expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/eu-west-1\/lambda\/aws4_request/);
    expect(JSON.stringify(last.request.headers)).not.toContain(credentials.secretAccessKey);
  });

  it("says that there is no http trigger, or no function", async () => {
    const tags = { "fnpkg:deployment": "thumbnail", "fnpkg:package": "acme/sample", "fnpkg:resource": "function" };
    const there = { getFunctionUrlConfig: missing, getFunction: async () => ({ Configuration: {}, Tags: tags }) };
    await expect(invoke(context({ lambda: there }), call)).rejects.toMatchObject({ code: "E_TRIGGER" });
    const gone = { getFunctionUrlConfig: missing, getFunction: missing, invoke: missing };
    await expect(invoke(context({ lambda: gone }), call)).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
    await expect(invoke(context({ lambda: gone }), { type: "event", event })).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });

  it("hands an event to the alias; a failure of the function is a result", async () => {
    const sent: object[] = [];
    const answers = [
      { StatusCode: 200, Payload: Buffer.from("null") },
      { StatusCode: 200, FunctionError: "Unhandled", Payload: Buffer.from('{"errorType":"E","errorMessage":"no such key"}') },
    ];
    const lambda = { invoke: async (input: object) => (sent.push(input), answers.shift()) };
    const cx = context({ lambda });
    expect(await invoke(cx, { type: "event", event })).toEqual({ type: "event", ok: true, failures: [] });
    expect(await invoke(cx, { type: "event", event })).toEqual({
      type: "event",
      ok: false,
      failures: [{ index: 0, reason: "no such key" }],
    });
    expect(sent[0]).toMatchObject({ FunctionName: "thumbnail", Qualifier: "live", InvocationType: "RequestResponse" });
  });

  it("reads the log page by page, the last lines, and follows without doubling", async () => {
    const at = Date.parse("2026-11-22T12:00:00Z");
    const line = (id: number) => ({ eventId: String(id), timestamp: at + id * 1000, message: `line ${id}\n` });
    const stop = new AbortController();
    let looked = 0;
    const filterLogEvents = async ({ nextToken }: { nextToken?: string }) => {
      if (nextToken === undefined) looked++;
      if (looked >= 3) return { events: [line(2), line(3)] };
      return nextToken === undefined ? { events: [line(1)], nextToken: "more" } : { events: [line(2)] };
    };
    const read = async (options: Parameters<typeof logs>[1]) => {
      const lines: LogLine[] = [];
      for await (const one of logs(context({ logs: { filterLogEvents } }, stop.signal), options)) {
        lines.push(one);
        if (one.message === "line 3") stop.abort();
      }
      return lines.map(({ message }) => message);
    };
    expect(await read({ follow: false, tail: 1 })).toEqual(["line 2"]);
    expect(await read({ follow: true })).toEqual(["line 1", "line 2", "line 3"]);
    const gone = context({ logs: { filterLogEvents: missing } });
    await expect(logs(gone, { follow: false })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });

  it.each([
    ['{"time":"2026-11-22T12:00:00.000Z","level":"warn","message":"low","left":3}', { level: "warn", message: "low", left: 3 }],
    ["START RequestId: 1 Version: 2\n", { level: "info", message: "START RequestId: 1 Version: 2" }],
    ['{"no":"message"}', { level: "info", message: '{"no":"message"}' }],
    ["{broken", { level: "info", message: "{broken" }],
  ])("%j is a line", (message, expected) => {
    expect(lineOf({ timestamp: 0, message })).toMatchObject(expected);
  });
});
