/** Every command: its summary for the overview, its code loaded when it runs. */
import type { Command } from "../command.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<{ readonly default: Command }>;
}

const table = {
  init: { summary: "write an author file, a configuration and a handler that run as they are", load: () => import("./init.ts") },
  pack: { summary: "seal a folder into a package", load: () => import("./pack.ts") },
  verify: { summary: "verify a package, whole", load: () => import("./verify.ts") },
  inspect: { summary: "show what is in a package", load: () => import("./inspect.ts") },
  diff: { summary: "show what changed between two packages", load: () => import("./diff.ts") },
  check: { summary: "find every problem of package and configuration on each target, offline", load: () => import("./check.ts") },
  explain: { summary: "show every final value of the configuration and where it came from", load: () => import("./explain.ts") },
  plan: { summary: "show the steps that a deploy would take", load: () => import("./plan.ts") },
  deploy: { summary: "make the target what package and configuration say", load: () => import("./deploy.ts") },
  permissions: { summary: "print the policy that the deployer needs for this plan", load: () => import("./permissions.ts") },
  status: { summary: "show what is deployed and how it is", load: () => import("./status.ts") },
  invoke: { summary: "call the function over HTTP or with a CloudEvent", load: () => import("./invoke.ts") },
  logs: { summary: "print the function's log", load: () => import("./logs.ts") },
  list: { summary: "list what fnpkg owns on a target", load: () => import("./list.ts") },
  versions: { summary: "list the versions of a deployment, where the target has them", load: () => import("./versions.ts") },
  promote: { summary: "move all traffic to a version, where the target has them", load: () => import("./promote.ts") },
  rollback: { summary: "go back to an earlier version, where the target has them", load: () => import("./rollback.ts") },
  destroy: { summary: "remove everything that was deployed", load: () => import("./destroy.ts") },
  dev: { summary: "pack, run on this machine, and again on every change", load: () => import("./dev.ts") },
} as const satisfies Record<string, Entry>;

export type CommandName = keyof typeof table;

export const commands: { readonly [Name in CommandName]: Entry } = table;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(table, name);
}
