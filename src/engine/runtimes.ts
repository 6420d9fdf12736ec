/** Which of a target's runtime versions runs a package: never a neighbour of what was asked for. */
import semver from "semver";
import type { RuntimeVersion, Target } from "../contract.ts";
import type { Resolved } from "../config/resolved.ts";
import type { Manifest } from "../package/manifest.ts";
import type { Finding } from "./limits.ts";

export interface RuntimeChoice {
  readonly runtime?: string;
  readonly problems: readonly Finding[];
}

/**
 * The package's range and the configuration's pin against the target's table: the highest supported version, else the highest
 * deprecated one with a warning. A preview runs only when it is pinned.
 */
export function chooseRuntime(manifest: Manifest, resolved: Resolved, target: Pick<Target, "name" | "limits">): RuntimeChoice {
  const { profile } = manifest;
  const offered = target.limits.runtimes[profile];
  const range = profile === "docker" ? undefined : manifest.requires.runtime?.[profile];
  const fit = ({ any, version }: RuntimeVersion) => any === true || range === undefined || fits(profile, version, range);
  const pin = resolved.runtime;
  const hidden = resolved.sensitivePointers?.includes("/runtime") === true;
  const pins = hidden ? "***" : (pin ?? "");
  const about = {
    target: target.name,
    ...(pin === undefined ? { pointer: "/requires/runtime", file: "function-package.json" } : { pointer: "/runtime" }),
  };
  if (offered === undefined || offered.length === 0) {
    if (profile === "docker") return { problems: [] };
    const message = `the package's profile is ${profile}: ${target.name} has no runtime for it`;
    return {
      problems: [
        {
          code: "E_RUNTIME",
          message,
          hint: "Choose another target.",
          ...about,
          pointer: "/profile",
          file: "function-package.json",
        },
      ],
    };
  }
  const sides = `the package needs ${profile} ${range ?? "of any version"}, ${target.name} has ${offered.map(named).join(", ")}`;
  const fitting = offered.filter(fit);
  if (pin !== undefined) {
    const pinned = offered.find(({ version }) => version === pin);
    const near = fitting.map(({ version }) => version);
    const problem = { code: "E_RUNTIME", ...(hidden ? {} : { value: pin }), nearest: near, ...about } as const;
    if (pinned === undefined) {
      const message = `the configuration pins ${profile} ${pins}, which ${target.name} does not have: ${sides}`;
      return { problems: [{ ...problem, message, hint: hintFor(near) }] };
    }
    if (!fitting.includes(pinned)) {
      return {
        problems: [
          {
            ...problem,
            message: `the configuration pins ${profile} ${pins}, which does not fit the package: ${sides}`,
            hint: hintFor(near),
          },
        ],
      };
    }
    return { runtime: pin, problems: warnings(profile, pinned, about) };
  }
  const usable = fitting.filter(({ status }) => status !== "preview");
  const best = highest(usable.filter(({ status }) => status === "supported")) ?? highest(usable);
  if (best === undefined) {
    const previews = fitting.map(({ version }) => version);
    const preview = previews.length === 0 ? "" : `; of these ${previews.join(", ")} fits but is a preview`;
    const hint =
      previews.length === 0
        ? "Widen `requires.runtime`, or choose another target."
        : `Pin it with \`runtime: "${previews[0] ?? ""}"\`, or widen \`requires.runtime\`.`;
    return { problems: [{ code: "E_RUNTIME", message: `${sides}${preview}`, hint, ...about }] };
  }
  return { runtime: best.version, problems: warnings(profile, best, about) };
}

function named({ version, status }: RuntimeVersion): string {
  return status === "supported" ? version : `${version} (${status})`;
}

function hintFor(near: readonly string[]): string {
  return near.length === 0 ? "Widen `requires.runtime`, or choose another target." : `Pin one that fits: ${near.join(", ")}.`;
}

function warnings(profile: string, chosen: RuntimeVersion, about: { target: string; pointer: string; file?: string }): Finding[] {
  const source = { source: chosen.source, severity: "warning", code: "E_RUNTIME" } as const;
  const name = `${profile} ${chosen.version}`;
  if (chosen.status === "preview") {
    return [
      {
        ...source,
        message: `${name} is a preview on ${about.target}`,
        hint: `It may change. See ${chosen.source} (${chosen.checked}).`,
        ...about,
      },
    ];
  }
  if (chosen.status !== "deprecated") return [];
  const until = chosen.until === undefined ? "" : `; nothing can be created on it from ${chosen.until}`;
  return [
    {
      ...source,
      message: `${name} is deprecated on ${about.target}${until}`,
      hint: `Move to a newer version. See ${chosen.source} (${chosen.checked}).`,
      ...about,
    },
  ];
}

function highest(versions: readonly RuntimeVersion[]): RuntimeVersion | undefined {
  return versions.reduce<RuntimeVersion | undefined>(
    (best, next) => (best === undefined || compare(next.version, best.version) > 0 ? next : best),
    undefined,
  );
}

function compare(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  const different = left.findIndex((part, index) => part !== right[index]);
  return different < 0 ? 0 : Number(left[different]) - Number(right[different] ?? 0);
}

/** A target keeps each version at its newest release: "22" is 22.x, the latest; "3.12" is 3.12.x, the latest. */
function fits(profile: Manifest["profile"], version: string, range: string): boolean {
  const latest = [...version.split("."), "999999", "999999"].slice(0, 3).join(".");
  return profile === "python" ? fitsSpecifier(latest, range) : semver.satisfies(latest, range);
}

/** A PEP 440 specifier on a final release: all comma-separated clauses hold. */
function fitsSpecifier(version: string, specifier: string): boolean {
  return specifier.split(",").every((clause) => {
    const match = /^(~=|==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause.trim());
    if (match === null) return false;
    const [, operator = "", text = "", wild] = match;
    const parts = text.split(".");
    const padded = [...parts, "0", "0"].slice(0, 3).join(".");
    const order = compare(version, padded);
    const within = (prefix: readonly string[]) => version.split(".").slice(0, prefix.length).join(".") === prefix.join(".");
    switch (operator) {
      case "==":
        return wild === undefined ? order === 0 : within(parts);
      case "!=":
        return wild === undefined ? order !== 0 : !within(parts);
      case "~=":
        return order >= 0 && within(parts.slice(0, -1));
      case "<=":
        return order <= 0;
      case ">=":
        return order >= 0;
      case "<":
        return order < 0;
      default:
        return order > 0;
    }
  });
}
