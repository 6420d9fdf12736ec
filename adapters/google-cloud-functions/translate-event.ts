/**
 * The function's event trigger, the topics it needs, and its subscription
 * (https://docs.cloud.google.com/functions/docs/calling): one event source a function.
 */
import {
  FnpkgError,
  type ObjectStorageTrigger,
  type QueueTrigger,
  type Resolved,
  type Resource,
  type TopicTrigger,
  type Trigger,
} from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type EventTrigger, ids, kinds, type SubscriptionProps, type TopicProps } from "./resources.ts";
import { callingAccount, getAtt, idOf, labelsOf } from "./translate-names.ts";

type Config = Resolved<Section>;
type EventSource = QueueTrigger | TopicTrigger | ObjectStorageTrigger;

const messagePublished = "google.cloud.pubsub.topic.v1.messagePublished";
const objectEvents = {
  created: "google.cloud.storage.object.v1.finalized",
  deleted: "google.cloud.storage.object.v1.deleted",
} as const;

/** What the function gets its events from, when it gets any. */
export function sourceOf({ triggers }: Config): EventSource | undefined {
  return triggers.find(isSource);
}

function isSource(trigger: Trigger): trigger is EventSource {
  return trigger.type === "queue" || trigger.type === "topic" || trigger.type === "object-storage";
}

/** Events are tried again, for days, unless the configuration says none: https://docs.cloud.google.com/functions/docs/bestpractices/retries */
export function eventTrigger(config: Config): EventTrigger | null {
  const trigger = sourceOf(config);
  if (trigger === undefined) return null;
  const stored = trigger.type === "object-storage";
  return {
    triggerRegion: null,
    eventType: stored ? objectEvents[trigger.events[0] ?? "created"] : messagePublished,
    eventFilters: stored ? [{ attribute: "bucket", value: bucketOf(trigger) }] : [],
    pubsubTopic: stored ? null : idOf(trigger.source),
    serviceAccountEmail: callingAccount(config) ?? null,
    retryPolicy: trigger.retry?.attempts === 0 ? "RETRY_POLICY_DO_NOT_RETRY" : "RETRY_POLICY_RETRY",
  };
}

/** The name in `projects/_/buckets/NAME`. */
function bucketOf({ source }: ObjectStorageTrigger): string {
  const name = idOf(source).split("/").at(-1);
  if (name === undefined || name === "") throw new FnpkgError("E_INTERNAL", "a bucket without a name was translated");
  return name;
}

/** With `createTopics`: the source and where dead letters go. */
export function topics(config: Config): Resource<string, TopicProps>[] {
  const trigger = sourceOf(config);
  if (!config.section.createTopics || trigger === undefined) return [];
  const { deadLetter } = trigger.retry ?? {};
  return [
    ...(trigger.type === "object-storage" ? [] : [topic(config, ids.topic(trigger.name), idOf(trigger.source))]),
    ...(deadLetter === undefined ? [] : [topic(config, ids.deadLetter(trigger.name), idOf(deadLetter))]),
  ];
}

function topic(config: Config, id: string, name: string): Resource<string, TopicProps> {
  return { kind: kinds.topic, id, props: { name, labels: labelsOf(config) } };
}

/**
 * With a dead letter topic alone: without one there is nothing to say of the subscription. Five deliveries are the vendor's least and
 * its default (google/pubsub/v1/pubsub.proto, DeadLetterPolicy).
 */
export function subscription(config: Config): Resource<string, SubscriptionProps>[] {
  const trigger = sourceOf(config);
  const { deadLetter, attempts = 4 } = trigger?.retry ?? {};
  if (trigger === undefined || deadLetter === undefined) return [];
  return [
    {
      kind: kinds.subscription,
      id: ids.subscription,
      props: {
        name: getAtt(ids.function, "subscription"),
        deadLetterPolicy: { deadLetterTopic: idOf(deadLetter), maxDeliveryAttempts: attempts + 1 },
      },
      ...(config.section.createTopics ? { needs: [ids.deadLetter(trigger.name)] } : {}),
    },
  ];
}
