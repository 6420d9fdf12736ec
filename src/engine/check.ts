/** The offline check of one package and one configuration against one target. Pure: no network, no clock, no files. */
import type { Resolved } from "../config/resolved.ts";
import type { Target } from "../contract.ts";
import { withHint } from "../errors.ts";
import { pointer } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { factsOf, type Sizes } from "./facts.ts";
import { evaluate, type Finding } from "./limits.ts";
import { rawConflicts, rawKinds } from "./raw.ts";
import { chooseRuntime } from "./runtimes.ts";

export type { Sizes } from "./facts.ts";
export type { Finding } from "./limits.ts";

export interface CheckInput {
  readonly manifest: Manifest;
  readonly sizes: Sizes;
  readonly resolved: Resolved;
  readonly target: Pick<Target, "name" | "limits" | "reserved">;
}

export interface CheckResult {
  /** The runtime's version that the target will run; absent where it has none, or none fits. */
  readonly runtime?: string;
  /** Every error and warning: the runtime first, then in the order of the package and the configuration. */
  readonly problems: readonly Finding[];
}

/**
 * Every reason why the target can't run the package as configured, all at once. What is wrong whatever the target is found when
 * the configuration is bound, so it is not found here again.
 */
export function check({ manifest, sizes, resolved, target }: CheckInput): CheckResult {
  const facts = factsOf(manifest, sizes, resolved);
  const { runtime, problems } = chooseRuntime(manifest, resolved, target);
  const found = [
    ...problems,
    ...platformProblems(manifest, resolved, target),
    ...libraryProblems(manifest, target),
    ...evaluate(target.name, target.limits.rows, facts, resolved.sensitivePointers),
    ...rawKinds(resolved, target.reserved ?? []),
    ...rawConflicts(resolved, facts.facts, target.reserved ?? []),
  ];
  const placed = found.map((problem) => place({ ...problem, target: target.name }, resolved));
  return { ...(runtime === undefined ? {} : { runtime }), problems: distinct(placed) };
}

const platformArchitecture = { x86_64: "amd64", arm64: "arm64" } as const;

/** The package runs on the configured architecture; whether the target has that is a row of its limits. */
function platformProblems(manifest: Manifest, resolved: Resolved, target: CheckInput["target"]): Finding[] {
  const needed = manifest.requires.platforms;
  if (needed === undefined) return [];
  const architecture = platformArchitecture[resolved.architecture];
  const offered = target.limits.platforms;
  const runs = (on: (typeof offered)[number]) =>
    needed.some((one) => one.os === on.os && one.architecture === on.architecture && (one.libc ?? on.libc) === on.libc);
  const chosen = offered.filter((on) => on.architecture === architecture);
  if (chosen.some(runs) || (chosen.length === 0 && offered.some(runs))) return [];
  const other = offered.find(runs);
  const name = ({ os, architecture: cpu, libc }: { os: string; architecture: string; libc?: string | undefined }) =>
    [os, cpu, ...(libc === undefined ? [] : [libc])].join("/");
  const message = `the package runs on ${needed.map(name).join(", ")}; ${target.name} runs it on ${(chosen.length === 0 ? offered : chosen).map(name).join(", ")}`;
  const hint =
    other === undefined
      ? "Package the function for the target's platform, or choose another target."
      : `Set \`architecture: ${other.architecture === "amd64" ? "x86_64" : "arm64"}\`, or package the function for ${architecture}.`;
  return [{ code: "E_CAPABILITY", message, hint, pointer: "/requires/platforms", file: "function-package.json" }];
}

function libraryProblems(manifest: Manifest, { name: target, limits }: CheckInput["target"]): Finding[] {
  if (manifest.profile === "docker") return [];
  const attested = new Set(limits.libraries?.map(({ name }) => name));
  return (manifest.requires.libraries ?? []).flatMap(({ name }, index) =>
    attested.has(name)
      ? []
      : {
          code: "E_CAPABILITY",
          message: `the package requires the system library ${name}: ${target} does not vouch for it`,
          hint: "Put the library into the package, or choose a target that has it.",
          pointer: pointer("requires", "libraries", index),
          file: "function-package.json",
          value: name,
        },
  );
}

/** Adds the hint, and the place where the value was written. */
function place(problem: Finding, { places }: Resolved): Finding {
  const complete = withHint(problem);
  if (problem.file !== undefined || problem.pointer === undefined) return complete;
  return { ...complete, ...places.at(problem.pointer) };
}

/** One resource used twice is one problem. */
function distinct(problems: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message, pointer: at }) => {
    const key = JSON.stringify([code, message, at]);
    return !seen.has(key) && seen.add(key);
  });
}
