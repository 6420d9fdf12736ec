/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
import { type AttributeValue, decodeBase64, messageReceived } from "fnpkg/runtime";
import { fields, text } from "./read.ts";
import { isNative, nativeEvent, type Source, timeOf } from "./records.ts";

const neutral = "dev.fnpkg.message.received.v1";

export const sns: Source = {
  convert(record, bound) {
    const message = fields(record["Sns"]);
    const id = text(message["MessageId"]);
    if (id === undefined) throw new TypeError("a message of the topic has no MessageId");
    const topic = text(message["TopicArn"]) ?? "aws:sns";
    const time = timeOf(message["Timestamp"]);
    const native = `com.amazonaws.sns.${text(message["Type"]) ?? "Notification"}`;
    if (isNative(native, neutral, bound)) {
      const source = text(record["EventSubscriptionArn"]) ?? topic;
      return nativeEvent({ id, source, type: native, subject: text(message["Subject"]), time, data: message });
    }
    return messageReceived({
      function: bound.function,
      trigger: bound.triggers.get(topic),
      vendorSource: topic,
      id,
      time,
      body: typeof message["Message"] === "string" ? message["Message"] : "",
      attributes: attributesOf(message["MessageAttributes"]),
    });
  },
};

function attributesOf(value: unknown): { [name: string]: AttributeValue } {
  const found = Object.entries(fields(value)).flatMap(([name, given]): [string, AttributeValue][] => {
    const { Type: type, Value: content } = fields(given);
    if (typeof content !== "string") return [];
    return [[name, type === "Binary" ? (decodeBase64(content) ?? content) : content]];
  });
  return Object.fromEntries(found);
}
