/** One deploy in a process of its own; prints milliseconds and processor time as JSON. Loading the modules is not counted. */
import { readFileSync } from "node:fs";

const [dist, options] = process.argv.slice(2);
const { deploy } = await import(`${dist}/src/index.js`);
await Promise.all(["api/prepare", "engine/index", "package/open", "config/load"].map((name) => import(`${dist}/src/${name}.js`)));
const given = JSON.parse(readFileSync(options, "utf8"));
const events = [];
const used = process.cpuUsage();
const start = performance.now();
await deploy({ ...given, onEvent: ({ event }) => events.push(event) });
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(used);
process.stdout.write(JSON.stringify({ ms, cpu: (user + system) / 1000, unchanged: events.includes("unchanged") }));
