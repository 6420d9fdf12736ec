/**
 * How close a deploy is to its critical path: `node bench/deploy/critical.mjs [--vendors a,b] [--counts 1,10,50] [--latencies 5,50,200]
 * [--scenarios new,unchanged,changed] [--rounds 1] [--timeline] [--virtual | --limited]`, after a build. Vendors are simulated, each in
 * a process of its own on loopback; what deploys is another process. `--virtual`: both in this process, in virtual time; `--limited`:
 * and with the vendor's limits. One line of JSON a cell, then a table. What the least calls are, and what waits for what, stands in
 * critical/vendors.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cellOf, tableOf } from "./critical/cell.mjs";
import { configured, deployed, packed, simulated } from "./critical/site.mjs";
import { virtually } from "./critical/virtual.mjs";

const { values } = parseArgs({
  options: {
    vendors: { type: "string", default: "aws,google,azure" },
    counts: { type: "string", default: "1,10,50" },
    latencies: { type: "string", default: "5,50,200" },
    rounds: { type: "string", default: "1" },
    concurrency: { type: "string" },
    scenarios: { type: "string", default: "new,unchanged,changed" },
    virtual: { type: "boolean", default: false },
    limited: { type: "boolean", default: false },
    timeline: { type: "boolean", default: false },
  },
});
const numbers = (text) => text.split(",").map(Number);
/** 8 Mbit/s for each request. */
const bytesPerMs = 1000;
const root = mkdtempSync(join(tmpdir(), "fnpkg-critical-"));
const most = Math.max(...numbers(values.counts));
const cells = [];
const packages = [];
let other;

try {
  for (let index = 0; index < most; index++) packages.push(await packed(root, index, "a"));
  other = await packed(root, 0, "b");
  // What was touched less than two seconds ago is not remembered as verified.
  await new Promise((wake) => setTimeout(wake, 2500));
  for (const vendor of values.vendors.split(","))
    for (const count of numbers(values.counts))
      for (const latencyMs of numbers(values.latencies))
        for (let round = 0; round < Number(values.rounds); round++) await measure(vendor, count, latencyMs);
  console.log(tableOf(cells));
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function measure(name, count, latencyMs) {
  const vendor = await import(`./critical/vendors/${name}.mjs`);
  const network = { latencyMs, bytesPerMs };
  const site = join(root, `${name}-${count}-${latencyMs}`);
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  const simulator = await opened(name, vendor, network);
  try {
    const tasks = packages.slice(0, count).map((one) => {
      return { package: one.out, config: configured(site, one, vendor, simulator.endpoint), target: vendor.target };
    });
    const changed = tasks.map((task, index) => (index === 0 ? { ...task, package: other.out } : task));
    const options = values.concurrency === undefined ? {} : { concurrency: Number(values.concurrency) };
    for (const [scenario, list, expected] of [
      ["new", tasks, count],
      ["unchanged", tasks, 0],
      ["changed", changed, 1],
    ]) {
      if (!values.scenarios.split(",").includes(scenario)) continue;
      const run = await simulator.deploy(list, { cache: join(site, "cache"), ...options });
      if (run.changed !== expected) throw new Error(`${run.changed} of ${count} changed, not ${expected}`);
      const heard = await simulator.exchanges();
      const cell = cellOf({ name, vendor, scenario, count, network, run, heard });
      cells.push(cell);
      console.log(JSON.stringify(cell));
      if (values.timeline) timeline(heard.exchanges, run);
    }
  } finally {
    simulator.close();
  }
}

async function opened(name, vendor, network) {
  if (values.virtual || values.limited) return virtually(vendor, network, { limited: values.limited });
  const simulator = await simulated(name, network);
  await vendor.furnish?.(simulator.endpoint);
  await simulator.exchanges();
  return { ...simulator, deploy: (tasks, options) => deployed(vendor, tasks, options) };
}

function timeline(exchanges, { began, ms }) {
  for (const { began: from, ended, name, path, status, bytes } of exchanges)
    console.log(
      `${String(from - began).padStart(7)} ${String((ended ?? 0) - began).padStart(7)} ${status} ${name.padEnd(50)} ${bytes} ${path}`,
    );
  console.log(`        ${Math.round(ms)} end`);
}
