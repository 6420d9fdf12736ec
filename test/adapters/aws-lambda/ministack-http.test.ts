/** What answers http on ministack is what was deployed: at its address, through `invoke`, after each move of traffic. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { ListFunctionsCommand } from "@aws-sdk/client-lambda";
import type { HttpInvocation } from "fnpkg/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsTool, tool } from "../../emulators/tools.ts";
import { type Deployment, type Given, type Site, startSite } from "./ministack-site.ts";

let site: Site;

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

const call = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): HttpInvocation => ({
  type: "http",
  method,
  path,
  headers: Object.entries(headers),
  body,
});

/** Without fnpkg: ministack routes by the header `host`. */
async function fetched(url: string, { method, path, headers, body }: HttpInvocation): Promise<Answer> {
  const { hostname, port } = new URL(site.endpoint);
  const sent = { ...Object.fromEntries(headers), host: new URL(url).host, ...(body && { "content-length": body.byteLength }) };
  const outgoing = request({ hostname, port, method, path, headers: sent, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return shown({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
}

/** Without what is of the transport, or of the one call. */
function shown(answer: {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}): Answer {
  const own = answer.headers.filter(([name]) => !/^(x-amzn-|date$|connection$|content-length$|set-cookie$)/.test(name));
  return {
    status: answer.status,
    headers: Object.fromEntries(own),
    cookies: answer.headers.flatMap(([name, value]) => (name === "set-cookie" ? [value] : [])),
    body: Buffer.from(answer.body),
  };
}

async function invoked(fn: Deployment, invocation: HttpInvocation): Promise<Answer> {
  const answer = await fn.invoke(invocation);
  if (answer.type !== "http") throw new Error("no http answer");
  return shown(answer);
}

const says = (text: string, triggers?: Given["config"]): Given => ({
  code: `export default () => ({ body: ${JSON.stringify(text)} });`,
  signature: "{ type: http }",
  config: { triggers: [{ name: "web", type: "http", auth: "public" }], ...triggers },
});

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
      const answer = await fetched(url, invocation);
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
    expect(await fetched(String(url), call("GET", "/"))).toMatchObject({ status: 403 });
    expect(await invoked(fn, call("GET", "/"))).toMatchObject({ status: 200, body: Buffer.from("known") });
  });

  it("serves what was deployed last, what a rollback brings back, and nothing after destroy", async () => {
    const { iam, lambda, logs } = site.clients;
    const seen = async () => {
      const [functions, roles, groups] = await Promise.all([
        lambda.send(new ListFunctionsCommand({})),
        iam.send(new ListRolesCommand({})),
        logs.send(new DescribeLogGroupsCommand({})),
      ]);
      return [
        functions.Functions?.map(({ FunctionName: name }) => name),
        roles.Roles?.map(({ RoleName: name }) => name),
        groups.logGroups?.map(({ logGroupName: name }) => name),
      ];
    };
    const before = await seen();
    const fn = await site.function("moved", says("one"));
    const first = await fn.deploy();
    const text = async () => (await invoked(fn, call("GET", "/"))).body.toString();
    expect(await text()).toBe("one");
    expect(await fn.deploy()).toEqual(first);
    expect(await fn.versions()).toMatchObject([{ version: "1", traffic: 1 }]);

    fn.edit(says("two"));
    const second = await fn.deploy();
    expect(second.url).toBe(first.url);
    expect(second.packageDigest).not.toBe(first.packageDigest);
    expect(await text()).toBe("two");
    expect(await fn.rollback()).toMatchObject({ packageDigest: first.packageDigest, url: first.url });
    expect(await text()).toBe("one");
    expect(await fn.versions()).toMatchObject([
      { version: "2", traffic: 0 },
      { version: "1", traffic: 1 },
    ]);
    expect(await fn.deploy()).toMatchObject({ packageDigest: second.packageDigest });
    expect(await text()).toBe("two");
    expect(await fn.status()).toMatchObject({ state: "ready", drift: [] });

    expect(await fn.destroy()).toMatchObject({ resources: [] });
    expect(await seen()).toEqual(before);
    expect(await fetched(String(first.url), call("GET", "/"))).toMatchObject({ status: 404 });
    await expect(fn.invoke(call("GET", "/"))).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });
});
