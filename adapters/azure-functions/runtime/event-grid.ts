/** https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage, in the form of CloudEvents. */
import {
  type CloudEvent,
  eventFromJson,
  objectCreated,
  objectCreatedType,
  objectDeleted,
  objectDeletedType,
} from "fnpkg/runtime";
import type { Registration } from "../translate-bindings.ts";
import { bodyOf, type Fields, fields, number, parsed, text } from "./read.ts";
import { attempt, type Bound, isNative, type Source, written } from "./records.ts";

const created = "Microsoft.Storage.BlobCreated";
const deleted = "Microsoft.Storage.BlobDeleted";

export const eventGrid: Source = (_call, data, bound, trigger) => {
  const given = parsed(written(bodyOf(data)));
  const events: readonly unknown[] = Array.isArray(given) ? given : [given];
  return events.map((event) => attempt(() => convert(eventFromJson(event), bound, trigger)));
};

function convert(event: CloudEvent, bound: Bound, { name }: Registration): CloudEvent {
  const { type } = event;
  const neutral = type === created ? objectCreatedType : type === deleted ? objectDeletedType : undefined;
  if (neutral === undefined || isNative(type, neutral, bound)) return event;
  const data = fields(event.data);
  const { container, key } = placeOf(event, data);
  const origin = {
    function: bound.function,
    trigger: name,
    vendorSource: bound.sources.get(name) ?? event.source,
    id: event.id,
    time: event.time,
    container,
    key,
    etag: text(data["eTag"]),
    contentType: text(data["contentType"]),
  };
  if (neutral === objectDeletedType) return objectDeleted(given(origin));
  return objectCreated(given({ ...origin, size: number(data["contentLength"]) }));
}

/** The subject has the blob's name as it is, the URL percent-encoded; the two agree, or the URL is the surer one. */
function placeOf(event: CloudEvent, data: Fields): { container: string; key: string } {
  const subject = /\/containers\/([^/]+)\/blobs\/(.*)$/s.exec(event.subject ?? "");
  const container = subject?.[1];
  if (container === undefined) throw new TypeError("an event of the storage account names no blob");
  const plain = subject?.[2] ?? "";
  const path = /^[a-z]+:\/\/[^/]+\/([^?#]*)/i.exec(text(data["url"]) ?? "")?.[1] ?? "";
  const encoded = path.startsWith(`${container}/`) ? path.slice(container.length + 1) : path;
  return { container, key: decoded(encoded) ?? plain };
}

function decoded(path: string): string | undefined {
  if (path === "") return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
