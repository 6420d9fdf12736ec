import { describe, expect, test } from "vitest";
import type { SourceFile } from "../../../src/profiles/profile.ts";
import { checkEntry } from "../../../src/profiles/nodejs/entry.ts";

const sources = (files: Readonly<Record<string, string>>): SourceFile[] =>
  Object.entries(files).map(([path, text]) => ({
    path: `function/${path}`,
    executable: false,
    from: { bytes: Buffer.from(text) },
  }));

const check = (entryPoint: unknown, files: Readonly<Record<string, string>>) => checkEntry(entryPoint, sources(files));
const errors = async (entryPoint: unknown, files: Readonly<Record<string, string>>) =>
  (await check(entryPoint, files)).problems.map(({ code, severity, pointer }) =>
    `${code} ${severity ?? "error"} ${pointer ?? ""}`.trim(),
  );

describe("entry points", () => {
  test.each([
    ["a default export", "default", { "index.mjs": "export default () => 1" }],
    ["a default by name", "default", { "index.mjs": "const f = 1; export { f as default }" }],
    ["a declaration", "handler", { "index.mjs": "export async function handler() {}" }],
    ["a destructured constant", "b", { "index.mjs": "export const { a, x: b } = {}" }],
    ["a class", "H", { "index.mjs": "export class H {}" }],
    ["a renamed re-export", "h", { "index.mjs": 'export { x as h } from "somewhere"' }],
    ["a namespace", "ns", { "index.mjs": 'export * as ns from "somewhere"' }],
    ["the first segment of a dotted name", "routes.create", { "index.mjs": "export const routes = {}" }],
    [
      "a star's neighbour",
      "h",
      { "index.mjs": 'export * from "./lib/a.mjs"', "lib/a.mjs": 'export * from "../b.mjs"', "b.mjs": "export const h = 1" },
    ],
  ])("ES module: %s", async (_, name, files) => {
    expect(await check({ module: "index.mjs", export: name }, files)).toEqual({
      entryPoint: { module: "index.mjs", export: name },
      problems: [],
    });
  });

  test.each([
    ["exports.x", "h", { "index.cjs": "exports.h = () => 1" }],
    ["module.exports as default", "default", { "index.cjs": "module.exports = () => 1" }],
    ["an object literal", "b", { "index.cjs": "module.exports = { a, b }" }],
    [
      "defineProperty",
      "h",
      { "index.cjs": 'Object.defineProperty(exports, "h", { enumerable: true, get: function () { return q.h; } })' },
    ],
    ["a re-exporting require", "h", { "index.cjs": 'module.exports = require("./a")', "a.js": "exports.h = 1" }],
  ])("CommonJS: %s", async (_, name, files) => {
    expect((await check({ module: "index.cjs", export: name }, files)).problems).toEqual([]);
  });

  test("the nearest package.json decides for .js", async () => {
    const module = { "package.json": '{"type":"module"}', "lib/index.js": "export const h = 1" };
    expect(await errors({ module: "lib/index.js", export: "h" }, module)).toEqual([]);
    expect(
      await errors(
        { module: "lib/index.js", export: "h" },
        { ...module, "lib/package.json": "{}", "lib/index.js": "exports.h = 1" },
      ),
    ).toEqual([]);
    expect(await errors({ module: "lib/index.js", export: "h" }, { ...module, "package.json": "{}" })).toEqual([
      "E_ENTRY_POINT warning",
    ]);
  });

  test("contract is left out where it is the default; a missing export means default", async () => {
    const files = { "index.mjs": "export default 1" };
    expect((await check({ contract: "handler", module: "index.mjs" }, files)).entryPoint).toEqual({ module: "index.mjs" });
    expect((await check({ contract: "server", module: "index.mjs" }, { "index.mjs": "listen()" })).entryPoint).toEqual({
      contract: "server",
      module: "index.mjs",
    });
    expect(await errors({ module: "index.mjs" }, { "index.mjs": "export const a = 1" })).toEqual([
      "E_ENTRY_POINT error /entryPoint/export",
    ]);
  });

  test("what isn't there is E_ENTRY_POINT, with the nearest name", async () => {
    const { problems } = await check({ module: "indx.mjs", export: "default" }, { "index.mjs": "" });
    expect(problems).toMatchObject([
      {
        code: "E_ENTRY_POINT",
        pointer: "/entryPoint/module",
        message: expect.stringContaining('did you mean "index.mjs"') as string,
      },
    ]);
    const typo = await check({ module: "index.mjs", export: "handlr" }, { "index.mjs": "export const handler = 1" });
    expect(typo.problems).toMatchObject([
      {
        code: "E_ENTRY_POINT",
        pointer: "/entryPoint/export",
        message: expect.stringContaining('did you mean "handler"') as string,
      },
    ]);
    expect(await errors(undefined, {})).toEqual(["E_ENTRY_POINT error /entryPoint"]);
    for (const module of ["./index.mjs", "../index.mjs", "/index.mjs", "a/../index.mjs", "data.json"]) {
      expect(await errors({ module }, { "index.mjs": "export default 1", "data.json": "{}" })).toEqual([
        "E_ENTRY_POINT error /entryPoint/module",
      ]);
    }
  });

  test.each(["src/index.ts", "index.tsx", "index.mts", "index.jsx"])(
    "%s without a build is E_ENTRY_POINT that names `build`",
    async (module) => {
      const { problems } = await check({ module }, { [module]: "export default 1" });
      expect(problems).toMatchObject([
        { code: "E_ENTRY_POINT", hint: expect.stringContaining(`build: { entry: ${module} }`) as string },
      ]);
    },
  );

  test("what can't be told is a warning", async () => {
    expect(await errors({ module: "index.mjs", export: "h" }, { "index.mjs": 'export * from "some-package"' })).toEqual([
      "E_ENTRY_POINT warning /entryPoint/export",
    ]);
    expect(await errors({ module: "index.cjs", export: "h" }, { "index.cjs": "module.exports = make({ h: 1 })" })).toEqual([
      "E_ENTRY_POINT warning /entryPoint/export",
    ]);
    expect(await errors({ module: "index.cjs", export: "h" }, { "index.cjs": "module.exports = make()" })).toEqual([
      "E_ENTRY_POINT error /entryPoint/export",
    ]);
    expect(
      await errors(
        { module: "index.mjs", export: "default" },
        { "index.mjs": 'export * from "./a.mjs"', "a.mjs": "export default 1" },
      ),
    ).toEqual(["E_ENTRY_POINT error /entryPoint/export"]);
  });

  test("what can't be parsed is E_ENTRY_POINT with its line", async () => {
    const { problems } = await check({ module: "index.mjs" }, { "index.mjs": "const a = 1;\nexport { a as" });
    expect(problems).toMatchObject([{ code: "E_ENTRY_POINT", file: "function/index.mjs", line: 2 }]);
    expect(await errors({ module: "index.cjs" }, { "index.cjs": "export default 1" })).toEqual(["E_ENTRY_POINT error"]);
  });

  test("a wrong shape is told field by field", async () => {
    expect(await errors({ module: "index.mjs", exprt: "x" }, { "index.mjs": "" })).toEqual([
      "E_UNKNOWN_FIELD error /entryPoint/exprt",
    ]);
    expect(await errors({ module: 1 }, {})).toEqual(["E_SCHEMA error /entryPoint/module"]);
  });
});
