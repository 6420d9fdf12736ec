import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "fnpkg-cold-"));
const bundle = join(folder, "runtime.mjs");

beforeAll(async () => {
  await build({ entryPoints: ["src/runtime/index.ts"], bundle: true, format: "esm", platform: "node", outfile: bundle });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a handler once in a fresh process; says whether Node's own Fetch objects were loaded by it. */
function run(handler: string): { status: number; body: string; loaded: boolean } {
  const script = `
    import { createFunction, pickHandler } from ${JSON.stringify(pathToFileURL(bundle).href)};
    const handler = pickHandler({ default: ${handler} }, { module: "m", export: "default", type: "http" });
    const fn = createFunction({ handler, signature: { type: "http" }, function: {}, target: {}, timeoutMs: 9000 });
    const headers = [["content-type", "application/json"], ["x-a", "1"]];
    const { status, body } = await fn.http({ method: "POST", url: "https://h/x", headers, body: '{"a":1}' });
    const loaded = process.moduleLoadList.some((name) => name.includes("undici/undici"));
    console.log(JSON.stringify({ status, body: typeof body === "string" ? body : Buffer.from(body).toString(), loaded }));`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script]).toString()) as ReturnType<typeof run>;
}

describe("a first call", () => {
  it("doesn't load Node's own Fetch objects for a plain handler", () => {
    const handler = `async (request) => {
      const copy = new Request(request.clone(), { headers: [...request.headers] });
      copy.headers.append("x-b", "2");
      return { body: [request.method, request.url, await request.text(), (await copy.json()).a, copy instanceof Request].join() };
    }`;
    expect(run(handler)).toEqual({ status: 200, body: 'POST,https://h/x,{"a":1},1,true', loaded: false });
  });

  it("loads them when the handler uses them", () => {
    const handler = `(request) => new Response(String(request.headers instanceof Headers))`;
    expect(run(handler)).toEqual({ status: 200, body: "true", loaded: true });
  });
});
