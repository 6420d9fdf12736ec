/** What every trigger's calls are converted with. */
import { type CloudEvent, decodeUtf8, encodeBase64, eventFromJson, messageReceived } from "fnpkg/runtime";
import type { Registration } from "../translate-bindings.ts";
import type { CoreCall, TypedData } from "./core.ts";
import { fields, parsed } from "./read.ts";

/** What is bound, and what the package declares. */
export interface Bound {
  /** The configuration's name of the function. */
  readonly function: string;
  /** A trigger's name -> its source's ARM id. */
  readonly sources: ReadonlyMap<string, string>;
  /** The types that the package declares. */
  readonly declared: readonly string[];
}

/** The events of one call. One that can't be converted is an error in its place. */
export type Source = (
  call: CoreCall,
  data: TypedData | null,
  bound: Bound,
  trigger: Registration,
) => readonly (CloudEvent | Error)[];

/** Whether events keep the vendor's own type: the package declares it, or another of the service and not the neutral one. */
export function isNative(native: string, neutral: string, { declared }: Bound): boolean {
  if (declared.includes(native)) return true;
  if (declared.includes(neutral)) return false;
  const service = native.split(".").slice(0, 2).join(".");
  return declared.some((type) => type.startsWith(`${service}.`));
}

/** An event of the vendor's own type; its data is what the vendor sent. */
export function nativeEvent(attributes: {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string | undefined;
  readonly data: unknown;
}): CloudEvent {
  const { data, ...rest } = attributes;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { specversion: "1.0", ...Object.fromEntries(given), datacontenttype: "application/json", data } as CloudEvent;
}

/** A body in JSON. */
export function written(body: string | Uint8Array): string {
  return typeof body === "string" ? body : (decodeUtf8(body) ?? encodeBase64(body));
}

/** All metadata as values, for events that keep the vendor's form. */
export function allMetadata({ request }: CoreCall): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(request.triggerMetadata ?? {})
      .filter(([name]) => name !== "sys")
      .map(([name, { json, string }]) => [name, typeof json === "string" ? parsed(json) : (string ?? null)]),
  );
}

/**
 * What came by hand, over the host's admin endpoint, and so without anything that a message has: a CloudEvent in the JSON
 * format is taken as it is, else it is the body of a message.
 */
export function byHand(call: CoreCall, body: string | Uint8Array, bound: Bound, trigger: Registration): CloudEvent {
  const value = parsed(written(body));
  if (typeof fields(value)["specversion"] === "string") return eventFromJson(value);
  return messageReceived({
    function: bound.function,
    trigger: trigger.name,
    vendorSource: bound.sources.get(trigger.name) ?? "azure",
    id: call.invocationId,
    body,
  });
}

/** The conversion's outcome, or the error that stands for it. */
export function attempt(convert: () => CloudEvent): CloudEvent | Error {
  try {
    return convert();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
