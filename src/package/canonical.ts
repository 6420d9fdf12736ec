/** Step 4 of verification: bytes that are not exactly the canonical text of what they say are refused. */
import { FnpkgError } from "../errors.ts";
import { canonical, pointer, type Json } from "../json.ts";
import { isPrototypeKey } from "../schema.ts";
import { shown } from "./paths.ts";

export const MAX_JSON_DEPTH = 16;

/**
 * Parses canonical JSON bytes. The depth is measured before anything recursive runs.
 * @throws FnpkgError E_LIMIT when nested deeper than 16 levels; E_CANONICAL; E_KEY for a key that could reach a prototype.
 */
export function parseCanonical(bytes: Uint8Array, file: string): Json {
  const depth = depthOf(bytes);
  if (depth > MAX_JSON_DEPTH) throw new FnpkgError("E_LIMIT", `${file} is nested deeper than ${MAX_JSON_DEPTH} levels`, { file });
  const refuse = (why: string, at?: string, cause?: unknown) =>
    new FnpkgError("E_CANONICAL", `${file} is not canonical JSON: ${why}`, { file, ...(at === undefined ? {} : { pointer: at }), ...(cause === undefined ? {} : { cause }) });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse("it is not UTF-8", undefined, cause);
  }
  if (text.startsWith("\uFEFF")) throw refuse("it begins with a byte order mark");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw refuse("it can't be parsed", undefined, cause);
  }
  const fault = restrictionFault(value, []);
  if (fault !== undefined) throw refuse(fault.why, pointer(...fault.path));
  if (canonical(value) !== text) throw refuse("keys out of order or doubled, white space, or a longer spelling than needed");
  const key = prototypeKey(value, []);
  if (key !== undefined) throw new FnpkgError("E_KEY", `the key ${shown(String(key.at(-1)))} is not allowed`, { file, pointer: pointer(...key) });
  return value;
}

/** The deepest nesting of brackets outside strings. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (quoted) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

type Path = readonly (string | number)[];

/** No floats, integers from 0 to 2^53-1, ASCII keys, well-formed strings. */
function restrictionFault(value: Json, path: Path): { why: string; path: Path } | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? undefined : { why: "numbers are integers from 0 to 2^53-1", path };
  if (typeof value === "string") return /\p{Cs}/u.test(value) ? { why: "a string holds half a surrogate pair", path } : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    // oxlint-disable-next-line no-control-regex -- the whole of ASCII is what is meant
    if (typeof key === "string" && !/^[\x00-\x7F]*$/.test(key)) return { why: `the key ${shown(key)} is not ASCII`, path };
    const fault = restrictionFault(member as Json, [...path, key]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function prototypeKey(value: Json, path: Path): Path | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof key === "string" && isPrototypeKey(key)) return [...path, key];
    const found = prototypeKey(member as Json, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
