import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, test, vi } from "vitest";
import { defineConfig } from "../../src/config/define.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { FnpkgError } from "../../src/errors.ts";
import { failure, folder, HEAD, load, WEB, written } from "./setup.ts";

const run = promisify(execFile);

describe("files", () => {
  test("YAML gives the document, the file's folder and lines", async () => {
    const loaded = await load(`${HEAD}memory: 1Gi\n`);
    expect(loaded.document).toMatchObject({ function: "hello", memory: "1Gi" });
    expect(loaded.base).toBe(folder);
    expect(loaded.line("/memory")).toBe(5);
  });
  test("base is the caller's when given", async () => {
    expect((await load(HEAD, { base: "/srv/x" })).base).toBe("/srv/x");
  });
  test("JSON gives the same, tabs included", async () => {
    const file = written('{\n\t"specVersion": "1.0",\n\t"memory": "1Gi"\n}\n', "c.json");
    const loaded = await loadConfig(file);
    expect(loaded.document).toEqual({ specVersion: "1.0", memory: "1Gi" });
    expect(loaded.line("/memory")).toBe(3);
  });
  test("a file address is a file", async () => {
    expect((await loadConfig(pathToFileURL(written(HEAD)))).document).toMatchObject({ function: "hello" });
  });
  test("a byte order mark and CRLF are read", async () => {
    expect((await load(`\uFEFF${HEAD.replaceAll("\n", "\r\n")}`)).document).toMatchObject({ function: "hello" });
  });
  test.each([
    ["a missing file", () => join(folder, "absent.yaml"), "E_NOT_FOUND"],
    ["a missing TypeScript file", () => join(folder, "absent.ts"), "E_NOT_FOUND"],
    ["a path through a file", () => join(written(HEAD), "x.yaml"), "E_NOT_FOUND"],
    ["a folder", () => folder, "E_NOT_FOUND"],
    ["another protocol", () => new URL("https://example.com/c.ts"), "E_NOT_FOUND"],
    ["more than 1 MiB", () => written(`x: ${"a".repeat(1024 * 1024)}`), "E_LIMIT"],
    ["UTF-16", () => written(Buffer.from(`\uFEFF${HEAD}`, "utf16le")), "E_YAML"],
    ["broken UTF-8", () => written(Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe])), "E_YAML"],
    ["a comment in JSON", () => written('{ "a": 1 } # x', "c.json"), "E_YAML"],
    ["a trailing comma in JSON", () => written('{ "a": 1, }', "c.json"), "E_YAML"],
    ["a duplicate key in JSON", () => written('{ "a": 1, "a": 2 }', "c.json"), "E_YAML"],
    ["__proto__ in JSON", () => written('{ "a": { "__proto__": {} } }', "c.json"), "E_KEY"],
  ] as const)("%s is %s", async (_, source, code) => {
    const error = await failure(() => loadConfig(source()));
    expect(error.code).toBe(code);
    expect(error.hint).not.toBe("");
  });
  test("broken JSON is never quoted", async () => {
    const file = written('{ "env": { "TOKEN": "s3cr3t-value", } }', "c.json");
    expect(JSON.stringify(await failure(() => loadConfig(file)))).not.toContain("s3cr3t");
  });
});

describe("objects", () => {
  test("an object, and a function with stage and target", async () => {
    const config = defineConfig({
      specVersion: "1.0",
      kind: "FunctionConfig",
      function: "hello",
      package: { name: "acme/hello" },
    });
    expect((await loadConfig(config)).document).toEqual(config);
    const made = defineConfig(({ stage, target }) => ({ ...config, description: `${stage} ${target}` }));
    expect((await loadConfig(made, { stage: "dev", target: "local" })).document).toMatchObject({ description: "dev local" });
  });
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const shared = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], "x");
  test.each<[string, unknown, string, string]>([
    ["a function inside", { env: { A: () => "x" } }, "E_SCHEMA", "/env/A"],
    ["undefined", { memory: undefined }, "E_SCHEMA", "/memory"],
    ["NaN", { cpu: Number.NaN }, "E_SCHEMA", "/cpu"],
    ["Infinity", { cpu: Number.POSITIVE_INFINITY }, "E_SCHEMA", "/cpu"],
    ["a bigint", { cpu: 1n }, "E_SCHEMA", "/cpu"],
    ["a symbol", { cpu: Symbol("x") }, "E_SCHEMA", "/cpu"],
    ["a date", { tags: { at: new Date(0) } }, "E_SCHEMA", "/tags/at"],
    ["a map", { tags: new Map() }, "E_SCHEMA", "/tags"],
    ["a hole in a list", { triggers: Array.from({ length: 1 }).concat(Array(1)) }, "E_SCHEMA", "/triggers/0"],
    ["half a surrogate pair", { description: "\uD800" }, "E_SCHEMA", "/description"],
    ["a number beyond 2^53-1", { cpu: 2 ** 53 }, "E_SCHEMA", "/cpu"],
    ["__proto__ as an own key", JSON.parse('{ "tags": { "__proto__": 1 } }'), "E_KEY", "/tags/__proto__"],
    ["constructor as a key", { tags: { constructor: "x" } }, "E_KEY", "/tags/constructor"],
    ["more than 1 MiB", { description: "x".repeat(1024 * 1024) }, "E_LIMIT", ""],
  ])("%s is refused", async (_, value, code, pointer) => {
    const error = await failure(() => loadConfig(value as Record<string, unknown>));
    expect(error.code).toBe(code);
    expect(error.problems[0]?.pointer).toBe(pointer);
  });
  test("cycles and shared trees end", async () => {
    expect((await failure(() => loadConfig(cyclic))).code).toBe("E_SCHEMA");
    expect(["E_LIMIT", "E_SCHEMA"]).toContain((await failure(() => loadConfig({ shared }))).code);
  });
  test("a getter that throws is a plain failure", async () => {
    const error = await failure(() =>
      loadConfig({
        get env(): never {
          throw new Error("no");
        },
      }),
    );
    expect(error.code).toBe("E_SCHEMA");
  });
  test("every member that JSON can't hold is listed", async () => {
    const error = await failure(() => loadConfig({ a: undefined, b: [Number.NaN], c: () => 1 }));
    expect(error.problems.map(({ pointer }) => pointer)).toEqual(["/a", "/b/0", "/c"]);
  });
});

describe("a function that never answers", () => {
  test("is given up after a minute, with the file", async () => {
    vi.useFakeTimers();
    try {
      const given = failure(() => loadConfig(() => new Promise<never>(() => {})));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await given).toMatchObject({ code: "E_TIMEOUT", message: expect.stringContaining("60 s") as string });
    } finally {
      vi.useRealTimers();
    }
  });
  test("one that fails for want of a target is told so", async () => {
    const upper = ({ target }: { target?: string }) => ({ description: (target as string).toUpperCase() });
    expect((await failure(() => loadConfig(upper as never))).hint).toContain("No target was named");
  });
});

describe("TypeScript", () => {
  /** The loader as one file, run by Node itself: the test runner would read TypeScript on its own. */
  const loader = (async () => {
    const file = join(folder, "loader.mjs");
    await build({
      stdin: {
        contents: `import { loadConfig } from "./src/config/load.ts";
          const [file, stage, target] = process.argv.slice(2);
          try { const { document, file: named } = await loadConfig(file, { stage, target }); console.log(JSON.stringify({ document, named })); }
          catch (error) { console.log(JSON.stringify({ error: error.toJSON?.() ?? { code: "?", message: String(error.stack) } })); }`,
        resolveDir: process.cwd(),
      },
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      external: ["esbuild"],
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      logLevel: "error",
    });
    return file;
  })();
  const evaluate = async (
    source: string,
    name = "c.ts",
  ): Promise<{ document?: Record<string, unknown>; error?: ReturnType<FnpkgError["toJSON"]> }> => {
    const { stdout } = await run(
      process.execPath,
      ["--preserve-symlinks", await loader, written(source, name), "dev", "aws-lambda"],
      { cwd: process.cwd() },
    );
    return JSON.parse(stdout.trim()) as { document?: Record<string, unknown> };
  };
  // Packages are found from where the loader lies.
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "shared.ts"), "export const memory: string = '1Gi';");
  const link = (async () => {
    const { symlink } = await import("node:fs/promises");
    for (const name of ["esbuild", "@esbuild"])
      await symlink(join(process.cwd(), "node_modules", name), join(folder, "node_modules", name)).catch(() => undefined);
  })();

  test("types, imports and the function form", async () => {
    await link;
    const { document } = await evaluate(`import { defineConfig } from "fnpkg";
      import { memory } from "./shared.ts";
      interface Cx { stage?: string; target?: string }
      export default defineConfig(({ stage, target }: Cx) => ({ specVersion: "1.0", memory, description: stage + " " + target }));`);
    expect(document).toEqual({ specVersion: "1.0", memory: "1Gi", description: "dev aws-lambda" });
  });
  test("JavaScript is read by Node itself", async () => {
    const { document } = await evaluate("export default async ({ stage }) => ({ description: stage });", "c.mjs");
    expect(document).toEqual({ description: "dev" });
  });
  test.each([
    ["a syntax error, with its line", "export default {\n  a: ,\n};", "E_SCHEMA", 2],
    ["code that throws", "throw new Error('boom');\nexport default {};", "E_SCHEMA", undefined],
    ["a function that throws", "export default () => { throw new Error('boom'); };", "E_SCHEMA", undefined],
    ["no default export", "export const config = {};", "E_SCHEMA", undefined],
    ["an import that is not there", "import './absent.ts';\nexport default {};", "E_SCHEMA", 1],
    ["a result that is no JSON", "export default { env: { A: () => 1 } };", "E_SCHEMA", undefined],
  ] as const)("%s is one clear failure", async (_, source, code, line) => {
    await link;
    const { error } = await evaluate(source);
    expect(error?.code).toBe(code);
    expect(error?.problems[0]?.line).toBe(line);
    expect(error?.message).not.toContain("data:");
  });
  test("without esbuild Node's own type stripping does, else the package is named", async () => {
    const file = join(folder, "alone");
    mkdirSync(file, { recursive: true });
    const { copyFile } = await import("node:fs/promises");
    await copyFile(await loader, join(file, "loader.mjs"));
    const config = written("export default {};", "c.mts");
    const { stdout } = await run(process.execPath, [
      "--import",
      `data:text/javascript,import { register } from "node:module"; register("data:text/javascript,export async function resolve(s, c, n) { if (s === 'esbuild') throw new Error('absent'); return n(s, c); }");`,
      join(file, "loader.mjs"),
      config,
    ]);
    const { error, document } = JSON.parse(stdout.trim()) as { error?: { code: string; hint: string }; document?: unknown };
    if ((process.features as { typescript?: unknown }).typescript) {
      expect(document).toEqual({});
      return;
    }
    expect(error?.code).toBe("E_PEER");
    expect(error?.hint).toContain("npm install --save-dev esbuild");
  });
});

test("a document with a web trigger loads from disk as written", async () => {
  expect((await load(HEAD + WEB)).document).toMatchObject({ triggers: [{ name: "web", type: "http" }] });
});
