/** What answers http on ministack is what was deployed: at its address, and through `invoke`. */
import type { HttpInvocation } from "fnpkg/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsTool, tool } from "../../emulators/tools.ts";
import { type Answer, call, fetched, invoked, says } from "./ministack-call.ts";
import { type Site, startSite } from "./ministack-site.ts";

let site: Site;

describe.skipIf(tool("ministack") === undefined)(`http on ministack${needsTool("ministack")}`, () => {
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it("answers at the function's address, and through invoke just so", async () => {
    const fn = await site.function("echo", {
      code: `
        export default async (request, context) => {
          const { pathname, search, searchParams } = new URL(request.url);
          context.log.info("asked", { pathname });
          if (pathname === "/a/throw") throw new Error("not for callers");
          if (pathname === "/a/bytes") return new Response(await request.arrayBuffer(), { status: 203, headers: { "content-type": "image/png" } });
          if (pathname === "/a/none") return new Response(null, { status: 204, headers: { "x-own": "1" } });
          return {
            status: 201,
            headers: { "content-type": "application/json", "set-cookie": ["a=1; Path=/", "b=2"] },
            body: JSON.stringify({
              method: request.method, pathname, search, all: searchParams.getAll("q"),
              cookie: request.headers.get("cookie"), own: request.headers.get("x-own"), body: await request.text(),
              package: context.function.name, target: context.target,
            }),
          };
        };`,
      signature: "{ type: http }",
      config: {
        triggers: [{ name: "web", type: "http", path: "/a/{rest*}", methods: ["GET", "POST", "PUT"], auth: "public" }],
      },
    });
    const { url } = await fn.deploy();
    if (typeof url !== "string") throw new Error("it has no url");
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128]);
    const both = async (invocation: HttpInvocation): Promise<Answer> => {
      const answer = await fetched(site.endpoint, url, invocation);
      expect(await invoked(fn, invocation)).toEqual(answer);
      return answer;
    };

    const got = await both(call("GET", "/a/x%20y?q=1&q=%26%2B&e=", { cookie: "k=v; l=w", "x-own": "own" }));
    expect(got).toMatchObject({ status: 201, headers: { "content-type": "application/json" }, cookies: ["a=1; Path=/", "b=2"] });
    expect(JSON.parse(got.body.toString())).toEqual({
      method: "GET",
      pathname: "/a/x%20y",
      search: "?q=1&q=%26%2B&e=",
      all: ["1", "&+"],
      cookie: "k=v; l=w",
      own: "own",
      body: "",
      package: "echo",
      target: { name: "aws-lambda", region: "eu-west-1" },
    });
    const posted = await both(call("POST", "/a/x", { "content-type": "text/plain; charset=utf-8" }, Buffer.from("größe")));
    expect(JSON.parse(posted.body.toString())).toMatchObject({ method: "POST", search: "", body: "größe" });
    expect(await both(call("PUT", "/a/bytes", { "content-type": "image/png" }, bytes))).toMatchObject({
      status: 203,
      headers: { "content-type": "image/png" },
      body: bytes,
    });
    expect(await both(call("GET", "/a/none"))).toMatchObject({ status: 204, headers: { "x-own": "1" }, body: Buffer.alloc(0) });
    const plain = (text: string) => ({ headers: { "content-type": "text/plain;charset=UTF-8" }, body: Buffer.from(text) });
    expect(await both(call("GET", "/a/throw"))).toMatchObject({ status: 500, ...plain("internal server error\n") });
    expect(await both(call("GET", "/b"))).toMatchObject({ status: 404, ...plain("not found\n") });
    expect(await both(call("DELETE", "/a/x"))).toMatchObject({ status: 405, headers: { allow: "GET, POST, PUT" } });

    const lines = (await fn.logged()).filter(({ invocationId }) => invocationId !== undefined);
    expect(lines).toContainEqual(expect.objectContaining({ level: "info", message: "asked", pathname: "/a/bytes" }));
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "error", code: "E_HANDLER", message: "the handler threw: not for callers" }),
    );
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("lets in who may call: requests that are signed, and no others", async () => {
    const fn = await site.function("known", says("known", { triggers: [{ name: "web", type: "http", auth: "identity" }] }));
    const { url } = await fn.deploy();
    expect(await fetched(site.endpoint, String(url), call("GET", "/"))).toMatchObject({ status: 403 });
    expect(await invoked(fn, call("GET", "/"))).toMatchObject({ status: 200, body: Buffer.from("known") });
  });

  it("answers behind an HTTP API", async () => {
    const fn = await site.function("gate", {
      ...says(""),
      code: `export default async (request) => {
        const { pathname, search } = new URL(request.url);
        const headers = { "content-type": "application/octet-stream", "set-cookie": ["a=1", "b=2"], "x-own": pathname + search };
        return { status: 207, headers, body: new Uint8Array(await request.arrayBuffer()) };
      };`,
      section: { http: "api-gateway" },
    });
    const { url } = await fn.deploy();
    const bytes = Buffer.from([0, 255, 254, 10]);
    const invocation = call("PUT", "/a%20b/c?q=1&q=%26", { "content-type": "application/octet-stream" }, bytes);
    const answer = await invoked(fn, invocation);
    expect(answer).toMatchObject({
      status: 207,
      cookies: ["a=1", "b=2"],
      headers: { "x-own": "/a%20b/c?q=1&q=%26" },
      body: bytes,
    });
    expect(await fetched(site.endpoint, String(url), invocation)).toEqual(answer);
  });
});
