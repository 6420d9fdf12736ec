import { decodeUtf8, encodeBase64 } from "./bytes.ts";
import { decodeData } from "./cloudevent.ts";
import { readTrace } from "./context.ts";
import { isJson } from "./media-type.ts";
import type { CloudEvent } from "./types.ts";
import { unwrap } from "./unwrap.ts";
import {
  messageReceivedType,
  objectCreatedType,
  objectDeletedType,
  recordReceivedType,
  scheduleFiredType,
} from "./vocabulary.ts";
import type { ObjectData, ScheduleData } from "./vocabulary.ts";

/** What every neutral event is made from. */
export interface Origin {
  /** The configuration's `function`, without the stage. */
  function: string;
  /** The trigger's name; without one, `source` is `vendorSource` and the extension `vendorsource` is absent. */
  trigger?: string | undefined;
  /** The vendor's own id of the source. */
  vendorSource: string;
  /** The vendor's own id of the event, stable over redeliveries. */
  id: string;
  time?: Moment | undefined;
  /** How often this was delivered, from 1. */
  deliveryAttempt?: number | undefined;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** A date, epoch milliseconds or RFC 3339. */
export type Moment = Date | number | string;

type Attributes = Record<string, unknown>;

function base(type: string, origin: Origin): Attributes {
  const { trigger, vendorSource, deliveryAttempt } = origin;
  const event: Attributes = {
    specversion: "1.0",
    id: origin.id,
    source: trigger === undefined ? vendorSource : `fnpkg:${origin.function}/${trigger}`,
    type,
  };
  if (origin.time !== undefined) event["time"] = iso(origin.time);
  if (trigger !== undefined) event["vendorsource"] = vendorSource;
  if (deliveryAttempt !== undefined) event["deliveryattempt"] = deliveryAttempt;
  return Object.assign(event, readTrace(origin.traceparent, origin.tracestate));
}

function iso(moment: Moment): string {
  return typeof moment === "string" ? moment : new Date(moment).toISOString();
}

/** `key` is the object's key, decoded. */
export type ObjectOrigin = Origin & ObjectData;

export function objectCreated(origin: ObjectOrigin): CloudEvent<ObjectData> {
  return objectEvent(objectCreatedType, origin);
}

export function objectDeleted(origin: ObjectOrigin): CloudEvent<ObjectData> {
  return objectEvent(objectDeletedType, origin);
}

function objectEvent(type: string, origin: ObjectOrigin): CloudEvent<ObjectData> {
  const { container, key, size, etag, contentType, version } = origin;
  const data: ObjectData = { container, key };
  if (size !== undefined) data.size = size;
  if (etag !== undefined) data.etag = etag;
  if (contentType !== undefined) data.contentType = contentType;
  if (version !== undefined) data.version = version;
  const event = base(type, origin);
  event["subject"] = key;
  event["datacontenttype"] = "application/json";
  event["data"] = data;
  return event as unknown as CloudEvent<ObjectData>;
}

export type AttributeValue = string | number | boolean | Uint8Array;

export interface MessageOrigin extends Origin {
  body: string | Uint8Array;
  /** Default: the attribute `content-type`, whatever its case and punctuation. */
  contentType?: string | undefined;
  attributes?: Readonly<Record<string, AttributeValue>> | undefined;
  partitionKey?: string | undefined;
  sequence?: string | undefined;
}

/** A message from a queue or topic; one that is a CloudEvent already is unwrapped. */
export function messageReceived(origin: MessageOrigin): CloudEvent {
  const attributes = origin.attributes ?? {};
  const contentType = origin.contentType ?? contentTypeOf(attributes);
  const wrapped = unwrap(origin.body, contentType, attributes);
  if (wrapped) {
    const { deliveryAttempt } = origin;
    return deliveryAttempt === undefined ? wrapped : { ...wrapped, deliveryattempt: deliveryAttempt };
  }
  const trace = {
    traceparent: origin.traceparent ?? textOf(attributes["traceparent"]),
    tracestate: origin.tracestate ?? textOf(attributes["tracestate"]),
  };
  const event = base(messageReceivedType, { ...origin, ...trace });
  positioned(event, origin.partitionKey, origin.sequence);
  for (const [name, value] of messageExtensions(attributes)) event[name] = value;
  return withBody(event, origin.body, contentType);
}

export interface RecordOrigin extends Origin {
  /** What the stream holds: bytes or text, or a value where the vendor's record is one. */
  record: unknown;
  contentType?: string | undefined;
  partitionKey?: string | undefined;
  sequence?: string | undefined;
}

/** A record from a stream. */
export function recordReceived(origin: RecordOrigin): CloudEvent {
  const event = base(recordReceivedType, origin);
  positioned(event, origin.partitionKey, origin.sequence);
  const { record, contentType } = origin;
  if (typeof record === "string" || record instanceof Uint8Array) {
    return withBody(event, record, contentType);
  }
  event["datacontenttype"] = contentType ?? "application/json";
  event["data"] = record;
  return event as unknown as CloudEvent;
}

export interface ScheduleOrigin extends Omit<Origin, "id" | "time" | "trigger"> {
  trigger: string;
  /** Default: the trigger and the scheduled time. */
  id?: string | undefined;
  scheduledTime: Moment;
  data?: unknown;
}

/** A schedule that came due. */
export function scheduleFired(origin: ScheduleOrigin): CloudEvent<ScheduleData> {
  const scheduledTime = iso(origin.scheduledTime);
  const id = origin.id ?? `${origin.trigger}/${scheduledTime}`;
  const event = base(scheduleFiredType, { ...origin, id, time: scheduledTime });
  const data: ScheduleData = { scheduledTime, trigger: origin.trigger };
  if (origin.data !== undefined) data.data = origin.data;
  event["datacontenttype"] = "application/json";
  event["data"] = data;
  return event as unknown as CloudEvent<ScheduleData>;
}

function positioned(event: Attributes, partitionKey: string | undefined, sequence: string | undefined) {
  if (partitionKey !== undefined) event["partitionkey"] = partitionKey;
  if (sequence !== undefined) event["sequence"] = sequence;
}

function withBody(event: Attributes, body: string | Uint8Array, contentType: string | undefined): CloudEvent {
  if (contentType !== undefined && contentType !== "") event["datacontenttype"] = contentType;
  if (isJson(contentType)) {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    event["data"] = decodeData(bytes, contentType);
  } else {
    event["data"] = typeof body === "string" ? body : (decodeUtf8(body) ?? new Uint8Array(body));
  }
  return event as unknown as CloudEvent;
}

function contentTypeOf(attributes: Readonly<Record<string, AttributeValue>>): string | undefined {
  for (const name of Object.keys(attributes).sort()) {
    if (bare(name) === "contenttype") return textOf(attributes[name]);
  }
  return undefined;
}

function textOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Message attributes as extensions: `msg` and the name in lower case without punctuation. Where names meet, the one
 * that needed no change keeps the plain form, the others get 2, 3 … in the order of their code units.
 */
export function messageExtensions(attributes: Readonly<Record<string, AttributeValue>>): [string, string | number | boolean][] {
  const names = Object.keys(attributes).sort();
  const taken = new Set(names.filter((name) => name !== "" && bare(name) === name));
  return names.map((name) => {
    const plain = bare(name);
    let unique = plain;
    if (name === "" || plain !== name) {
      for (let count = 2; taken.has(unique); count++) unique = `${plain}${count}`;
      taken.add(unique);
    }
    return [`msg${unique}`, extensionValue(attributes[name] as AttributeValue)];
  });
}

function extensionValue(value: AttributeValue): string | number | boolean {
  if (value instanceof Uint8Array) return encodeBase64(value);
  return typeof value === "number" && (value | 0) !== value ? String(value) : value;
}
