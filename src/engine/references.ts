/** References to another resource's output: `{ "Fn::GetAtt": [id, output] }`, one form for all vendors. */
import type { Reference } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { pointerToken } from "../json.ts";

const KEY = "Fn::GetAtt";
/** How a plan shows what only the apply will know. */
export const UNKNOWN = "(known after apply)";

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a value that stands for another resource's output. */
export function isReference(value: unknown): value is Reference {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, KEY)) return false;
  const target: unknown = (value as Record<string, unknown>)[KEY];
  return (
    Object.keys(value).length === 1 &&
    Array.isArray(target) &&
    target.length === 2 &&
    target.every((part) => typeof part === "string")
  );
}

/** Every reference in the props, in the order they stand there. */
export function referencesIn(props: Json): { id: string; output: string }[] {
  const found: { id: string; output: string }[] = [];
  mapReferences(props, (reference) => {
    const [id, output] = reference[KEY];
    found.push({ id, output });
    return null;
  });
  return found;
}

/** The props with every reference that `outputOf` knows put in; `complete` when none is left. */
export function resolve(
  props: JsonObject,
  outputOf: (id: string, output: string) => string | undefined,
): { readonly props: JsonObject; readonly complete: boolean } {
  let complete = true;
  const resolved = mapReferences(props, (reference) => {
    const value = outputOf(...reference[KEY]);
    if (value === undefined) complete = false;
    return value ?? (reference as unknown as Json);
  });
  return { props: resolved as JsonObject, complete };
}

/** The value as a plan shows it: what is not known yet in words. */
export function shown(value: Json): Json {
  return mapReferences(value, () => UNKNOWN);
}

function mapReferences(value: Json, change: (reference: Reference) => Json, place = ""): Json {
  if (isReference(value)) return change(value);
  if (Array.isArray(value)) return value.map((item: Json, index) => mapReferences(item, change, `${place}/${index}`));
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, KEY)) {
    throw new FnpkgError("E_CONTRACT", `the reference at "${place}" is malformed: ${JSON.stringify(value)}`, {
      pointer: place,
      hint: `A reference is { "${KEY}": [id, output] } and nothing else.`,
    });
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapReferences(item, change, `${place}/${pointerToken(key)}`)]),
  );
}
