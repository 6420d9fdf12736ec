import { connect } from "node:net";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, portOf, send, Site } from "./site.ts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = `
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const encoder = new TextEncoder();
export default async (request, context) => {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/echo": return { body: JSON.stringify({ method: request.method, url: request.url, headers: [...request.headers], body: await request.text(), env: context.env, all: Object.keys(process.env), argv: process.argv, cwd: process.cwd(), invocationId: context.invocationId, remaining: context.remainingMs() }) };
    case "/bytes": return { headers: { "content-type": "application/octet-stream" }, body: new Uint8Array(await request.arrayBuffer()) };
    case "/cookies": return { headers: { "set-cookie": ["a=1", "b=2; Path=/"] }, body: "c" };
    case "/stream": {
      const parts = ["one", "two", "three"];
      return { body: new ReadableStream({ async pull(c) { const part = parts.shift(); if (!part) return c.close(); await sleep(80); c.enqueue(encoder.encode(part)); } }) };
    }
    case "/break": return { body: new ReadableStream({ async pull(c) { c.enqueue(encoder.encode("begun")); await sleep(50); throw new Error("half way"); } }) };
    case "/600": return { status: 600 };
    case "/undefined": return undefined;
    case "/throw": throw "no error at all";
    case "/never": return new Promise(() => {});
    case "/busy": for (;;) Math.sqrt(2);
    case "/exit": process.exit(3);
    case "/memory": { const kept = []; for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await sleep(5); } }
    case "/wait": context.waitUntil(sleep(20).then(() => { throw new Error("later"); })); return { body: "answered" };
    case "/large": return { body: new Uint8Array(33 * 1024 * 1024) };
    case "/slow": await sleep(400); return { body: String(process.pid) };
    case "/pid": return { body: String(process.pid) };
    default: return { status: 201, headers: { "x-path": url.pathname }, body: "other" };
  }
};`;

let site: Site;
let port: string;
/** Of the same function with little time. */
let hasty: string;
const get = (path: string, more: object = {}): Promise<Answer> => send({ port, path, ...more });

beforeAll(async () => {
  site = new Site(await mkdtemp(join(tmpdir(), "fnpkg-local-")));
  process.env["OPERATORS_OWN"] = "nobody's business";
  const pkg = await site.pack({
    source,
    signature: { type: "http", response: "streaming" },
    requires: { env: [{ name: "GREETING" }] },
  });
  const settings = {
    env: { GREETING: "hello" },
    timeout: "60s",
    memory: "192Mi",
    instances: { max: 2 },
    triggers: [
      {
        name: "web",
        type: "http",
        path: "/{rest*}",
        methods: ["GET", "HEAD", "POST", "TRACE"],
        cors: { origins: ["https://app.example"], methods: ["POST"], headers: ["x-one"], maxAge: "60s" },
      },
    ],
  };
  port = portOf(await site.deploy(pkg, await site.config(settings)));
  const config = await site.config({ ...settings, function: "hasty", timeout: "2s" }, "hasty.yaml");
  hasty = portOf(await site.deploy(pkg, config));
});
afterAll(() => site.end());

describe("requests reach the handler as they were sent", () => {
  test("path and query verbatim, headers but those of the connection and of the host, body", async () => {
    const answer = await get("/echo?a=%zz&b=+%20", {
      method: "POST",
      body: "grüße",
      headers: {
        "x-one": "1",
        "function-invocation-id": "forged",
        "keep-alive": "timeout=9",
        connection: "x-named",
        "x-named": "gone",
      },
    });
    const seen = JSON.parse(answer.text) as { url: string; body: string; headers: [string, string][]; invocationId: string };
    expect(seen.url).toBe(`http://127.0.0.1:${port}/echo?a=%zz&b=+%20`);
    expect(seen.body).toBe("grüße");
    const names = seen.headers.map(([name]) => name);
    expect(names).toContain("x-one");
    for (const name of ["function-invocation-id", "keep-alive", "connection", "x-named", "function-deadline"])
      expect(names).not.toContain(name);
    expect(seen.invocationId).not.toBe("forged");
  });

  test("the environment is what is bound, and a few names of the machine", async () => {
    const seen = JSON.parse((await get("/echo")).text) as { env: object; all: string[]; cwd: string; remaining: number };
    expect(seen.env).toEqual({ GREETING: "hello" });
    expect(seen.all).not.toContain("OPERATORS_OWN");
    expect(seen.all.filter((name) => !["PATH", "HOME", "TMPDIR", "TZ", "LANG", "GREETING"].includes(name))).toEqual([]);
    expect(seen.cwd).toMatch(/layouts\/sha256\/[0-9a-f]{64}\/function$/);
    expect(seen.remaining).toBeLessThanOrEqual(60_000);
  });

  test("bytes stay bytes, HEAD has no body, cookies stay apart", async () => {
    const bytes = Buffer.from([0, 255, 128, 10, 13, 0]);
    const echoed = await get("/bytes", { method: "POST", body: bytes });
    expect(echoed.bytes.equals(bytes)).toBe(true);
    const head = await get("/bytes", { method: "HEAD" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "0"]);
    expect((await get("/cookies")).headers["set-cookie"]).toEqual(["a=1", "b=2; Path=/"]);
  });

  test("a stream arrives in pieces; one that breaks is no whole answer", async () => {
    const pieces: number[] = [];
    await new Promise<void>((resolve, reject) => {
      request({ host: "127.0.0.1", port, path: "/stream" }, (answer) => {
        answer.on("data", () => pieces.push(Date.now()));
        answer.on("end", resolve);
      })
        .on("error", reject)
        .end();
    });
    expect(pieces.length).toBe(3);
    expect((pieces[2] ?? 0) - (pieces[0] ?? 0)).toBeGreaterThan(60);
    await expect(get("/break")).rejects.toThrow();
    expect((await get("/pid")).status).toBe(200);
  });

  test("methods and CORS hold", async () => {
    expect((await get("/echo", { method: "DELETE" })).status).toBe(405);
    const preflight = await get("/echo", {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "POST" },
    });
    expect([
      preflight.status,
      preflight.headers["access-control-allow-origin"],
      preflight.headers["access-control-max-age"],
    ]).toEqual([204, "https://app.example", "60"]);
    const other = await get("/pid", { headers: { origin: "https://other.example" } });
    expect(other.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("item 52: what is odd has a defined answer, and the worker goes on", () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
      socket.on("error", reject);
      socket.on("close", () => resolve(answer.split("\r\n", 1)[0] ?? ""));
    });

  test.each([
    ["TRACE", "TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "501"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n", "501"],
    ["no Host", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n", "400"],
    ["GET with a body", "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab", "400"],
    ["a request of a protocol that is none", "GET / NONE/1.1\r\nhost: x\r\n\r\n", "400"],
    ["a header of 2 MB", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(2_000_000)}\r\n\r\n`, "431"],
    ["a header with a line end", "GET / HTTP/1.1\r\nhost: x\r\nx: a\nb c\r\n\r\n", "400"],
    ["the path //", "GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "201"],
    ["%00", "GET /%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "201"],
    ["a query that is no UTF-8", "GET /x?%ff%fe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "201"],
  ])("%s", async (_name, text, status) => {
    expect(await raw(text)).toContain(`HTTP/1.1 ${status}`);
  });

  test.each([
    ["/600", 500],
    ["/undefined", 500],
    ["/throw", 500],
    ["/wait", 200],
    ["/large", 502],
  ])("%s is %i", async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain("at ");
  });

  test("a handler that is not done in time is 504", async () => {
    const answer = await get("/never", { port: hasty });
    expect([answer.status, answer.text.includes("at ")]).toEqual([504, false]);
  });

  test("a body of more than 32 MiB is 413, which a client reads that sends it whole before it looks", async () => {
    const body = new Uint8Array(33 * 1024 * 1024);
    for (const headers of [{}, { "transfer-encoding": "chunked" }, { expect: "100-continue", "content-length": body.length }]) {
      const answer = await get("/echo", { method: "POST", headers, body });
      expect([answer.status, answer.text]).toEqual([413, "the body is too large\n"]);
    }
    expect((await get("/pid")).status).toBe(200);
  });

  test("a client that is refused and goes on sending is cut off", async () => {
    const began = Date.now();
    const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.write("no request\r\n\r\n");
    const more = setInterval(() => socket.write("more\r\n"), 100);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(more);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*\r\n\r\n$/);
    expect(answer.match(/HTTP/g)?.length).toBe(1);
    expect(Date.now() - began).toBeGreaterThan(2000);
  });
});

describe("what a function may not do", () => {
  test("a loop that never yields is ended after the deadline: 504, and the next call is answered", async () => {
    const began = Date.now();
    const answer = await get("/busy", { port: hasty });
    expect(answer.status).toBe(504);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect((await get("/pid", { port: hasty })).status).toBe(200);
    expect(await site.logged("worker.timeout", "hasty.yaml")).toMatchObject({ code: "E_HANDLER" });
  });

  test("more memory than configured ends the worker: 502, said in the log", async () => {
    expect((await get("/memory")).status).toBe(502);
    expect(await site.logged("worker.memory")).toMatchObject({ code: "E_HANDLER", memoryMiB: 192 });
    expect((await get("/pid")).status).toBe(200);
  });

  test("a process that ends is 502, and replaced", async () => {
    expect((await get("/exit")).status).toBe(502);
    expect((await get("/pid")).status).toBe(200);
    await site.logged("worker.crash");
  });

  test("one worker takes one call at a time; more calls get more workers, up to the most", async () => {
    const began = Date.now();
    const answers = await Promise.all(Array.from({ length: 4 }, () => get("/slow")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
    expect(Date.now() - began).toBeGreaterThanOrEqual(750);
  });
});
