/** Simulated vendors on loopback: the command is killed at each call, before the vendor sees it and after it has done it. */
import type { Listening, Simulator, Vendor } from "fnpkg/testing";
import type { Ran, Site } from "../../cli/support.ts";
import type { Kind, Verb, World } from "./driver.ts";
import { environment, furnish, mustBeClean, mustBeSame, preloading, type Settings, type Version } from "./site.ts";

export interface Cloud {
  readonly target: string;
  /** With what others have there. */
  readonly sim: Simulator<Vendor & { foreign(): unknown }>;
  /** What a deployment needs there and is made by calls. */
  prepare?(endpoint: string): Promise<void>;
  settings(endpoint: string): Settings;
}

/** `third`: the first package with the second configuration, so that there is one to go back to that had the same triggers. */
type State = "nothing" | Version | "third" | "rolled back";
const states: { readonly [verb in Verb]: { readonly from: State; readonly to: State } } = {
  deploy: { from: "nothing", to: "first" },
  update: { from: "first", to: "second" },
  rollback: { from: "third", to: "rolled back" },
  destroy: { from: "second", to: "nothing" },
};

/** With several clouds one configuration names all, and a deploy goes to all at once. */
export async function cloudWorld(clouds: readonly Cloud[], site: Site, several: readonly Verb[] = []): Promise<World> {
  const listening: Listening[] = [];
  const settings: Settings[] = [];
  for (const cloud of clouds) {
    const listens = await cloud.sim.listen();
    listening.push(listens);
    await cloud.prepare?.(listens.endpoint);
    settings.push(cloud.settings(listens.endpoint));
  }
  const digests = await furnish(site, joined(clouds, settings));
  const targets = clouds.flatMap(({ target }) => ["--target", target]);
  const flags = (version: Version) => ["--config", `${version}.json`, ...targets, "--json"];
  const argsOf: { readonly [verb in Verb]: readonly string[] } = {
    deploy: ["deploy", "first.fnpkg", ...flags("first")],
    update: ["deploy", "second.fnpkg", ...flags("second")],
    rollback: ["rollback", "--digest", digests.second, ...flags("second")],
    destroy: ["destroy", "--purge", ...flags("second")],
  };
  const begin = (args: readonly string[]) => site.start(args, { env: { ...environment, ...preloading("quick-waits.mjs") } });
  const start = (verb: Verb) => begin(argsOf[verb]);

  const ofAll = (what: (cloud: Cloud) => unknown) => clouds.map(what);
  const sent = () => clouds.reduce((sum, { sim }) => sum + sim.exchanges.length, 0);
  const save = () => ofAll(({ sim }) => sim.vendor.save());
  const restore = (saved: unknown) => clouds.forEach(({ sim }, at) => sim.vendor.restore((saved as readonly unknown[])[at]));
  const look = () => ofAll(({ sim }) => sim.vendor.snapshot());
  const theirs = ofAll(({ sim }) => sim.vendor.foreign());
  const nothing = look();
  const saved = new Map<State, unknown>([["nothing", save()]]);
  const ends = new Map<Verb, unknown>();

  /** What is there after a run that ended well. */
  const end = ({ status, stdout, stderr }: Ran): unknown => {
    if (status !== 0) throw new Error(`it ended with ${status}:\n${stdout.split("\n").slice(-4).join("\n")}\n${stderr}`);
    mustBeSame(
      ofAll(({ sim }) => sim.vendor.foreign()),
      theirs,
    );
    return look();
  };
  const reach = async (verb: Verb): Promise<number> => {
    const { from, to } = states[verb];
    if (from === "third") {
      restore(saved.get("second"));
      end(await begin(["deploy", "first.fnpkg", ...flags("second")]).ended);
      saved.set("third", save());
    }
    restore(saved.get(from));
    const before = sent();
    const ran = await start(verb).ended;
    const seen = end(ran);
    mustBeClean(site, ran.stdout + ran.stderr);
    if (to === "nothing") mustBeSame(seen, nothing);
    else saved.set(to, save());
    ends.set(verb, seen);
    return sent() - before;
  };

  return {
    verbs: clouds.length === 1 ? ["deploy", "update", "rollback", "destroy"] : several,
    async points(verb) {
      const calls = await reach(verb);
      return { before: calls, lost: calls };
    },
    async close() {
      for (const listens of listening) await listens.close();
    },
    async strike(verb: Verb, index: number, kind: Kind) {
      restore(saved.get(states[verb].from));
      const killed = start(verb);
      let struck: string | undefined;
      let count = 0;
      for (const { sim } of clouds) {
        sim.faults = (call) => {
          if (count++ !== index) return undefined;
          struck = call.name;
          killed.child.kill("SIGKILL");
          return { kind: kind === "before" ? "reset" : "lost" };
        };
      }
      const { stdout, stderr } = await killed.ended;
      for (const { sim } of clouds) sim.faults = () => undefined;
      try {
        const again = await start(verb).ended;
        const found = end(again);
        mustBeClean(site, `${stdout}${stderr}${again.stdout}${again.stderr}`);
        mustBeSame(found, ends.get(verb));
        return struck !== undefined;
      } catch (cause) {
        throw new Error(`killed at ${struck ?? "nothing"}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

/** One configuration: what differs stands under each target. */
function joined(clouds: readonly Cloud[], all: readonly Settings[]): Settings {
  const [first] = all;
  if (first === undefined || all.length === 1) return first as Settings;
  const triggers = (version: Version) =>
    Object.fromEntries(clouds.map(({ target }, at) => [target, { override: { triggers: all[at]?.triggers[version] } }]));
  return {
    targets: merged(all.map(({ targets }) => targets)),
    triggers: { first: [], second: [] },
    resources: merged(all.map(({ resources = {} }) => resources)),
    more: merged(all.map(({ more = {} }) => more)),
    by: { first: triggers("first"), second: triggers("second") },
  };
}

type Tree = { readonly [key: string]: unknown };

function merged(trees: readonly object[]): Tree {
  const together: { [key: string]: unknown } = {};
  for (const [key, value] of trees.flatMap((tree) => Object.entries(tree))) {
    const there = together[key];
    const both = typeof value === "object" && typeof there === "object" && there !== null;
    together[key] = both ? merged([there, value as object]) : value;
  }
  return together;
}
