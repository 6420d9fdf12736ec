/** One measured run in a process of its own; prints milliseconds, processor time of all threads and peak memory as JSON. */
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
    const start = performance.now();
    await pack({ folder, out, cache: cache === "-" ? false : cache }, () => profile);
    return performance.now() - start;
  },
  async verify() {
    const { verifyPackage } = await import(`${dist}/src/package/verify.js`);
    const start = performance.now();
    await verifyPackage(out);
    return performance.now() - start;
  },
};

if (what === "pack" && process.argv[7] !== "keep") rmSync(out, { force: true });
const used = process.cpuUsage();
const start = performance.now();
const ms = (await runs[what]()) ?? performance.now() - start;
const { user, system } = process.cpuUsage(used);
process.stdout.write(JSON.stringify({ ms, cpu: (user + system) / 1000, rss: process.resourceUsage().maxRSS / 1024 }));
