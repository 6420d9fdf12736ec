/** Canonical JSON (RFC 8785, restricted to what fnpkg's documents hold) and its digest. */
import { createHash } from "node:crypto";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = string;

/**
 * The canonical text: keys sorted by UTF-16 code units, no white space, shortest number form.
 * `undefined` members are left out. Throws a TypeError for what JSON can't hold.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("a number that is not finite has no JSON form");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object") {
    const object = value as Record<string, unknown>;
    const members = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort(byCodeUnit)
      .map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`a ${typeof value} has no JSON form`);
}

/** The digest of bytes or of a text's UTF-8 bytes. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The digest of a value's canonical text. */
export function digestOf(value: unknown): Digest {
  return sha256(canonical(value));
}

/** Sorts as the format demands: by code unit, no locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Escapes one reference token of a JSON pointer (RFC 6901). */
export function pointerToken(key: string | number): string {
  return String(key).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** A JSON pointer from its parts; no parts is the whole document, "". */
export function pointer(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${pointerToken(part)}`).join("");
}
