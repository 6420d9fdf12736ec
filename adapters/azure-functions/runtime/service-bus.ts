/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger: one message a call. */
import { type AttributeValue, messageReceived } from "fnpkg/runtime";
import type { CoreCall } from "./core.ts";
import { bodyOf, digits, type Fields, fields, metadata, number, text, timeOf } from "./read.ts";
import { allMetadata, attempt, byHand, isNative, nativeEvent, type Source, written } from "./records.ts";

const neutral = "dev.fnpkg.message.received.v1";
const native = "Microsoft.ServiceBus.Message";

export const serviceBus: Source = (call, data, bound, trigger) => {
  const attributes = propertiesOf(call);
  if (!passes(trigger.filter ?? {}, attributes)) return [];
  return [
    attempt(() => {
      const body = bodyOf(data);
      const sequence = digits(call, "SequenceNumber");
      const id = text(metadata(call, "MessageId")) ?? sequence;
      // A message has a number from 1 that the broker gave it.
      if (id === undefined || sequence === undefined || !/[1-9]/.test(sequence)) return byHand(call, body, bound, trigger);
      const vendorSource = bound.sources.get(trigger.name) ?? "azure:servicebus";
      const time = timeOf(metadata(call, "EnqueuedTimeUtc"));
      if (isNative(native, neutral, bound)) {
        const sent = { body: written(body), metadata: allMetadata(call) };
        return nativeEvent({ id, source: vendorSource, type: native, time, data: sent });
      }
      return messageReceived({
        function: bound.function,
        trigger: trigger.name,
        vendorSource,
        id,
        time,
        deliveryAttempt: number(metadata(call, "DeliveryCount")),
        // Azure's clients name it so: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-end-to-end-tracing
        traceparent: text(attributes["traceparent"]) ?? text(attributes["Diagnostic-Id"]),
        partitionKey: text(metadata(call, "SessionId")) ?? text(metadata(call, "PartitionKey")),
        sequence,
        contentType: text(metadata(call, "ContentType")),
        body,
        attributes: values(attributes),
      });
    }),
  ];
};

/** Under the name of today's extension or of the former one. */
function propertiesOf(call: CoreCall): Fields {
  const found = metadata(call, "ApplicationProperties") ?? metadata(call, "UserProperties");
  return fields(found);
}

function values(attributes: Fields): { [name: string]: AttributeValue } {
  const plain = Object.entries(attributes).flatMap(([name, value]): [string, AttributeValue][] => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [[name, value]];
    return value === null || value === undefined ? [] : [[name, JSON.stringify(value)]];
  });
  return Object.fromEntries(plain);
}

function passes(filter: { readonly [attribute: string]: readonly string[] }, attributes: Fields): boolean {
  return Object.entries(filter).every(
    ([name, wanted]) => Object.hasOwn(attributes, name) && wanted.includes(String(attributes[name] as string)),
  );
}
