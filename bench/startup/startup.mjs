/**
 * Start-up: the command line's first answer and the library's import, against what Node itself and zod cost in the same run.
 * `node bench/startup/startup.mjs [RUNS]`; interleaved, medians, ratios. Needs a built dist.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const runs = Number(process.argv[2] ?? 15);
const cases = {
  "node -e 0": ["-e", "0"],
  "import zod": ["--input-type=module", "-e", 'import "zod"'],
  "import fnpkg": ["--input-type=module", "-e", 'import "fnpkg"'],
  "import fnpkg/function": ["--input-type=module", "-e", 'import "fnpkg/function"'],
  "fnpkg --version": ["dist/src/cli/main.js", "--version"],
  "fnpkg --help": ["dist/src/cli/main.js", "--help"],
};
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = -1; round < runs; round++) {
  for (const [name, args] of Object.entries(cases)) {
    const started = process.hrtime.bigint();
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "ignore" });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (round >= 0) times[name].push(Number(process.hrtime.bigint() - started) / 1e6);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const of = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
const floor = of["node -e 0"];
console.log(`| | ms (median of ${runs}) | over node -e 0 |\n|---|---|---|`);
for (const [name, ms] of Object.entries(of)) console.log(`| ${name} | ${ms.toFixed(0)} | ${(ms / floor).toFixed(2)} |`);
console.log(`\nimport fnpkg over import zod: ${(of["import fnpkg"] / of["import zod"]).toFixed(2)}`);
