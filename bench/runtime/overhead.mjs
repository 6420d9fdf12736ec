// What the runtime adds to a call, to a cold start and to an archive, beside others measured in the same run.
// Run: node bench/runtime/overhead.mjs [node binary …]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), "fnpkg-bench-"));
const module = pathToFileURL(join(here, "handler.mjs")).href;
const nodes = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath];

// A peer isn't a dependency of this project, so its entry is no file of it.
const honoEntry = `
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";

const { default: user } = await import(process.env.BENCH_MODULE);
const app = new Hono();
app.all("*", async (c) => {
  const { status, headers, body } = await user(c.req.raw, {});
  return new Response(body, { status, headers });
});
export const handler = handle(app);
`;

try {
  const rows = [
    { name: "fnpkg", entry: "gateway-entry.ts" },
    { name: "native Request, by hand", entry: "native-entry.mjs" },
    { name: "hono/aws-lambda", source: honoEntry, needs: "hono@4" },
  ];
  for (const row of rows) {
    try {
      row.file = await bundle(row);
    } catch (error) {
      console.log(`${row.name}: skipped, it can't be installed (${String(error).split("\n")[0]})`);
    }
  }
  for (const node of nodes)
    report(
      node,
      rows.filter((row) => row.file),
    );
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bundle({ name, entry, source, needs }) {
  let from = entry && join(here, entry);
  if (needs) {
    const folder = join(work, "peer");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}");
    execFileSync("npm", ["install", "--no-audit", "--no-fund", needs], { cwd: folder, stdio: "pipe" });
    from = join(folder, "entry.mjs");
    writeFileSync(from, source);
  }
  const outfile = join(work, `${name.replaceAll(/\W+/g, "-")}.mjs`);
  const options = { bundle: true, minify: true, format: "esm", platform: "node", target: "node20" };
  await build({ ...options, entryPoints: [from], outfile, logLevel: "error" });
  return outfile;
}

function report(node, rows) {
  const version = execFileSync(node, ["--version"]).toString().trim();
  const bare = measure(node, "call", module, "bare");
  const results = rows.map((row) => ({
    name: row.name,
    added: measure(node, "call", pathToFileURL(row.file).href, "handler") - bare,
    cold: median(Array.from({ length: 15 }, () => measure(node, "cold", pathToFileURL(row.file).href, "handler"))),
    kilobytes: readFileSync(row.file).length / 1024,
    zipped: deflateRawSync(readFileSync(row.file)).length / 1024,
  }));
  const [own] = results;
  console.log(`\n${version}: a bare handler takes ${bare.toFixed(2)} µs`);
  const table = results.map(({ name, added, cold, kilobytes, zipped }) => ({
    name,
    "added µs": added.toFixed(2),
    ratio: (added / own.added).toFixed(1),
    "import + first call ms": cold.toFixed(1),
    "ratio ": (cold / own.cold).toFixed(1),
    "minified KB": kilobytes.toFixed(1),
    "zipped KB": zipped.toFixed(1),
  }));
  console.table(table);
}

function measure(node, what, url, name) {
  const env = { ...process.env, BENCH_MODULE: module };
  const args = [join(here, "measure.mjs"), what, url, name];
  return Number(execFileSync(node, args, { env }).toString());
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
