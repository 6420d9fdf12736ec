/** Objects of Cloud Storage (https://github.com/googleapis/google-cloudevents, google/events/cloud/storage/v1/data.proto). */
import { type CloudEvent, objectCreated, objectCreatedType, objectDeleted, objectDeletedType } from "fnpkg/runtime";
import { type Bound, type Found, isNative, triggerOf } from "./found.ts";
import { fields, given, number, text } from "./read.ts";

const kinds = new Map([
  ["google.cloud.storage.object.v1.finalized", { type: objectCreatedType, make: objectCreated }],
  ["google.cloud.storage.object.v1.deleted", { type: objectDeletedType, make: objectDeleted }],
]);

export function storage(event: CloudEvent, bound: Bound): Found | undefined {
  if (!event.type.startsWith("google.cloud.storage.object.v1.")) return undefined;
  const object = fields(event.data);
  const trigger = triggerOf(event.source, bound);
  const key = text(object["name"]) ?? (event.subject ?? "").replace(/^objects\//, "");
  const kind = kinds.get(event.type);
  if (kind === undefined || isNative(event.type, kind.type, bound)) return { trigger, key, event: () => event };
  return {
    trigger,
    key,
    event: () =>
      kind.make({
        function: bound.function,
        trigger,
        vendorSource: event.source,
        id: event.id,
        time: event.time,
        traceparent: text(event["traceparent"]),
        tracestate: text(event["tracestate"]),
        container: text(object["bucket"]) ?? event.source.split("/").at(-1) ?? "",
        key,
        ...given({
          size: number(object["size"]),
          etag: text(object["etag"]),
          contentType: text(object["contentType"]),
          version: text(object["generation"]),
        }),
      }),
  };
}
