/** Holds two snapshots against each other, without what others made in them. */
import assert from "node:assert/strict";

/** Fails with the places in which they differ. */
export function mustBe(found: unknown, wanted: unknown, what: string): void {
  const places = placesIn(found, wanted);
  assert.ok(places.length === 0, `not ${what}:\n${places.join("\n")}`);
}

/** Some of the places in which they differ. */
export function placesIn(found: unknown, wanted: unknown): string[] {
  return [...differences(ours(found), ours(wanted), "")].slice(0, 8);
}

function* differences(found: unknown, wanted: unknown, at: string): Generator<string> {
  if (!isHolder(found) || !isHolder(wanted) || Array.isArray(found) !== Array.isArray(wanted)) {
    if (!Object.is(found, wanted)) yield `${at}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;
    return;
  }
  for (const key of new Set([...Object.keys(found), ...Object.keys(wanted)]))
    yield* differences(found[key], wanted[key], `${at}/${key}`);
}

/** What is empty is as if it were not there. */
function ours(value: unknown): unknown {
  if (!isHolder(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const inner = ours(item);
    return isTheirs(key) || isTheirs(item) || (isHolder(inner) && Object.keys(inner).length === 0) ? [] : [[key, inner]];
  });
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/** By its name (some ids are hexadecimal), by what stands in its own fields, or by a list in them that is wholly theirs. */
function isTheirs(value: unknown): boolean {
  if (typeof value === "string") return /theirs|7e175/i.test(value);
  if (!isHolder(value)) return false;
  return Object.values(value).some((item) => {
    if (!Array.isArray(item)) return typeof item === "string" && isTheirs(item);
    return item.length > 0 && item.every((one) => typeof one === "string" && isTheirs(one));
  });
}

function isHolder(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}
