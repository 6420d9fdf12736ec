/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
import { objectCreated, objectCreatedType, objectDeleted, objectDeletedType } from "fnpkg/runtime";
import { type Fields, fields, number, text } from "./read.ts";
import { isNative, nativeEvent, type Source, timeOf } from "./records.ts";

export const s3: Source = {
  convert(record, bound, index) {
    const details = fields(record["s3"]);
    const bucket = fields(details["bucket"]);
    const object = fields(details["object"]);
    const container = text(bucket["name"]) ?? "";
    const rawKey = typeof object["key"] === "string" ? object["key"] : "";
    const name = text(record["eventName"]) ?? "";
    const time = timeOf(record["eventTime"]);
    const deleted = /^(s3:)?(ObjectRemoved|LifecycleExpiration):/.test(name);
    const created = /^(s3:)?ObjectCreated:/.test(name);
    const native = `com.amazonaws.s3.${name}`;
    if ((!created && !deleted) || isNative(native, deleted ? objectDeletedType : objectCreatedType, bound)) {
      const { "x-amz-request-id": request, "x-amz-id-2": second } = fields(record["responseElements"]);
      return nativeEvent({
        id: `${text(request) ?? text(object["sequencer"]) ?? index}.${text(second) ?? ""}`,
        source: `${text(record["eventSource"]) ?? "aws:s3"}.${text(record["awsRegion"]) ?? ""}.${container}`,
        type: native,
        subject: rawKey === "" ? undefined : rawKey,
        time,
        data: record,
      });
    }
    const arn = text(bucket["arn"]) ?? `arn:aws:s3:::${container}`;
    return (deleted ? objectDeleted : objectCreated)({
      function: bound.function,
      trigger: triggerOf(record, arn, bound),
      vendorSource: arn,
      id: idOf(record, object, index),
      time,
      container,
      key: text(object["urlDecodedKey"]) ?? decoded(rawKey),
      ...given({ size: number(object["size"]), etag: text(object["eTag"]), version: text(object["versionId"]) }),
    });
  },
};

/** Several triggers can have one bucket: the entry that matched says which, in its id. */
function triggerOf(record: Fields, arn: string, { triggers }: { readonly triggers: ReadonlyMap<string, string> }) {
  const entry = text(fields(record["s3"])["configurationId"]);
  const name = entry === undefined ? undefined : /^fnpkg:.*:trigger-([a-z0-9-]+)$/.exec(entry)?.[1];
  return name ?? triggers.get(arn);
}

/** Stable over redeliveries, and another one for each record: the object's own order, within the request. */
function idOf(record: Fields, object: Fields, index: number): string {
  const request = text(fields(record["responseElements"])["x-amz-request-id"]);
  const sequencer = text(object["sequencer"]);
  return [request, sequencer].filter((part) => part !== undefined).join(".") || String(index);
}

/** Keys come form-encoded; one that isn't is taken as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return key;
  }
}

/** What is there. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
