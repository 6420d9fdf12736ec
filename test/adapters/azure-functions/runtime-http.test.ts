/** http calls: the built archive in the stand-in worker, in the forms that the host has (FunctionRpc.proto, RpcHttp). */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { HttpData } from "../../../adapters/azure-functions/runtime/core.ts";
import { splitCookies } from "../../../adapters/azure-functions/runtime/cookies.ts";
import { noModels, readModel } from "../../engine/check-models.ts";
import { httpSignature, web } from "./translate-cases.ts";
import { type Answer, missing, start, type Started } from "./worker-site.ts";

const handler = `
import { readFileSync } from "node:fs";
let calls = 0;
let broken = 0;
export default async function (request, context) {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo":
      return Response.json({
        method: request.method,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        body: request.body === null ? null : Buffer.from(await request.arrayBuffer()).toString("base64"),
        isRequest: request instanceof Request,
      });
    case "/context":
      return Response.json({
        invocationId: context.invocationId,
        target: context.target,
        function: context.function,
        env: { ...context.env },
        trace: context.trace,
        remaining: context.remainingMs(),
        cwd: readFileSync("data.txt", "utf8"),
        raw: context.raw.invocationId,
      });
    case "/bytes":
      return new Response(new Uint8Array([0, 255, 128]), { headers: { "content-type": "image/png" } });
    case "/cookies": {
      const headers = new Headers([["vary", "accept"], ["vary", "origin"]]);
      for (const cookie of url.searchParams.getAll("c")) headers.append("set-cookie", cookie);
      return new Response("ok", { status: 201, headers });
    }
    case "/empty":
      return new Response(null, { status: 204 });
    case "/throws":
      throw new Error("broken: TOP-SECRET");
    case "/uncaught":
      setTimeout(() => { throw new Error("late"); }, 5);
      return new Promise(() => undefined);
    case "/never":
      return new Promise(() => undefined);
    case "/stream":
      return new Response(new ReadableStream({
        async pull(controller) {
          if (calls++ < 3) controller.enqueue(new TextEncoder().encode("part " + calls + "\\n"));
          else controller.close();
        },
      }), { headers: [["set-cookie", "a=1=="], ["set-cookie", "b=2=="]] });
    case "/breaks":
      return new Response(new ReadableStream({
        pull(controller) {
          if (broken++ < 1) controller.enqueue(new TextEncoder().encode("begun"));
          else controller.error(new Error("broken"));
        },
      }));
    default:
      return new Response(url.pathname);
  }
}
`;
const files = { "index.js": handler, "package.json": '{"type":"module"}', "data.txt": "as sealed" };

const get = (path: string, more: Partial<HttpData> = {}): HttpData => ({
  method: "GET",
  url: `http://acme.azurewebsites.net${path}`,
  nullableHeaders: { host: { value: "acme.azurewebsites.net" }, "x-forwarded-proto": { value: "https" } },
  ...more,
});

describe.skipIf(missing.length > 0)(`http${missing.length > 0 ? `, skipped: needs ${missing.join(", ")}` : ""}`, () => {
  let site: Started;
  beforeAll(async () => {
    site = await start({
      files,
      signature: httpSignature,
      triggers: [web],
      env: { GREETING: "hello", OTHER: "x" },
      timeoutSeconds: 2,
    });
  }, 60_000);
  afterAll(() => site?.close());

  const call = (http: HttpData, more: object = {}): Promise<Answer> =>
    site.invoke("web", { inputData: [{ name: "request", data: { http } }], triggerMetadata: {}, ...more });
  const answered = async (http: HttpData, more: object = {}) => {
    const { returnValue, failure, invocationId, outputData } = await call(http, more);
    expect(failure).toBeUndefined();
    // Without it the host takes the answer for none.
    expect(invocationId).toMatch(/^call-/);
    expect(outputData).toEqual([]);
    const data = returnValue?.http ?? {};
    return { ...data, text: Buffer.from(data.body?.bytes ?? []).toString() };
  };

  test("the request is a Request, with the path as it was sent, headers and body as they were", async () => {
    const bytes = Buffer.from([0, 1, 255]);
    const { statusCode, text, headers } = await answered(
      get("/echo?a=1&a=2&b=%20x", {
        method: "POST",
        nullableHeaders: {
          "x-forwarded-proto": { value: "https" },
          "content-type": { value: "application/octet-stream" },
          cookie: { value: "a=1; b=2" },
          "x-empty": { value: "" },
          connection: { value: "keep-alive" },
        },
        body: { bytes },
      }),
    );
    expect(statusCode).toBe("200");
    expect(headers).toMatchObject({ "content-type": "application/json" });
    expect(JSON.parse(text)).toEqual({
      method: "POST",
      url: "https://acme.azurewebsites.net/echo?a=1&a=2&b=%20x",
      headers: { "content-type": "application/octet-stream", cookie: "a=1; b=2", "x-empty": "", "x-forwarded-proto": "https" },
      body: bytes.toString("base64"),
      isRequest: true,
    });
  });

  test("headers come as text too, from a host that knows no empty ones", async () => {
    const { text } = await answered({
      method: "PUT",
      url: "https://acme.azurewebsites.net/echo",
      headers: { "x-a": "1" },
      body: { string: "é" },
    });
    expect(JSON.parse(text)).toMatchObject({ headers: { "x-a": "1" }, body: Buffer.from("é").toString("base64") });
  });

  test("the context tells who, where and how long", async () => {
    const traceContext = { traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", traceState: "a=1" };
    const { text } = await answered(get("/context"), { traceContext });
    const context = JSON.parse(text) as { readonly remaining: number; readonly invocationId: string; readonly raw: string };
    expect(context).toMatchObject({
      target: { name: "azure-functions", region: "westeurope" },
      function: { name: "acme/sample", version: "1.0.0" },
      env: { GREETING: "hello" },
      trace: { traceparent: traceContext.traceParent, tracestate: "a=1" },
      cwd: "as sealed",
    });
    expect(context.raw).toBe(context.invocationId);
    expect(context.remaining).toBeGreaterThan(1000);
    expect(context.remaining).toBeLessThanOrEqual(2000);
  });

  test("the request's own trace goes before the host's", async () => {
    const own = "00-11111111111111111111111111111111-2222222222222222-01";
    const traceContext = { traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    const { text } = await answered(get("/context", { nullableHeaders: { traceparent: { value: own } } }), { traceContext });
    expect(JSON.parse(text)).toMatchObject({ trace: { traceparent: own } });
  });

  test("bytes stay bytes, and nothing is negotiated", async () => {
    const { body, headers, enableContentNegotiation } = await answered(get("/bytes"));
    expect([...(body?.bytes ?? [])]).toEqual([0, 255, 128]);
    expect(headers).toMatchObject({ "content-type": "image/png", "content-length": "3" });
    expect(enableContentNegotiation).toBe(false);
  });

  test("cookies keep their attributes; a header with two values is one", async () => {
    const sent = [
      "sid=abc%20d; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600",
      "plain=1; Domain=acme.com; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=None",
    ];
    const { cookies, headers, statusCode } = await answered(
      get(`/cookies?${sent.map((cookie) => `c=${encodeURIComponent(cookie)}`).join("&")}`),
    );
    expect(statusCode).toBe("201");
    expect(headers).toMatchObject({ vary: "accept, origin" });
    expect(headers).not.toHaveProperty("set-cookie");
    expect(cookies).toEqual([
      {
        name: "sid",
        value: "abc d",
        path: { value: "/" },
        httpOnly: { value: true },
        secure: { value: true },
        sameSite: "lax",
        maxAge: { value: 3600 },
      },
      {
        name: "plain",
        value: "1",
        path: { value: "" },
        domain: { value: "acme.com" },
        expires: { value: { seconds: Date.UTC(2026, 9, 21, 7, 28) / 1000, nanos: 0 } },
        sameSite: "explicitNone",
      },
    ]);
  });

  test("a single cookie goes as it is", async () => {
    const { cookies, headers } = await answered(get(`/cookies?c=${encodeURIComponent("a=b==; Partitioned")}`));
    expect(cookies).toEqual([]);
    expect(headers).toMatchObject({ "set-cookie": "a=b==; Partitioned" });
  });

  test("an answer without a body has none", async () => {
    const { statusCode, body } = await answered(get("/empty"));
    expect(statusCode).toBe("204");
    expect(body?.bytes?.length).toBe(0);
  });

  test("what the handler throws is a 500 that tells nothing, and an error in the log", async () => {
    const { statusCode, text } = await answered(get("/throws"));
    expect(statusCode).toBe("500");
    expect(text).not.toContain("broken");
    const line = await vi.waitUntil(() =>
      site
        .output()
        .split("\n")
        .find((found) => found.includes("broken: TOP-SECRET")),
    );
    expect(JSON.parse(line)).toMatchObject({ level: "error", code: "E_HANDLER" });
  });

  test("an error that nobody caught fails the call, and the worker lives on", async () => {
    expect((await answered(get("/uncaught"))).statusCode).toBe("500");
    expect((await answered(get("/alive"))).text).toBe("/alive");
  });

  test("a handler that never answers is a 504 before the host gives up", async () => {
    expect((await answered(get("/never"))).statusCode).toBe("504");
  });

  test("a stream of a buffered function is sent whole", async () => {
    const { text } = await answered(get("/stream"));
    expect(text).toBe("part 1\npart 2\npart 3\n");
  });

  test.each([
    ["TRACE is refused", get("/echo", { method: "TRACE" }), "501"],
    ["a body of GET is refused", get("/echo", { body: { string: "x" } }), "400"],
    ["a broken URL is refused", get("/echo", { url: "http://a b/echo" }), "400"],
    [
      "a body that the host dropped is asked for again with its length",
      get("/echo", { method: "POST", nullableHeaders: { "transfer-encoding": { value: "chunked" } } }),
      "411",
    ],
  ])("%s", async (_what, http, status) => {
    expect((await answered(http)).statusCode).toBe(status);
  });

  test("a call that is no request fails, so that nobody takes it for done", async () => {
    const { failure } = await site.invoke("web", { inputData: [{ name: "request", data: { string: "x" } }] });
    expect(failure?.message).toContain("no HTTP request");
  });

  test.skipIf(noModels)("an answer has only what the protocol has", async () => {
    const proto = readModel("azure/functions-rpc/FunctionRpc.proto");
    const members = (message: string) =>
      [...(new RegExp(`message ${message} \\{([\\s\\S]*?)\\n\\}`).exec(proto)?.[1] ?? "").matchAll(/ (\w+) ?= ?\d+;/g)].map(
        ([, name = ""]) => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase()),
      );
    const { text: _text, ...data } = await answered(
      get(`/cookies?c=a%3D1&c=${encodeURIComponent("b=2; Path=/; Secure; HttpOnly; Max-Age=1")}`),
    );
    expect(members("RpcHttp")).toEqual(expect.arrayContaining(Object.keys(data)));
    for (const cookie of data.cookies ?? [])
      expect(members("RpcHttpCookie")).toEqual(expect.arrayContaining(Object.keys(cookie)));
    const { returnValue: _value, ...rest } = await call(get("/empty"));
    expect(members("InvocationResponse")).toEqual(expect.arrayContaining(Object.keys(rest)));
  });
});

describe.skipIf(missing.length > 0)("path, methods and CORS are kept inside", () => {
  let site: Started;
  const cors = { origins: ["https://app.acme.com"], headers: ["authorization"], maxAgeSeconds: 600 };
  beforeAll(async () => {
    site = await start({ files, signature: httpSignature, triggers: [{ ...web, path: "/thumb/{id}", methods: ["GET"], cors }] });
  }, 60_000);
  afterAll(() => site?.close());
  const status = async (path: string, more: Partial<HttpData> = {}) => {
    const { returnValue } = await site.invoke("web", { inputData: [{ name: "request", data: { http: get(path, more) } }] });
    return returnValue?.http;
  };

  test("what the host's route lets in too much is refused", async () => {
    expect((await status("/thumb/1"))?.statusCode).toBe("200");
    expect((await status("/THUMB/1"))?.statusCode).toBe("404");
    expect((await status("/thumb/1/"))?.statusCode).toBe("404");
    expect(await status("/thumb/1", { method: "POST" })).toMatchObject({ statusCode: "405", headers: { allow: "GET" } });
  });

  test("preflights are answered", async () => {
    const nullableHeaders = {
      origin: { value: "https://app.acme.com" },
      "access-control-request-method": { value: "GET" },
      "access-control-request-headers": { value: "authorization" },
    };
    expect(await status("/thumb/1", { method: "OPTIONS", nullableHeaders })).toMatchObject({
      statusCode: "204",
      headers: { "access-control-allow-origin": "https://app.acme.com", "access-control-max-age": "600" },
    });
  });
});

describe.skipIf(missing.length > 0)("a function that streams", () => {
  let site: Started;
  beforeAll(async () => {
    site = await start({ files, signature: { type: "http", response: "streaming" }, triggers: [web] });
  }, 60_000);
  afterAll(() => site?.close());

  interface Received {
    readonly status: number;
    readonly headers: { readonly [name: string]: unknown };
    readonly chunks: readonly string[];
    readonly broken: boolean;
  }

  /** As the host does it: the call without the request, and beside it the request to the worker's address. */
  async function streamed(
    path: string,
    id: string,
    options: { method?: string; body?: string; first?: "call" | "request" } = {},
  ) {
    const forward = () =>
      new Promise<Received>((resolve, reject) => {
        const { method = "GET", body } = options;
        const sending = httpRequest(
          new URL(path, site.capabilities["HttpUri"]),
          { method, headers: { "x-ms-invocation-id": id, "x-forwarded-host": "acme.com", "x-forwarded-proto": "https" } },
          (response) => {
            const chunks: string[] = [];
            const end = (broken: boolean) =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, chunks, broken });
            response.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
            response.on("end", () => end(false));
            response.on("error", () => end(true));
          },
        );
        sending.on("error", reject);
        sending.end(body);
      });
    const call = () =>
      site.invoke(
        "web",
        {
          inputData: [{ name: "request", data: { http: {} } }],
          triggerMetadata: { Headers: { json: JSON.stringify({ "X-Mine": "1", Host: "acme.com" }) } },
        },
        id,
      );
    if (options.first === "request") {
      const received = forward();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { answer: await call(), received: await received };
    }
    const [answer, received] = await Promise.all([call(), forward()]);
    return { answer, received };
  }

  test("names an address of this machine", () => {
    expect(site.capabilities["HttpUri"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  test.each(["call", "request"] as const)("sends as it goes, when the %s comes first", async (first) => {
    const { answer, received } = await streamed("/stream", `stream-${first}`, { first });
    expect(answer).toEqual({ invocationId: `stream-${first}`, outputData: [] });
    expect(received).toMatchObject({ status: 200, broken: false });
    if (first === "call") expect(received.chunks.join("")).toBe("part 1\npart 2\npart 3\n");
    expect(received.headers["set-cookie"]).toEqual(["a=1==", "b=2=="]);
    expect(received.headers["x-ms-invocation-id"]).toBe(`stream-${first}`);
  });

  test("takes the body as it comes, and the headers as the client sent them", async () => {
    const { received } = await streamed("/echo?q=1", "echo", { method: "POST", body: "hello" });
    const echo = JSON.parse(received.chunks.join("")) as { readonly headers: object };
    expect(echo).toMatchObject({
      method: "POST",
      url: "https://acme.com/echo?q=1",
      headers: { "x-mine": "1", host: "acme.com" },
      body: Buffer.from("hello").toString("base64"),
    });
    expect(echo.headers).not.toHaveProperty("x-ms-invocation-id");
  });

  test("breaks the connection off where the handler's stream breaks", async () => {
    const { answer, received } = await streamed("/breaks", "breaks");
    expect(answer.failure).toBeUndefined();
    expect(received.broken).toBe(true);
  });

  test("what belongs to no call is refused", async () => {
    const response = await fetch(new URL("/echo", site.capabilities["HttpUri"]));
    expect(response.status).toBe(400);
  });
});

describe("cookies", () => {
  test("what the host would write otherwise goes as the one header there can be", () => {
    const { header, cookies, changed } = splitCookies(["a=1; Path=/", "sig=x==; Path=/", "b=2"]);
    expect(header).toBe("sig=x==; Path=/");
    expect(cookies.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(changed).toEqual([]);
  });

  test("of two such cookies one is named", () => {
    const { header, cookies, changed } = splitCookies(["a=x==", "b=y=="]);
    expect(header).toBe("a=x==");
    expect(cookies).toEqual([{ name: "b", value: "y==", path: { value: "" }, sameSite: "none" }]);
    expect(changed).toEqual(["b"]);
  });

  test("values are handed over so that the host's encoding gives them back", () => {
    const { cookies } = splitCookies(["a=s%3Aabc.d%2Be", "b=plain-_.~"]);
    expect(cookies.map(({ value }) => value)).toEqual(["s:abc.d+e", "plain-_.~"]);
  });
});
