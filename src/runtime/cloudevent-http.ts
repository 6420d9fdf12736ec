import { decodeUtf8 } from "./bytes.ts";
import { decodeData, eventFromJson, eventToJson, invalid, validateEvent } from "./cloudevent.ts";
import { essence, isJson } from "./media-type.ts";
import type { CloudEvent } from "./types.ts";

type Header = readonly [name: string, value: string];

/** A message of the CloudEvents HTTP binding. */
export interface EventMessage {
  headers: [string, string][];
  body: string | Uint8Array | null;
}

export const structuredType = "application/cloudevents+json";
export const batchType = "application/cloudevents-batch+json";

/** Reads a message in binary, structured or batched mode; throws `E_EVENT` when it is none or is malformed. */
export function parseEvents(
  headers: Iterable<Header>,
  body: string | Uint8Array | null,
): { mode: "binary" | "structured" | "batched"; events: CloudEvent[] } {
  const list = [...headers];
  const contentType = list.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
  const type = essence(contentType);
  if (type === batchType) {
    const values = parseJson(bytes);
    if (!Array.isArray(values)) throw invalid("a batch is a JSON array");
    return { mode: "batched", events: values.map(eventFromJson) };
  }
  if (type === structuredType) return { mode: "structured", events: [eventFromJson(parseJson(bytes))] };
  if (type.startsWith("application/cloudevents")) {
    throw invalid(`the event format ${type} isn't supported; JSON is`);
  }
  return { mode: "binary", events: [binary(list, contentType, bytes)] };
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  try {
    if (text !== undefined) return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    // Said below.
  }
  throw invalid("the body isn't JSON");
}

function binary(headers: Header[], contentType: string | undefined, bytes: Uint8Array): CloudEvent {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("ce-")) continue;
    const attribute = lower.slice(3);
    if (attribute === "data" || attribute === "datacontenttype" || Object.hasOwn(attributes, attribute)) {
      throw invalid(`the header ${lower} ${attribute.startsWith("data") ? "has no meaning" : "is there twice"}`);
    }
    Object.defineProperty(attributes, attribute, { value: decodeHeader(value), enumerable: true });
  }
  if (contentType !== undefined && contentType !== "") {
    Object.defineProperty(attributes, "datacontenttype", { value: contentType, enumerable: true });
  }
  const event = validateEvent(attributes);
  return bytes.length === 0 ? event : { ...event, data: decodeData(bytes, contentType) };
}

/** Undoes quoting and percent-encoding; what isn't percent-encoded UTF-8 stays as it is. */
export function decodeHeader(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value.trim());
  const plain = quoted ? (quoted[1] as string).replace(/\\(.)/gs, "$1") : value.trim();
  return plain.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** Percent-encodes what the HTTP binding says: space, quote, percent and what isn't printable ASCII. */
export function encodeHeader(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x80) return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
    return code >= 0xd800 && code <= 0xdfff && char.length === 1 ? "%EF%BF%BD" : encodeURIComponent(char);
  });
}

/** A message in binary mode. Data without a content type that isn't bytes is sent as JSON. */
export function toBinary(event: CloudEvent): EventMessage {
  const { data, datacontenttype, ...attributes } = validateEvent(event);
  const headers = Object.entries(attributes).map(([name, value]): [string, string] => [
    `ce-${name}`,
    encodeHeader(String(value)),
  ]);
  const bytes = data instanceof Uint8Array;
  const json =
    data !== undefined && !bytes && (datacontenttype === undefined || isJson(datacontenttype) || typeof data !== "string");
  const type = datacontenttype ?? (json ? "application/json" : undefined);
  if (type !== undefined) headers.push(["content-type", type]);
  return { headers, body: data === undefined ? null : json ? JSON.stringify(data) : data };
}

/** A message in structured mode, in JSON. */
export function toStructured(event: CloudEvent): EventMessage {
  return {
    headers: [["content-type", `${structuredType}; charset=utf-8`]],
    body: JSON.stringify(eventToJson(event)),
  };
}

/** A message in batched mode, in JSON. */
export function toBatch(events: readonly CloudEvent[]): EventMessage {
  return {
    headers: [["content-type", `${batchType}; charset=utf-8`]],
    body: JSON.stringify(events.map(eventToJson)),
  };
}
