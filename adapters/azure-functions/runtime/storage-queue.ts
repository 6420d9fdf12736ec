/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger: one message a call. */
import { messageReceived } from "fnpkg/runtime";
import { bodyOf, metadata, number, text, timeOf } from "./read.ts";
import { allMetadata, attempt, byHand, isNative, nativeEvent, type Source, written } from "./records.ts";

const neutral = "dev.fnpkg.message.received.v1";
const native = "Microsoft.Storage.QueueMessage";

export const storageQueue: Source = (call, data, bound, trigger) => [
  attempt(() => {
    const body = bodyOf(data);
    const id = text(metadata(call, "Id"));
    if (id === undefined) return byHand(call, body, bound, trigger);
    const vendorSource = bound.sources.get(trigger.name) ?? "azure:queue";
    const time = timeOf(metadata(call, "InsertionTime"));
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
      deliveryAttempt: number(metadata(call, "DequeueCount")),
      body,
    });
  }),
];
