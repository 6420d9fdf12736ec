/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-event-hubs-trigger: one record a call, or a batch of a partition. */
import { type CloudEvent, recordReceived } from "fnpkg/runtime";
import type { Registration } from "../translate-bindings.ts";
import type { CoreCall, TypedData } from "./core.ts";
import { bodiesOf, bodyOf, digits, digitsList, type Fields, fields, list, metadata, text, timeOf } from "./read.ts";
import { attempt, type Bound, byHand, isNative, nativeEvent, type Source, written } from "./records.ts";

const neutral = "dev.fnpkg.record.received.v1";
const native = "Microsoft.EventHub.Event";

interface Hubbed {
  readonly body: string | Uint8Array;
  readonly partition: string;
  readonly sequence: string;
  readonly key: string | undefined;
  readonly time: string | undefined;
  readonly properties: Fields;
  readonly system: Fields;
}

export const eventHub: Source = (call, data, bound, trigger) => {
  const batch = data?.collectionBytes ?? data?.collectionString;
  if (batch !== null && batch !== undefined) return many(call, data, bound, trigger);
  const sequence = digits(call, "SequenceNumber");
  const body = bodyOf(data);
  if (sequence === undefined) return [attempt(() => byHand(call, body, bound, trigger))];
  const properties = fields(metadata(call, "Properties"));
  const system = fields(metadata(call, "SystemProperties"));
  const record: Hubbed = {
    body,
    partition: partitionOf(call),
    sequence,
    key: text(metadata(call, "PartitionKey")),
    time: timeOf(metadata(call, "EnqueuedTimeUtc")),
    properties,
    system,
  };
  return [attempt(() => convert(record, bound, trigger))];
};

function many(call: CoreCall, data: TypedData | null, bound: Bound, trigger: Registration): (CloudEvent | Error)[] {
  const bodies = bodiesOf(data);
  const partition = partitionOf(call);
  const sequences = digitsList(call, "SequenceNumberArray");
  const times = list(metadata(call, "EnqueuedTimeUtcArray"));
  const keys = list(metadata(call, "PartitionKeyArray"));
  const properties = list(metadata(call, "PropertiesArray"));
  const systems = list(metadata(call, "SystemPropertiesArray"));
  return bodies.map((body, index) =>
    attempt(() => {
      const system = fields(systems[index]);
      const sequence = sequences[index];
      if (sequence === undefined || sequences.length !== bodies.length) {
        throw new TypeError("a record of the event hub has no sequence number");
      }
      return convert(
        {
          body,
          partition,
          sequence,
          // A host that leaves empty ones out has another count.
          key: keys.length === bodies.length ? text(keys[index]) : text(system["PartitionKey"]),
          time: timeOf(times[index]),
          properties: fields(properties[index]),
          system,
        },
        bound,
        trigger,
      );
    }),
  );
}

function convert(record: Hubbed, bound: Bound, { name }: Registration): CloudEvent {
  const { body, partition, sequence, key, time, properties, system } = record;
  const vendorSource = bound.sources.get(name) ?? "azure:eventhub";
  const id = `${partition}/${sequence}`;
  if (isNative(native, neutral, bound)) {
    const data = { body: written(body), partition, sequence, partitionKey: key ?? null, properties, systemProperties: system };
    return nativeEvent({ id, source: vendorSource, type: native, time, data });
  }
  return recordReceived({
    function: bound.function,
    trigger: name,
    vendorSource,
    id,
    time,
    record: body,
    partitionKey: key,
    sequence,
    contentType: text(system["content-type"]) ?? text(properties["content-type"]),
    traceparent: text(properties["traceparent"]) ?? text(properties["Diagnostic-Id"]),
  });
}

function partitionOf(call: CoreCall): string {
  for (const name of ["PartitionContext", "TriggerPartitionContext"]) {
    const context = fields(metadata(call, name));
    const id = text(context["PartitionId"]) ?? text(context["partitionId"]);
    if (id !== undefined) return id;
  }
  return "0";
}
