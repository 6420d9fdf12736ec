/** SNS: topics and who subscribed. They deliver nothing here. */
import { ask, type AskedOf } from "./asks.ts";
import { page, uuid } from "./inputs.ts";
import { type Handlers, serviceOf } from "./operations.ts";
import { type Account, AwsFailure, type Service } from "./service.ts";
import { type Attributes, checkEndpoint, invalid, settled, type Subscription, subscriptionOut } from "./sns-subscription.ts";
import { type Shelf, things } from "./things.ts";
import { query } from "./wires.ts";
import { entries } from "./xml.ts";

export interface Sns extends Service {
  readonly topics: {
    /** A topic as if somebody had made it; its ARN. */
    add(name: string): string;
  };
}

interface Topic {
  readonly attributes: Attributes;
  readonly tags: Attributes;
}
interface State {
  /** By ARN, as subscriptions. */
  readonly topics: Shelf<Topic>;
  readonly subscriptions: Shelf<Subscription>;
}
interface OfTopic {
  readonly TopicArn?: string;
}
interface OfSubscription {
  readonly SubscriptionArn?: string;
}
interface Paged {
  readonly NextToken?: string;
}
interface Subscribe extends OfTopic {
  readonly Protocol?: string;
  readonly Endpoint?: string;
  readonly Attributes?: Attributes | "";
  readonly ReturnSubscriptionArn?: string;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html */
const perPage = 100;

export function sns(account: Account): Sns & AskedOf["sns"] {
  const { id, region } = account;
  const cell = { now: { topics: new Map(), subscriptions: new Map() } as State };
  const topics = things<Topic>(account, () => cell.now.topics);
  const subscriptions = things<Subscription>(account, () => cell.now.subscriptions);
  const isQueue = (arn: string) => ask(account, "sqs")?.exists(arn) === true;
  const topicArn = (name: string) => `arn:aws:sns:${region}:${id}:${name}`;

  const topicOf = ({ TopicArn }: OfTopic, of: (arn: string) => Topic | undefined = topics.get): [string, Topic] => {
    if (TopicArn === undefined || TopicArn.split(":").length < 6) throw invalid("Invalid parameter: TopicArn");
    const topic = of(TopicArn);
    if (topic === undefined) throw new AwsFailure(404, "NotFound", "Topic does not exist");
    return [TopicArn, topic];
  };
  const subscriptionOf = (
    { SubscriptionArn }: OfSubscription,
    of: (arn: string) => Subscription | undefined,
  ): [string, Subscription] => {
    const subscription = of(subscriptionArn(SubscriptionArn));
    if (SubscriptionArn === undefined || subscription === undefined)
      throw new AwsFailure(404, "NotFound", "Subscription does not exist");
    return [SubscriptionArn, subscription];
  };
  const listed = (all: readonly (readonly [string, Subscription])[], { NextToken }: Paged) => {
    const { items, next } = page(all, NextToken, perPage, "InvalidParameter");
    const Subscriptions = items.map(([SubscriptionArn, { topic, protocol, endpoint }]) => {
      return { SubscriptionArn, Owner: id, Protocol: protocol, Endpoint: endpoint, TopicArn: topic };
    });
    return { Subscriptions, NextToken: next };
  };

  const handlers: Handlers = {
    CreateTopic(input: { readonly Name?: string; readonly Attributes?: Attributes | ""; readonly Tags?: Tags }) {
      const { Name = "", Attributes: given = {}, Tags = [] } = input;
      const attributes = given === "" ? {} : given;
      const fifo = Name.endsWith(".fifo");
      if (!/^[\w-]{1,256}$/.test(fifo ? Name.slice(0, -".fifo".length) : Name) || Name.length > 256)
        throw invalid("Invalid parameter: Topic Name");
      if (fifo !== (attributes["FifoTopic"] === "true")) throw invalid("Invalid parameter: Topic Name");
      const arn = topicArn(Name);
      const tags = Object.fromEntries((Tags === "" ? [] : Tags).map(({ Key, Value }) => [Key, Value] as const));
      const there = topics.get(arn);
      if (there === undefined) topics.put(arn, { attributes, tags });
      else if (Object.entries(attributes).some(([name, value]) => there.attributes[name] !== value))
        throw invalid("Invalid parameter: Attributes Reason: Topic already exists with different attributes");
      return { TopicArn: arn };
    },
    DeleteTopic(input: OfTopic) {
      const { TopicArn = "" } = input;
      topics.remove(TopicArn);
      for (const [arn, { topic }] of subscriptions.all()) if (topic === TopicArn) subscriptions.remove(arn);
    },
    ListTopics({ NextToken }: Paged) {
      const { items, next } = page(topics.allSeen(), NextToken, perPage, "InvalidParameter");
      return { Topics: items.map(([TopicArn]) => ({ TopicArn })), NextToken: next };
    },
    GetTopicAttributes(input: OfTopic) {
      const [arn, { attributes }] = topicOf(input, topics.seen);
      return { Attributes: entries({ TopicArn: arn, Owner: id, DisplayName: "", ...attributes }) };
    },
    Subscribe({ Protocol = "", Endpoint, Attributes: given = {}, ...input }: Subscribe) {
      const [topic] = topicOf(input);
      checkEndpoint(topic, Protocol, Endpoint);
      const attributes = settled({}, given === "" ? {} : given, isQueue);
      const there = subscriptions
        .all()
        .find(([, one]) => one.topic === topic && one.protocol === Protocol && one.endpoint === Endpoint);
      if (there !== undefined) {
        const [SubscriptionArn, { attributes: its }] = there;
        if (Object.entries(attributes).some(([name, value]) => its[name] !== value))
          throw invalid("Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
        return { SubscriptionArn };
      }
      const SubscriptionArn = `${topic}:${uuid(account.next())}`;
      subscriptions.put(SubscriptionArn, { topic, protocol: Protocol, endpoint: Endpoint, attributes });
      return { SubscriptionArn };
    },
    Unsubscribe({ SubscriptionArn }: OfSubscription) {
      subscriptions.remove(subscriptionArn(SubscriptionArn));
    },
    GetSubscriptionAttributes(input: OfSubscription) {
      return { Attributes: entries(subscriptionOut(...subscriptionOf(input, subscriptions.seen))) };
    },
    SetSubscriptionAttributes({ AttributeName = "", AttributeValue = "", ...input }: SetAttribute) {
      const [arn, subscription] = subscriptionOf(input, subscriptions.get);
      const attributes = settled(subscription.attributes, { [AttributeName]: AttributeValue }, isQueue);
      subscriptions.put(arn, { ...subscription, attributes });
    },
    ListSubscriptions: (input: Paged) => listed(subscriptions.allSeen(), input),
    ListSubscriptionsByTopic(input: OfTopic & Paged) {
      const [arn] = topicOf(input, topics.seen);
      return listed(
        subscriptions.allSeen().filter(([, { topic }]) => topic === arn),
        input,
      );
    },
  };

  return {
    ...serviceOf({
      name: "sns",
      protocol: query("http://sns.amazonaws.com/doc/2010-03-31/"),
      handlers,
      cell,
      snapshot: () => ({
        topics: topics.all().map(([arn, topic]) => ({ arn, ...topic })),
        subscriptions: subscriptions
          .all()
          .map(([, one]) => one)
          .toSorted((a, b) => (`${a.topic} ${a.endpoint}` < `${b.topic} ${b.endpoint}` ? -1 : 1)),
      }),
    }),
    topics: {
      add(name) {
        topics.put(topicArn(name), { attributes: name.endsWith(".fifo") ? { FifoTopic: "true" } : {}, tags: {} });
        return topicArn(name);
      },
    },
    exists: (arn) => topics.get(arn) !== undefined,
  };
}

type Tags = readonly { readonly Key: string; readonly Value: string }[] | "";

interface SetAttribute extends OfSubscription {
  readonly AttributeName?: string;
  readonly AttributeValue?: string;
}

/** Unsubscribing what is gone succeeds, so only the form is looked at. */
function subscriptionArn(arn: string | undefined): string {
  if (arn === undefined || arn.split(":").length < 6)
    throw invalid(
      `Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not ${(arn ?? "").split(":").length}`,
    );
  return arn;
}
