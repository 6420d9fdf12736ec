/** The keys that `raw` may not touch: what fnpkg sets itself, and what a neutral field sets. */
import type { Resolved } from "../config/resolved.ts";
import type { ReservedPath } from "../contract.ts";
import { pointer, type Json } from "../json.ts";
import { didYouMean } from "../schema.ts";
import type { Fact } from "./fact.ts";
import type { Finding } from "./limits.ts";

/** Every kind in `raw` that the target does not make. Without reserved paths nothing is known of its kinds. */
export function rawKinds(resolved: Resolved, reserved: readonly ReservedPath[]): Finding[] {
  const kinds = new Set(reserved.map(({ path }) => tokens(path)[0] ?? ""));
  if (kinds.size === 0 || kinds.has("*")) return [];
  return Object.keys(resolved.raw)
    .filter((kind) => !kinds.has(kind))
    .map((kind): Finding => ({
      code: "E_UNKNOWN_FIELD",
      message: `raw patches "${kind}", which ${resolved.target} does not make${didYouMean(kind, kinds)}`,
      pointer: pointer("targets", resolved.target, "raw", kind),
      hint: `Correct the kind: ${[...kinds].sort().join(", ")}.`,
    }));
}

/** Every path of `raw` that meets a reserved one. */
export function rawConflicts(resolved: Resolved, facts: readonly Fact[], reserved: readonly ReservedPath[]): Finding[] {
  // Counts and sizes are there even when the map is empty.
  const values = facts.filter(({ field }) => !field.endsWith(".count") && !field.endsWith(".bytes"));
  const written = (field: string) => values.some(({ pointer: at }) => at === field || at.startsWith(`${field}/`));
  return reserved.flatMap(({ path, fields }) => {
    const setBy = fields?.find(written);
    if (fields !== undefined && setBy === undefined) return [];
    return touched(resolved.raw, tokens(path), []).map((at): Finding => {
      const name = at.join(".");
      const why = setBy === undefined ? "fnpkg sets it itself" : `\`${setBy.slice(1).replaceAll("/", ".")}\` sets it`;
      return {
        code: "E_RAW_CONFLICT",
        message: `raw touches ${name}: ${why}`,
        pointer: pointer("targets", resolved.target, "raw", ...at),
        hint:
          setBy === undefined
            ? "Remove the key from `raw`."
            : `Remove the key from \`raw\`, or \`${setBy.slice(1).replaceAll("/", ".")}\`.`,
      };
    });
  });
}

function tokens(path: string): string[] {
  return path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Where the patch writes at, below or over the path. */
function touched(value: Json | undefined, path: readonly string[], at: readonly string[]): (readonly string[])[] {
  if (value === undefined) return [];
  const [next, ...rest] = path;
  // A patch that is no object replaces everything below.
  if (next === undefined || value === null || typeof value !== "object" || Array.isArray(value))
    return at.length === 0 ? [] : [at];
  const object = value as { readonly [key: string]: Json };
  const keys = next === "*" ? Object.keys(object) : Object.hasOwn(object, next) ? [next] : [];
  return keys.flatMap((key) => touched(object[key], rest, [...at, key]));
}
