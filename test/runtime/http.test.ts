import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withClock } from "./clock.ts";

import { createHttpFunction, pickHandler, requestUrl } from "../../src/runtime/index.ts";
import type { HttpFunctionOptions, HttpHandler, Invocation, RawRequest, RawResponse } from "../../src/runtime/index.ts";

interface Line {
  level: string;
  message: string;
  code?: string;
  invocationId?: string;
  error?: { stack?: string };
}

function make(handler: unknown, options: Partial<HttpFunctionOptions> = {}) {
  const lines: Line[] = [];
  const fn = createHttpFunction({
    handler: pickHandler({ default: handler }, { module: "test", export: "default", type: "http" }),
    signature: { type: "http" },
    function: { name: "f", version: "1.0.0", packageDigest: "sha256:0" },
    target: { name: "test" },
    log: { level: "debug", write: (_stream, line) => lines.push(JSON.parse(line) as Line) },
    ...options,
  });
  const call = (request: Partial<RawRequest> = {}, invocation?: Invocation) =>
    fn.http({ method: "GET", url: "https://h/", headers: [], body: null, ...request }, invocation);
  return { fn, lines, call };
}

const echo: HttpHandler = async (request) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    method: request.method,
    url: request.url,
    headers: [...request.headers],
    body: await request.text(),
  }),
});

function header(response: RawResponse, name: string): string | undefined {
  return response.headers.find(([key]) => key === name)?.[1];
}

async function seen(response: Promise<RawResponse>) {
  const { status, body } = await response;
  expect(status).toBe(200);
  return JSON.parse(body as string) as { method: string; url: string; headers: [string, string][]; body: string };
}

describe("what reaches the handler", () => {
  it("refuses what a Request can't be made of, without calling it", async () => {
    const { call } = make(() => {
      throw new Error("called");
    });
    const status = async (request: Partial<RawRequest>) => (await call(request)).status;
    expect(await status({ body: "x" })).toBe(400);
    expect(await status({ body: new Uint8Array(1) })).toBe(400);
    expect(await status({ method: "HEAD", body: "x" })).toBe(400);
    expect(await status({ body: new Blob(["x"]).stream(), headers: [["Content-Length", "1"]] })).toBe(400);
    expect(await status({ body: new Blob(["x"]).stream(), headers: [["Transfer-Encoding", "chunked"]] })).toBe(400);
    for (const method of ["TRACE", "trace", "CONNECT", "TRACK"]) expect(await status({ method })).toBe(501);
    for (const method of ["", "A B", "G\nT", "é"]) expect(await status({ method })).toBe(400);
    expect(await status({ url: "https://u:p@h/" })).toBe(400);
    expect(await status({ url: "https://u@h/" })).toBe(400);
    for (const url of ["", "/x", "https://[/", "https://"]) expect(await status({ url })).toBe(400);
    for (const value of ["a\nb", "a\r\nb", "\n", "a\0", "日"]) expect(await status({ headers: [["x", value]] })).toBe(400);
    for (const name of ["", "a b", "a\n", "é"]) expect(await status({ headers: [[name, "x"]] })).toBe(400);
  });

  it("upper-cases the method and keeps the URL as new URL has it", async () => {
    const { call } = make(echo);
    expect((await seen(call({ method: "patch", url: "https://h/%zz?a=%ff&b=+" }))).method).toBe("PATCH");
    expect((await seen(call({ url: "https://h/a/../b%2e%2e/%2E%2E/c" }))).url).toBe("https://h/c");
    expect((await seen(call({ url: "https://h//" }))).url).toBe("https://h//");
    expect((await seen(call({ url: "https://h/%00?%ff" }))).url).toBe("https://h/%00?%ff");
  });

  it("takes every form of body", async () => {
    const { call } = make(echo);
    async function* chunks() {
      yield Buffer.from("he");
      yield Buffer.from("");
      yield Buffer.from("llo");
    }
    for (const body of ["hello", Buffer.from("hello"), new Blob(["hello"]).stream(), chunks()]) {
      expect((await seen(call({ method: "POST", body }))).body).toBe("hello");
    }
    for (const body of ["", new Uint8Array(), null]) expect((await seen(call({ body }))).body).toBe("");
    expect((await seen(call({ body: new Blob([]).stream() }))).body).toBe("");
  });

  it("strips hop-by-hop and Function-* headers, combines the rest", async () => {
    const { call } = make(echo);
    const { headers } = await seen(
      call({
        headers: [
          ["Connection", "keep-alive, X-Hop"],
          ["x-hop", "1"],
          ["Keep-Alive", "timeout=5"],
          ["TE", "trailers"],
          ["Trailer", "x"],
          ["Transfer-Encoding", "identity"],
          ["Upgrade", "h2c"],
          ["Proxy-Authorization", "x"],
          ["Proxy-Connection", "x"],
          ["Function-Invocation-Id", "forged"],
          ["FUNCTION-Deadline", "1"],
          ["X-A", "1"],
          ["x-a", "2"],
          ["Cookie", "a=1"],
          ["cookie", "b=2"],
        ],
      }),
    );
    expect(headers).toEqual([
      ["cookie", "a=1; b=2"],
      ["x-a", "1, 2"],
    ]);
  });

  it("lets no client remove what the function relies on", async () => {
    const { call } = make(echo);
    const { headers } = await seen(
      call({
        headers: [
          ["Connection", "Authorization, X-Forwarded-For"],
          ["authorization", "a"],
          ["x-forwarded-for", "b"],
        ],
      }),
    );
    expect(headers.map(([name]) => name)).toEqual(["authorization", "x-forwarded-for"]);
  });

  it("takes a header of 2 MB and a missing Host", async () => {
    const { call } = make(echo);
    const value = "x".repeat(2 ** 21);
    const answer = await seen(call({ url: requestUrl({ path: "/" }), headers: [["big", value]] }));
    expect([answer.url, answer.headers[0]?.[1].length]).toEqual(["https://localhost/", 2 ** 21]);
  });

  it("answers something to any request", async () => {
    const { call } = make(echo);
    const text = fc.string({ unit: "binary", maxLength: 8 });
    const path = fc.oneof(fc.string(), fc.constantFrom("//", "/%00", "/%zz", "/\\", "*", "http://a@b/"));
    const names = fc.oneof(text, fc.constantFrom("connection", "cookie", "content-length", "origin", "traceparent"));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(text, fc.constantFrom("GET", "post", "PATCH", "OPTIONS", "HEAD", "TRACE")),
        fc.record({ host: fc.oneof(text, fc.constantFrom("h", "")), path }),
        fc.array(fc.tuple(names, text), { maxLength: 4 }),
        fc.option(fc.oneof(fc.string(), fc.uint8Array())),
        async (method, target, headers, body) => {
          const { status } = await call({ method, url: requestUrl(target), headers, body });
          expect([200, 400, 501]).toContain(status);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives Request and Headers their names", async () => {
    const { call } = make((request: Request) => ({
      body: `${request instanceof Request} ${request.headers instanceof Headers} ${new Request("http://a/") instanceof Request}`,
    }));
    expect((await call()).body).toBe("true true true");
  });

  it("accepts an object with fetch", async () => {
    const worker = {
      greeting: "hi",
      fetch(request: Request, env: Record<string, string>, ctx: { invocationId: string }) {
        return new Response(`${this.greeting} ${request.method} ${env["A"]} ${ctx.invocationId}`);
      },
    };
    const { call } = make(worker, { env: { declared: ["A"], values: { A: "1", B: "2" } } });
    const { body } = await call({}, { id: "i" });
    expect(Buffer.from(body as Uint8Array).toString()).toBe("hi GET 1 i");
  });
});

describe("what the handler returns", () => {
  const answered = (result: unknown, request?: Partial<RawRequest>) => make(() => result).call(request);

  it("takes a Response, with each cookie apart", async () => {
    const response = new Response("hello", {
      status: 201,
      headers: { "x-a": "1", "content-length": "99", connection: "x-b", "x-b": "1" },
    });
    response.headers.append("set-cookie", "a=1");
    response.headers.append("set-cookie", "b=2");
    const { status, headers, body } = await answered(response);
    expect([status, Buffer.from(body as Uint8Array).toString()]).toEqual([201, "hello"]);
    expect(headers).toEqual([
      ["content-type", "text/plain;charset=UTF-8"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-a", "1"],
      ["content-length", "5"],
    ]);
  });

  it("takes the plain form", async () => {
    expect(await answered({})).toEqual({ status: 200, headers: [["content-length", "0"]], body: null });
    const { headers, body } = await answered({ headers: { "Set-Cookie": ["a=1", "b=2"], "X-N": 5 }, body: "grüße" });
    expect(body).toBe("grüße");
    expect(headers).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-n", "5"],
      ["content-type", "text/plain;charset=UTF-8"],
      ["content-length", "7"],
    ]);
    const bytes = await answered({ body: new Uint8Array([1, 2]), headers: new Headers({ a: "1" }) });
    expect(bytes.headers).toEqual([
      ["a", "1"],
      ["content-length", "2"],
    ]);
    const stream = await answered({ body: new Blob(["abc"]).stream(), headers: { "content-length": "7" } });
    expect(Buffer.from(stream.body as Uint8Array).toString()).toBe("abc");
    expect(header(stream, "content-length")).toBe("3");
  });

  it("drops the body of HEAD, 204, 205 and 304", async () => {
    const head = await answered({ body: "12345" }, { method: "HEAD" });
    expect([head.body, header(head, "content-length")]).toEqual([null, "5"]);
    const declared = await answered({ headers: { "content-length": "1234" } }, { method: "HEAD" });
    expect([declared.body, header(declared, "content-length")]).toEqual([null, "1234"]);
    for (const status of [204, 205, 304]) {
      const answer = await answered({ status, body: "x", headers: { "content-length": "1", etag: "e" } });
      expect([answer.status, answer.body, header(answer, "content-length"), header(answer, "etag")]).toEqual([
        status,
        null,
        undefined,
        "e",
      ]);
    }
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "x"],
    ["an array", [1]],
    ["an Error", new Error("x")],
    ["a Map", new Map()],
    ["data", { greeting: "hello" }],
    ["another platform's form", { statusCode: 404, body: "x" }],
    ["a Request", new Request("http://h/")],
    ["status 600", { status: 600 }],
    ["a control character in a header", { headers: { "x-a": "a\u0001b" } }],
    ["DEL in a header of a Response", new Response("x", { headers: { "x-a": "a\u007fb" } })],
    ["status 199", { status: 199 }],
    ["status 101", { status: 101 }],
    ["status 200.5", { status: 200.5 }],
    ["status '200'", { status: "200" }],
    ["Response.error()", Response.error()],
    ["a line break", { headers: { a: "x\r\ny: z" } }],
    ["beyond Latin-1", { headers: { a: "日" } }],
    ["a header name", { headers: { "a b": "x" } }],
    ["headers as text", { headers: "a: b" }],
    ["a body of another kind", { body: { a: 1 } }],
    ["a body that is a number", { body: 5 }],
    ["a stream of numbers", { body: new ReadableStream({ start: (c) => (c.enqueue(5), c.close()) }) }],
    ["a stream that fails", { body: new ReadableStream({ pull: () => Promise.reject(new Error("no")) }) }],
  ])("answers 500 to %s and logs E_HANDLER", async (_, result) => {
    const { call, lines } = make(() => result);
    const answer = await call({}, { id: "i" });
    expect([answer.status, lines.length, lines[0]?.code, lines[0]?.level, lines[0]?.invocationId]).toEqual([
      500,
      1,
      "E_HANDLER",
      "error",
      "i",
    ]);
    expect(answer.body).toBe("internal server error\n");
  });

  it("answers 500 to a Response that was read", async () => {
    const used = new Response("x");
    await used.text();
    const locked = new Response("x");
    locked.body?.getReader();
    for (const response of [used, locked]) expect((await answered(response)).status).toBe(500);
  });

  it.each([
    [
      "an error",
      () => {
        throw new Error("secret");
      },
    ],
    ["a rejection", () => Promise.reject(new Error("secret"))],
    [
      "a string",
      () => {
        throw "secret";
      },
    ],
    [
      "undefined",
      () => {
        throw undefined;
      },
    ],
    [
      "what can't be printed",
      () => {
        throw Object.create(null);
      },
    ],
    [
      "an error whose message throws",
      () => {
        throw Object.defineProperty(new Error(), "message", {
          get() {
            throw new Error();
          },
        });
      },
    ],
    [
      "a thenable that throws",
      () => ({
        then() {
          throw new Error("secret");
        },
      }),
    ],
    [
      "a getter that throws",
      () => ({
        get status() {
          throw new Error("secret");
        },
      }),
    ],
  ])("answers 500 without a stack when it throws %s", async (_, handler) => {
    const { call, lines } = make(handler);
    const answer = await call();
    expect([answer.status, answer.body, lines[0]?.code]).toEqual([500, "internal server error\n", "E_HANDLER"]);
  });

  it("logs the stack", async () => {
    const { call, lines } = make(function thrower() {
      throw new Error("boom");
    });
    await call();
    expect(lines[0]?.message).toContain("boom");
    expect(lines[0]?.error?.stack).toContain("thrower");
  });

  it("answers something to any result", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true, withBigInt: true }),
        fc.constantFrom("GET", "HEAD", "POST"),
        async (result, method) => {
          const answer = await make(() => result).call({ method });
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect(answer.status).toBeLessThan(600);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("time", () => {
  it("answers 504 before the deadline when the handler never settles, having aborted the signal", async () => {
    let aborted = -1;
    const { call, lines } = make((request: Request) => {
      request.signal.addEventListener("abort", () => (aborted = Date.now()));
      return new Promise(() => undefined);
    });
    let deadline = 0;
    const { value, at } = await withClock(() => call({}, { deadline: (deadline = Date.now() + 700) }));
    expect(value.status).toBe(504);
    expect(at).toBeLessThan(deadline);
    expect(deadline - aborted).toBeGreaterThan(400);
    expect(lines[0]?.code).toBe("E_HANDLER");
  });

  it("answers 504 when a buffered body never ends", async () => {
    const { call } = make(() => ({ body: new ReadableStream({ pull: () => new Promise(() => undefined) }) }));
    expect((await call({}, { deadline: Date.now() + 60 })).status).toBe(504);
  });

  it("takes the deadline from its own timeout, a date or nowhere", async () => {
    const remaining: (number | string)[] = [];
    const handler: HttpHandler = (_, context) => {
      remaining.push(context.deadline === null ? "none" : context.deadline.getTime() - Date.now(), context.remainingMs());
      return {};
    };
    const { call } = make(handler, { timeoutMs: 5000 });
    await withClock(async () => {
      await call();
      await call({}, { deadline: new Date(Date.now() + 9000) });
      await call({}, { deadline: null });
      await call({}, { deadline: 5 });
    });
    expect(remaining[0]).toBeGreaterThan(4900);
    expect(remaining[2]).toBeGreaterThan(8900);
    expect(remaining.slice(4, 6)).toEqual(["none", Infinity]);
    expect(remaining[7]).toBe(0);
  });

  it("awaits waitUntil, logs its rejection, and gives it up at the deadline", async () => {
    let done = false;
    const { call, lines } = make(((_, { waitUntil }) => {
      waitUntil(
        new Promise((resolve) => setTimeout(resolve, 30)).then(() => waitUntil(Promise.resolve().then(() => (done = true)))),
      );
      waitUntil(Promise.reject(new Error("later")));
      return {};
    }) satisfies HttpHandler);
    expect((await call()).status).toBe(200);
    expect(done).toBe(true);
    expect(lines.map(({ message }) => message)).toEqual([expect.stringContaining("later")]);
    const stuck = make(((_, { waitUntil }) => (waitUntil(new Promise(() => undefined)), {})) satisfies HttpHandler);
    expect((await stuck.call({}, { deadline: Date.now() + 60 })).status).toBe(200);
    expect(stuck.lines[0]?.message).toContain("waitUntil");
  });

  it("follows the host's signal", async () => {
    const stop = new AbortController();
    const { call } = make(
      (request: Request) => new Promise((resolve) => request.signal.addEventListener("abort", () => resolve({ status: 503 }))),
    );
    const answer = call({}, { signal: stop.signal });
    stop.abort();
    expect((await answer).status).toBe(503);
  });

  it("fails what is pending when the process caught an error", async () => {
    const { fn, call, lines } = make(() => new Promise(() => undefined));
    const answer = call();
    await new Promise((resolve) => setTimeout(resolve, 5));
    fn.uncaught(new Error("from a timer"));
    expect((await answer).status).toBe(500);
    expect(lines[0]?.message).toContain("from a timer");
  });
});

describe("streaming", () => {
  const streaming = (handler: HttpHandler) => make(handler, { signature: { type: "http", response: "streaming" } });

  it("hands chunks on as they come and ends after waitUntil", async () => {
    let settled = false;
    const { call } = streaming((_, { waitUntil }) => {
      waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => (settled = true)));
      return new Response(new Blob(["abc"]).stream(), { headers: { "content-length": "3" } });
    });
    const { body, headers } = await call();
    expect(headers).toEqual([["content-length", "3"]]);
    expect(settled).toBe(false);
    expect(await new Response(body as ReadableStream).text()).toBe("abc");
    expect(settled).toBe(true);
  });

  it("breaks off and logs when it fails after it began", async () => {
    const { call, lines } = streaming(() => ({
      body: new ReadableStream({
        start: (c) => c.enqueue(new Uint8Array([65])),
        pull: () => Promise.reject(new Error("midway")),
      }),
    }));
    const answer = await call();
    expect(answer.status).toBe(200);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await expect(reader.read()).rejects.toThrow("midway");
    expect(lines[0]?.code).toBe("E_HANDLER");
  });

  it("breaks off at the deadline and on a wrong chunk", async () => {
    const stuck = streaming(() => ({ body: new ReadableStream({ pull: () => new Promise(() => undefined) }) }));
    const { body } = await stuck.call({}, { deadline: Date.now() + 60 });
    await expect(new Response(body as ReadableStream).text()).rejects.toThrow();
    const wrong = streaming(() => ({ body: new ReadableStream({ start: (c) => c.enqueue("text") }) }));
    await expect(new Response((await wrong.call()).body as ReadableStream).text()).rejects.toThrow();
  });

  it("cancels the handler's stream when the client goes, and for HEAD", async () => {
    const reasons: unknown[] = [];
    const { call } = streaming(() => ({ body: new ReadableStream({ cancel: (reason) => void reasons.push(reason) }) }));
    await ((await call()).body as ReadableStream).cancel("gone");
    expect((await call({ method: "HEAD" })).body).toBe(null);
    expect(reasons).toEqual(["gone", undefined]);
  });
});

describe("the trigger's rules", () => {
  const at = (path: string, url: string) =>
    make(() => ({}), { http: { path } })
      .call({ url: `https://h${url}` })
      .then(({ status }) => status);

  it.each([
    ["/", "/", 200],
    ["/", "/?x", 200],
    ["/", "/a", 404],
    ["/", "//", 404],
    ["/{rest*}", "/", 200],
    ["/{rest*}", "//a/b", 200],
    ["/thumb/{id}", "/thumb/1", 200],
    ["/thumb/{id}", "/thumb/a%2Fb", 200],
    ["/thumb/{id}", "/thumb/", 404],
    ["/thumb/{id}", "/thumb/1/", 404],
    ["/thumb/{id}", "/thumb/1/2", 404],
    ["/thumb/{id}", "/thumb", 404],
    ["/thumb/{id}", "/x/../thumb/1", 200],
    ["/thumb/{id}", "/thumb/../admin", 404],
    ["/thumb/{id}", "/Thumb/1", 404],
    ["/thumb/{id}", "/%74humb/1", 200],
    ["/a.b", "/axb", 404],
    ["/café", "/caf%C3%A9", 200],
    ["/files/{rest*}", "/files/", 200],
    ["/files/{rest*}", "/files/a/b", 200],
    ["/files/{rest*}", "/files", 404],
    ["/{a}/x/{b}", "/1/x/2", 200],
    ["/{name}.jpg", "/cat.jpg", 200],
    ["/{name}.jpg", "/cat.png", 404],
  ])("%s and %s: %i", async (path, url, status) => {
    expect(await at(path, url)).toBe(status);
  });

  it("answers 405 with Allow", async () => {
    const { call } = make(() => ({}), { http: { methods: ["GET", "post"] } });
    const answer = await call({ method: "DELETE" });
    expect([answer.status, header(answer, "allow")]).toEqual([405, "GET, POST"]);
    expect((await call({ method: "post" })).status).toBe(200);
    expect((await call({ method: "OPTIONS" })).status).toBe(405);
  });

  const cors = {
    origins: ["https://a.example"],
    methods: ["GET", "PUT"],
    headers: ["content-type", "x-a"],
    exposeHeaders: ["x-b"],
    maxAge: 600,
    credentials: true,
  };
  const preflight = (origin: string) => ({
    method: "OPTIONS",
    headers: [
      ["Origin", origin],
      ["Access-Control-Request-Method", "PUT"],
      ["Access-Control-Request-Headers", "x-a, x-q"],
    ] as [string, string][],
  });

  it("answers a preflight request without the handler", async () => {
    const { call } = make(
      () => {
        throw new Error("called");
      },
      { http: { methods: ["GET", "PUT"], cors } },
    );
    const { status, headers, body } = await call(preflight("https://a.example"));
    expect([status, body]).toEqual([204, null]);
    expect(Object.fromEntries(headers)).toEqual({
      "access-control-allow-origin": "https://a.example",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-headers": "content-type, x-a",
      "access-control-max-age": "600",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    const denied = await call(preflight("https://b.example"));
    expect(denied.headers.map(([name]) => name)).toEqual(["vary"]);
  });

  it("names the origin on answers and errors, in place of what the handler said", async () => {
    const { call } = make(
      (request: Request) => {
        if (request.method === "PUT") throw new Error("no");
        return { headers: { "Access-Control-Allow-Origin": "*", vary: "accept" } };
      },
      { http: { cors } },
    );
    const origin: [string, string][] = [["origin", "https://a.example"]];
    const answer = await call({ headers: origin });
    expect(answer.headers.filter(([name]) => name.startsWith("access") || name === "vary")).toEqual([
      ["vary", "accept, Origin"],
      ["access-control-allow-origin", "https://a.example"],
      ["access-control-allow-credentials", "true"],
      ["access-control-expose-headers", "x-b"],
    ]);
    expect(header(await call({ method: "PUT", headers: origin }), "access-control-allow-origin")).toBe("https://a.example");
    expect(header(await call({ headers: [["origin", "https://b.example"]] }), "access-control-allow-origin")).toBe(undefined);
  });

  it("reflects what is asked for where everything is allowed", async () => {
    const { call } = make(() => ({}), { http: { cors: { origins: ["*"], headers: ["*"] } } });
    const answer = Object.fromEntries((await call(preflight("https://x.example"))).headers);
    expect(answer["access-control-allow-origin"]).toBe("*");
    expect(answer["access-control-allow-methods"]).toBe("PUT");
    expect(answer["access-control-allow-headers"]).toBe("x-a, x-q");
    expect(header(await call({ headers: [["origin", "x"]] }), "vary")).toBe(undefined);
  });
});

describe("the context", () => {
  it("holds the declared environment only, frozen and without a prototype", async () => {
    const { call } = make(
      ((_, { env }) => {
        expect(Object.getPrototypeOf(env)).toBe(null);
        expect(Object.isFrozen(env)).toBe(true);
        return { body: JSON.stringify(env) };
      }) satisfies HttpHandler,
      { env: { declared: ["A", "C", "toString", "EMPTY"], values: { A: "1", B: "2", EMPTY: "" } } },
    );
    expect((await call()).body).toBe('{"A":"1","EMPTY":""}');
  });

  it("has the trace of the request, unless it is malformed or the host knows better", async () => {
    const { call } = make(((_, { trace }) => ({ body: JSON.stringify(trace) })) satisfies HttpHandler);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const headers: [string, string][] = [
      ["Traceparent", traceparent],
      ["tracestate", "a=1"],
    ];
    expect((await call({ headers })).body).toBe(JSON.stringify({ traceparent, tracestate: "a=1" }));
    for (const wrong of [
      "x",
      traceparent.replace("00-", "ff-"),
      traceparent.toUpperCase(),
      `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    ]) {
      expect(
        (
          await call({
            headers: [
              ["traceparent", wrong],
              ["tracestate", "a=1"],
            ],
          })
        ).body,
      ).toBe("{}");
    }
    expect((await call({ headers }, { trace: { traceparent: "t" } })).body).toBe('{"traceparent":"t"}');
  });

  it("says which invocation, function and target it is", async () => {
    const { call } = make(((_, c) => ({
      body: JSON.stringify([c.invocationId, c.function, c.target, c.raw]),
    })) satisfies HttpHandler);
    const { body } = await call({}, { id: "i1", raw: { event: 1 } });
    expect(body).toBe('["i1",{"name":"f","version":"1.0.0","packageDigest":"sha256:0"},{"name":"test"},{"event":1}]');
    expect((await call()).body).toMatch(/^\["[0-9a-f-]{36}"/);
  });
});

describe("requestUrl", () => {
  it.each([
    [{ host: "h", path: "/a?b=c" }, "https://h/a?b=c"],
    [{ host: "h:8080", path: "/a", query: "b?c", protocol: "http" }, "http://h:8080/a?b?c"],
    [{ host: "h", path: "/a?b", query: "" }, "https://h/a%3Fb"],
    [{ path: "//" }, "https://localhost//"],
    [{ host: null, path: "" }, "https://localhost/"],
    [{ host: "h", path: "*" }, "https://h/*"],
    [{ host: "h", path: "@evil/x" }, "https://h/@evil/x"],
    [{ host: "h", path: "/a#b\n c" }, "https://h/a%23b%0A%20c"],
    [{ host: "h", path: "/%zz/%00", query: "a=%ff" }, "https://h/%zz/%00?a=%ff"],
    [{ host: "h", path: "http://other/x?y" }, "http://other/x?y"],
  ])("%j", (raw, url) => {
    expect(requestUrl(raw)).toBe(url);
    expect(URL.canParse(url)).toBe(true);
  });

  it("makes no URL of a host that would move the path", () => {
    for (const host of ["a/b", "a?b", "a#b", "a b", "a\\b", "a\nb"]) {
      expect(URL.canParse(requestUrl({ host, path: "/" }))).toBe(false);
    }
  });

  it("keeps host and query whatever the path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (path, query) => {
        fc.pre(!/^https?:/i.test(path));
        const url = new URL(requestUrl({ host: "h", path, query }));
        expect([url.host, url.hash]).toEqual(["h", ""]);
      }),
    );
  });
});
