/** What importing a door loads, and that names agree everywhere. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadTarget, targetNames } from "../../adapters/index.ts";
import manifest from "../../package.json" with { type: "json" };
import { root } from "./files.ts";

const temp = mkdtempSync(join(tmpdir(), "fnpkg-doors-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Every module that importing a built file loads, in a process of its own. */
function loadedBy(file: string): string[] {
  const hooks = join(temp, "hooks.mjs");
  const log = "export async function load(url, context, next) {\n  writeSync(2, `${url}\\n`);\n  return next(url, context);\n}\n";
  writeFileSync(hooks, `import { writeSync } from "node:fs";\n${log}`);
  const [hook, door] = [hooks, file].map((path) => JSON.stringify(pathToFileURL(path).href));
  const script = `import { register } from "node:module"; register(${hook}); await import(${door}); process.exit(0);`;
  const ran = spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], {
    cwd: temp,
    encoding: "utf8",
  });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stderr.split("\n").filter(Boolean);
}

describe("a door", () => {
  const doors = Object.entries(manifest.exports).flatMap(([path, at]) => (typeof at === "string" ? [] : [[path, at] as const]));

  it.each(doors)("%s has its source and its built files", (_, at) => {
    for (const file of Object.values(at)) expect(existsSync(join(root, file)), file).toBe(true);
  });

  it.each(doors)("%s loads no vendor SDK, no adapter and no bundler", (_, at) => {
    const loaded = loadedBy(join(root, at.default));
    expect(loaded).toContain(pathToFileURL(join(root, at.default)).href);
    expect(
      loaded.filter((url) => /node_modules\/(@aws-sdk|@smithy|@google-cloud|@azure|esbuild)\/|\/adapters\/[^/]+\//.test(url)),
    ).toEqual([]);
  });

  it("of handlers loads nothing but itself", () => {
    const own = pathToFileURL(join(root, "dist/src/runtime/")).href;
    expect(loadedBy(join(root, manifest.exports["./function"].default)).filter((url) => !url.startsWith(own))).toEqual([]);
  });
});

describe("names", () => {
  it.each(targetNames)("%s is the target's own name, and its folder's", async (name) => {
    expect((await loadTarget(name)).name).toBe(name);
    expect(existsSync(join(root, "adapters", name, "index.ts"))).toBe(true);
  });
});
