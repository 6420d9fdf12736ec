/** Small helps that the kinds share. */
import { type Cx, FnpkgError, type Json, type JsonObject } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";

export type Context = Cx<AzureClient>;

const inFlight = new WeakMap<AzureClient, Map<string, Promise<unknown>>>();

/** One request for all who ask the same while it is on its way; who asks later asks anew. */
export function together<T>({ client }: Pick<Context, "client">, key: string, work: () => Promise<T>): Promise<T> {
  let asked = inFlight.get(client);
  if (asked === undefined) inFlight.set(client, (asked = new Map<string, Promise<unknown>>()));
  const found = asked.get(key);
  if (found !== undefined) return found as Promise<T>;
  const answer = work().finally(() => asked.delete(key));
  asked.set(key, answer);
  return answer;
}

interface Page<Item> {
  readonly value?: readonly Item[];
  readonly nextLink?: string | null;
}

/** Everything that a list of Resource Manager's holds, over all its pages. */
export async function listed<Item>(
  cx: Context,
  path: string,
  version: string,
  query?: { [name: string]: string },
): Promise<Item[]> {
  const all: Item[] = [];
  let page = await cx.client.arm.get<Page<Item>>(path, version, cx, query);
  for (;;) {
    all.push(...(page.value ?? []));
    const next = page.nextLink ?? "";
    if (next === "") return all;
    page = (await cx.client.arm.follow<Page<Item>>(next, cx)).body;
  }
}

/** Of an answer that must name it. */
export function answered<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null)
    throw new FnpkgError("E_VENDOR", `Azure answered without ${what}`, { target: "azure-functions" });
  return value;
}

/** Without what is null, at every depth: a request leaves out what is not wanted. */
export function given(value: Json): Json {
  if (Array.isArray(value)) return value.map(given);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, given(inner)]])));
}

/**
 * `live` in the spelling of `wanted`: ARM ids, their keys and words such as `Enabled` know no case, and Azure answers them in
 * another one than it was told.
 */
export function alike(wanted: Json | undefined, live: Json): Json {
  if (typeof wanted === "string" && typeof live === "string") return wanted.toLowerCase() === live.toLowerCase() ? wanted : live;
  if (isList(wanted) && isList(live))
    return wanted.length === live.length ? live.map((item, index) => alike(wanted[index], item)) : live;
  if (!isObject(wanted) || !isObject(live)) return live;
  const spelled = new Map(Object.keys(wanted).map((key) => [key.toLowerCase(), key]));
  return Object.fromEntries(
    Object.entries(live).map(([key, value]) => {
      const name = Object.hasOwn(wanted, key) ? key : (spelled.get(key.toLowerCase()) ?? key);
      return [name, alike(Object.hasOwn(wanted, name) ? wanted[name] : undefined, value)];
    }),
  );
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `West Europe` is westeurope. */
export function regionName(location: string | undefined): string {
  return (location ?? "").toLowerCase().replaceAll(" ", "");
}

/** A value that the engine has put in; a reference only while what it names is not there. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
