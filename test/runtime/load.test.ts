import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";

import { load } from "../../src/runtime/index.ts";
import type { Context, EntryPoint } from "../../src/runtime/index.ts";

const folder = mkdtempSync(join(tmpdir(), "fnpkg-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function module(source: string, extension = "mjs"): string {
  const path = join(folder, `m${count++}.${extension}`);
  writeFileSync(path, source);
  return path;
}

const context = { env: { A: "1" } } as unknown as Context;

async function called(source: string, exportName = "default", extension = "mjs", type: EntryPoint["type"] = "http") {
  const handler = await load({ module: module(source, extension), export: exportName, type });
  return handler("in", context);
}

describe("load", () => {
  it("finds named, default and nested exports", async () => {
    expect(await called("export default (x) => x + 1")).toBe("in1");
    expect(await called("export const handler = (x) => x + 2", "handler")).toBe("in2");
    expect(await called("export const api = { v1: { get(x) { return this.n + x }, n: 3 } }", "api.v1.get")).toBe("3in");
    expect(await called("class A { #n = 4; run(x) { return x + this.#n } } export const a = new A()", "a.run")).toBe("in4");
  });

  it("finds what CommonJS and transpilers make of them", async () => {
    expect(await called("module.exports = (x) => x + 1", "default", "cjs")).toBe("in1");
    expect(await called("const o = {}; o.handler = (x) => x + 2; module.exports = o", "handler", "cjs")).toBe("in2");
    expect(
      await called(
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = (x) => x + 3",
        "default",
        "cjs",
      ),
    ).toBe("in3");
    expect(await called("module.exports = { api: { get: (x) => x + 4 } }", "api.get", "cjs")).toBe("in4");
  });

  it("takes an object with fetch for http only", async () => {
    const source = "export default { n: 1, fetch(request, env, ctx) { return [request, env.A, ctx.env.A, this.n] } }";
    expect(await called(source)).toEqual(["in", "1", "1", 1]);
    await expect(called(source, "default", "mjs", "cloudevent")).rejects.toMatchObject({ code: "E_HANDLER" });
    expect(await called("class W { fetch(r) { return r } } export default new W()")).toBe("in");
  });

  it("takes a URL as well as a path", async () => {
    const path = module("export default () => 1");
    expect(await load({ module: pathToFileURL(path), export: "default", type: "http" })).toBeTypeOf("function");
    expect(await load({ module: pathToFileURL(path).href, export: "default", type: "http" })).toBeTypeOf("function");
  });

  it("takes a path with what a URL gives a meaning to", async () => {
    const odd = join(folder, "a #b?c%20d ü");
    mkdirSync(odd);
    writeFileSync(join(odd, "m.mjs"), "export const handler = (x) => x + 1");
    const outfile = join(folder, "load.mjs");
    await build({ entryPoints: ["src/runtime/load.ts"], bundle: true, format: "esm", platform: "node", outfile });
    const script = `import { load } from ${JSON.stringify(pathToFileURL(outfile).href)};
      const handler = await load({ module: ${JSON.stringify(join(odd, "m.mjs"))}, export: "handler", type: "http" });
      console.log(handler("in", {}));`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script]).toString()).toBe("in1\n");
  });

  it("loads once", async () => {
    const path = module("globalThis.loads = (globalThis.loads ?? 0) + 1; export default () => globalThis.loads");
    const entry: EntryPoint = { module: path, export: "default", type: "http" };
    await load(entry);
    expect((await load(entry))("", context)).toBe(1);
  });

  it.each([
    ["no such module", "", "E_ENTRY_POINT", /absent\.mjs/],
    ["no such export", "export const a = 1, b = 2", "E_ENTRY_POINT", /export handler .* exports a, b/],
    ["no exports", "", "E_ENTRY_POINT", /exports nothing/],
    ["what every object has", "export default {}", "E_ENTRY_POINT", /toString/],
    ["a number", "export const handler = 5", "E_HANDLER", /is a number; a function or an object with fetch/],
    ["null", "export const handler = null", "E_HANDLER", /is null/],
    ["a class", "export class handler {}", "E_HANDLER", /is a class/],
    ["a generator", "export function* handler() {}", "E_HANDLER", /is a generator/],
    ["an asynchronous generator", "export async function* handler() {}", "E_HANDLER", /is a generator/],
    ["a module that throws", "throw new Error('boom')", "E_HANDLER", /boom/],
    ["a syntax error", "export const =", "E_HANDLER", /m\d+\.mjs/],
    ["a missing dependency", "import 'not-a-package-at-all'", "E_ENTRY_POINT", /not-a-package-at-all/],
  ])("says what is wrong: %s", async (name, source, code, message) => {
    const path = name === "no such module" ? join(folder, "absent.mjs") : module(source);
    const exportName = name === "what every object has" ? "toString" : "handler";
    const failure = load({ module: path, export: exportName, type: "http" });
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});
