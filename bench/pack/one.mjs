/**
 * One measured run in a process of its own; prints milliseconds, processor time of all threads and peak memory as JSON.
 * Loading the modules counts for memory only.
 */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const [what, folder, out, cache, dist] = process.argv.slice(2);

function walk(visit) {
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else visit(path);
    }
  }
}

const runs = {
  walk: () => walk((path) => lstatSync(path)),
  hash: () => walk((path) => createHash("sha256").update(readFileSync(path)).digest()),
  async pack() {
    const { pack } = await import(`${dist}/src/package/pack.js`);
    const profile = {
      profile: "nodejs",
      seal: async ({ author, files }) => ({
        entryPoint: author.entryPoint,
        files,
        dependencies: { packages: [] },
        blobs: [],
        problems: [],
      }),
    };
    used = process.cpuUsage();
    const start = performance.now();
    await pack({ folder, out, cache: cache === "-" ? false : cache }, () => profile);
    return performance.now() - start;
  },
  async verify() {
    const { verifyPackage } = await import(`${dist}/src/package/verify.js`);
    used = process.cpuUsage();
    const start = performance.now();
    await verifyPackage(out);
    return performance.now() - start;
  },
};

if (what === "pack" && process.argv[7] !== "keep") rmSync(out, { force: true });
let used = process.cpuUsage();
const start = performance.now();
const ms = (await runs[what]()) ?? performance.now() - start;
const { user, system } = process.cpuUsage(used);
process.stdout.write(JSON.stringify({ ms, cpu: (user + system) / 1000, rss: peak() }));

/** In MB. What the system counts as the process's own begins with that of the process that started it. */
function peak() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
