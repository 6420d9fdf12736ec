/** SQS: queues, what they are set to, and their tags. They hold no messages here. */
import type { AskedOf } from "./asks.ts";
import { page, retagged } from "./inputs.ts";
import { type Handlers, serviceOf } from "./operations.ts";
import { type Account, AwsFailure, type Service } from "./service.ts";
import { type Attributes, changed, checkAttributes, defaults, isAttribute } from "./sqs-attributes.ts";
import { type Shelf, things } from "./things.ts";
import { json } from "./wires.ts";

export interface Sqs extends Service {
  readonly queues: {
    /** A queue as if somebody had made it; its ARN. */
    add(name: string, attributes?: Attributes): string;
  };
}

interface Queue {
  readonly attributes: Attributes;
  readonly tags: Attributes;
  readonly created: number;
  readonly modified: number;
}
interface State {
  readonly queues: Shelf<Queue>;
  /** When they were deleted, by name. */
  readonly deleted: Map<string, number>;
}
interface At {
  readonly QueueUrl?: string;
}

/** As the service called them before it spoke JSON: `awsQueryError` in its API model. */
const formerCodes = {
  InvalidAddress: "InvalidAddress",
  QueueDeletedRecently: "AWS.SimpleQueueService.QueueDeletedRecently",
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
};
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html */
const mostTags = 50;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html */
const deletedRecentlyMs = 60_000;

export function sqs(account: Account): Sqs & AskedOf["sqs"] {
  const { id, region, around } = account;
  const cell = { now: { queues: new Map(), deleted: new Map() } as State };
  const queues = things<Queue>(account, () => cell.now.queues);
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${id}:${name}`;
  const urlOf = (name: string) => `https://sqs.${region}.amazonaws.com/${id}/${name}`;
  const byArn = (arn: string) => (arn === arnOf(nameIn(arn)) ? queues.get(nameIn(arn)) : undefined);
  const exists = (arn: string) => byArn(arn) !== undefined;

  const named = ({ QueueUrl }: At, of: (name: string) => Queue | undefined = (name) => queues.get(name)): [string, Queue] => {
    if (QueueUrl === undefined) throw missing("QueueUrl");
    const [owner, name = ""] = QueueUrl.split("/").slice(-2);
    const queue = owner === id ? of(name) : undefined;
    if (queue === undefined) throw noQueue();
    return [name, queue];
  };
  const seen = (at: At) => named(at, (name) => queues.seen(name));

  function make(name: string, set: Attributes, tags: Attributes): void {
    const fifo = name.endsWith(".fifo");
    if (!/^[\w-]{1,80}$/.test(fifo ? name.slice(0, -".fifo".length) : name) || name.length > 80)
      throw value("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    if (fifo !== (set["FifoQueue"] === "true"))
      throw value(
        fifo ? "The name of a FIFO queue can only be given with FifoQueue" : "The name of a FIFO queue must end with .fifo",
      );
    checkAttributes(fifo, set, exists);
    if (Object.keys(tags).length > mostTags) throw value(`Tags: at most ${mostTags} are allowed`);
    const made = around.now();
    queues.put(name, { attributes: changed(defaults, set), tags, created: made, modified: made });
  }

  const handlers: Handlers = {
    CreateQueue(input: { readonly QueueName?: string; readonly Attributes?: Attributes; readonly tags?: Attributes }) {
      const { QueueName, Attributes: set = {}, tags = {} } = input;
      if (QueueName === undefined) throw missing("QueueName");
      const there = queues.get(QueueName);
      if (there !== undefined) {
        const other = Object.entries(set).find(([name, wanted]) => there.attributes[name] !== wanted)?.[0];
        if (other === undefined) return { QueueUrl: urlOf(QueueName) };
        throw new AwsFailure(
          400,
          "QueueNameExists",
          `A queue already exists with the same name and a different value for attribute ${other}`,
        );
      }
      if (around.now() < (cell.now.deleted.get(QueueName) ?? Number.NEGATIVE_INFINITY) + deletedRecentlyMs)
        throw new AwsFailure(
          400,
          "QueueDeletedRecently",
          "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        );
      make(QueueName, set, tags);
      return { QueueUrl: urlOf(QueueName) };
    },
    DeleteQueue(input: At) {
      const [name] = named(input);
      queues.remove(name);
      cell.now.deleted.set(name, around.now());
    },
    GetQueueUrl({
      QueueName,
      QueueOwnerAWSAccountId = id,
    }: {
      readonly QueueName?: string;
      readonly QueueOwnerAWSAccountId?: string;
    }) {
      if (QueueName === undefined) throw missing("QueueName");
      if (QueueOwnerAWSAccountId !== id || queues.seen(QueueName) === undefined) throw noQueue();
      return { QueueUrl: urlOf(QueueName) };
    },
    ListQueues(input: { readonly QueueNamePrefix?: string; readonly MaxResults?: number; readonly NextToken?: string }) {
      const { QueueNamePrefix = "", MaxResults = 1000, NextToken } = input;
      const names = queues.allSeen().flatMap(([name]) => (name.startsWith(QueueNamePrefix) ? [urlOf(name)] : []));
      const { items, next } = page(names, NextToken, MaxResults, "InvalidParameterValue");
      return { QueueUrls: items, NextToken: next };
    },
    GetQueueAttributes({ AttributeNames = [], ...at }: At & { readonly AttributeNames?: readonly string[] }) {
      const [name, queue] = seen(at);
      const wrong = AttributeNames.find((one) => !isAttribute(one));
      if (wrong !== undefined) throw new AwsFailure(400, "InvalidAttributeName", `Unknown Attribute ${wrong}.`);
      const all: Attributes = {
        ApproximateNumberOfMessages: "0",
        ApproximateNumberOfMessagesDelayed: "0",
        ApproximateNumberOfMessagesNotVisible: "0",
        CreatedTimestamp: String(Math.floor(queue.created / 1000)),
        LastModifiedTimestamp: String(Math.floor(queue.modified / 1000)),
        QueueArn: arnOf(name),
        ...queue.attributes,
      };
      const asked = Object.entries(all).filter(([one]) => AttributeNames.includes("All") || AttributeNames.includes(one));
      return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
    },
    SetQueueAttributes({ Attributes: set, ...at }: At & { readonly Attributes?: Attributes }) {
      const [name, queue] = named(at);
      if (set === undefined) throw missing("Attributes");
      if (set["FifoQueue"] !== undefined && set["FifoQueue"] !== queue.attributes["FifoQueue"])
        throw new AwsFailure(400, "InvalidAttributeName", "FifoQueue can't be changed.");
      checkAttributes(name.endsWith(".fifo"), set, exists);
      queues.put(name, { ...queue, attributes: changed(queue.attributes, set), modified: around.now() });
    },
    ListQueueTags(input: At) {
      const { tags } = seen(input)[1];
      return Object.keys(tags).length === 0 ? {} : { Tags: tags };
    },
    TagQueue({ Tags, ...at }: At & { readonly Tags?: Attributes }) {
      const [name, queue] = named(at);
      if (Tags === undefined) throw missing("Tags");
      const wrong = Object.entries(Tags).find(([key, said]) => key.length < 1 || key.length > 128 || said.length > 256);
      if (wrong !== undefined) throw value(`Tag ${wrong[0]}: keys have up to 128 characters, values up to 256`);
      const tags = retagged(queue.tags, Tags);
      if (Object.keys(tags).length > mostTags) throw value(`Too many tags added for queue ${name}.`);
      queues.put(name, { ...queue, tags });
    },
    UntagQueue({ TagKeys, ...at }: At & { readonly TagKeys?: readonly string[] }) {
      const [name, queue] = named(at);
      if (TagKeys === undefined) throw missing("TagKeys");
      queues.put(name, { ...queue, tags: retagged(queue.tags, {}, TagKeys) });
    },
  };

  return {
    ...serviceOf({
      name: "sqs",
      protocol: json("1.0", formerCodes),
      handlers,
      cell,
      snapshot: () => queues.all().map(([name, { attributes, tags }]) => ({ name, attributes, tags })),
    }),
    queues: {
      add(name, attributes = {}) {
        make(name, { ...(name.endsWith(".fifo") ? { FifoQueue: "true" } : {}), ...attributes }, {});
        return arnOf(name);
      },
    },
    exists,
    attributes: (arn) => byArn(arn)?.attributes,
  };
}

function nameIn(arn: string): string {
  return arn.split(":")[5] ?? "";
}

function noQueue(): AwsFailure {
  return new AwsFailure(400, "QueueDoesNotExist", "The specified queue does not exist.");
}

function missing(member: string): AwsFailure {
  return new AwsFailure(400, "MissingParameter", `The request must contain the parameter ${member}.`);
}

function value(message: string): AwsFailure {
  return new AwsFailure(400, "InvalidParameterValue", message);
}
