/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { type AttributeValue, decodeBase64, messageReceived } from "fnpkg/runtime";
import { fields, number, text } from "./read.ts";
import { isNative, isoTime, nativeEvent, type Source } from "./records.ts";
import { traceparentOf } from "./trace.ts";

const neutral = "dev.fnpkg.message.received.v1";
const native = "com.amazonaws.sqs.message";

export const sqs: Source = {
  identifier: (record) => text(record["messageId"]),
  ordered: (record) => text(record["eventSourceARN"])?.endsWith(".fifo") === true,
  convert(record, bound) {
    const id = text(record["messageId"]);
    if (id === undefined) throw new TypeError("a message of the queue has no messageId");
    const arn = text(record["eventSourceARN"]) ?? "aws:sqs";
    const system = fields(record["attributes"]);
    const time = isoTime(number(system["SentTimestamp"]));
    if (isNative(native, neutral, bound)) {
      return nativeEvent({ id, source: arn, type: native, time, data: record });
    }
    return messageReceived({
      function: bound.function,
      trigger: bound.triggers.get(arn),
      vendorSource: arn,
      id,
      time,
      deliveryAttempt: number(system["ApproximateReceiveCount"]),
      traceparent: attributeText(record, "traceparent") ?? traceparentOf(system["AWSTraceHeader"]),
      tracestate: attributeText(record, "tracestate"),
      partitionKey: text(system["MessageGroupId"]),
      sequence: text(system["SequenceNumber"]),
      body: typeof record["body"] === "string" ? record["body"] : "",
      attributes: attributesOf(record["messageAttributes"]),
    });
  },
};

function attributesOf(value: unknown): { [name: string]: AttributeValue } {
  const found = Object.entries(fields(value)).flatMap(([name, given]): [string, AttributeValue][] => {
    const attribute = fields(given);
    const { stringValue, binaryValue, dataType } = attribute;
    if (typeof dataType === "string" && dataType.startsWith("Binary") && typeof binaryValue === "string") {
      return [[name, decodeBase64(binaryValue) ?? binaryValue]];
    }
    return typeof stringValue === "string" ? [[name, stringValue]] : [];
  });
  return Object.fromEntries(found);
}

function attributeText(record: { readonly [name: string]: unknown }, name: string): string | undefined {
  return text(fields(fields(record["messageAttributes"])[name])["stringValue"]);
}
