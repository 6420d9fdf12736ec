/** Reads what came from elsewhere: nothing in it is taken for granted. */
import type { CoreCall, TypedData } from "./core.ts";

export type Fields = { readonly [name: string]: unknown };

/** The value's members; none when it is no object. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number, or one written as text. */
export function number(value: unknown): number | undefined {
  const found = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** A time as RFC 3339 has it; without a zone it is UTC. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value)) return undefined;
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`;
  return Number.isNaN(Date.parse(zoned)) ? undefined : zoned;
}

/** The bytes or the text that a trigger was called with. */
export function bodyOf(data: TypedData | null | undefined): string | Uint8Array {
  return data?.bytes ?? data?.stream ?? data?.string ?? data?.json ?? "";
}

/** Each of what a trigger was called with. */
export function bodiesOf(data: TypedData | null | undefined): readonly (string | Uint8Array)[] {
  const many = data?.collectionBytes?.bytes ?? data?.collectionString?.string;
  return many ?? [bodyOf(data)];
}

/** What a trigger was called with; `null` where the host sent nothing. */
export function inputOf({ request }: CoreCall): TypedData | null {
  return request.inputData?.find(({ data }) => data !== null && data !== undefined)?.data ?? null;
}

/** A member of the trigger's metadata: text is text, all else is JSON. */
export function metadata({ request }: CoreCall, name: string): unknown {
  const given = request.triggerMetadata;
  if (given === null || given === undefined || !Object.hasOwn(given, name)) return undefined;
  const data = given[name];
  if (typeof data?.json === "string") return parsed(data.json);
  return (
    data?.string ??
    data?.int ??
    data?.double ??
    data?.collectionString?.string ??
    data?.collectionSint64?.sint64 ??
    data?.collectionDouble?.double ??
    undefined
  );
}

/** A member that is a whole number, in its own digits: some have more than a double can hold. */
export function digits({ request }: CoreCall, name: string): string | undefined {
  const data = request.triggerMetadata?.[name];
  const found = data?.json ?? data?.string ?? wholeText(data?.int) ?? wholeText(data?.double);
  return found !== undefined && found !== null && /^-?\d+$/.test(found) ? found : undefined;
}

/** Whole numbers from a list of them, in their own digits. */
export function digitsList({ request }: CoreCall, name: string): readonly (string | undefined)[] {
  const data = request.triggerMetadata?.[name];
  if (typeof data?.json === "string") return data.json.match(/-?\d+/g) ?? [];
  return (data?.collectionSint64?.sint64 ?? data?.collectionString?.string ?? []).map(wholeText);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** JSON, or `undefined` when it is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** A number, or the object that stands for a long one. */
function wholeText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const written = `${value as number}`;
  return /^-?\d+$/.test(written) ? written : undefined;
}
