import { decodeBase64, decodeUtf8, encodeBase64 } from "./bytes.ts";
import { RuntimeError } from "./errors.ts";
import { charset, isJson, isText } from "./media-type.ts";
import type { CloudEvent } from "./types.ts";

const nameForm = /^[a-z0-9]+$/;
const timeForm =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const required = ["id", "source", "type"] as const;
const optional = ["subject", "time", "datacontenttype", "dataschema"] as const;
const known: ReadonlySet<string> = new Set([...required, ...optional, "specversion", "data"]);

/**
 * Checks the attributes and gives the event without those that are null or undefined; otherwise throws `E_EVENT`.
 * `data` is taken as it is.
 */
export function validateEvent(attributes: Readonly<Record<string, unknown>>): CloudEvent {
  if (attributes["specversion"] !== "1.0") {
    throw invalid(`specversion is ${show(attributes["specversion"])}; "1.0" is needed`);
  }
  const event: Record<string, unknown> = { specversion: "1.0" };
  for (const name of required) event[name] = filled(name, attributes[name]);
  for (const name of optional) {
    const value = attributes[name];
    if (value !== undefined && value !== null) event[name] = filled(name, value);
  }
  if (typeof event["time"] === "string" && !timeForm.test(event["time"])) {
    throw invalid(`time is ${show(event["time"])}; RFC 3339 is needed`);
  }
  if (typeof event["dataschema"] === "string" && !URL.canParse(event["dataschema"])) {
    throw invalid(`dataschema is ${show(event["dataschema"])}; an absolute URI is needed`);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (known.has(name)) continue;
    if (!nameForm.test(name)) {
      throw invalid(`the attribute ${show(name)} isn't made of lower-case letters and digits`);
    }
    if (value === undefined || value === null) continue;
    if (typeof value !== "string" && typeof value !== "boolean" && !isInteger(value)) {
      throw invalid(`the extension ${name} is neither a string, a boolean nor a 32-bit integer`);
    }
    event[name] = value;
  }
  if (attributes["data"] !== undefined) event["data"] = attributes["data"];
  return event as CloudEvent;
}

function filled(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(value === undefined || value === null ? `${name} is missing` : `${name} isn't a non-empty string`);
}

function isInteger(value: unknown): boolean {
  return typeof value === "number" && (value | 0) === value;
}

export function invalid(message: string): RuntimeError {
  return new RuntimeError("E_EVENT", `not a valid CloudEvent: ${message}`);
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? "missing";
}

/** Decodes bytes: JSON to a value, text to a string; everything else, and text that isn't UTF-8 and says nothing else, stays as it is. */
export function decodeData(bytes: Uint8Array, contentType: string | undefined): unknown {
  if (isJson(contentType)) {
    const text = decodeUtf8(bytes);
    try {
      if (text !== undefined) return JSON.parse(text.replace(/^\ufeff/, ""));
    } catch {
      // Said below.
    }
    throw invalid(`the data isn't the JSON that ${show(contentType)} declares`);
  }
  if (!isText(contentType)) return bytes;
  const named = charset(contentType);
  if (/^utf-?8$/i.test(named)) return decodeUtf8(bytes)?.replace(/^\ufeff/, "") ?? bytes;
  try {
    return new TextDecoder(named).decode(bytes);
  } catch {
    throw invalid(`the charset of ${show(contentType)} is unknown`);
  }
}

/** An event from a parsed value of the JSON event format. */
export function eventFromJson(value: unknown): CloudEvent {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw invalid("a JSON object is needed");
  }
  const { data_base64: base64, ...attributes } = value as Record<string, unknown>;
  if (base64 === undefined || base64 === null) {
    if (Object.hasOwn(value, "data")) return textual(validateEvent(attributes));
    return validateEvent(attributes);
  }
  if ("data" in attributes) throw invalid("it has both data and data_base64");
  const bytes = typeof base64 === "string" ? decodeBase64(base64) : undefined;
  if (!bytes) throw invalid("data_base64 isn't base64");
  const event = validateEvent(attributes);
  return { ...event, data: decodeData(bytes, event.datacontenttype) };
}

/** Data that is declared as text but was written as another JSON value becomes its text. */
function textual(event: CloudEvent): CloudEvent {
  if (!isText(event.datacontenttype) || isJson(event.datacontenttype)) return event;
  return typeof event.data === "string" ? event : { ...event, data: JSON.stringify(event.data) };
}

/** A value of the JSON event format; bytes become `data_base64`. */
export function eventToJson(event: CloudEvent): Record<string, unknown> {
  const { data, ...attributes } = validateEvent(event);
  if (data === undefined) return attributes;
  return data instanceof Uint8Array ? { ...attributes, data_base64: encodeBase64(data) } : { ...attributes, data };
}
