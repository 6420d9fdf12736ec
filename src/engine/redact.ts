/** Keeps secrets out of everything that people or machines could read: plans, events, receipts, messages. */
import { FnpkgError, reasonOf } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { pointerToken } from "../json.ts";
import type { Change } from "./plan-types.ts";
import { isObject } from "./references.ts";

const REDACTED = "***";
/** Shorter values would take harmless words out of messages. */
const SHORTEST = 4;
/** In a map where every value counts as secret: `http`, `prod`, `debug` would be taken out of addresses and messages. */
const WORD = /^[a-z]{1,5}$/;

/** True when `pattern` (a pointer, `*` for any key) names the pointer. */
export function matches(pattern: string, pointer: string): boolean {
  const wanted = pattern.split("/");
  const given = pointer.split("/");
  return wanted.length === given.length && wanted.every((part, index) => (index > 0 && part === "*") || part === given[index]);
}

/** The value at `pointer` with everything secret in it, or the whole of it when it lies in a secret, as `***`. */
export function redact(value: Json, secret: readonly string[], pointer = ""): Json {
  if (secret.length === 0 || value === null) return value;
  return walk(value, secret, pointer, () => REDACTED);
}

export function redactProps(props: JsonObject, secret: readonly string[] = []): JsonObject {
  return redact(props, secret) as JsonObject;
}

export function redactChanges(changes: readonly Change[], secret: readonly string[] = []): Change[] {
  if (secret.length === 0) return [...changes];
  return changes.map((change) => {
    const inside = secret.some((pattern) => liesIn(pattern, change.path));
    const hide = (value: Json) => (value === null ? null : inside ? REDACTED : redact(value, secret, change.path));
    return { path: change.path, from: hide(change.from), to: hide(change.to) };
  });
}

/** Every secret string in the props, but for short words. What the configuration calls sensitive is secret whatever it is. */
export function secretsIn(props: JsonObject, secret: readonly string[] = []): string[] {
  const found: string[] = [];
  const collect = (value: Json): void => {
    if (typeof value === "string") found.push(...(WORD.test(value) ? [] : [value]));
    else if (Array.isArray(value)) value.forEach(collect);
    else if (isObject(value)) Object.values(value).forEach(collect);
  };
  if (secret.length > 0) {
    walk(props, secret, "", (value) => {
      collect(value);
      return null;
    });
  }
  return found;
}

/** The value with known secrets taken out of every text in it. */
export function scrub<T extends Json>(value: T, text: (from: string) => string): T {
  const clean = (part: Json): Json => {
    if (typeof part === "string") return text(part);
    if (Array.isArray(part)) return part.map(clean);
    return isObject(part) ? Object.fromEntries(Object.entries(part).map(([key, item]) => [key, clean(item)])) : part;
  };
  return clean(value) as T;
}

/** Takes known secrets out of text. */
export interface Scrubber {
  add(values: Iterable<string>): void;
  text(text: string): string;
  error(error: FnpkgError): FnpkgError;
}

export function scrubber(): Scrubber {
  const secrets = new Set<string>();
  let ordered: string[] = [];
  const text = (from: string) => ordered.reduce((now, secret) => now.replaceAll(secret, REDACTED), from);
  return {
    add(values) {
      for (const value of values) {
        if (value.length < SHORTEST) continue;
        secrets.add(value);
        const quoted = JSON.stringify(value).slice(1, -1);
        if (quoted !== value) secrets.add(quoted);
      }
      ordered = [...secrets].sort((a, b) => b.length - a.length);
    },
    text,
    error(error) {
      if (ordered.length === 0) return error;
      const document = JSON.stringify(error);
      const cause = error.cause === undefined ? undefined : cleanCause(error.cause, text);
      const clean = ordered.every(
        (secret) => !document.includes(JSON.stringify(secret).slice(1, -1)) && !document.includes(secret),
      );
      if (clean && cause === error.cause) return error;
      return new FnpkgError(error.code, text(error.message), {
        hint: text(error.hint),
        problems: error.problems.map((problem) => ({
          ...problem,
          message: text(problem.message),
          ...(problem.hint === undefined ? {} : { hint: text(problem.hint) }),
        })),
        ...(cause === undefined ? {} : { cause }),
      });
    },
  };
}

/** The cause as it is when it says no secret; else only its reason, cleaned. */
function cleanCause(cause: unknown, text: (from: string) => string): unknown {
  let all: string;
  try {
    all = cause instanceof Error ? `${cause.stack ?? ""}${cause.message}${JSON.stringify(cause)}` : (JSON.stringify(cause) ?? "");
  } catch {
    all = reasonOf(cause);
  }
  return text(all) === all ? cause : new Error(text(reasonOf(cause)));
}

/** True when the pointer is what the pattern names or lies within it. */
function liesIn(pattern: string, pointer: string): boolean {
  const depth = pattern.split("/").length;
  return matches(pattern, pointer.split("/").slice(0, depth).join("/"));
}

function walk(value: Json, secret: readonly string[], pointer: string, hide: (value: Json) => Json): Json {
  if (secret.some((pattern) => matches(pattern, pointer))) return value === null ? null : hide(value);
  if (Array.isArray(value)) return value.map((item: Json, index) => walk(item, secret, `${pointer}/${index}`, hide));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, walk(item, secret, `${pointer}/${pointerToken(key)}`, hide)]),
  );
}
