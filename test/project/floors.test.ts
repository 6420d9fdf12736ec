/** Breaks every rule of .dependency-cruiser.cjs once, in a tree made for it: a rule that can't fail holds nothing. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const config = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as { forbidden: { name: string }[] };

/** Files that keep the rules, so that the broken ones have something to import. */
const kept: Record<string, string> = {
  "package.json": JSON.stringify({
    name: "fnpkg",
    type: "module",
    exports: {
      ".": { "@fnpkg/source": "./src/index.ts" },
      "./adapter": { "@fnpkg/source": "./src/adapter.ts" },
      "./runtime": { "@fnpkg/source": "./src/runtime/index.ts" },
    },
    dependencies: { zod: "*" },
    peerDependencies: { "@aws-sdk/client-lambda": "*" },
    devDependencies: { vitest: "*" },
  }),
  "src/errors.ts": "export const codes = {};\nexport type Code = string;\n",
  "src/package/manifest.ts":
    'import { codes } from "../errors.ts";\nexport const manifest = codes;\nexport type Manifest = {};\n',
  "src/config/schema.ts":
    'import { z } from "zod";\nimport { manifest } from "../package/manifest.ts";\nexport const schema = [z, manifest];\n',
  "src/runtime/index.ts": 'export { context } from "./context.ts";\n',
  "src/runtime/context.ts": "export const context = 1;\n",
  "src/contract.ts": 'import type { Manifest } from "./package/manifest.ts";\nexport interface Adapter { manifest: Manifest }\n',
  "src/engine/diff.ts":
    'import type { Manifest } from "../package/manifest.ts";\nimport { codes } from "../errors.ts";\nexport const diff = (m: Manifest) => [m, codes];\n',
  "src/adapter.ts": 'export type { Adapter } from "./contract.ts";\nexport { codes } from "./errors.ts";\n',
  "src/api/check.ts":
    'import { load } from "../../adapters/index.ts";\nimport { diff } from "../engine/diff.ts";\nexport const check = [load, diff];\n',
  "src/index.ts": 'export { check } from "./api/check.ts";\n',
  "src/cli/main.ts": 'import { check } from "../index.ts";\nexport const main = check;\n',
  "adapters/index.ts": 'export const load = () => import("./one/index.ts");\n',
  "adapters/one/index.ts":
    'import { codes } from "fnpkg/adapter";\nimport { limits } from "./limits.ts";\nimport { connect } from "./client.ts";\nexport default [codes, limits, connect];\n',
  "adapters/one/config.ts": 'import { z } from "zod";\nexport const config = z;\n',
  "adapters/one/limits.ts":
    'import type { Adapter } from "fnpkg/adapter";\nimport { config } from "./config.ts";\nexport const limits = (a: Adapter) => [a, config];\n',
  "adapters/one/client.ts":
    'import type { Lambda } from "@aws-sdk/client-lambda";\nexport const connect = async (): Promise<Lambda> => (await import("@aws-sdk/client-lambda")).lambda;\n',
  "adapters/one/runtime/nodejs.ts": 'import { context } from "fnpkg/runtime";\nexport const entry = context;\n',
  "test/helper.ts": "export const helper = 1;\n",
};

/** Files that break a rule, beside the kept ones or in their place: what they hold, and the violations they make. */
const trees: Record<string, { files: Record<string, string>; breaks: string[] }> = {
  "files beside the kept ones": {
    files: {
      "src/package/a.ts": 'import { b } from "./b.ts";\nexport const a: number = b;\n',
      "src/package/b.ts": 'import type { a } from "./a.ts";\nexport const b: typeof a = 1;\n',
      "src/package/lost.ts": 'import { gone } from "./gone.ts";\nexport const lost = gone;\n',
      "src/package/dev.ts": 'import { vi } from "vitest";\nexport const dev = vi;\n',
      "src/package/helped.ts": 'import { helper } from "../../test/helper.ts";\nexport const helped = helper;\n',
      "src/json.ts": 'import { manifest } from "./package/manifest.ts";\nexport const json = manifest;\n',
      "src/profiles/x.ts": 'import type { Adapter } from "../contract.ts";\nexport type X = Adapter;\n',
      "src/runtime/log.ts": 'import { codes } from "../errors.ts";\nexport const log = codes;\n',
      "src/engine/plan.ts": 'import { check } from "../api/check.ts";\nexport const plan = check;\n',
      "src/engine/apply.ts": 'import { manifest } from "../package/manifest.ts";\nexport const apply = manifest;\n',
      "src/api/run.ts": 'import { main } from "../cli/main.ts";\nexport const run = main;\n',
      "src/api/pack.ts": 'import { codes } from "../adapter.ts";\nexport const pack = codes;\n',
      "src/api/deep.ts": 'import { limits } from "../../adapters/one/limits.ts";\nexport const deep = limits;\n',
      "src/testing/all.ts": 'import { load } from "../../adapters/index.ts";\nexport const all = load;\n',
      "src/elsewhere/x.ts": 'import { codes } from "../errors.ts";\nexport const x = codes;\n',
      "adapters/two/errors.ts": 'import { codes } from "../../src/adapter.ts";\nexport const errors = codes;\n',
      "adapters/two/operations.ts": 'import { limits } from "../one/limits.ts";\nexport const operations = limits;\n',
      "adapters/two/translate.ts": 'import { readFileSync } from "node:fs";\nexport const translate = readFileSync;\n',
      "adapters/two/index.ts": 'export const early = () => import("@aws-sdk/client-lambda");\n',
      "adapters/two/client.ts": 'import { lambda } from "@aws-sdk/client-lambda";\nexport const client = lambda;\n',
    },
    breaks: [
      "adapter-alone: adapters/two/operations.ts -> adapters/one/limits.ts",
      "adapter-by-name: adapters/two/errors.ts -> src/adapter.ts",
      "adapter-pure: adapters/two/translate.ts -> fs",
      "adapters-by-the-door: src/api/deep.ts -> adapters/one/limits.ts",
      "adapters-list: src/testing/all.ts -> adapters/index.ts",
      "cli-on-top: src/api/run.ts -> src/cli/main.ts",
      "declared: src/package/dev.ts -> node_modules/vitest/index.js",
      "door-is-outside: src/api/pack.ts -> src/adapter.ts",
      "floor-0: src/json.ts -> src/package/manifest.ts",
      "floor-1: src/profiles/x.ts -> src/contract.ts",
      "floor-3-types: src/engine/apply.ts -> src/package/manifest.ts",
      "floor-3: src/engine/plan.ts -> src/api/check.ts",
      "floor-runtime: src/runtime/log.ts -> src/errors.ts",
      "no-cycles: src/package/a.ts -> src/package/b.ts",
      "placed: src/elsewhere/x.ts -> src/errors.ts",
      "published-only: src/package/helped.ts -> test/helper.ts",
      "resolvable: src/package/lost.ts -> ./gone.ts",
      "sdk-in-client: adapters/two/index.ts -> node_modules/@aws-sdk/client-lambda/index.js",
      "sdk-lazy: adapters/two/client.ts -> node_modules/@aws-sdk/client-lambda/index.js",
    ],
  },
  "a contract that loads something, a list that is not lazy": {
    files: {
      "src/contract.ts": 'import { codes } from "./errors.ts";\nexport type Adapter = 1;\nexport const c = codes;\n',
      "adapters/index.ts": 'import one from "./one/index.ts";\nexport const load = () => one;\n',
    },
    breaks: ["adapters-lazy: adapters/index.ts -> adapters/one/index.ts", "floor-2-types: src/contract.ts -> src/errors.ts"],
  },
  "a contract that reaches upwards": {
    files: { "src/contract.ts": 'import type { diff } from "./engine/diff.ts";\nexport type Adapter = typeof diff;\n' },
    breaks: ["floor-2: src/contract.ts -> src/engine/diff.ts"],
  },
};

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

interface Cruise {
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
}

function cruise(folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const bin = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const rules = [bin, "src", "adapters", "--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "json"];
    execFile(process.execPath, rules, { cwd: folder, maxBuffer: 1 << 26 }, (_error, stdout, stderr) => {
      if (stdout === "") return reject(new Error(stderr));
      const { violations } = (JSON.parse(stdout) as Cruise).summary;
      resolve(violations.map((found) => `${found.rule.name}: ${found.from} -> ${found.to}`).sort());
    });
  });
}

describe("the floors", () => {
  let base = "";
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), "fnpkg-floors-"));
    await write(join(base, "kept"), kept);
    await cp(join(root, "tsconfig.json"), join(base, "kept/tsconfig.json"));
    for (const name of ["@aws-sdk/client-lambda", "vitest", "zod"]) {
      await write(join(base, "kept/node_modules", name), {
        "package.json": JSON.stringify({ name, version: "1.0.0", type: "module", exports: "./index.js" }),
        "index.js": "export const lambda = 1, vi = 1, z = 1;\n",
      });
    }
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  it("lets through a tree that keeps them", async () => {
    expect(await cruise(join(base, "kept"))).toEqual([]);
  });

  it("has a file that breaks each rule", () => {
    const rules = Object.values(trees).flatMap((tree) => tree.breaks.map((line) => line.slice(0, line.indexOf(":"))));
    expect([...new Set(rules)].sort()).toEqual(config.forbidden.map((rule) => rule.name).sort());
  });

  it.each(Object.entries(trees))("stops %s", async (name, { files, breaks }) => {
    const folder = join(base, name);
    await cp(join(base, "kept"), folder, { recursive: true, verbatimSymlinks: true });
    await write(folder, files);
    expect(await cruise(folder)).toEqual(breaks);
  });
});
