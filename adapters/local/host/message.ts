/** A message: a file, its attributes in a second file beside it, and how often it was delivered. */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { type AttributeValue, type CloudEvent, messageReceived, structuredType } from "fnpkg/runtime";
import { isTemporary } from "./settle.ts";

/** `NAME` + this holds `{ "contentType"?, "attributes"? }` of the message `NAME`. Write it before the message. */
export const attributesSuffix = ".attributes.json";
export const mostMessageBytes = 16 * 1024 * 1024;

export interface Sidecar {
  readonly contentType?: string;
  readonly attributes?: { readonly [name: string]: AttributeValue };
}

export function isMessage(name: string): boolean {
  return !isTemporary(name) && !name.endsWith(attributesSuffix);
}

/** The content type: said by the second file, else by the name. */
export function contentTypeOf(name: string, sidecar: Sidecar): string | undefined {
  if (sidecar.contentType !== undefined) return sidecar.contentType;
  if (name.endsWith(".ce.json")) return structuredType;
  if (name.endsWith(".json")) return "application/json";
  return name.endsWith(".txt") ? "text/plain" : undefined;
}

/** @throws when the second file is malformed */
export async function readSidecar(file: string): Promise<Sidecar> {
  let text: string;
  try {
    text = await readFile(file + attributesSuffix, "utf8");
  } catch {
    return {};
  }
  return checkSidecar(JSON.parse(text));
}

export function checkSidecar(value: unknown): Sidecar {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError("the attributes are no JSON object");
  const { contentType, attributes, ...rest } = value as { contentType?: unknown; attributes?: unknown };
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined)
    throw new TypeError(`the attributes have the unknown key ${JSON.stringify(unknown)}; contentType and attributes are known`);
  if (contentType !== undefined && typeof contentType !== "string") throw new TypeError("contentType is no string");
  if (attributes !== undefined && (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)))
    throw new TypeError("attributes is no JSON object");
  for (const [name, one] of Object.entries(attributes ?? {})) {
    if (!["string", "number", "boolean"].includes(typeof one))
      throw new TypeError(`the attribute ${JSON.stringify(name)} is neither a string, a number nor a boolean`);
  }
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(attributes === undefined ? {} : { attributes: attributes as { readonly [name: string]: AttributeValue } }),
  };
}

export interface MessageOrigin {
  readonly function: string;
  readonly trigger: string;
  /** The bound folder. */
  readonly folder: string;
  /** The file's name when it was dropped. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
}

/** The event of a message file. @throws E_EVENT when it claims to be a CloudEvent and is malformed, or is not the JSON it claims to be */
export async function readMessage(file: string, origin: MessageOrigin): Promise<{ event: CloudEvent; sidecar: Sidecar }> {
  const body = await readFile(file);
  if (body.length > mostMessageBytes) throw new RangeError(`it has ${body.length} bytes; ${mostMessageBytes} are taken`);
  const sidecar = await readSidecar(file);
  const contentType = contentTypeOf(origin.id, sidecar);
  const event = messageReceived({
    function: origin.function,
    trigger: origin.trigger,
    vendorSource: pathToFileURL(origin.folder).href,
    id: origin.id,
    deliveryAttempt: origin.attempt,
    body,
    attributes: sidecar.attributes ?? {},
    ...(contentType === undefined ? {} : { contentType }),
  });
  return { event, sidecar };
}
