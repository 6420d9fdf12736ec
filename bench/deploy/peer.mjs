/**
 * One function with a URL and a role of its own, deployed by the command line of fnpkg and by that of osls, the living fork of the
 * Serverless Framework, to the same moto behind the same latency, in turns: `node bench/deploy/peer.mjs FOLDER [ROUNDS] [LATENCY]`, after a
 * build, where FOLDER holds `node_modules/osls` (`npm install osls@4.3.1`). From the start of the process to its end.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { motoBehind } from "./critical/moto.mjs";
import { dist, noise, packed } from "./critical/site.mjs";

const [folder = ".", rounds = "3", latency = "50"] = process.argv.slice(2);
const osls = join(resolve(folder), "node_modules/osls/bin/serverless.js");
const root = mkdtempSync(join(tmpdir(), "fnpkg-peer-"));
const run = promisify(execFile);
const moto = await motoBehind(Number(latency));
const env = {
  ...process.env,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL: moto.endpoint,
  SLS_TELEMETRY_DISABLED: "1",
  SLS_NOTIFICATIONS_MODE: "off",
  XDG_CACHE_HOME: join(root, "cache"),
};

async function timed(command, args, cwd) {
  const calls = moto.calls;
  const start = performance.now();
  await run(process.execPath, [command, ...args], { env, cwd });
  return { ms: performance.now() - start, calls: moto.calls - calls };
}

function ours(one, round) {
  const config = join(root, `ours-${round}.json`);
  const { endpoint } = moto;
  const given = {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: `ours-${round}`,
    package: { name: `bench/${one.name}` },
    triggers: [{ name: "web", type: "http", path: "/{rest*}", auth: "public" }],
    targets: { "aws-lambda": { region: "eu-west-1", endpoint, createRole: true } },
  };
  writeFileSync(config, JSON.stringify(given));
  return () => timed(join(dist, "src/cli/main.js"), ["deploy", one.out, "--config", config, "--target", "aws-lambda"], root);
}

function theirs(round) {
  const service = join(root, `theirs-${round}`);
  mkdirSync(service);
  writeFileSync(join(service, "index.mjs"), "export default () => ({ statusCode: 200, body: 'ok' });\n");
  writeFileSync(join(service, "data.bin"), noise(round));
  const given = {
    service: `theirs-${round}`,
    provider: { name: "aws", runtime: "nodejs22.x", region: "eu-west-1", memorySize: 512, timeout: 30 },
    functions: { web: { handler: "index.default", url: true } },
  };
  writeFileSync(join(service, "serverless.json"), JSON.stringify(given));
  return () => timed(osls, ["deploy"], service);
}

const taken = {};
try {
  const one = await packed(root, 0, "a");
  // What was touched less than two seconds ago is not remembered as verified.
  await new Promise((wake) => setTimeout(wake, 2500));
  for (let round = 0; round < Number(rounds); round++)
    for (const { name, deploy } of [
      { name: "fnpkg", deploy: ours(one, round) },
      { name: "osls", deploy: theirs(round) },
    ])
      for (const scenario of ["new", "unchanged"]) {
        const cell = { name, scenario, ...(await deploy()) };
        (taken[`${name}, ${scenario}`] ??= []).push(cell);
        console.log(JSON.stringify(cell));
      }
} finally {
  moto.close();
  rmSync(root, { recursive: true, force: true });
}
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(`moto behind ${latency} ms, ${rounds} rounds, medians`);
for (const [name, cells] of Object.entries(taken))
  console.log(
    `${name.padEnd(20)} ${median(cells.map(({ ms }) => ms))
      .toFixed(0)
      .padStart(6)} ms ${median(cells.map(({ calls }) => calls))} calls`,
  );
