/** What the schema can't say about an http trigger. */
import type { TriggerOutput } from "./schema.ts";

/** Faults with the key that each is about. */
export function httpFaults(
  trigger: Extract<TriggerOutput, { type: "http" }>,
): { readonly key: string; readonly message: string }[] {
  const path = trigger.path === undefined ? undefined : pathFault(trigger.path);
  const faults = path === undefined ? [] : [{ key: "path", message: path }];
  if (trigger.callers !== undefined && trigger.auth !== "identity") {
    faults.push({
      key: "callers",
      message: `\`callers\` goes with \`auth: identity\`; here auth is ${trigger.auth ?? "public"}`,
    });
  }
  return faults;
}

/** A path is `/` and segments: text, `{name}` for one segment, `{name*}` for all the rest. */
function pathFault(path: string): string | undefined {
  const segments = path.slice(1).split("/");
  const names = new Set<string>();
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment === "" && !last) return "the path has an empty segment";
    if (/[\s?#\\]/.test(segment)) return "the path holds white space, `?`, `#` or a backslash";
    if (segment === "*" || segment === "**") return "the path's wildcard is written {rest*}, at the end";
    if (!/[{}]/.test(segment)) continue;
    const found = /^\{([A-Za-z_][A-Za-z0-9_]*)(\*?)\}$/.exec(segment);
    if (found === null) return "a parameter is a whole segment of the path: {name}, or {name*} at the end";
    if (found[2] === "*" && !last) return "{name*} takes the rest of the path, so it stands at the end";
    if (names.has(found[1] ?? "")) return `the path names the parameter "${found[1]}" twice`;
    names.add(found[1] ?? "");
  }
  return undefined;
}
