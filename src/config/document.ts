/** What a program hands over as a configuration, made plain JSON or refused. */
import { FnpkgError, withHint, wrap, type Code, type Problem } from "../errors.ts";
import { canonical, pointer, type Json } from "../json.ts";
import { isPrototypeKey } from "../schema.ts";

/** As for YAML. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
/** More would not be read. */
const MAX_PROBLEMS = 100;

/**
 * A deep copy of `value` as JSON.
 * @throws FnpkgError with every member that JSON can't hold: E_SCHEMA for functions, undefined, NaN, class instances, cycles;
 * E_KEY for keys that could reach a prototype; E_LIMIT above 1 MiB.
 */
export function toJson(value: unknown, file?: string): Json {
  const problems: Problem[] = [];
  const report = (code: Code, message: string, at: readonly (string | number)[]) => {
    if (problems.length < MAX_PROBLEMS)
      problems.push(withHint({ code, message, pointer: pointer(...at), ...(file === undefined ? {} : { file }) }));
  };
  const copy = readAll(value, report, file);
  const size = problems.length > 0 ? 0 : Buffer.byteLength(canonical(copy));
  if (size > MAX_BYTES) report("E_LIMIT", `the configuration has ${size} bytes of JSON; the limit is ${MAX_BYTES}`, []);
  const [first] = problems;
  if (first === undefined) return copy;
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  throw new FnpkgError(first.code, `${file ?? "the configuration"}: ${first.message}${more}`, { problems });
}

type Report = (code: Code, message: string, at: readonly (string | number)[]) => void;

/** Every value costs a byte at least, so more values than bytes can't fit. Also ends what shares one object many times. */
function readAll(value: unknown, report: Report, file: string | undefined): Json {
  let left = MAX_BYTES;
  const spend = () => {
    if (left-- <= 0)
      throw new FnpkgError(
        "E_LIMIT",
        `the configuration holds more than ${MAX_BYTES} values`,
        file === undefined ? {} : { file },
      );
  };
  try {
    return read(value, [], report, spend);
  } catch (cause) {
    throw wrap(cause, "E_SCHEMA", "the configuration can't be read", file === undefined ? {} : { file });
  }
}

function read(value: unknown, at: readonly (string | number)[], report: Report, spend: () => void): Json {
  spend();
  const refuse = (what: string) => {
    report("E_SCHEMA", `${at.length === 0 ? "the configuration" : pointer(...at)} is ${what}, which JSON can't hold`, at);
    return null;
  };
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return /\p{Surrogate}/u.test(value) ? refuse("a string with half a surrogate pair") : value;
    case "number":
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return refuse("a number beyond 2^53-1");
      return Number.isFinite(value) ? value + 0 : refuse(String(value));
    case "object":
      break;
    case "undefined":
      return refuse("undefined");
    case "function":
    case "symbol":
    case "bigint":
      return refuse(`a ${typeof value}`);
  }
  if (value === null) return null;
  if (at.length >= MAX_DEPTH) {
    // What holds itself would be refused at every turn: the first is enough.
    throw new FnpkgError("E_SCHEMA", `the configuration is nested deeper than ${MAX_DEPTH} levels, or holds itself`, {
      pointer: pointer(...at),
    });
  }
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, i) => read(value[i], [...at, i], report, spend));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return refuse(`an instance of ${nameOf(value)}`);
  const members: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    if (isPrototypeKey(key)) report("E_KEY", `the key "${key}" is not allowed`, [...at, key]);
    else members.push([key, read((value as Record<string, unknown>)[key], [...at, key], report, spend)]);
  }
  return Object.fromEntries(members);
}

function nameOf(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === "string" && constructor.name !== "" ? constructor.name : "a class";
}
