/** Step 4 of verification: bytes that are not exactly the canonical text of what they say are refused. */
import { FnpkgError } from "../errors.ts";
import { canonical, pointer, type Json, type JsonObject } from "../json.ts";
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
    new FnpkgError("E_CANONICAL", `${file} is not canonical JSON: ${why}`, {
      file,
      ...(at === undefined ? {} : { pointer: at }),
      ...(cause === undefined ? {} : { cause }),
    });
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
  const fault = restrictionFault(value);
  if (fault !== undefined) throw refuse(fault.why, pointer(...fault.path));
  if (canonical(value) !== text) throw refuse("keys out of order or doubled, white space, or a longer spelling than needed");
  const key = prototypeKey(value);
  if (key !== undefined) throw new FnpkgError("E_KEY", key.why, { file, pointer: pointer(...key.path) });
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

/** What a value breaks, with the path to it; the path is made only when something is found. */
interface Fault {
  readonly why: string;
  readonly path: Path;
}

/** No floats, integers from 0 to 2^53-1, ASCII keys, well-formed strings. */
function restrictionFault(value: Json): Fault | undefined {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && value >= 0 ? undefined : { why: "numbers are integers from 0 to 2^53-1", path: [] };
  if (typeof value === "string") return LONE.test(value) ? { why: "a string holds half a surrogate pair", path: [] } : undefined;
  return inMembers(value, restrictionFault, (key) => (ASCII.test(key) ? undefined : `the key ${shown(key)} is not ASCII`));
}

function prototypeKey(value: Json): Fault | undefined {
  return inMembers(value, prototypeKey, (key) => (isPrototypeKey(key) ? `the key ${shown(key)} is not allowed` : undefined));
}

const LONE = /\p{Cs}/u;
// oxlint-disable-next-line no-control-regex -- the whole of ASCII is what is meant
const ASCII = /^[\x00-\x7F]*$/;

function inMembers(
  value: Json,
  look: (member: Json) => Fault | undefined,
  lookAtKey: (key: string) => string | undefined,
): Fault | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const fault = look(value[index] as Json);
      if (fault !== undefined) return { why: fault.why, path: [index, ...fault.path] };
    }
    return undefined;
  }
  const object = value as JsonObject;
  for (const key of Object.keys(object)) {
    const why = lookAtKey(key);
    if (why !== undefined) return { why, path: [key] };
    const fault = look(object[key] as Json);
    if (fault !== undefined) return { why: fault.why, path: [key, ...fault.path] };
  }
  return undefined;
}
