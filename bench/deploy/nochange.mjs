/**
 * What a deploy costs that changes nothing, beside a walk that only asks for each file's state and the same deploy of three files
 * (which is the requests and what every deploy does): `node bench/deploy/nochange.mjs [F2|F3] [ROUNDS]`, after a build. It needs
 * moto, which scripts/emulators.sh installs. Runs are interleaved; trust the ratios of processor time.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fixture } from "../pack/fixtures.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const [name = "F3", rounds = "5"] = process.argv.slice(2);
const dist = join(here, "../../dist");
const root = process.env["FNPKG_BENCH"] ?? join(tmpdir(), "fnpkg-bench");
const emulators =
  process.env["FNPKG_EMULATORS"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fnpkg-emulators");
const python = join(emulators, "bin/python3");
if (!existsSync(python)) throw new Error("moto is not installed: bash scripts/emulators.sh");
mkdirSync(root, { recursive: true });
const cache = join(root, "deploy-cache");
rmSync(cache, { recursive: true, force: true });

const port = 40_000 + (process.pid % 20_000);
const endpoint = `http://127.0.0.1:${port}`;
const region = "eu-west-1";
const env = {
  ...process.env,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};
const moto = spawn(python, [join(here, "../../test/emulators/moto_server.py"), String(port)], { stdio: "ignore" });
const post = (path, init) => fetch(`${endpoint}${path}`, { method: "POST", ...init });

async function furnished() {
  for (const until = Date.now() + 30_000; ;) {
    const up = await post("/moto-api/config", { body: JSON.stringify({ lambda: { use_docker: false } }) }).catch(() => undefined);
    if (up?.ok) break;
    if (Date.now() > until) throw new Error("moto did not start");
    await new Promise((wake) => setTimeout(wake, 100));
  }
  Object.assign(process.env, env);
  const { IAMClient, CreateRoleCommand } = await import("@aws-sdk/client-iam");
  const { S3Client, CreateBucketCommand } = await import("@aws-sdk/client-s3");
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  await new IAMClient({ endpoint, region }).send(new CreateRoleCommand({ RoleName: "bench", AssumeRolePolicyDocument }));
  const CreateBucketConfiguration = { LocationConstraint: region };
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "bench-archives", CreateBucketConfiguration }));
}

/** Packs the fixture in both forms; answers the options' file of each. */
async function prepared(of) {
  const folder = fixture(of, root);
  const { pack } = await import(`${dist}/src/index.js`);
  const forms = { file: join(root, `${of}-sealed.fnpkg`), folder: join(root, `${of}-sealed/`) };
  const files = {};
  for (const [form, out] of Object.entries(forms)) {
    rmSync(out, { recursive: true, force: true });
    await pack({ folder, out, cache });
    const options = {
      package: out,
      target: "aws-lambda",
      cache,
      config: {
        specVersion: "1.0",
        kind: "FunctionConfig",
        function: `${of.toLowerCase()}-${form}`,
        package: { name: `bench/${of.toLowerCase()}` },
        triggers: [{ name: "web", type: "http", path: "/" }],
        identity: { "aws-lambda": "arn:aws:iam::123456789012:role/bench" },
        targets: { "aws-lambda": { region, endpoint, uploads: { bucket: "bench-archives" } } },
      },
    };
    files[form] = join(root, `${of}-${form}.json`);
    writeFileSync(files[form], JSON.stringify(options));
  }
  return { folder, files };
}

const run = (script, ...args) => JSON.parse(execFileSync(process.execPath, [script, ...args], { env, encoding: "utf8" }));
const deployed = (options) => run(join(here, "one.mjs"), dist, options);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  await furnished();
  const large = await prepared(name);
  const small = await prepared("F1");
  // What was touched less than two seconds ago is not remembered as verified.
  await new Promise((wake) => setTimeout(wake, 2500));
  for (const files of [large.files, small.files]) for (const options of Object.values(files)) deployed(options);
  const cases = {
    "stat-only walk": () => run(join(here, "../pack/one.mjs"), "walk", large.folder, "", "-", dist, "keep"),
    "three files": () => deployed(small.files.file),
    "as a file": () => deployed(large.files.file),
    "as a folder": () => deployed(large.files.folder),
  };
  const taken = Object.fromEntries(Object.keys(cases).map((key) => [key, []]));
  for (let round = 0; round < Number(rounds); round++) for (const [key, work] of Object.entries(cases)) taken[key].push(work());
  if (Object.values(taken).some((all) => all.some(({ unchanged }) => unchanged === false))) throw new Error("something changed");
  const cpu = Object.fromEntries(Object.entries(taken).map(([key, all]) => [key, median(all.map((one) => one.cpu))]));
  const floor = cpu["stat-only walk"] + cpu["three files"];
  console.log(`${name}, ${rounds} rounds; processor time, over a walk and the deploy of three files`);
  for (const [key, ms] of Object.entries(cpu))
    console.log(`${key.padEnd(16)} ${ms.toFixed(0).padStart(6)} ms ${(ms / floor).toFixed(2).padStart(6)}`);
} finally {
  moto.kill();
}
