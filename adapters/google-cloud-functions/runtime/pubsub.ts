/** Messages of Pub/Sub: as Eventarc delivers them, and as a push subscription does. */
import { type CloudEvent, decodeBase64, messageReceived, messageReceivedType } from "fnpkg/runtime";
import { type Bound, type Found, isNative, triggerOf } from "./found.ts";
import { type Fields, fields, number, text, timeOf } from "./read.ts";

const published = "google.cloud.pubsub.topic.v1.messagePublished";

/** https://github.com/googleapis/google-cloudevents, google/events/cloud/pubsub/v1/data.proto */
export function pubsub(event: CloudEvent, bound: Bound): Found | undefined {
  if (event.type !== published) return undefined;
  const data = fields(event.data);
  const message = fields(data["message"]);
  const attributes = attributesOf(message);
  const trigger = triggerOf(event.source, bound);
  if (isNative(published, messageReceivedType, bound)) return { trigger, attributes, event: () => event };
  return {
    trigger,
    attributes,
    event: () =>
      received(message, data, bound, {
        trigger,
        vendorSource: event.source,
        id: event.id,
        time: event.time,
        traceparent: text(event["traceparent"]),
        tracestate: text(event["tracestate"]),
      }),
  };
}

/** https://docs.cloud.google.com/pubsub/docs/push#receive_push: the subscription is named, its topic isn't. */
export function pushed(call: Fields, bound: Bound): Found | undefined {
  const subscription = text(call["subscription"]);
  const message = fields(call["message"]);
  const id = idOf(message);
  if (subscription === undefined || id === undefined) return undefined;
  const vendorSource = `//pubsub.googleapis.com/${subscription}`;
  return { attributes: attributesOf(message), event: () => received(message, call, bound, { vendorSource, id }) };
}

function received(
  message: Fields,
  around: Fields,
  bound: Bound,
  origin: Omit<Parameters<typeof messageReceived>[0], "function" | "body" | "attributes">,
): CloudEvent {
  return messageReceived({
    ...origin,
    function: bound.function,
    id: idOf(message) ?? origin.id,
    time: timeOf(message["publishTime"]) ?? timeOf(message["publish_time"]) ?? origin.time,
    body: bodyOf(message["data"]),
    attributes: attributesOf(message),
    partitionKey: text(message["orderingKey"]),
    deliveryAttempt: number(around["deliveryAttempt"]),
  });
}

function idOf(message: Fields): string | undefined {
  return text(message["messageId"]) ?? text(message["message_id"]);
}

function bodyOf(data: unknown): Uint8Array {
  const bytes = typeof data === "string" ? decodeBase64(data) : new Uint8Array();
  if (bytes === undefined) throw new TypeError("the message's data isn't base64");
  return bytes;
}

function attributesOf(message: Fields): { readonly [name: string]: string } {
  const found = Object.entries(fields(message["attributes"])).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return Object.fromEntries(found);
}
