/** A subscription: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html and API_SetSubscriptionAttributes.html */
import { objectIn, said } from "./inputs.ts";
import { AwsFailure } from "./service.ts";
import { checkFilter, type Scope } from "./sns-filter.ts";

export type Attributes = { readonly [name: string]: string };

export interface Subscription {
  readonly topic: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Attributes;
}

const settable = [
  "DeliveryPolicy",
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "ReplayPolicy",
  "SubscriptionRoleArn",
];

const endpoints: { readonly [protocol: string]: RegExp } = {
  lambda: /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/,
  sqs: /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/,
  firehose: /^arn:aws[a-z-]*:firehose:/,
  http: /^http:\/\//,
  https: /^https:\/\//,
  email: /^[^@\s]+@[^@\s]+$/,
  "email-json": /^[^@\s]+@[^@\s]+$/,
  sms: /^\+?[\d-]+$/,
  application: /^arn:aws[a-z-]*:sns:/,
};

export function checkEndpoint(topic: string, protocol: string, endpoint: string | undefined): asserts endpoint is string {
  const form = endpoints[protocol];
  if (form === undefined) throw invalid(`Invalid parameter: Amazon SNS does not support this protocol string: ${protocol}`);
  if (endpoint === undefined || !form.test(endpoint)) throw invalid(`Invalid parameter: ${protocol} endpoint`);
  // https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-delivery.html
  if (topic.endsWith(".fifo") && protocol !== "sqs")
    throw invalid(`Invalid parameter: Invalid protocol type: ${protocol} Reason: FIFO topics deliver to queues alone`);
  if (endpoint.endsWith(".fifo") && !topic.endsWith(".fifo"))
    throw invalid(
      "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
    );
}

/** What it has after some are set. The empty text, and for a filter `{}`, take one away. `exists`: whether there is a queue. */
export function settled(attributes: Attributes, set: Attributes, exists: (arn: string) => boolean): Attributes {
  for (const name of Object.keys(set)) if (!settable.includes(name)) throw invalid(`Invalid parameter: AttributeName`);
  const all = { ...attributes, ...set };
  const scope = all["FilterPolicyScope"] ?? "MessageAttributes";
  if (scope !== "MessageAttributes" && scope !== "MessageBody")
    throw invalid("Invalid parameter: FilterPolicyScope: Invalid value. Please use either MessageBody or MessageAttributes");
  const filter = all["FilterPolicy"];
  if (filter !== undefined && filter !== "") checkFilter(filter, scope satisfies Scope);
  const raw = set["RawMessageDelivery"];
  if (raw !== undefined && raw !== "true" && raw !== "false")
    throw invalid("Invalid parameter: RawMessageDelivery: Invalid value");
  checkRedrive(set["RedrivePolicy"], exists);
  return Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== "" && !(name === "FilterPolicy" && isEmpty(value))),
  );
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html */
function checkRedrive(redrive: string | undefined, exists: (arn: string) => boolean): void {
  if (redrive === undefined || redrive === "") return;
  const arn = objectIn(redrive)?.["deadLetterTargetArn"];
  if (typeof arn !== "string" || arn.split(":")[2] !== "sqs")
    throw invalid("Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn");
  if (!exists(arn)) throw invalid(`Invalid parameter: RedrivePolicy: Dead letter target ${arn} does not exist`);
}

function isEmpty(policy: string): boolean {
  return Object.keys(objectIn(policy) ?? { some: true }).length === 0;
}

/** As `GetSubscriptionAttributes` answers it. A scope is there with a filter alone. */
export function subscriptionOut(arn: string, { topic, protocol, endpoint, attributes }: Subscription): Attributes {
  const owner = arn.split(":")[4] ?? "";
  const { FilterPolicy, FilterPolicyScope = "MessageAttributes", ...others } = attributes;
  return said({
    SubscriptionArn: arn,
    TopicArn: topic,
    Owner: owner,
    Protocol: protocol,
    Endpoint: endpoint,
    ConfirmationWasAuthenticated: "true",
    PendingConfirmation: "false",
    RawMessageDelivery: "false",
    SubscriptionPrincipal: `arn:aws:iam::${owner}:user/fnpkg`,
    ...others,
    FilterPolicy,
    FilterPolicyScope: FilterPolicy === undefined ? undefined : FilterPolicyScope,
  }) as Attributes;
}

export function invalid(message: string): AwsFailure {
  return new AwsFailure(400, "InvalidParameter", message);
}
