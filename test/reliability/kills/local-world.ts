/** The local target: killed at each step that leaves a trace on this machine, and at each call to the function's host. */
import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Library from "../../../src/index.ts";
import { filesBelow, type Ran, root, type Site } from "../../cli/support.ts";
import type { Kind, Verb, World } from "./driver.ts";
import { environment, furnish, mustBeClean, mustBeSame, preloading, type Version, versions } from "./site.ts";

const target = "local";
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
  const command = (verb: Verb, more: { readonly [name: string]: string } = {}): Promise<Ran> =>
    site.fnpkg(argsOf(verb), { env: { ...environment, KILLS_OUT: join(site.folder, "out.txt"), ...more } });

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
    readdirSync("/proc").filter(
      (pid) => /^\d+$/.test(pid) && argumentsOf(pid).includes(join(site.folder, ".fnpkg/local/functions/orders")),
    ).length;

  let now: Version | undefined | "unknown";
  const begin = async (from: Version | undefined) => {
    if (now === from) return;
    if (from === undefined) await library.destroy({ ...of("second.json") });
    else await deploy(from);
    now = from;
  };

  const reached = new Map<Verb, { readonly points: number; readonly seen: unknown; readonly hosts: number }>();
  const reach = async (verb: Verb) => {
    const { from, to } = stateOf(verb);
    await begin(from);
    const steps = join(site.folder, `steps-${verb}.txt`);
    await rm(steps, { force: true });
    const { status, stdout, stderr } = await command(verb, { ...preloading("steps.mjs"), FNPKG_TEST_STEPS: steps });
    if (status !== 0) throw new Error(`${argsOf(verb).join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    now = to;
    const points = readFileSync(steps, "utf8").split("\n").length - 1;
    const found = { points, seen: await look(to), hosts: hosts() };
    reached.set(verb, found);
    return found;
  };

  return {
    verbs: ["deploy", "update", "destroy"],
    // What runs below the site ends with it.
    close: async () => {},
    points: async (verb) => (await reach(verb)).points,
    async strike(verb: Verb, index: number, kind: Kind) {
      const { from, to } = stateOf(verb);
      await begin(from);
      now = "unknown";
      const killed = await command(verb, { ...preloading("steps.mjs"), FNPKG_TEST_KILL: `${index} ${kind}` });
      const again = await command(verb);
      const printed = `${killed.stdout}${killed.stderr}${again.stdout}${again.stderr}`;
      if (again.status !== 0) throw new Error(`it ended with ${again.status}:\n${again.stdout.slice(-3000)}${again.stderr}`);
      mustBeClean(site, printed);
      mustBeSame(await look(to), reached.get(verb)?.seen);
      mustBeSame(hosts(), reached.get(verb)?.hosts);
      mustBeSame(theirHost(), theirs);
      now = to;
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
