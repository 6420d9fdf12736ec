import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { arrivedRequest, LightRequest } from "../../src/runtime/request.ts";
import { LightHeaders } from "../../src/runtime/headers.ts";
import { Body } from "../../src/runtime/body.ts";

const NativeRequest = globalThis.Request;
const NativeHeaders = globalThis.Headers;

type Outcome = { value: unknown } | { error: string };

function outcome(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { error: (error as Error).name };
  }
}

const headerName = fc.oneof(
  fc.constantFrom("a", "A", "b", "Set-Cookie", "set-cookie", "Cookie", "content-type", "x y", "", "é", "日", "a:b"),
  fc.string({ maxLength: 3 }),
);
const headerValue = fc.oneof(
  fc.constantFrom("", "1", " two ", "\t3\r\n", "a\nb", "a\0b", "é", "日", "a,b"),
  fc.string({ maxLength: 4, unit: "binary" }),
);

describe("LightHeaders against Node's Headers", () => {
  const step = fc.oneof(
    fc.record({ call: fc.constantFrom("append", "set"), args: fc.tuple(headerName, headerValue) }),
    fc.record({ call: fc.constantFrom("get", "has", "delete"), args: fc.tuple(headerName) }),
  );

  it("answers every sequence of calls alike", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const light = new LightHeaders();
        const native = new NativeHeaders();
        for (const { call, args } of steps) {
          const on = (headers: object) =>
            outcome(() => (headers as Record<string, (...args: string[]) => unknown>)[call]?.(...args));
          expect(on(light)).toEqual(on(native));
        }
        expect([...light]).toEqual([...native]);
        expect([...light.keys()]).toEqual([...native.keys()]);
        expect([...light.values()]).toEqual([...native.values()]);
        expect(light.getSetCookie()).toEqual(native.getSetCookie());
      }),
      { numRuns: 500 },
    );
  });

  it("takes the same initial values", () => {
    const pairs = fc.array(fc.array(fc.oneof(headerName, headerValue), { maxLength: 3 }), { maxLength: 4 });
    const record = fc.dictionary(headerName, headerValue, { maxKeys: 4 });
    const other = fc.constantFrom<unknown>(undefined, null, 5, "x", true, [], {}, [[]], [5], ["ab"], new Map([["a", "1"]]));
    fc.assert(
      fc.property(fc.oneof(pairs, record, other), (init) => {
        const made = (Headers: new (init: never) => Iterable<unknown>) => outcome(() => [...new Headers(init as never)]);
        expect(made(LightHeaders as never)).toEqual(made(NativeHeaders as never));
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a symbol as a name and too few arguments", () => {
    for (const Headers of [LightHeaders, NativeHeaders] as (typeof NativeHeaders)[]) {
      expect(() => new Headers({ [Symbol("x")]: "1" })).toThrow(TypeError);
      expect(() => (new Headers() as never as { get(): void }).get()).toThrow(TypeError);
      expect(() => (new Headers() as never as { append(a: string): void }).append("a")).toThrow(TypeError);
      expect(() => (new Headers() as never as { forEach(): void }).forEach()).toThrow(TypeError);
    }
  });

  it("is live while it is iterated", () => {
    const run = (headers: { append(a: string, b: string): void } & Iterable<[string, string]>) => {
      const seen: string[] = [];
      headers.append("b", "1");
      for (const [name] of headers) {
        seen.push(name);
        if (name === "b") headers.append("c", "2");
      }
      return seen;
    };
    expect(run(new LightHeaders())).toEqual(run(new NativeHeaders()));
  });

  it("is an instance of Headers and goes into Node's own objects", () => {
    const light = new LightHeaders([
      ["X-A", "1"],
      ["x-a", "2"],
      ["set-cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
    expect(light instanceof Headers).toBe(true);
    expect([...new NativeHeaders(light as never)]).toEqual([...light]);
    expect(new Response("x", { headers: light as never }).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(new NativeRequest("http://a/", { headers: light as never }).headers.get("x-a")).toBe("1, 2");
    expect([...new LightHeaders(new NativeHeaders(light as never))]).toEqual([...light]);
    expect(String(light)).toBe("[object Headers]");
  });
});

const inits: [string, () => unknown][] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["a number", () => 5],
  ["an empty object", () => ({})],
  ...["get", "Post", "pUt", "patch", "PATCH", "Delete", "x", "TRACE", "trace", "CONNECT", "track", "a b", "", "é"].map(
    (method): [string, () => unknown] => [`method ${method}`, () => ({ method })],
  ),
  ["method null", () => ({ method: null })],
  ["GET with a body", () => ({ body: "x" })],
  ["HEAD with a body", () => ({ method: "HEAD", body: "" })],
  ["a null body", () => ({ method: "POST", body: null })],
  ["a string", () => ({ method: "POST", body: "grüße \ud800 x" })],
  ["a string with a type", () => ({ method: "POST", body: "x", headers: { "Content-Type": "a/b" } })],
  ["a number as body", () => ({ method: "POST", body: 12 })],
  ["an object as body", () => ({ method: "POST", body: {} })],
  ["bytes", () => ({ method: "POST", body: new Uint8Array([0, 255, 65]) })],
  ["a view", () => ({ method: "POST", body: new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2) })],
  ["an ArrayBuffer", () => ({ method: "POST", body: new Uint8Array([1, 2]).buffer })],
  ["parameters", () => ({ method: "POST", body: new URLSearchParams({ a: "1 2", b: "ü" }) })],
  ["a blob", () => ({ method: "POST", body: new Blob(["abc"], { type: "text/css" }) })],
  ["a blob without a type", () => ({ method: "POST", body: new Blob(["abc"]) })],
  ["a stream", () => ({ method: "POST", body: new Blob(["str"]).stream(), duplex: "half" })],
  ["a stream without duplex", () => ({ method: "POST", body: new Blob(["str"]).stream() })],
  ["a kept-alive stream", () => ({ method: "POST", body: new Blob(["a"]).stream(), duplex: "half", keepalive: true })],
  [
    "an async iterable",
    () => ({
      method: "POST",
      duplex: "half",
      body: (async function* () {
        yield Buffer.from("it");
      })(),
    }),
  ],
  ["a wrong duplex", () => ({ duplex: "full" })],
  ["a BOM", () => ({ method: "POST", body: "\ufeffbom" })],
  ["headers null", () => ({ headers: null })],
  ["wrong headers", () => ({ headers: { "a b": "x" } })],
  ["a header beyond Latin-1", () => ({ headers: { a: "日" } })],
  ["a signal", () => ({ signal: new AbortController().signal })],
  ["an aborted signal", () => ({ signal: AbortSignal.abort() })],
  ["a null signal", () => ({ signal: null })],
  ["no signal", () => ({ signal: {} })],
  ["a window", () => ({ window: 1 })],
  ["a null window", () => ({ window: null })],
  ...["navigate", "no-cors", "cors", "same-origin", "x"].map((mode): [string, () => unknown] => [
    `mode ${mode}`,
    () => ({ mode }),
  ]),
  ["no-cors with PUT", () => ({ mode: "no-cors", method: "PUT" })],
  ["only-if-cached", () => ({ cache: "only-if-cached" })],
  ["only-if-cached, same-origin", () => ({ cache: "only-if-cached", mode: "same-origin" })],
  ["credentials", () => ({ credentials: "include", redirect: "manual", cache: "no-store", integrity: "x", keepalive: 1 })],
  ["wrong credentials", () => ({ credentials: "x" })],
  ["referrer", () => ({ referrer: "http://a.b/c#d", referrerPolicy: "origin" })],
  ["no referrer", () => ({ referrer: "" })],
  ["a relative referrer", () => ({ referrer: "/x" })],
  ["about:client", () => ({ referrer: "about:client" })],
  ["integrity null", () => ({ integrity: null })],
];

const plainMembers = [
  "method",
  "url",
  "destination",
  "referrer",
  "referrerPolicy",
  "mode",
  "credentials",
  "cache",
  "redirect",
  "integrity",
  "keepalive",
  "isReloadNavigation",
  "isHistoryNavigation",
  "bodyUsed",
  "duplex",
] as const;

async function shown(make: () => Request): Promise<unknown> {
  const made = outcome(make);
  if ("error" in made) return made;
  const request = made.value as Request;
  return {
    ...Object.fromEntries(plainMembers.map((name) => [name, request[name as "method"]])),
    headers: [...request.headers].map(([name, value]) => [name, value.replace(/boundary=.*/, "")]),
    body: request.body === null ? null : String(request.body),
    aborted: request.signal.aborted,
    text: await request.clone().text(),
    bytes: [...new Uint8Array(await request.arrayBuffer())],
    used: request.bodyUsed,
    again: await request.text().catch((error: Error) => error.name),
    cloned: outcome(() => String(request.clone())),
  };
}

describe("LightRequest against Node's Request", () => {
  it.each(inits)("%s", async (_, init) => {
    const light = () => new LightRequest("http://h/p?q#f", init()) as unknown as Request;
    expect(await shown(light)).toEqual(await shown(() => new NativeRequest("http://h/p?q#f", init() as RequestInit)));
  });

  it.each(inits)("from another request, with %s", async (_, init) => {
    const base = { method: "POST", body: "base", headers: { a: "1" }, redirect: "error" } as const;
    const light = () => new LightRequest(new LightRequest("http://h/", base), init()) as unknown as Request;
    const native = () => new NativeRequest(new NativeRequest("http://h/", base), init() as RequestInit);
    expect(await shown(light)).toEqual(await shown(native));
  });

  it.each([
    "",
    "/relative",
    "http://",
    "http://u:p@h/",
    "http://u@h/",
    "HTTP://H:80/a/../b%2e%2e/%2E%2E/c",
    "http://h/\\x",
    "http://h/%zz",
    "data:,x",
    5,
    null,
    new URL("http://h/a b"),
  ])("URL %s", async (url) => {
    const light = () => new LightRequest(url) as unknown as Request;
    expect(await shown(light)).toEqual(await shown(() => new NativeRequest(url as string)));
  });

  it("takes any combination of members alike, one request after another", async () => {
    const maybe = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
    const bodies = [
      () => null,
      () => "text",
      () => new Uint8Array([1]),
      () => new URLSearchParams("a=1"),
      () => new Blob(["b"]).stream(),
    ];
    const init = fc
      .record({
        method: maybe("get", "POST", "put", "HEAD", "PATCH", "trace", "a b"),
        headers: maybe<unknown>(
          { a: "1", "Content-Type": "x/y" },
          [
            ["b", "2"],
            ["b", "3"],
          ],
          [],
          null,
          new NativeHeaders({ c: "4" }),
        ),
        body: maybe(...bodies),
        mode: maybe("cors", "same-origin", "navigate", ""),
        cache: maybe("default", "only-if-cached", "reload"),
        redirect: maybe("follow", "manual", "error", "x"),
        credentials: maybe("omit", "include"),
        referrerPolicy: maybe("", "origin", "x"),
        keepalive: maybe<unknown>(true, false, 0, "x"),
        integrity: maybe<unknown>("", "sha256-x", 5),
        duplex: maybe("half"),
      })
      .map((members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)));
    const make = (Request: typeof NativeRequest, chain: Record<string, unknown>[]) => () => {
      let request: string | Request = "http://h/";
      for (const { body, ...rest } of chain) {
        const given = body === undefined ? rest : { ...rest, body: (body as () => unknown)() };
        request = new Request(request, given);
      }
      return request as Request;
    };
    // The standard keeps another request's policy when nothing is given; Node 24 forgets it.
    const source = new NativeRequest("http://h/", { referrerPolicy: "origin" });
    const keeps = new NativeRequest(source).referrerPolicy === "origin";
    await fc.assert(
      fc.asyncProperty(fc.array(init, { minLength: 1, maxLength: 3 }), async (chain) => {
        const copied = chain.length > 1 && Object.keys(chain.at(-1) ?? {}).length === 0;
        const compared = copied && !keeps ? { referrerPolicy: null } : {};
        const light = await shown(make(LightRequest as unknown as typeof NativeRequest, chain));
        const native = await shown(make(NativeRequest, chain));
        expect(Object.assign({}, light, compared)).toEqual(Object.assign({}, native, compared));
      }),
      { numRuns: 1500 },
    );
  });

  it("refuses an unsafe method in an inherited no-cors mode, as the standard has it and Node hasn't", () => {
    const first = new LightRequest("http://h/", { mode: "no-cors" });
    expect(() => new LightRequest(first, { method: "PATCH" })).toThrow(TypeError);
  });

  it("keeps another request's referrer unless something is given", () => {
    const first = new LightRequest("http://h/", { referrer: "http://r/", referrerPolicy: "origin" });
    const policy = (request: LightRequest) => (request as unknown as Request).referrerPolicy;
    expect([new LightRequest(first).referrer, policy(new LightRequest(first))]).toEqual(["http://r/", "origin"]);
    const other = new LightRequest(first, { method: "PUT" });
    expect([other.referrer, policy(other)]).toEqual(["about:client", ""]);
  });

  it("needs an argument", () => {
    expect(() => new (LightRequest as unknown as new () => unknown)()).toThrow(TypeError);
  });

  it("reads any bytes alike", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom("text", "json", "arrayBuffer", "blob", "formData"),
        async (body, how) => {
          const read = async (request: Request) => {
            try {
              const value: unknown = await request[how as "text"]();
              if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
              return value instanceof Blob ? [value.type, await value.text()] : String(value);
            } catch (error) {
              return (error as Error).name;
            }
          };
          const init = { method: "POST", body, headers: { "content-type": "Text/Plain; charset=utf-8" } };
          const light = await read(new LightRequest("http://h/", init) as unknown as Request);
          expect(light).toEqual(await read(new NativeRequest("http://h/", init as RequestInit)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads forms of both kinds", async () => {
    const form = new FormData();
    form.set("a", "1");
    form.set("file", new Blob(["content"]), "name.txt");
    for (const body of [form, new URLSearchParams({ a: "1" })]) {
      const read = await (new LightRequest("http://h/", { method: "POST", body }) as unknown as Request).formData();
      expect(read.get("a")).toBe("1");
    }
    const twice = new LightRequest("http://h/", { method: "POST", body: form });
    const file = (await twice.clone().formData()).get("file") as File;
    expect([file.name, await file.text()]).toEqual(["name.txt", "content"]);
    expect((await twice.formData()).get("a")).toBe("1");
  });

  it("hands its body to the request made of it", async () => {
    for (const Request of [LightRequest, NativeRequest] as (typeof NativeRequest)[]) {
      const first = new Request("http://h/", { method: "POST", body: "x" });
      const second = new Request(first);
      expect([first.bodyUsed, second.bodyUsed]).toEqual([true, false]);
      expect(first.body?.locked).toBe(true);
      expect(() => new Request(first)).toThrow(TypeError);
      expect(await second.text()).toBe("x");
      const third = new Request(new Request("http://h/", { method: "POST", body: "x" }), { body: "y" });
      expect(await third.text()).toBe("y");
    }
  });

  it("keeps its bytes apart from the caller's", async () => {
    for (const Request of [LightRequest, NativeRequest] as (typeof NativeRequest)[]) {
      const body = new Uint8Array([1, 2, 3]);
      const request = new Request("http://h/", { method: "POST", body });
      const copy = request.clone();
      body[0] = 9;
      const first = new Uint8Array(await request.arrayBuffer());
      first[1] = 9;
      expect([...new Uint8Array(await copy.arrayBuffer())]).toEqual([1, 2, 3]);
    }
  });

  it("treats a body that is being read alike", async () => {
    for (const Request of [LightRequest, NativeRequest] as (typeof NativeRequest)[]) {
      const request = new Request("http://h/", { method: "POST", body: "abc" });
      const reader = request.body?.getReader();
      expect(request.bodyUsed).toBe(false);
      await expect(request.text()).rejects.toThrow(TypeError);
      expect(() => request.clone()).toThrow(TypeError);
      const chunk = await reader?.read();
      expect(Buffer.from(chunk?.value as Uint8Array).toString()).toBe("abc");
      expect(request.bodyUsed).toBe(true);
      expect((await reader?.read())?.done).toBe(true);
      const spent = new Request("http://h/", { method: "POST", body: "abc" });
      await spent.text();
      expect(spent.body?.locked).toBe(true);
      const locked = new Blob(["x"]).stream();
      locked.getReader();
      const init = { method: "POST", body: locked, duplex: "half" } as RequestInit;
      expect(() => new Request("http://h/", init)).toThrow(TypeError);
      const empty = new Request("http://h/", { method: "POST" });
      expect([await empty.text(), await empty.text(), empty.bodyUsed]).toEqual(["", "", false]);
    }
  });

  it("follows the signal it was given", () => {
    for (const Request of [LightRequest, NativeRequest] as (typeof NativeRequest)[]) {
      const controller = new AbortController();
      const request = new Request("http://h/", { signal: controller.signal });
      const copy = new Request(request.clone());
      const free = new Request(request, { signal: null });
      controller.abort(new Error("stop"));
      expect([request.signal.aborted, copy.signal.aborted, free.signal.aborted]).toEqual([true, true, false]);
      expect((copy.signal.reason as Error).message).toBe("stop");
    }
  });

  it("can be extended and says what it is", () => {
    class Mine extends LightRequest {
      shout() {
        return this.method.toLowerCase();
      }
    }
    const mine = new Mine("http://h/", { method: "PUT" });
    expect([mine.shout(), mine instanceof LightRequest, LightRequest.name]).toEqual(["put", true, "Request"]);
    expect(String(mine)).toBe("[object Request]");
    const names: string[] = [];
    for (const name in mine) names.push(name);
    expect(names).toEqual(expect.arrayContaining(["method", "url", "headers", "body", "text"]));
    expect(() => Reflect.get(LightRequest.prototype, "method", {}) as unknown).toThrow(TypeError);
  });
});

describe("a request that arrived", () => {
  const arrived = (body: Body | null = null) =>
    arrivedRequest({
      method: "POST",
      url: "http://h/",
      headers: [
        ["a", "1"],
        ["a", "2"],
      ],
      body,
      signal: () => AbortSignal.abort(),
    });

  it("makes headers and signal on demand", () => {
    expect(arrived().headers.get("a")).toBe("1, 2");
    expect(arrived().signal.aborted).toBe(true);
    expect(arrived().clone().headers.get("a")).toBe("1, 2");
    expect(arrived().body).toBe(null);
  });

  it("gives bytes of their own, whatever the buffer behind them", async () => {
    const pooled = Buffer.from("hello");
    const buffer = await arrived(new Body(pooled)).arrayBuffer();
    expect(buffer.byteLength).toBe(5);
    const bytes = await arrived(new Body(pooled)).bytes();
    expect([bytes.constructor.name, bytes.buffer.byteLength]).toEqual(["Uint8Array", 5]);
  });

  it("gives a byte stream", async () => {
    const stream = arrived(new Body("hello")).body as ReadableStream<Uint8Array>;
    const reader = stream.getReader({ mode: "byob" });
    const { value } = await reader.read(new Uint8Array(3));
    expect(Buffer.from(value as Uint8Array).toString()).toBe("hel");
  });
});
