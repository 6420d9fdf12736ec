/** A queue's attributes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
import { objectIn } from "./inputs.ts";
import { AwsFailure } from "./service.ts";

export type Attributes = { readonly [name: string]: string };

/** Least and most. */
const numbers: { readonly [name: string]: readonly [number, number] } = {
  DelaySeconds: [0, 900],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};
const switches = ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"];
const documents = ["Policy", "RedriveAllowPolicy", "RedrivePolicy"];
const words: { readonly [name: string]: RegExp } = {
  KmsMasterKeyId: /^.*$/,
  DeduplicationScope: /^(messageGroup|queue)$/,
  FifoThroughputLimit: /^(perQueue|perMessageGroupId)$/,
};
const fifoOnly = ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

/** What a queue answers beside what was set. */
const counted = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
];

export const defaults: Attributes = {
  DelaySeconds: "0",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
  VisibilityTimeout: "30",
};

export function isAttribute(name: string): boolean {
  return name === "All" || isSettable(name) || counted.includes(name);
}

function isSettable(name: string): boolean {
  return name in numbers || name in words || switches.includes(name) || documents.includes(name);
}

/** Fails when a queue of this name can't have them. `exists`: whether there is a queue of an ARN. */
export function checkAttributes(fifo: boolean, set: Attributes, exists: (arn: string) => boolean): void {
  for (const [name, value] of Object.entries(set)) {
    if (!isSettable(name)) throw new AwsFailure(400, "InvalidAttributeName", `Unknown Attribute ${name}.`);
    const [least, most] = numbers[name] ?? [];
    const wrong =
      (least !== undefined && most !== undefined && !(/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most)) ||
      (switches.includes(name) && value !== "true" && value !== "false") ||
      words[name]?.test(value) === false ||
      (documents.includes(name) && value !== "" && objectIn(value) === undefined);
    if (wrong) throw new AwsFailure(400, "InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    if (fifoOnly.includes(name) && !fifo)
      throw new AwsFailure(400, "InvalidAttributeName", `You can specify the ${name} only when FifoQueue is set to true.`);
  }
  const redrive = set["RedrivePolicy"];
  if (redrive !== undefined && redrive !== "") checkRedrive(fifo, redrive, exists);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
function checkRedrive(fifo: boolean, redrive: string, exists: (arn: string) => boolean): void {
  const { deadLetterTargetArn, maxReceiveCount, ...rest } = objectIn(redrive) ?? {};
  const wrong = (reason: string) =>
    new AwsFailure(400, "InvalidParameterValue", `Value ${redrive} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  if (typeof deadLetterTargetArn !== "string" || !/^arn:aws[a-z-]*:sqs:[^:]+:\d{12}:[\w-]+(\.fifo)?$/.test(deadLetterTargetArn))
    throw wrong("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  const most = Number(maxReceiveCount);
  if (maxReceiveCount === undefined) throw wrong("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  if (!Number.isInteger(most) || most < 1 || most > 1000)
    throw wrong("Invalid value for maxReceiveCount: it must be an integer from 1 to 1000.");
  if (Object.keys(rest).length > 0) throw wrong(`Unknown attribute: ${Object.keys(rest).join()}.`);
  if (!exists(deadLetterTargetArn)) throw wrong("Dead letter target does not exist.");
  if (deadLetterTargetArn.endsWith(".fifo") !== fifo) throw wrong("Dead-letter queue must be same type of queue as the source.");
}

/** With attributes set; the empty text takes a document away. */
export function changed(attributes: Attributes, set: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries({ ...attributes, ...set }).filter(
      ([name, value]) => value !== "" || !(documents.includes(name) || name in words),
    ),
  );
}
