/** From zod's issues to fnpkg's problems: codes, pointers, "did you mean". */
import { distance } from "fastest-levenshtein";
import type { z } from "zod";
import type { Code, Problem } from "./errors.ts";
import { pointer } from "./json.ts";

/** Attaches a code to a zod check: `.refine(test, issue("E_DIGEST", "…"))`. */
export function issue(code: Code, message: string): { error: string; params: { code: Code } } {
  return { error: message, params: { code } };
}

/** The candidate nearest to `word`, when it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Of a short word two changes leave nothing.
  let least = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  for (const candidate of candidates) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d > 0 && d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** " (did you mean …?)" or nothing, to end a message with. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

type Path = readonly PropertyKey[];
type ZodIssue = z.core.$ZodIssue;

/**
 * Every zod issue as a problem, with a JSON pointer. `keysAt` names the keys that an object at a path may have, for
 * "did you mean"; `show` renders a value for the message (redact secrets there).
 */
export function problemsOf(
  error: z.ZodError,
  options: { file?: string; keysAt?: (path: Path) => readonly string[]; base?: Path } = {},
): Problem[] {
  return error.issues.flatMap((found) => fromIssue(found, options.base ?? [], options));
}

function fromIssue(
  found: ZodIssue,
  base: Path,
  options: { file?: string; keysAt?: (path: Path) => readonly string[] },
): Problem[] {
  const path = [...base, ...found.path];
  const place = (at: Path) => ({
    pointer: pointer(...at.map(asToken)),
    ...(options.file === undefined ? {} : { file: options.file }),
  });
  switch (found.code) {
    case "unrecognized_keys":
      return found.keys.map((key) => ({
        code: isPrototypeKey(key) ? "E_KEY" : "E_UNKNOWN_FIELD",
        message: `unknown field "${key}"${didYouMean(key, options.keysAt?.(path) ?? [])}`,
        ...place([...path, key]),
      }));
    case "invalid_key":
      return [
        {
          code: "E_KEY",
          message: `the key ${JSON.stringify(String(path.at(-1)))} is not allowed: ${found.issues[0]?.message ?? found.message}`,
          ...place(path),
        },
      ];
    case "invalid_union": {
      const clash = clashOf(found.errors);
      if (clash !== undefined) return [{ code: "E_SCHEMA", message: clash, ...place(path) }];
      const branch = bestBranch(found.errors);
      if (branch !== undefined) return branch.flatMap((inner) => fromIssue(inner, path, options));
      return [{ code: "E_SCHEMA", message: found.message, ...place(path) }];
    }
    case "custom": {
      const code = (found.params as { code?: Code } | undefined)?.code ?? "E_SCHEMA";
      return [{ code, message: found.message, ...place(path) }];
    }
    default:
      return [{ code: "E_SCHEMA", message: plain(found.message, path.at(-1)), ...place(path) }];
  }
}

/** Keys that are all known, but each to a branch of its own. */
function clashOf(errors: readonly (readonly ZodIssue[])[]): string | undefined {
  const foreign = errors.map(([only, more]) =>
    only?.code === "unrecognized_keys" && only.path.length === 0 && more === undefined ? only.keys : [],
  );
  const known = foreign.every(
    (keys, i) => keys.length > 0 && keys.every((key) => foreign.some((other, j) => i !== j && !other.includes(key))),
  );
  if (foreign.length < 2 || !known) return undefined;
  const keys = [...new Set(foreign.flat())].sort().map((key) => `"${key}"`);
  return `${keys.join(" and ")} can't both stand here: keep one`;
}

/** Of a union's branches the one that came furthest: the deepest issue, then the fewest. */
function bestBranch(errors: readonly (readonly ZodIssue[])[]): readonly ZodIssue[] | undefined {
  const depth = (issues: readonly ZodIssue[]) =>
    Math.max(0, ...issues.map((i) => i.path.length + (i.code === "unrecognized_keys" ? 1 : 0)));
  const ranked = errors.filter((e) => e.length > 0).sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const first = ranked[0];
  return first !== undefined && depth(first) > 0 ? first : undefined;
}

function plain(message: string, key: PropertyKey | undefined): string {
  const missing = / received undefined$/.test(message) && key !== undefined ? `${JSON.stringify(String(key))} is missing: ` : "";
  return (
    missing +
    message
      .replace(/^Invalid input: /, "")
      .replace(/\b(expected|received) (?:record|object)\b/g, "$1 a map")
      .replace(/\b(expected|received) array\b/g, "$1 a list")
      .replace(missing === "" ? /received undefined$/ : /,? received undefined$/, missing === "" ? "but it is missing" : "")
  );
}

function asToken(part: PropertyKey): string | number {
  return typeof part === "number" ? part : String(part);
}

/** Keys that could reach an object's prototype; refused in every document at every level. */
export function isPrototypeKey(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}
