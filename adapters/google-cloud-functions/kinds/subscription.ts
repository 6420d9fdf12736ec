/** The subscription that Eventarc made for the function's trigger: where messages go that fail too often. Eventarc removes it. */
import type { Lifecycle, Live } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { ids, kinds, type SubscriptionProps } from "../resources.ts";
import { derivedMark, ourFunction } from "./owner.ts";
import { type Context, known, noOutputs, said, text } from "./shared.ts";

export const subscriptionLifecycle: Lifecycle<SubscriptionProps, GoogleClient> = {
  after: [kinds.function, kinds.topic],
  permissions: {
    read: ["eventarc.triggers.get", "pubsub.subscriptions.get"],
    create: ["pubsub.subscriptions.update"],
    update: ["pubsub.subscriptions.update"],
    delete: ["pubsub.subscriptions.update"],
  },
  lock: ({ name }) => `subscription ${text(name) ?? ""}`,

  /** One without a policy is as Eventarc made it: nothing of ours. */
  async find(cx) {
    const trigger = said((await ourFunction(cx))?.eventTrigger?.trigger);
    if (trigger === undefined) return [];
    const name = said((await ifThere(cx.client.eventarc.getTrigger(trigger, cx)))?.transport?.pubsub?.subscription);
    const live = name === undefined ? undefined : await look(cx, ids.subscription, name);
    return live === undefined || live.props.deadLetterPolicy === null ? [] : [{ id: ids.subscription, live }];
  },

  async read(cx, id, { name }) {
    const asked = text(name);
    return asked === undefined ? undefined : look(cx, id, asked);
  },

  async create(cx, _id, { name, deadLetterPolicy }) {
    await write(cx, known(name, "the function's subscription"), deadLetterPolicy);
    return noOutputs;
  },

  async update(cx, _id, { name, deadLetterPolicy }) {
    await write(cx, known(name, "the function's subscription"), deadLetterPolicy);
    return noOutputs;
  },

  async delete(cx, _id, { props }) {
    const name = text(props.name);
    if (name !== undefined) await ifThere(write(cx, name, null));
  },
};

async function look(cx: Context, id: string, name: string): Promise<Live<SubscriptionProps> | undefined> {
  const found = await ifThere(cx.client.pubsub.getSubscription(name, cx));
  if (found === undefined) return undefined;
  const topic = said(found.deadLetterPolicy?.deadLetterTopic);
  // Five attempts where none are written (google/pubsub/v1/pubsub.proto).
  const attempts = found.deadLetterPolicy?.maxDeliveryAttempts ?? 0;
  return {
    props: {
      name,
      deadLetterPolicy:
        topic === undefined ? null : { deadLetterTopic: topic, maxDeliveryAttempts: attempts === 0 ? 5 : attempts },
    },
    outputs: noOutputs,
    mark: await derivedMark(cx, id, () => true),
    state: "ready",
  };
}

async function write(cx: Context, name: string, deadLetterPolicy: SubscriptionProps["deadLetterPolicy"]): Promise<void> {
  const body = { name, ...(deadLetterPolicy === null ? {} : { deadLetterPolicy }) };
  await cx.client.pubsub.patchSubscription(name, body, ["deadLetterPolicy"], cx);
}
