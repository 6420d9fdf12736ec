/** `raw`: a merge patch (RFC 7396) on every resource of a kind, after everything else. */
import type { Resource } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import { type Json, type JsonObject, pointer } from "../json.ts";
import { isObject } from "./references.ts";

/**
 * The resources with `raw` merged into their props. `null` stays as a value: a managed property is named even where it is nothing.
 * @throws E_CAPABILITY for a kind that is not there, or a property that the target does not manage
 */
export function withRaw(
  resources: readonly Resource[],
  { target, raw }: { readonly target: string; readonly raw: JsonObject },
): readonly Resource[] {
  const unmanaged = (message: string, at: readonly string[], known: readonly string[]) =>
    new FnpkgError("E_CAPABILITY", `raw: ${message}`, {
      target,
      pointer: pointer("targets", target, "raw", ...at),
      hint: `It can change: ${known.join(", ")}.`,
    });
  for (const kind of Object.keys(raw)) {
    if (!resources.some((resource) => resource.kind === kind)) {
      throw unmanaged(`this deployment has no ${kind}`, [kind], [...new Set(resources.map((resource) => resource.kind))]);
    }
  }
  return resources.map((resource) => {
    const patch = Object.hasOwn(raw, resource.kind) ? raw[resource.kind] : undefined;
    if (!isObject(patch)) return resource;
    const unknown = Object.keys(patch).find((key) => !Object.hasOwn(resource.props, key));
    if (unknown !== undefined) {
      throw unmanaged(
        `fnpkg does not manage ${unknown} of ${resource.kind}`,
        [resource.kind, unknown],
        Object.keys(resource.props),
      );
    }
    return { ...resource, props: merged(resource.props, patch) as JsonObject };
  });
}

function merged(value: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const base = isObject(value) ? value : {};
  const changed = Object.entries(patch).map(([key, inner]) => [
    key,
    merged(Object.hasOwn(base, key) ? base[key] : undefined, inner),
  ]);
  return { ...base, ...(Object.fromEntries(changed) as JsonObject) };
}
