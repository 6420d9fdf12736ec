/**
 * The local target: killed at each step that leaves a trace on this machine and at each call to the function's host, at each line that
 * is printed, and at times spread over the run.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type * as Library from "../../../src/index.ts";
import { filesBelow, type Ran, root, type Running, type Site } from "../../cli/support.ts";
import type { Kind, Verb, World } from "./driver.ts";
import { environment, furnish, mustBeClean, mustBeSame, preloading, type Version, versions } from "./site.ts";

const target = "local";
const thirtieths = 30;
const where: {
  readonly [verb in Exclude<Verb, "rollback">]: { readonly from: Version | undefined; readonly to: Version | undefined };
} = {
  deploy: { from: undefined, to: "first" },
  update: { from: "first", to: "second" },
  destroy: { from: "second", to: undefined },
};

export async function localWorld(site: Site): Promise<World> {
  Object.assign(process.env, environment);
  // The very code that the command line runs: a host of other code would be drift.
  const library = (await import(pathToFileURL(join(root, "dist/src/index.js")).href)) as typeof Library;
  const tick = { name: "tick", type: "schedule", cron: "0 0 1 1 *" };
  const jobs = { name: "jobs", type: "queue", source: "jobs", retry: { attempts: 2, deadLetter: "dead" } };
  await furnish(site, {
    targets: { local: {} },
    triggers: {
      first: [jobs, tick],
      second: [
        { ...jobs, retry: { attempts: 3, deadLetter: "dead" } },
        { name: "photos", type: "object-storage", source: "photos" },
      ],
    },
    resources: { jobs: { local: "./jobs" }, dead: { local: "./dead" }, photos: { local: "./photos" } },
    more: { env: { GREETING: "hello", TOKEN: "${env:KILLS_TOKEN}", OUT: "${env:KILLS_OUT}" } },
  });
  for (const version of versions) {
    const file = join(site.folder, `${version}.json`);
    const config = JSON.parse(readFileSync(file, "utf8")) as { env: object };
    await site.write(`${version}.json`, JSON.stringify({ ...config, env: { ...config.env, GREETING: version } }));
  }
  process.env["KILLS_OUT"] = join(site.folder, "out.txt");
  await site.write(
    "theirs.json",
    JSON.stringify({ ...JSON.parse(readFileSync(join(site.folder, "first.json"), "utf8")), function: "theirs" }),
  );
  for (const path of ["dead/new/theirs.json", "photos/theirs.jpg", "jobs/failed/theirs.json"]) await site.write(path, "{}");

  const reached = new Map<Verb, { readonly ms: number; readonly seen: unknown; readonly hosts: number }>();
  const cache = join(site.folder, "cache/fnpkg");
  const of = (config: string) => ({ config: join(site.folder, config), target });
  const deploy = (version: Version, config = `${version}.json`) =>
    library.deploy({ ...of(config), package: join(site.folder, `${version}.fnpkg`), cache });
  await deploy("first", "theirs.json");
  const theirHost = () => readFileSync(join(site.folder, ".fnpkg/local/functions/theirs/host.json"), "utf8");
  const theirs = theirHost();

  const argsOf = (verb: Verb): readonly string[] => {
    const { to } = stateOf(verb);
    return to === undefined ? ["destroy", ...flags("second")] : ["deploy", `${to}.fnpkg`, ...flags(to)];
  };
  const flags = (version: Version) => ["--config", `${version}.json`, "--target", target, "--json"];
  const command = (verb: Verb, more: { readonly [name: string]: string } = {}): Running =>
    site.start(argsOf(verb), { env: { ...environment, KILLS_OUT: join(site.folder, "out.txt"), ...more } });
  /** Kills from outside, or has it kill itself at a step. */
  const killed = async (verb: Verb, index: number, kind: Kind): Promise<Ran> => {
    if (kind === "before" || kind === "lost")
      return command(verb, { ...preloading("steps.mjs"), FNPKG_TEST_KILL: `${index} ${kind}` }).ended;
    const running = command(verb);
    if (kind === "time") await wait(((reached.get(verb)?.ms ?? 0) * (index + 1)) / thirtieths, undefined, { ref: false });
    else await running.untilLines(index + 1);
    running.child.kill("SIGKILL");
    return running.ended;
  };

  /** Everything that can be seen from outside. */
  const look = async (version: Version | undefined) => {
    const deployments = await library.list(of("first.json"));
    const state = await library.status({ ...of(`${version ?? "first"}.json`), verify: true });
    await rm(join(site.folder, "out.txt"), { force: true });
    let invoked: unknown;
    if (version !== undefined) {
      const event = { specversion: "1.0", id: "1", source: "test", type: "dev.fnpkg.message.received.v1", data: {} };
      invoked = await library.invoke({ ...of(`${version}.json`), invocation: { type: "event", event } });
    }
    const files = filesBelow(join(site.folder, ".fnpkg"))
      .map((path) => relative(site.folder, path))
      .filter((path) => !path.includes("/theirs/"));
    return {
      deployments,
      state,
      invoked,
      out: version === undefined ? "" : await readFile(join(site.folder, "out.txt"), "utf8"),
      files: Object.fromEntries(files.filter((path) => !/\/(logs|seen)\//.test(path)).map((path) => [path, "there"])),
      temporary: readdirSync(site.env["TMPDIR"] ?? "").length,
      theirs: ["dead", "photos", "jobs"]
        .flatMap((folder) => filesBelow(join(site.folder, folder)))
        .map((path) => relative(site.folder, path)),
    };
  };
  /** Hosts of the deployment, known or forgotten. */
  const hosts = () =>
    (existsSync("/proc") ? readdirSync("/proc") : []).filter(
      (pid) => /^\d+$/.test(pid) && argumentsOf(pid).includes(join(site.folder, ".fnpkg/local/functions/orders")),
    ).length;

  let now: Version | undefined | "unknown";
  /** Each time the same: what was verified before is not known any more. */
  const begin = async (from: Version | undefined) => {
    await rm(cache, { recursive: true, force: true });
    if (now === from) return;
    if (from === undefined) await library.destroy({ ...of("second.json") });
    else await deploy(from);
    await rm(cache, { recursive: true, force: true });
    now = from;
  };

  const reach = async (verb: Verb) => {
    const { from, to } = stateOf(verb);
    await begin(from);
    const steps = join(site.folder, `steps-${verb}.txt`);
    await rm(steps, { force: true });
    const began = performance.now();
    const { status, stdout, stderr } = await command(verb, { ...preloading("steps.mjs"), FNPKG_TEST_STEPS: steps }).ended;
    const ms = performance.now() - began;
    if (status !== 0) throw new Error(`${argsOf(verb).join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    now = to;
    reached.set(verb, { ms, seen: await look(to), hosts: hosts() });
    const counted = readFileSync(steps, "utf8").split("\n").length - 1;
    return { before: counted, lost: counted, line: stdout.split("\n").length - 1, time: thirtieths };
  };

  return {
    verbs: ["deploy", "update", "destroy"],
    // What runs below the site ends with it.
    close: async () => {},
    points: reach,
    async strike(verb: Verb, index: number, kind: Kind) {
      const { from, to } = stateOf(verb);
      await begin(from);
      now = "unknown";
      const first = await killed(verb, index, kind);
      const again = await command(verb).ended;
      const printed = `${first.stdout}${first.stderr}${again.stdout}${again.stderr}`;
      if (again.status !== 0) throw new Error(`it ended with ${again.status}:\n${again.stdout.slice(-3000)}${again.stderr}`);
      mustBeClean(site, printed);
      mustBeSame(await look(to), reached.get(verb)?.seen);
      mustBeSame(hosts(), reached.get(verb)?.hosts);
      mustBeSame(theirHost(), theirs);
      now = to;
      return first.status === null;
    },
  };
}

function stateOf(verb: Verb) {
  if (verb === "rollback") throw new Error("local has no versions");
  return where[verb];
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
