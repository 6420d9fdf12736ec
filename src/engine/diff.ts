/** What would have to change for live props to be as wanted. */
import { canonical, pointerToken } from "../json.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Change } from "./plan-types.ts";
import { matches } from "./redact.ts";
import { isObject, isReference, shown } from "./references.ts";

export interface DiffRules {
  /** Pointers to maps in which a key that is live and not wanted is a difference. */
  readonly whole?: readonly string[];
}

/**
 * Only keys that the wanted props name count, at every depth; arrays are compared whole. A wanted `null` and a missing live
 * value are the same. A reference that is still open differs from everything. Not redacted: `redactChanges` does that.
 */
export function diff(wanted: JsonObject, live: JsonObject, rules: DiffRules = {}): Change[] {
  return inObject(wanted, live, "", rules.whole ?? []);
}

/** A creation as changes: every wanted property from nothing. */
export function fromNothing(wanted: JsonObject): Change[] {
  return Object.keys(wanted).map((key) => change(`/${pointerToken(key)}`, null, wanted[key]));
}

/** True when a change lies in a property that can't be changed in place, or takes it along. */
export function touches(changes: readonly Change[], fixed: readonly string[] = []): boolean {
  const places = fixed.map((key) => (key.startsWith("/") ? key : `/${pointerToken(key)}`));
  return changes.some(({ path }) =>
    places.some((place) => path === place || path.startsWith(`${place}/`) || place.startsWith(`${path}/`)),
  );
}

function inObject(wanted: JsonObject, live: JsonObject, place: string, whole: readonly string[]): Change[] {
  const changes = Object.keys(wanted).flatMap((key) =>
    inValue(wanted[key], own(live, key), `${place}/${pointerToken(key)}`, whole),
  );
  if (!whole.some((pattern) => matches(pattern, place))) return changes;
  const tooMuch = Object.keys(live).filter((key) => !Object.hasOwn(wanted, key) && live[key] !== undefined && live[key] !== null);
  return [...changes, ...tooMuch.map((key) => change(`${place}/${pointerToken(key)}`, live[key], null))];
}

function inValue(wanted: Json | undefined, live: Json | undefined, place: string, whole: readonly string[]): Change[] {
  if (wanted === undefined) return [];
  if (isReference(wanted)) return [change(place, live, wanted)];
  if (isObject(wanted) && isObject(live)) return inObject(wanted, live, place, whole);
  return canonical(wanted) === canonical(live ?? null) ? [] : [change(place, live, wanted)];
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function change(path: string, from: Json | undefined, to: Json | undefined): Change {
  return { path, from: from ?? null, to: shown(to ?? null) };
}
