/** The scalars that the configuration's schema is made of, and how a key says what it is. */
import { z } from "zod";
import type { Json } from "../json.ts";
import { issue } from "../schema.ts";

export const text = z.string({ error: quoted }).min(1, "the text is empty");
export const positive = z.int().positive();
export const count = z.int().nonnegative();
/** `512Mi`, `2Gi`. */
export const size = z.string().regex(/^[1-9]\d{0,6}(Mi|Gi)$/, 'not a size: a whole number and Mi or Gi, such as "512Mi"');
/** `30s`, `15m`. */
export const duration = z.string().regex(/^[1-9]\d{0,6}(s|m)$/, 'not a time: a whole number above 0 and s or m, such as "30s"');
/** A time that may be nothing: `0s`. */
export const window = z.string().regex(/^\d{1,7}(s|m)$/, 'not a time: a whole number and s or m, such as "5s"');
/** Names an entry of `resources`. */
export const resource = z.union([text, z.strictObject({ resource: text.describe("The entry's name.") })]);
/** What an environment variable may hold. */
export const envValue = z
  .string({ error: quoted })
  .refine((s) => !s.includes("\0"), issue("E_ENV", "an environment variable's value can't hold a NUL character"));

/** A string, where numbers and booleans are a likely slip. */
function quoted(found: { readonly input?: unknown }): string {
  if (found.input === undefined) return "the value is missing";
  return typeof found.input === "number" || typeof found.input === "boolean"
    ? `expected a string, received a ${typeof found.input}: put it in quotes`
    : `expected a string, received ${kindOf(found.input)}`;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : typeof value;
}

/** An optional key with its description and, where there is one, the default. */
export function key<T extends z.ZodType>(schema: T, description: string, byDefault?: Json): z.ZodOptional<T> {
  return schema.optional().meta({ description, ...(byDefault === undefined ? {} : { default: byDefault }) });
}
