/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html, https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
import { decodeBase64, recordReceived } from "fnpkg/runtime";
import { type Fields, fields, number, text } from "./read.ts";
import { isNative, isoTime, nativeEvent, type Source } from "./records.ts";

const neutral = "dev.fnpkg.record.received.v1";

export const kinesis: Source = {
  checkpoint: true,
  ordered: () => true,
  identifier: (record) => text(fields(record["kinesis"])["sequenceNumber"]),
  convert(record, bound) {
    const inner = fields(record["kinesis"]);
    const { id, arn } = origin(record);
    const seconds = number(inner["approximateArrivalTimestamp"]);
    const time = isoTime(seconds === undefined ? undefined : seconds * 1000);
    const partitionKey = text(inner["partitionKey"]);
    const native = "com.amazonaws.kinesis.record";
    if (isNative(native, neutral, bound)) {
      return nativeEvent({ id, source: arn, type: native, subject: partitionKey, time, data: record });
    }
    const bytes = typeof inner["data"] === "string" ? decodeBase64(inner["data"]) : undefined;
    if (bytes === undefined) throw new TypeError("a record of the stream has no data");
    return recordReceived({
      function: bound.function,
      trigger: bound.triggers.get(arn),
      vendorSource: arn,
      id,
      time,
      record: bytes,
      partitionKey,
      sequence: text(inner["sequenceNumber"]),
    });
  },
};

export const dynamodb: Source = {
  checkpoint: true,
  ordered: () => true,
  identifier: (record) => text(fields(record["dynamodb"])["SequenceNumber"]),
  convert(record, bound) {
    const inner = fields(record["dynamodb"]);
    const { id, arn } = origin(record);
    const seconds = number(inner["ApproximateCreationDateTime"]);
    const time = isoTime(seconds === undefined ? undefined : seconds * 1000);
    const native = `com.amazonaws.dynamodb.${text(record["eventName"]) ?? "record"}`;
    if (isNative(native, neutral, bound)) return nativeEvent({ id, source: arn, type: native, time, data: record });
    return recordReceived({
      function: bound.function,
      trigger: bound.triggers.get(arn),
      vendorSource: arn,
      id,
      time,
      record: { eventName: record["eventName"], ...inner },
      partitionKey: "Keys" in inner ? JSON.stringify(inner["Keys"]) : undefined,
      sequence: text(inner["SequenceNumber"]),
    });
  },
};

function origin(record: Fields): { id: string; arn: string } {
  const id = text(record["eventID"]);
  if (id === undefined) throw new TypeError("a record of the stream has no eventID");
  return { id, arn: text(record["eventSourceARN"]) ?? text(record["eventSource"]) ?? "aws" };
}
