/** Small helps that the kinds share. */
import { byCodeUnit, type Cx, FnpkgError, type Mark, type Outputs } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { Page } from "../client-api.ts";

export type Context = Cx<GoogleClient>;

const inFlight = new WeakMap<GoogleClient, Map<string, Promise<unknown>>>();

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

/** Everything that a paged list holds. */
export async function pages<Item>(ask: (token: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await ask(token);
    all.push(...items);
    token = next;
  } while (token !== undefined);
  return all;
}

/** The mark of what is made in this run. */
export function markOf(cx: Pick<Context, "deployment" | "package">, id: string): Mark {
  return { deployment: cx.deployment, package: cx.package, resource: id };
}

/** An enum's name: answers hold names or numbers. Unset and `…_UNSPECIFIED` are nothing. */
export function enumName(value: unknown, names: readonly string[]): string | undefined {
  const name = typeof value === "number" ? names[value] : value;
  return typeof name === "string" && name !== "" && !name.endsWith("_UNSPECIFIED") ? name : undefined;
}

/** Text that says something. */
export function said(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A map of texts, sorted by key. */
export function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value as { readonly [key: string]: unknown });
  return Object.fromEntries(
    entries.map(([key, text]) => [key, typeof text === "string" ? text : ""] as const).sort(([a], [b]) => byCodeUnit(a, b)),
  );
}

/** The items of a list of objects. */
export function objects(value: unknown): readonly { readonly [field: string]: unknown }[] {
  return Array.isArray(value) ? (value as readonly { readonly [field: string]: unknown }[]) : [];
}

/** A value that the engine has put in; a reference only while what it names is not there. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The same, where it must be known. */
export function known(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new FnpkgError("E_INTERNAL", `${what} is not known`);
}

/** The last part of a resource's name. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

export const noOutputs: Outputs = {};
