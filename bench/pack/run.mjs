/**
 * How long packing takes beside its floors, in interleaved runs: `node bench/pack/run.mjs [F1|F2|F3] [ROUNDS]`, after a
 * build. Trust the ratios. `zip`, gcc, libdeflate and libcrypto are used where they are there.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fixture } from "./fixtures.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const name = process.argv[2] ?? "F2";
const rounds = Number(process.argv[3] ?? 3);
const dist = process.env["FNPKG_DIST"] ?? join(here, "../../dist");
const root = process.env["FNPKG_BENCH"] ?? join(tmpdir(), "fnpkg-bench");
mkdirSync(root, { recursive: true });
const folder = fixture(name, root);
const out = join(root, `${name}.fnpkg`);
const cache = join(root, `${name}-cache`);

function files(at) {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(at, entry.name)) : [join(at, entry.name)],
  );
}
const list = files(folder).join("\n");

function library(wanted) {
  const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
  for (const at of folders) {
    const found = existsSync(at) ? readdirSync(at).find((file) => file.startsWith(`${wanted}.so`)) : undefined;
    if (found !== undefined) return join(at, found);
  }
  return undefined;
}

function buildFloor() {
  const libraries = [library("libdeflate"), library("libcrypto")];
  const binary = join(root, "floor");
  if (libraries.includes(undefined)) return undefined;
  const built = spawnSync("gcc", ["-O2", "-pthread", "-o", binary, join(here, "floor.c"), ...libraries]);
  return built.status === 0 ? binary : undefined;
}

function timed(command, args, options = {}) {
  const start = performance.now();
  execFileSync(command, args, { stdio: ["pipe", "ignore", "inherit"], maxBuffer: 1 << 28, ...options });
  return { ms: performance.now() - start };
}
const one = (what, ...rest) =>
  JSON.parse(
    execFileSync(process.execPath, [join(here, "one.mjs"), what, folder, out, rest[0] ?? "-", dist, rest[1] ?? ""], {
      encoding: "utf8",
    }),
  );

const floor = buildFloor();
const cases = {
  ...(floor === undefined
    ? {}
    : {
        "C floor: read + SHA-256": () => timed(floor, ["0"], { input: list }),
        "C floor: + libdeflate 6": () => timed(floor, ["1"], { input: list }),
      }),
  "stat-only walk": () => one("walk"),
  "read + SHA-256, one thread": () => one("hash"),
  "fnpkg pack": () => one("pack"),
  "fnpkg pack, cold cache": () => {
    rmSync(cache, { recursive: true, force: true });
    return one("pack", cache);
  },
  "fnpkg pack, other output": () => one("pack", cache),
  "fnpkg pack, again": () => one("pack", cache, "keep"),
  "fnpkg verify": () => one("verify"),
  ...(spawnSync("zip", ["-v"]).status === 0
    ? {
        "zip -r -q": () => {
          rmSync(join(root, "peer.zip"), { force: true });
          return timed("zip", ["-r", "-q", join(root, "peer.zip"), "."], { cwd: folder });
        },
      }
    : {}),
};

const results = Object.fromEntries(Object.keys(cases).map((key) => [key, []]));
for (let round = 0; round < rounds; round++) for (const [key, run] of Object.entries(cases)) results[key].push(run());

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const base = results["C floor: + libdeflate 6"] ?? results["stat-only walk"];
const baseMs = median(base.map((r) => r.ms));
const walkMs = median(results["stat-only walk"].map((r) => r.ms));
console.log(`${name}: median of ${rounds} interleaved rounds`);
console.log(
  "case".padEnd(30),
  "ms".padStart(8),
  "x floor".padStart(9),
  "x walk".padStart(9),
  "cpu ms".padStart(9),
  "peak MB".padStart(9),
);
for (const [key, runs] of Object.entries(results)) {
  const ms = median(runs.map((r) => r.ms));
  const part = (field) => (runs[0][field] === undefined ? "" : median(runs.map((r) => r[field])).toFixed(0)).padStart(9);
  console.log(
    key.padEnd(30),
    ms.toFixed(0).padStart(8),
    (ms / baseMs).toFixed(2).padStart(9),
    (ms / walkMs).toFixed(2).padStart(9),
    part("cpu"),
    part("rss"),
  );
}
