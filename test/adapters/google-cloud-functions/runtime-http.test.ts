import { createConnection } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Given, missing, type Site, start } from "./archive-site.ts";
import { web } from "./translate-cases.ts";

const title = missing.length > 0 ? `skipped: needs ${missing.join(" and ")}` : "under Google's framework";
const site = (code: string, given: Partial<Given> = {}): Promise<Site> =>
  start({
    files: { "index.js": code, "package.json": '{"type":"module"}' },
    signature: { type: "http" },
    triggers: [web],
    ...given,
  });

const echo = `
  import { readFileSync } from "node:fs";
  export default async (request, context) => {
    context.log.info("hello");
    const bytes = new Uint8Array(await request.arrayBuffer());
    return {
      headers: { "content-type": "application/json", "set-cookie": ["a=1", "b=2"] },
      body: JSON.stringify({
        method: request.method,
        url: request.url.replace(/^http:\\/\\/[^/]+/, ""),
        headers: Object.fromEntries(request.headers),
        body: Buffer.from(bytes).toString("base64"),
        env: context.env,
        cwd: process.cwd().split("/").at(-1),
        own: readFileSync("package.json", "utf8"),
        trace: context.trace.traceparent,
        id: context.invocationId,
        target: context.target,
        left: context.remainingMs(),
        raw: Object.keys(context.raw),
      }),
    };
  };`;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly [name: string]: unknown;
}

/** Sends what no client would, and gives the status line and everything after it. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("end", () => resolve(answer));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe.skipIf(missing.length > 0)(`requests ${title}`, () => {
  let shared: Site;
  beforeAll(async () => {
    shared = await site(echo, { env: { GREETING: "hi", OTHER: "not declared" } });
  });
  afterAll(() => shared.close());
  const seen = async (path: string, init?: RequestInit): Promise<Seen> => (await (await shared.fetch(path, init)).json()) as Seen;

  test("reach the handler with its declared environment, in its own folder", async () => {
    const answer = await shared.fetch("/a%20b?x=1&x=%zz");
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("x-powered-by")).toBeNull();
    expect(answer.headers.get("etag")).toBeNull();
    const body = (await answer.json()) as Seen;
    expect(body).toMatchObject({
      method: "GET",
      url: "/a%20b?x=1&x=%zz",
      env: { GREETING: "hi" },
      cwd: "function",
      own: '{"type":"module"}',
      target: { name: "google-cloud-functions", region: "europe-west1" },
      raw: ["request", "response"],
    });
    expect(body["left"]).toBeGreaterThan(3000);
    expect(body["left"]).toBeLessThanOrEqual(5000);
    expect(shared.output()).toMatch(
      new RegExp(`\\{"severity":"INFO","time":"[^"]*","level":"info","message":"hello","invocationId":"${String(body["id"])}"`),
    );
  });

  test.each(["/favicon.ico", "/robots.txt", "/%zz", "/a%2Fb", "//a", "/*splat"])("of %s are the handler's", async (path) => {
    expect(await raw(shared.port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)).toContain(`"url":"${path}"`);
  });

  test.each([
    ["JSON that is none", "application/json", Buffer.from('{"a":')],
    ["JSON in another charset", "application/json; charset=iso-8859-1", Buffer.from([0x22, 0xe9, 0x22])],
    [
      "a form with many fields",
      "application/x-www-form-urlencoded",
      Buffer.from(Array.from({ length: 2000 }, (_, i) => `a${i}=1`).join("&")),
    ],
    ["bytes", "image/png", Buffer.from([0, 255, 128])],
    ["a CloudEvent", "application/cloudevents+json", Buffer.from("no")],
    ["text in no type at all", undefined, Buffer.from("plain")],
  ])("with %s arrive as they were sent", async (_, type, bytes) => {
    const body = await seen("/", { method: "POST", body: bytes, headers: type === undefined ? {} : { "content-type": type } });
    expect(body.body).toBe(bytes.toString("base64"));
    expect(body.headers["content-type"]).toBe(type);
  });

  test("with a compressed body stay compressed", async () => {
    const bytes = gzipSync('{"a":1}');
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const body = await seen("/", { method: "PUT", body: bytes, headers });
    expect(body).toMatchObject({ body: bytes.toString("base64"), headers });
  });

  test("of many bytes arrive whole", async () => {
    const bytes = Buffer.alloc(12 * 1024 * 1024, "x");
    expect((await seen("/", { method: "POST", body: bytes })).body).toHaveLength(Math.ceil(bytes.length / 3) * 4);
  });

  test.each([
    [
      { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ],
    [
      { "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/1;o=1" },
      "00-105445aa7843bc8bf206b12000100000-0000000000000001-01",
    ],
    [
      { "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/18446744073709551615" },
      "00-105445aa7843bc8bf206b12000100000-ffffffffffffffff-00",
    ],
    [{ "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000" }, undefined],
    [{ "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/99999999999999999999" }, undefined],
    [{}, undefined],
  ])("have the trace of %j", async (headers, trace) => {
    expect((await seen("/", { headers: headers as Record<string, string> }))["trace"]).toBe(trace);
  });

  test("behind TLS say so", async () => {
    const answer = await raw(
      shared.port,
      "GET /a HTTP/1.1\r\nhost: f.run.app\r\nx-forwarded-proto: https\r\nconnection: close\r\n\r\n",
    );
    expect(answer).toContain('"url":"https://f.run.app/a"');
  });

  test("that are malformed are refused without the handler", async () => {
    expect(await raw(shared.port, "TRACE / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 501 /);
    expect(await raw(shared.port, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx")).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });
});

describe.skipIf(missing.length > 0)(`an http function ${title}`, () => {
  let running: Site | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });
  const run = async (code: string, given?: Partial<Given>): Promise<Site> => (running = await site(code, given));

  test("streams, and breaks off where the handler does", async () => {
    const started = await run(
      `export default (request) => ({
        status: 201,
        headers: { "content-type": "text/plain" },
        body: new ReadableStream({
          async pull(controller) {
            this.count = (this.count ?? 0) + 1;
            await new Promise((done) => setTimeout(done, 10));
            if (this.count <= 3) return controller.enqueue(new TextEncoder().encode("part" + this.count + " "));
            if (request.url.endsWith("broken")) throw new Error("lost");
            controller.close();
          },
        }),
      });`,
      { signature: { type: "http", response: "streaming" } },
    );
    const whole = await started.fetch("/");
    expect([whole.status, await whole.text()]).toEqual([201, "part1 part2 part3 "]);
    await expect(started.fetch("/broken").then((answer) => answer.text())).rejects.toThrow();
    expect((await started.fetch("/")).status).toBe(201);
  });

  test("keeps to the trigger's path, methods and origins", async () => {
    const cors = { origins: ["https://app.acme.com"], methods: ["GET"], maxAgeSeconds: 60 };
    const started = await run('export default () => ({ body: "ok" });', {
      triggers: [{ ...web, path: "/thumb/{id}", methods: ["GET"], cors }],
    });
    expect((await started.fetch("/other")).status).toBe(404);
    expect((await started.fetch("/thumb/1", { method: "POST" })).status).toBe(405);
    const asked = await started.fetch("/thumb/1", {
      method: "OPTIONS",
      headers: { origin: "https://app.acme.com", "access-control-request-method": "GET" },
    });
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.acme.com",
      "access-control-max-age": "60",
    });
    const answer = await started.fetch("/thumb/1", { headers: { origin: "https://app.acme.com" } });
    expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
  });

  test("lives on after what nobody caught, and answers itself", async () => {
    const started = await run(`
      export default (request) => {
        if (request.url.includes("thrown")) throw new Error("thrown detail");
        if (request.url.includes("late")) {
          setTimeout(() => { throw new Error("uncaught detail"); }, 10);
          return new Promise(() => undefined);
        }
        if (request.url.includes("rejected")) {
          Promise.reject(new Error("unhandled detail"));
          return new Promise(() => undefined);
        }
        return { body: "alive" };
      };`);
    for (const path of ["/thrown", "/late", "/rejected"]) {
      const answer = await started.fetch(path);
      expect([answer.status, await answer.text()], path).toEqual([500, "internal server error\n"]);
    }
    for (const detail of ["thrown", "uncaught", "unhandled"]) expect(started.output()).toContain(`${detail} detail`);
    expect(await (await started.fetch("/")).text()).toBe("alive");
  });

  test("that never settles is answered before the deadline", async () => {
    const started = await run("export default () => new Promise(() => undefined);", { timeoutSeconds: 1 });
    expect((await started.fetch("/")).status).toBe(504);
  });

  test("is told when the client goes", async () => {
    const started = await run(`
      let gone = 0;
      export default (request, context) => {
        if (request.url.endsWith("count")) return { body: String(gone) };
        context.signal.addEventListener("abort", () => { gone += 1; });
        return new Promise(() => undefined);
      };`);
    await expect(started.fetch("/", { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    await expect.poll(async () => (await started.fetch("/count")).text(), { timeout: 20_000 }).toBe("1");
  });

  test("may serve http itself without being read", async () => {
    const started = await run(`
      import { createServer } from "node:http";
      const inner = createServer((request, response) => response.end(request.url + " " + request.headers["content-type"]));
      await new Promise((done) => inner.listen(0, "127.0.0.1", done));
      export default async () => {
        const answer = await fetch("http://127.0.0.1:" + inner.address().port + "/in", { method: "POST", body: "{", headers: { "content-type": "application/json" } });
        return { body: await answer.text() };
      };`);
    expect(await (await started.fetch("/")).text()).toBe("/in application/json");
  });

  test.each([
    ["a module that throws", 'throw new Error("at load");', "at load"],
    ["an export that is missing", "export const other = 1;", "the module exports other"],
    ["an export of another type", "export default 1;", "a function or an object with fetch is needed"],
  ])("says at the start what is wrong with %s", async (_, code, message) => {
    await expect(run(code)).rejects.toThrow(message);
  });

  test("runs without what only fnpkg sets", async () => {
    const started = await run("export default (_, { target }) => ({ body: JSON.stringify(target) });", {
      env: { FNPKG_BINDINGS: "{}" },
    });
    expect(await (await started.fetch("/")).text()).toBe('{"name":"google-cloud-functions"}');
  });
});
