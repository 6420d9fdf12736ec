/** From what was posted to events of the neutral vocabulary. */
import { type CloudEvent, parseEvents } from "fnpkg/runtime";
import type { Filter } from "../layout.ts";
import { pubsub, pushed } from "./pubsub.ts";
import { fields } from "./read.ts";
import { schedule } from "./schedule.ts";
import { storage } from "./storage.ts";

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

/** The events of a request; throws `E_EVENT` when there are none in it. */
export function convert(posted: Posted, bound: Bound): { readonly batched: boolean; readonly events: readonly Found[] } {
  const call = callIn(posted);
  const found = call === undefined ? undefined : (schedule(call, posted, bound) ?? pushed(call, bound));
  if (found !== undefined) return { batched: false, events: [found] };
  const { mode, events } = parseEvents(posted.headers, posted.body);
  return { batched: mode === "batched", events: events.map((event) => ofEvent(event, bound)) };
}

/** An event of Google's own, or any other, which stays as it is. */
export function ofEvent(event: CloudEvent, bound: Bound): Found {
  return pubsub(event, bound) ?? storage(event, bound) ?? { event: () => event };
}

/** Whether the trigger's filter lets it through. */
export function passes({ trigger, key, attributes }: Found, { filters }: Bound): boolean {
  if (trigger === undefined || !Object.hasOwn(filters, trigger)) return true;
  const { prefix = "", suffix = "", attributes: wanted = {} } = filters[trigger] ?? {};
  if (key !== undefined && !(key.startsWith(prefix) && key.endsWith(suffix))) return false;
  return Object.entries(wanted).every(([name, values]) => {
    const value = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return value !== undefined && values.includes(value);
  });
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

/** The JSON object of a request that is no CloudEvent. */
function callIn({ headers, body }: Posted): ReturnType<typeof fields> | undefined {
  const named = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (named("ce-specversion") !== undefined || /^application\/cloudevents/i.test(named("content-type") ?? "")) return undefined;
  try {
    const value = fields(JSON.parse(Buffer.from(body).toString()));
    return Object.hasOwn(value, "specversion") ? undefined : value;
  } catch {
    return undefined;
  }
}
