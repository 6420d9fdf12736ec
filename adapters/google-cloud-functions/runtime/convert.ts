/** From what was posted to events of the neutral vocabulary. */
import { type CloudEvent, parseEvents } from "fnpkg/runtime";
import type { Bound, Found, Posted } from "./found.ts";
import { pubsub, pushed } from "./pubsub.ts";
import { fields } from "./read.ts";
import { schedule } from "./schedule.ts";
import { storage } from "./storage.ts";

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
