/** Decides, for one resource, what must be done and whether it may be. Pure. */
import type { Derivation, Lifecycle, Live, Mark } from "../contract.ts";
import type { JsonObject } from "../json.ts";
import { diff, fromNothing, touches } from "./diff.ts";
import type { Action, Change } from "./plan-types.ts";

export interface Verdict {
  readonly action: Exclude<Action, "delete">;
  /** Not redacted. */
  readonly changes: readonly Change[];
  readonly note?: string;
}

export interface Want {
  /** References resolved as far as they are known. */
  readonly props: JsonObject;
  readonly mark: Mark;
  /** On the anchor alone. */
  readonly derivation?: Derivation;
}

/** `moved`: this deployment's, marked for another resource. */
export type Ownership = "ours" | "moved" | "unmarked" | "other-package" | "other-deployment";

export function ownership(mark: Mark | null, wanted: Mark): Ownership {
  if (mark === null) return "unmarked";
  if (mark.deployment !== wanted.deployment) return "other-deployment";
  if (mark.package !== wanted.package) return "other-package";
  return mark.resource === wanted.resource ? "ours" : "moved";
}

/** What makes `live` as wanted. Whether it may be touched at all is `ownership`'s. */
export function judge(lifecycle: Pick<Lifecycle, "fixed" | "whole" | "update">, want: Want, live: Live | undefined): Verdict {
  if (live === undefined) return { action: "create", changes: fromNothing(want.props) };
  const changes = differences(lifecycle, want, live);
  const inPlace = lifecycle.update !== undefined;
  if (changes.length > 0) return { action: inPlace && !touches(changes, lifecycle.fixed) ? "update" : "replace", changes };
  if (!inPlace) return { action: "keep", changes };
  const owner = ownership(live.mark, want.mark);
  if (owner === "unmarked") return { action: "update", changes, note: "takes over what exists without a mark" };
  if (owner !== "ours")
    return { action: "update", changes, note: `takes over what is marked for ${live.mark?.package} ${live.mark?.resource}` };
  if (live.state !== "ready") return { action: "update", changes, note: `it is not ready: ${live.state}` };
  return { action: "keep", changes };
}

/** Everything in which a live thing is not as wanted: props, and on the anchor what its mark records. Not redacted. */
export function differences(
  lifecycle: Pick<Lifecycle, "whole">,
  want: Pick<Want, "props" | "derivation">,
  live: Live,
): readonly Change[] {
  const rules = lifecycle.whole === undefined ? {} : { whole: lifecycle.whole };
  const changes = diff(want.props, live.props as JsonObject, rules);
  return want.derivation === undefined ? changes : [...changes, ...derivationChanges(want.derivation, live)];
}

/** The adapter's version alone is no change. */
function derivationChanges(wanted: Derivation, live: Live): Change[] {
  const recorded = live.derivation;
  const changes: Change[] = [];
  for (const key of ["packageDigest", "configDigest", "layoutDigest"] as const) {
    if (recorded?.[key] !== wanted[key])
      changes.push({ path: `/derivation/${key}`, from: recorded?.[key] ?? null, to: wanted[key] });
  }
  const archive = archiveChange(live);
  return archive === undefined ? changes : [...changes, archive];
}

/** The live archive is not the one that the mark records. */
export function archiveChange(live: Live): Change | undefined {
  const recorded = live.derivation?.archiveSha256;
  if (recorded === undefined || live.archiveSha256 === undefined || recorded === live.archiveSha256) return undefined;
  return { path: "/derivation/archiveSha256", from: live.archiveSha256, to: recorded };
}
