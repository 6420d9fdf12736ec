import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { installRequest, LightRequest } from "../../src/runtime/index.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/redirect") return response.writeHead(307, { location: "/after" }).end();
    const { method, url, headers } = request;
    return response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
});
let origin = "";

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  installRequest();
  installRequest();
});
afterAll(() => server.close());

const echo = async (input: string | Request, init?: RequestInit) => (await (await fetch(input, init)).json()) as Echo;

describe("fetch with the light Request as the global one", () => {
  it("sends a request with all it has", async () => {
    expect(Request).toBe(LightRequest);
    const request = new Request(`${origin}/x?y`, { method: "POST", headers: { "x-a": "1" }, body: "text" });
    const { method, url, headers, body } = await echo(request);
    expect([method, url, headers["x-a"], body]).toEqual(["POST", "/x?y", "1", "text"]);
    expect([headers["content-type"], headers["content-length"]]).toEqual(["text/plain;charset=UTF-8", "4"]);
    expect(request.bodyUsed).toBe(true);
    await expect(fetch(request)).rejects.toThrow(TypeError);
  });

  it("takes init over the request, plain URLs and light headers", async () => {
    const request = new Request(`${origin}/`, { method: "PUT", body: "a", headers: { a: "1" } });
    const changed = await echo(request, { method: "POST", headers: { b: "2" }, body: "b" });
    expect([changed.method, changed.headers["a"], changed.headers["b"], changed.body]).toEqual(["POST", undefined, "2", "b"]);
    expect((await echo(origin, { headers: request.headers })).headers["a"]).toBe("1");
    expect((await echo(`${origin}/`, { method: "DELETE" })).method).toBe("DELETE");
  });

  it("sends streams, forms and blobs", async () => {
    const stream = new Request(origin, { method: "POST", body: new Blob(["str"]).stream(), duplex: "half" });
    expect((await echo(stream)).body).toBe("str");
    expect((await echo(new Request(origin, { method: "POST", body: new Blob(["blob"], { type: "a/b" }) }))).body).toBe("blob");
    const form = new FormData();
    form.set("key", "value");
    const sent = await echo(new Request(origin, { method: "POST", body: form }));
    const boundary = /boundary=(.*)/.exec(sent.headers["content-type"] ?? "")?.[1];
    expect(sent.body).toContain(`--${boundary}`);
  });

  it("follows redirects as told, with the body again", async () => {
    const make = (redirect: "follow" | "manual" | "error") =>
      new Request(`${origin}/redirect`, { method: "POST", body: "again", redirect });
    expect(await echo(make("follow"))).toMatchObject({ method: "POST", url: "/after", body: "again" });
    expect((await fetch(make("manual"))).status).toBe(307);
    await expect(fetch(make("error"))).rejects.toThrow(TypeError);
  });

  it("is aborted by the request's signal", async () => {
    const controller = new AbortController();
    controller.abort(new Error("stop"));
    await expect(fetch(new Request(origin, { signal: controller.signal }))).rejects.toThrow("stop");
  });
});
