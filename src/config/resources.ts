/** Names of `resources` looked up for one target. */
import { didYouMean } from "../schema.ts";
import type { Cx } from "./cx.ts";
import type { ResourceRef } from "./resolved.ts";
import { isMap, nodeAt, type Branch, type Path } from "./tree.ts";

export type ResourceUse = "queue" | "topic" | "object-storage" | "stream" | "secret" | "dead letter" | "network";

/** Where a target has no such thing there is no id to give: its limits say so (E_CAPABILITY), not a missing entry. */
const withoutId: { readonly [target: string]: readonly ResourceUse[] } = {
  local: ["stream", "network"],
  "google-cloud-functions": ["stream"],
  "azure-functions": ["dead letter"],
};

export interface Resources {
  /** The entry for the target. With a problem reported, `id` is null. */
  ref(named: string | { readonly resource: string }, use: ResourceUse, at: Path): ResourceRef;
}

/** `all` is the merged document with every target's entries, for "did you mean". */
export function resourcesFor(cx: Cx, all: Branch): Resources {
  const names = keysOf(all, ["resources"]);
  return {
    ref(named, use, at) {
      const name = typeof named === "string" ? named : named.resource;
      const here = typeof named === "string" ? at : [...at, "resource"];
      // A name that is no entry may be a secret's value in the wrong place, so it is not quoted there.
      const quoted = use === "secret" ? "" : ` ${cx.show(here)}`;
      if (!names.includes(name)) {
        cx.report("E_RESOURCE", `no entry${quoted} in \`resources\` for this ${use}${didYouMean(name, names)}`, here);
        return { resource: name, id: null };
      }
      const id = cx.value(["resources", name, cx.target]);
      if (id === undefined) {
        const others = keysOf(all, ["resources", name]);
        if (withoutId[cx.target]?.includes(use) !== true) {
          cx.report(
            "E_RESOURCE",
            `the resource${quoted} has no entry for ${cx.target}${didYouMean(cx.target, others)}`,
            ["resources", name, cx.target],
            {
              hint: `Add ${cx.target} with the vendor's own id.`,
            },
          );
        }
        return { resource: name, id: null };
      }
      checkId(cx, id, use, name);
      return { resource: name, id };
    },
  };
}

function checkId(cx: Cx, id: unknown, use: ResourceUse, name: string): void {
  const at = ["resources", name, cx.target];
  if (isMap(id)) {
    if (use !== "network") cx.report("E_RESOURCE", `used as ${use}, the resource's id is one string`, at);
    return;
  }
  if (cx.target !== "local" || use !== "secret" || typeof id !== "string") return;
  if (!/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/s.test(id)) {
    cx.report("E_PLAINTEXT_SECRET", "on local, a secret's reference is env:NAME or file:PATH; this is neither", at, {
      hint: "Put the secret in a variable or a file and name that.",
    });
  }
}

function keysOf(tree: Branch, at: Path): string[] {
  const node = nodeAt(tree, at);
  return node?.kind === "map" ? [...node.entries.keys()] : [];
}
