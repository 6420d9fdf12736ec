/** What the services have in common in how they read an input and answer a list. */
import { AwsFailure } from "./service.ts";

/** The page of a list that a token stands for, and the token of the next one. A token that was never answered fails with `code`. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  most: number,
  code: string,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const from = token === undefined || token === "" ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(from) || from < 0) throw new AwsFailure(400, code, "The token is not valid.");
  const to = from + most;
  return { items: items.slice(from, to), next: to < items.length ? Buffer.from(String(to)).toString("base64url") : undefined };
}

/** Without the members that are undefined. */
export function said<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** A JSON object, or nothing. */
export function objectIn(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as { [key: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
}

/** One or many. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
}

/** Whole seconds since the epoch, as AWS's JSON protocols say a time. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** A UUID that is the same for the same count. */
export function uuid(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
}

/** With tags set and taken away. */
export function retagged(
  tags: { readonly [key: string]: string },
  set: { readonly [key: string]: string } = {},
  remove: readonly string[] = [],
): { [key: string]: string } {
  return Object.fromEntries(Object.entries({ ...tags, ...set }).filter(([key]) => !remove.includes(key)));
}
