/** Small helps that the kinds share. */
import { byCodeUnit, type Cx, FnpkgError, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { isMissing } from "../errors.ts";

export type Context = Cx<AwsClient>;

const inFlight = new WeakMap<AwsClient, Map<string, Promise<unknown>>>();

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

/**
 * How long a read is taken to answer what was before a write, in milliseconds. AWS names no bound: changes in IAM take seconds to be
 * seen everywhere (docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 */
export const behindMs = 15_000;

/** What `look` answers once a read shows it; `undefined` when none did for as long as reads lag behind. */
export async function shown<T>(
  cx: Context,
  what: string,
  look: () => Promise<T | undefined>,
  last = cx.now() + behindMs,
): Promise<T | undefined> {
  const { found } = await cx.until(what, async () => {
    const found = await look();
    return found !== undefined || cx.now() >= last ? { found } : undefined;
  });
  return found;
}

/** The same for a call that fails while the thing is not there: after that time, as it failed last. */
export async function whenThere<T>(cx: Context, what: string, call: () => Promise<T>): Promise<T> {
  let failure: unknown;
  const found = await shown(cx, what, async () => {
    try {
      return { answer: await call() };
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      failure = cause;
      return undefined;
    }
  });
  if (found === undefined) throw failure;
  return found.answer;
}

/** Everything that a paged list holds. */
export async function pages<Page, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  of: (page: Page) => { readonly items: readonly Item[] | undefined; readonly next: string | undefined },
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const { items, next } = of(await ask(token));
    all.push(...(items ?? []));
    token = next === "" ? undefined : next;
  } while (token !== undefined);
  return all;
}

/** Without the keys that are undefined or null: an SDK's input leaves out what is not wanted. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined | null> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as {
    [K in keyof T]?: Exclude<T[K], undefined | null>;
  };
}

/** Without the keys that are undefined: props are JSON. */
export function defined<T extends object>(values: object): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export function sorted(values: readonly string[] | undefined): string[] {
  return [...(values ?? [])].sort(byCodeUnit);
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

/** Of an answer that must name it. */
export function answered<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null)
    throw new FnpkgError("E_VENDOR", `AWS answered without ${what}`, { target: "aws-lambda" });
  return value;
}

export const noOutputs: Outputs = {};
