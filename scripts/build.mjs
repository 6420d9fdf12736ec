#!/usr/bin/env node
/**
 * Builds `dist`: tsc for the library, then one esbuild step for what must stand alone: the entry files that adapters put into
 * functions (`adapters/NAME/runtime/PROFILE.ts`) and the processes that adapters start (`adapters/NAME/host/main.ts`).
 * Files that no source stands for any more are deleted; a build never removes a file that another process may be reading.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");
const info = join(dist, ".tsbuildinfo");
const profiles = ["nodejs", "python", "java", "go", "docker"];

const sources = ["src", "adapters"].flatMap((folder) => files(join(root, folder))).map((file) => relative(root, file));
const code = sources.filter((file) => file.endsWith(".ts"));
const assets = sources.filter((file) => !file.endsWith(".ts") && !file.endsWith(".md"));
const bundles = code.filter(isBundle);

const compiled = code.filter((file) => !file.endsWith(".d.ts")).flatMap((file) => outputs(file));
const expected = new Set([...compiled, ...assets.map((file) => join("dist", file)), relative(root, info)]);
if (existsSync(dist)) deleteStale();
// What is missing was deleted by hand: the compiler's memory of it no longer holds.
if (compiled.some((file) => !existsSync(join(root, file)))) rmSync(info, { force: true });

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--incremental", "--tsBuildInfoFile", info], {
  cwd: root,
  stdio: "inherit",
});

for (const file of assets) {
  const target = join(dist, file);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, file), target);
}

await build({
  absWorkingDir: root,
  entryPoints: bundles,
  outbase: ".",
  outdir: "dist",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  conditions: ["@fnpkg/source"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  // What a vendor's own host brings along is there already; what a host process needs travels with it.
  plugins: [{ name: "vendor-packages", setup: external }],
});

const cli = join(dist, "src/cli/main.js");
if (existsSync(cli)) chmodSync(cli, 0o755);
process.exitCode = status ?? 1;

/** Entry files and host processes. */
function isBundle(file) {
  const [top, , folder, name, ...rest] = file.split(sep);
  if (top !== "adapters" || name === undefined || rest.length > 0) return false;
  return folder === "runtime" ? profiles.some((profile) => name === `${profile}.ts`) : folder === "host" && name === "main.ts";
}

function external({ onResolve }) {
  onResolve({ filter: /^(@aws-sdk|@smithy|@google-cloud|@azure)\// }, ({ path }) => ({ path, external: true }));
}

function outputs(file) {
  const stem = join("dist", file.slice(0, -3));
  return [`${stem}.js`, `${stem}.js.map`, `${stem}.d.ts`];
}

function deleteStale() {
  for (const file of files(dist)) if (!expected.has(relative(root, file))) rmSync(file, { force: true });
  for (const folder of folders(dist)) if (readdirSync(folder).length === 0) rmdirSync(folder);
}

function files(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : statSync(path).isFile() ? [path] : [];
  });
}

/** The deepest first. */
function folders(folder) {
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inner.flatMap((entry) => [...folders(join(folder, entry.name)), join(folder, entry.name)]);
}
