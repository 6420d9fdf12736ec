import { decodeUtf8 } from "./bytes.ts";
import { decodeData, eventFromJson, invalid, validateEvent } from "./cloudevent.ts";
import { structuredType } from "./cloudevent-http.ts";
import { essence } from "./media-type.ts";
import type { CloudEvent } from "./types.ts";

/** How the protocol bindings mark an attribute: HTTP and Pub/Sub, AMQP, Kafka and SQS. */
const marks = ["ce-", "cloudevents:", "cloudevents_", "ce_"];

/**
 * The event that a message carries: structured by its content type, or binary by its attributes. Undefined when the
 * message isn't one; throws `E_EVENT` when it claims to be one and is malformed.
 */
export function unwrap(
  body: string | Uint8Array,
  contentType: string | undefined,
  attributes: Readonly<Record<string, unknown>>,
): CloudEvent | undefined {
  if (essence(contentType) === structuredType) {
    const text = typeof body === "string" ? body : decodeUtf8(body);
    let value: unknown;
    try {
      value = JSON.parse((text ?? "").replace(/^\ufeff/, ""));
    } catch {
      throw invalid("the message's body isn't JSON");
    }
    return eventFromJson(value);
  }
  const names = Object.keys(attributes);
  const mark = marks.find((prefix) => names.some((name) => name.toLowerCase() === `${prefix}specversion`));
  if (mark === undefined) return undefined;
  const event: Record<string, unknown> = {};
  for (const name of names) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(mark)) continue;
    Object.defineProperty(event, lower.slice(mark.length), {
      value: attributes[name],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  delete event["data"];
  const type = contentType ?? (event["datacontenttype"] as string | undefined);
  if (type !== undefined && type !== "") event["datacontenttype"] = type;
  const valid = validateEvent(event);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return bytes.length === 0 ? valid : { ...valid, data: decodeData(bytes, type) };
}
