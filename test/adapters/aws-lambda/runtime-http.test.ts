import { describe, expect, test } from "vitest";
import type { Handler } from "fnpkg/runtime";
import { request } from "./runtime-calls.ts";

const echo: Handler = async (input) => {
  const got = input as Request;
  return {
    headers: { "content-type": "application/json", "x-one": "1" },
    body: JSON.stringify({
      method: got.method,
      url: got.url,
      headers: Object.fromEntries(got.headers),
      body: await got.text(),
    }),
  };
};
const seen = (body: string | undefined) =>
  JSON.parse(body ?? "") as { method: string; url: string; headers: { [name: string]: string }; body: string };

const v2 = (more: object = {}, http: object = {}) => ({
  version: "2.0",
  rawPath: "/a%20b/c",
  rawQueryString: "x=1&x=%zz&y",
  headers: { host: "id.lambda-url.eu-west-1.on.aws", "x-forwarded-proto": "https", accept: "a,b" },
  requestContext: { domainName: "other", http: { method: "POST", path: "/a b/c", ...http } },
  body: "hello",
  isBase64Encoded: false,
  ...more,
});
const v1 = (more: object = {}) => ({
  resource: "/{proxy+}",
  path: "/a/b",
  httpMethod: "GET",
  headers: { Host: "api.acme.com", A: "last" },
  multiValueHeaders: { Host: ["api.acme.com"], A: ["first", "last"] },
  multiValueQueryStringParameters: { q: ["a b", "c&d"] },
  requestContext: { stage: "prod" },
  body: null,
  isBase64Encoded: false,
  ...more,
});
const alb = (more: object = {}) => ({
  requestContext: { elb: { targetGroupArn: "arn" } },
  httpMethod: "GET",
  path: "/a",
  headers: { host: "lb.acme.com", "x-forwarded-proto": "http" },
  queryStringParameters: { q: "a%20b" },
  body: "",
  isBase64Encoded: false,
  ...more,
});

describe("requests", () => {
  test("of a function URL keep path and query as they were sent", async () => {
    const result = await request(echo, v2({ cookies: ["a=1", "b=2"] }));
    expect(result).toMatchObject({ statusCode: 200, headers: { "x-one": "1" }, isBase64Encoded: false });
    expect(result).not.toHaveProperty("cookies");
    expect(result.headers).not.toHaveProperty("content-length");
    expect(seen(result.body)).toMatchObject({
      method: "POST",
      url: "https://id.lambda-url.eu-west-1.on.aws/a%20b/c?x=1&x=%zz&y",
      headers: { accept: "a,b", cookie: "a=1; b=2" },
      body: "hello",
    });
  });

  test("with bytes arrive as bytes", async () => {
    const bytes = Buffer.from([0, 255, 128]);
    const handler: Handler = async (input) => ({ body: new Uint8Array(await (input as Request).arrayBuffer()) });
    const result = await request(handler, v2({ body: bytes.toString("base64"), isBase64Encoded: true }));
    expect(result).toMatchObject({ isBase64Encoded: true, body: bytes.toString("base64") });
  });

  test("of payload 1.0 have all values of a header, and a query that is encoded again", async () => {
    const result = await request(echo, v1());
    expect(result).toMatchObject({ statusCode: 200, multiValueHeaders: { "x-one": ["1"] } });
    expect(seen(result.body)).toMatchObject({
      url: "https://api.acme.com/a/b?q=a%20b&q=c%26d",
      headers: { a: "first, last" },
      body: "",
    });
  });

  test("of a load balancer have their query as it was sent", async () => {
    expect(seen((await request(echo, alb())).body).url).toBe("http://lb.acme.com/a?q=a%20b");
    const multi = alb({ headers: undefined, multiValueHeaders: { host: ["lb.acme.com"], a: ["1", "2"] } });
    const result = await request(echo, multi);
    expect(result).toHaveProperty("multiValueHeaders");
    expect(seen(result.body).headers["a"]).toBe("1, 2");
  });

  test("obey the trigger's path and methods", async () => {
    const http = { path: "/thumb/{id}", methods: ["GET"] };
    const at = (path: string, method: string) => request(echo, v2({ rawPath: path, body: "" }, { method }), { http });
    expect((await at("/thumb/1", "GET")).statusCode).toBe(200);
    expect((await at("/other", "GET")).statusCode).toBe(404);
    expect(await at("/thumb/1", "POST")).toMatchObject({ statusCode: 405, headers: { allow: "GET" } });
  });

  test("a call that is no request is refused, for an answer would count as success", async () => {
    for (const event of [
      null,
      undefined,
      1,
      "x",
      [],
      {},
      { Records: [{ eventSource: "aws:sqs" }] },
      { requestContext: { connectionId: "1" } },
    ]) {
      await expect(request(echo, event)).rejects.toThrow("no HTTP request");
    }
  });
});

describe("responses", () => {
  const cookies: Handler = () => ({ headers: { "set-cookie": ["a=1", "b=2", "c=3"] }, body: "x" });

  test("keep each cookie, in every caller's form", async () => {
    expect((await request(cookies, v2())).cookies).toEqual(["a=1", "b=2", "c=3"]);
    expect((await request(cookies, v1())).multiValueHeaders?.["set-cookie"]).toEqual(["a=1", "b=2", "c=3"]);
    const single = (await request(cookies, alb())).headers ?? {};
    const sent = Object.entries(single).filter(([name]) => name.toLowerCase() === "set-cookie");
    expect(sent.map(([, value]) => value)).toEqual(["a=1", "b=2", "c=3"]);
    expect(new Set(sent.map(([name]) => name)).size).toBe(3);
  });

  test.each([
    ["text/html; charset=utf-8", undefined, false],
    ["application/problem+json", undefined, false],
    ["application/xml", undefined, false],
    ["text/javascript", undefined, false],
    ["image/svg+xml", undefined, false],
    ["image/png", undefined, true],
    ["text/plain; charset=latin1", undefined, true],
    ["application/json", "gzip", true],
    [undefined, undefined, true],
  ])("bytes of %s %s are base64: %s", async (type, encoding, base64) => {
    const headers = {
      ...(type === undefined ? {} : { "content-type": type }),
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    };
    const result = await request(() => ({ headers, body: Buffer.from("häß") }), v2());
    expect(result.isBase64Encoded).toBe(base64);
    expect(Buffer.from(result.body ?? "", base64 ? "base64" : "utf8").toString()).toBe("häß");
  });

  test("text that isn't UTF-8 is sent as the bytes it is", async () => {
    const result = await request(() => ({ headers: { "content-type": "text/plain" }, body: new Uint8Array([255]) }), v2());
    expect(result).toMatchObject({ isBase64Encoded: true, body: "/w==" });
  });

  test("a Fetch Response and a stream are read first", async () => {
    const response = await request(
      () =>
        new Response("hi", {
          status: 201,
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
          ],
        }),
      v2(),
    );
    expect(response).toMatchObject({ statusCode: 201, body: "hi", cookies: ["a=1", "b=2"] });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([104, 105]));
        controller.close();
      },
    });
    expect((await request(() => ({ headers: { "content-type": "text/plain" }, body }), v2())).body).toBe("hi");
  });
});

/** Rejects with what is no error. */
const nothingThrown: Handler = async () => {
  const reason: unknown = null;
  await new Promise((_, reject) => reject(reason));
};

describe("odd requests and responses", () => {
  test.each([
    ["GET with a body", v2({}, { method: "GET" }), 400],
    ["TRACE", v2({ body: "" }, { method: "TRACE" }), 501],
    ["CONNECT", v2({ body: "" }, { method: "CONNECT" }), 501],
    ["no host", v2({ headers: {}, requestContext: { http: { method: "POST" } } }), 200],
    ["no headers at all", v2({ headers: null }), 200],
    ["a line end in a header", v2({ headers: { a: "b\nc" } }), 400],
    ["a huge header", v2({ headers: { a: "x".repeat(2_000_000) } }), 200],
    ["a body that is no base64", v2({ body: "%%%", isBase64Encoded: true }), 400],
    ["a query that is no UTF-8", v2({ rawQueryString: "a=%ff" }), 200],
    ["an empty path segment", v2({ rawPath: "//" }), 200],
    ["an encoded NUL", v2({ rawPath: "/%00" }), 200],
    ["a host that is none", v2({ headers: { host: "a b" } }), 400],
    ["an empty method", v2({ body: "" }, { method: "" }), 400],
    ["fields of the wrong types", v2({ headers: { a: 1, b: ["x"] }, cookies: "x", rawPath: 7, body: {} }), 200],
  ])("%s: %#", async (_, event, status) => {
    expect((await request(() => ({ body: "ok" }), event)).statusCode).toBe(status);
  });

  test.each<[string, Handler, number]>([
    ["nothing", () => undefined, 500],
    ["the status 600", () => ({ status: 600 }), 500],
    ["another platform's form", () => ({ statusCode: 200, body: "x" }), 500],
    ["a throw", () => Promise.reject(new Error("secret detail")), 500],
    ["a throw of no error", nothingThrown, 500],
    ["never settles", () => new Promise(() => undefined), 504],
    ["10 MB", () => ({ body: "x".repeat(10_000_000) }), 500],
    ["6 MB that grow", () => ({ body: "\u0001".repeat(2_000_000) }), 500],
    ["no content", () => ({ status: 204, body: "x" }), 204],
  ])("the handler gives %s", async (_, handler, status) => {
    const lines: { level: string; message: string }[] = [];
    const result = await request(handler, v2(), { lines, invocation: { id: "r1", deadline: Date.now() + 300 } });
    expect(result.statusCode).toBe(status);
    expect(result.body).not.toContain("secret detail");
    if (status >= 500) expect(lines.some(({ level }) => level === "error")).toBe(true);
    if (status === 204) expect(result.body).toBe("");
  });

  test("waitUntil that fails is logged and breaks nothing", async () => {
    const lines: { level: string; message: string }[] = [];
    const handler: Handler = (_, context) => {
      context.waitUntil(Promise.reject(new Error("later")));
      return { body: "ok" };
    };
    expect((await request(handler, v2(), { lines })).statusCode).toBe(200);
    expect(lines.map(({ message }) => message).join()).toContain("later");
  });

  test("headers of any name are sent, those that every object has too", async () => {
    const headers = JSON.parse('{"constructor":"a","__proto__":"b","tostring":"c"}') as { [name: string]: string };
    for (const event of [v2(), v1(), alb()]) {
      const { headers: single, multiValueHeaders: several } = await request(() => ({ headers, body: "" }), event);
      const sent = JSON.parse(JSON.stringify(single ?? several)) as object;
      expect(Object.entries(sent).map(([name, value]) => [name, String(value)])).toEqual(
        expect.arrayContaining([
          ["constructor", "a"],
          ["__proto__", "b"],
          ["tostring", "c"],
        ]),
      );
    }
  });

  test("a load balancer takes 1 MB", async () => {
    expect((await request(() => ({ body: "x".repeat(1_100_000) }), alb())).statusCode).toBe(500);
    expect((await request(() => ({ body: "x".repeat(1_000_000) }), alb())).statusCode).toBe(200);
  });

  test("HEAD keeps the length of what it leaves out", async () => {
    const result = await request(() => ({ body: "12345" }), v2({ body: "" }, { method: "HEAD" }));
    expect(result).toMatchObject({ statusCode: 200, body: "", headers: { "content-length": "5" } });
  });

  test("the request's own trace wins over the call's", async () => {
    const handler: Handler = (_, { trace }) => ({ body: trace.traceparent ?? "none" });
    const own = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const xray = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;
    const invocation = { id: "r1", trace: { traceparent: xray } };
    expect((await request(handler, v2(), { invocation })).body).toBe(xray);
    expect((await request(handler, v2({ headers: { traceparent: own } }), { invocation })).body).toBe(own);
  });
});
