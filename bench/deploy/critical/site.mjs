/** Packages and configurations on disk for so many functions, and the two processes of a cell. */
import { execFile, fork } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { authorOf } from "../../author.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
export const dist = join(here, "../../../dist");
/** So much of each archive can't be compressed. */
const bytes = 256 * 1024;

/** A sealed package of a handler and a file of data; another `edition` is another handler. */
export async function packed(root, index, edition) {
  const name = `fn-${String(index).padStart(3, "0")}`;
  const folder = join(root, "sources", `${name}-${edition}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.mjs"), `export default () => new Response("${name} ${edition}");\n`);
  writeFileSync(join(folder, "data.bin"), noise(index));
  writeFileSync(join(folder, "function-package.json"), JSON.stringify(authorOf(name)));
  const out = join(root, `${name}-${edition}.fnpkg`);
  rmSync(out, { force: true });
  const { pack } = await import(`${dist}/src/index.js`);
  await pack({ folder, out });
  return { name, out };
}

export function noise(seed) {
  const bytes_ = Buffer.alloc(bytes);
  let state = seed + 1;
  for (let at = 0; at < bytes; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes_.writeUInt32LE((state ^ (state >>> 15)) >>> 0, at);
  }
  return bytes_;
}

/** The configuration of a function, as a file of YAML's subset. */
export function configured(root, { name }, vendor, endpoint) {
  const config = {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: name,
    package: { name: `bench/${name}` },
    triggers: [{ name: "web", type: "http", path: "/{rest*}", auth: "public" }],
    identity: vendor.identity,
    targets: { [vendor.target]: { ...vendor.section, ...(endpoint === undefined ? {} : { endpoint }) } },
  };
  const file = join(root, `${name}-${vendor.target}.yaml`);
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  return file;
}

/** A simulated vendor in a process of its own. */
export async function simulated(vendor, { latencyMs, bytesPerMs }) {
  const child = fork(join(here, "simulated.mjs"), [dist, vendor, String(latencyMs), String(bytesPerMs)]);
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code) => reject(new Error(`the simulator ended with ${code}`)));
    });
  const { endpoint } = await answer();
  return {
    endpoint,
    /** What was called since the last time. */
    exchanges() {
      child.send("exchanges");
      return answer();
    },
    close: () => child.kill(),
  };
}

const run = promisify(execFile);

/** One deploy of everything in a process of its own. */
export async function deployed(vendor, tasks, options) {
  const file = `${options.cache}-tasks.json`;
  writeFileSync(file, JSON.stringify({ tasks, ...options }));
  const env = { ...process.env, ...vendor.env };
  const { stdout } = await run(
    process.execPath,
    [...(process.env["FNPKG_BENCH_NODE"]?.split(" ") ?? []), join(here, "deployed.mjs"), dist, file],
    { env },
  );
  return JSON.parse(stdout);
}

/** One deploy by the command line; answers its milliseconds from start to end. */
export async function commanded(root, vendor, { package: from, config, target }) {
  const env = { ...process.env, ...vendor.env, XDG_CACHE_HOME: join(root, "cache-home") };
  const start = performance.now();
  await run(process.execPath, [join(dist, "src/cli/main.js"), "deploy", from, "--config", config, "--target", target], { env });
  return performance.now() - start;
}
