/**
 * A walk with the built command line, as a user would type it: pack, check against every target, plan for the clouds without
 * credentials, deploy to this machine, call over HTTP, feed an event, read the log, destroy. It works in a temporary folder and
 * leaves nothing behind.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

const root = fileURLToPath(new URL("../", import.meta.url));
const cli = join(root, "dist/src/cli/main.js");
const temp = mkdtempSync(join(tmpdir(), "fnpkg-demo-"));
const color = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
const bold = (text) => (color ? styleText("bold", text) : text);
const dim = (text) => (color ? styleText("dim", text) : text);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

/** Runs the command line in the temporary folder; answers what it wrote to standard output. */
function run(args, { show = true, signal = stop.signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: temp, stdio: ["ignore", "pipe", "pipe"], signal });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      const shown = (status === 0 ? out : out + err).trimEnd();
      if (show && shown !== "") console.log(shown.replaceAll(/^/gm, "  "));
      if (status === 0) resolve(out);
      else reject(new Error(`fnpkg ${args.join(" ")} ended with ${status}\n${show ? "" : err}`));
    });
  });
}

function say(title, command) {
  console.log(`\n${bold(title)}${command === undefined ? "" : `\n${dim(`$ ${command}`)}`}`);
}

/** One command, shown as it would be typed. */
async function fnpkg(title, ...args) {
  say(title, `fnpkg ${args.join(" ")}`);
  return run(args);
}

const located = (folder) => ["--config", `${folder}/function-config.yaml`, "--target", "local"];

/** Looks again until `look` answers something, at most 10 s. */
async function until(what, look) {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what} did not happen within 10 s`);
}

/** Clouds that the walk plans for; nothing is asked of them. */
const clouds = ["aws-lambda", "google-cloud-functions", "azure-functions"];

const deployed = [];
async function main() {
  for (const name of ["hello", "photos"]) cpSync(join(root, "examples", name), join(temp, name), { recursive: true });
  for (const name of ["photos/photos", "photos/orders"]) mkdirSync(join(temp, name));

  await fnpkg("Seal the folder: one file, one digest, no values and no vendor in it", "pack", "hello", "--out", "hello.fnpkg");
  await fnpkg("Check it against every target, offline", "check", "hello.fnpkg", "--config", "hello/function-config.yaml");
  for (const cloud of clouds) {
    const options = ["--config", "hello/function-config.yaml", "--target", cloud, "--offline"];
    await fnpkg(`What a deployment of it to ${cloud} would make: no credentials, no network`, "plan", "hello.fnpkg", ...options);
  }
  await fnpkg("What a deployment to this machine would do", "plan", "hello.fnpkg", ...located("hello"));

  deployed.push("hello");
  await fnpkg("Deploy it", "deploy", "hello.fnpkg", ...located("hello"));
  const { url } = JSON.parse(await run(["status", ...located("hello"), "--json"], { show: false }));
  const address = new URL("/?name=Ada", url).href;
  say("Call it", `curl "${address}"`);
  console.log(`  ${(await (await fetch(address, { signal: stop.signal })).text()).trimEnd()}`);

  await run(["pack", "photos", "--out", "photos.fnpkg"], { show: false });
  deployed.push("photos");
  await fnpkg(
    "A function of events: here a watched folder is the object storage",
    "deploy",
    "photos.fnpkg",
    ...located("photos"),
  );
  say("Put a photo into it", "cp cat.jpg photos/photos/");
  writeFileSync(join(temp, "photos/photos/cat.jpg"), "meow");
  await until("the event", async () => (await run(["logs", ...located("photos")], { show: false })).includes("photo arrived"));
  await fnpkg("What the function logged", "logs", ...located("photos"));

  while (deployed.length > 0) {
    await fnpkg(`Remove ${deployed[0]}`, "destroy", ...located(deployed[0]), "--purge");
    deployed.shift();
  }
}

try {
  await main();
} catch (error) {
  console.error(stop.signal.aborted ? "\ninterrupted" : `\n${error.message}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} finally {
  for (const name of deployed) {
    await run(["destroy", ...located(name), "--purge"], { show: false, signal: undefined }).catch((error) =>
      console.error(error.message),
    );
  }
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}
