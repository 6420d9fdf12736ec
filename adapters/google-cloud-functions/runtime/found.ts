/** What every source's events are converted with, and what comes of it. */
import type { CloudEvent } from "fnpkg/runtime";
import type { Filter } from "../layout.ts";

/** What is bound, and what the package declares. */
export interface Bound {
  /** The configuration's name of the function. */
  readonly function: string;
  /** A topic's, bucket's or job's full name -> the trigger's name. */
  readonly triggers: ReadonlyMap<string, string>;
  readonly filters: { readonly [trigger: string]: Filter };
  /** The types that the package declares. */
  readonly declared: readonly string[];
}

/** One event, with what filters look at. */
export interface Found {
  readonly trigger?: string | undefined;
  /** An object's. */
  readonly key?: string;
  /** A message's. */
  readonly attributes?: { readonly [name: string]: string };
  /** Throws when it can't be one. */
  readonly event: () => CloudEvent;
}

export interface Posted {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Whether an event keeps Google's type: the package declares it, or another of the service and not the neutral one. */
export function isNative(native: string, neutral: string, { declared }: Bound): boolean {
  if (declared.includes(native)) return true;
  if (declared.includes(neutral)) return false;
  const service = native.split(".").slice(0, 3).join(".");
  return declared.some((type) => type.startsWith(`${service}.`));
}

/** The trigger of a CloudEvent's source, `//SERVICE/NAME`. */
export function triggerOf(source: string, { triggers }: Bound): string | undefined {
  return triggers.get(source.replace(/^\/\/[^/]+\//, ""));
}
