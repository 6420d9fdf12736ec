/** A simulated vendor on loopback: the command is killed at each call, before the vendor sees it and after it has done it. */
import type { Simulator, Vendor } from "fnpkg/testing";
import type { Ran, Site } from "../../cli/support.ts";
import type { Kind, Verb, World } from "./driver.ts";
import { environment, furnish, mustBeClean, mustBeSame, preloading, type Settings, type Version } from "./site.ts";

export interface Cloud {
  readonly target: string;
  readonly verbs: readonly Verb[];
  /** With what others have there. */
  readonly sim: Simulator<Vendor & { foreign(): unknown }>;
  settings(endpoint: string): Settings;
}

type State = "nothing" | Version | "rolled back";
const steps: { readonly [verb in Verb]: { readonly from: State; readonly to: State } } = {
  deploy: { from: "nothing", to: "first" },
  update: { from: "first", to: "second" },
  rollback: { from: "second", to: "rolled back" },
  destroy: { from: "second", to: "nothing" },
};

export async function cloudWorld({ target, verbs, sim, settings }: Cloud, site: Site): Promise<World & { close(): Promise<void> }> {
  const { vendor } = sim;
  const { endpoint, close } = await sim.listen();
  const digests = await furnish(site, settings(endpoint));
  const flags = (version: Version) => ["--config", `${version}.json`, "--target", target, "--json"];
  const argsOf: { readonly [verb in Verb]: readonly string[] } = {
    deploy: ["deploy", "first.fnpkg", ...flags("first")],
    update: ["deploy", "second.fnpkg", ...flags("second")],
    rollback: ["rollback", "--digest", digests.first, ...flags("second")],
    destroy: ["destroy", "--purge", ...flags("second")],
  };
  const start = (verb: Verb) => site.start(argsOf[verb], { env: { ...environment, ...preloading("quick-waits.mjs") } });
  const theirs = vendor.foreign();
  const nothing = vendor.snapshot();
  const saved = new Map<State, unknown>([["nothing", vendor.save()]]);
  const ends = new Map<Verb, unknown>();
  const counts = new Map<Verb, number>();

  /** What is there after a run that ended well. */
  const end = ({ status, stdout, stderr }: Ran): unknown => {
    if (status !== 0) throw new Error(`it ended with ${status}:\n${stdout.split("\n").slice(-4).join("\n")}\n${stderr}`);
    mustBeSame(vendor.foreign(), theirs);
    return vendor.snapshot();
  };
  const reach = async (verb: Verb): Promise<number> => {
    const { from, to } = steps[verb];
    if (!saved.has(from)) await reach(verb === "update" ? "deploy" : "update");
    vendor.restore(saved.get(from));
    const before = sim.exchanges.length;
    const seen = end(await start(verb).ended);
    if (to === "nothing") mustBeSame(seen, nothing);
    else saved.set(to, vendor.save());
    ends.set(verb, seen);
    counts.set(verb, sim.exchanges.length - before);
    return sim.exchanges.length - before;
  };

  return {
    verbs,
    points: reach,
    close,
    async strike(verb: Verb, index: number, kind: Kind) {
      vendor.restore(saved.get(steps[verb].from));
      const before = sim.exchanges.length;
      const killed = start(verb);
      let struck = "nothing";
      sim.faults = (call) => {
        if (call.index - before !== index) return undefined;
        struck = call.name;
        killed.child.kill("SIGKILL");
        return { kind: kind === "before" ? "reset" : "lost" };
      };
      const { stdout, stderr } = await killed.ended;
      sim.faults = () => undefined;
      try {
        const again = await start(verb).ended;
        const found = end(again);
        mustBeClean(site, `${stdout}${stderr}${again.stdout}${again.stderr}`);
        mustBeSame(found, ends.get(verb));
      } catch (cause) {
        throw new Error(`killed at ${struck}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}
