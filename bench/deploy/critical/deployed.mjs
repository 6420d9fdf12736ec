/**
 * The deploying process: `deployed.mjs DIST OPTIONS`. Prints milliseconds, when it began (both without the start of Node and the
 * import of the library), processor time, and the peak of its memory, as JSON.
 */
import { readFileSync } from "node:fs";

const [dist, options] = process.argv.slice(2);
const { deployAll } = await import(`${dist}/src/index.js`);
const given = JSON.parse(readFileSync(options, "utf8"));
const used = process.cpuUsage();
const began = Date.now();
const start = performance.now();
const { results, error } = await deployAll(given);
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(used);
if (error !== undefined) throw error;
const changed = results.filter((one) => one.changed).length;
const rss = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ms, began, changed, cpu: (user + system) / 1000, rss }));
