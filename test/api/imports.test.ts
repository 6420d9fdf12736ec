/** What importing the library loads, asked of Node itself in a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const temp = mkdtempSync(join(tmpdir(), "fnpkg-api-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Every module that `script` loads: through a loader hook, and what `require` took. */
function loadedBy(script: string): string[] {
  const hook = join(temp, "hook.mjs");
  writeFileSync(
    hook,
    'import { writeSync } from "node:fs";\nexport async function load(url, context, next) {\n  writeSync(2, `${url}\\n`);\n  return next(url, context);\n}\n',
  );
  const before = `import { createRequire, register } from "node:module"; register(${JSON.stringify(pathToFileURL(hook).href)});`;
  const after = `for (const path of Object.keys(createRequire(import.meta.url).cache)) process.stderr.write(path + "\\n"); process.exit(0);`;
  const main = join(temp, "main.mjs");
  writeFileSync(main, `${before}\n${script}\n${after}\n`);
  const ran = spawnSync(process.execPath, ["--no-warnings", main], { cwd: temp, encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stderr.split("\n").filter((line) => line.includes("/"));
}

const door = JSON.stringify(pathToFileURL(join(dist, "src/index.js")).href);
const heavy = /node_modules\/(zod|yaml|esbuild|semver|croner|picomatch|tar-stream|@aws-sdk|@smithy|@google-cloud|@azure)\//;

describe("importing fnpkg", () => {
  it("loads no vendor SDK, no schema library, no YAML parser, no bundler and no adapter", () => {
    const loaded = loadedBy(`await import(${door});`);
    expect(loaded.some((url) => url.endsWith("/dist/src/index.js"))).toBe(true);
    expect(loaded.filter((url) => heavy.test(url) || /\/adapters\/[^/]+\//.test(url))).toEqual([]);
  });

  it("prints nothing and starts nothing that keeps a program alive", () => {
    const ran = spawnSync(process.execPath, ["--input-type=module", "-e", `await import(${door});`], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "", ""]);
  });

  it("the hook sees what is loaded later", () => {
    const loaded = loadedBy(
      `const { check } = await import(${door}); await check({ package: "none", config: "none" }).catch(() => {});`,
    );
    expect(loaded.some((url) => heavy.test(url))).toBe(true);
  });
});
