/** The alias as a subscriber of a topic. Has no tags: the permission that lets the topic in is its mark and its index. */
import type { Json, Lifecycle, Live, Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type SubscriptionProps } from "../resources.ts";
import { derivedMark, ourAliases, splitFunction } from "./owner.ts";
import { type Source, sourceReads, sourcesOf } from "./policy.ts";
import { answered, type Context, known, pages, text } from "./shared.ts";

export const subscriptionLifecycle: Lifecycle<SubscriptionProps, AwsClient> = {
  fixed: ["TopicArn", "Protocol", "Endpoint"],
  after: [kinds.permission],
  whole: ["/FilterPolicy"],
  permissions: {
    read: [...sourceReads, "sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
    create: ["sns:Subscribe"],
    update: ["sns:SetSubscriptionAttributes"],
    delete: ["sns:Unsubscribe"],
  },

  async find(cx) {
    const [aliases, sources] = await Promise.all([ourAliases(cx), sourcesOf(cx, "sns")]);
    const found = await Promise.all(
      aliases.flatMap(({ AliasArn = "" }) =>
        [...new Set(sources.map(({ arn }) => arn))].map(async (topic) => {
          const id = triggerOf(sources, topic, AliasArn) ?? "";
          return { id, live: await look(cx, id, topic, AliasArn) };
        }),
      ),
    );
    return found.flatMap(({ id, live }) => (live === undefined ? [] : [{ id, live }]));
  },

  async read(cx, id, props) {
    const endpoint = text(props.Endpoint);
    if (endpoint === undefined) return undefined;
    const sources = (await sourcesOf(cx, "sns")).filter(({ resource }) => resource === endpoint);
    return look(cx, triggerOf(sources, props.TopicArn, endpoint) ?? id, props.TopicArn, endpoint);
  },

  async create(cx, _id, props) {
    const Endpoint = known(props.Endpoint, "the subscription's function");
    const wanted = attributes(props);
    const made = await cx.client.sns.subscribe(
      {
        TopicArn: props.TopicArn,
        Protocol: props.Protocol,
        Endpoint,
        ReturnSubscriptionArn: true,
        Attributes: Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== "" && value !== "{}")),
      },
      cx,
    );
    return { SubscriptionArn: answered(made.SubscriptionArn, "the subscription's ARN") };
  },

  async update(cx, _id, props, live) {
    const SubscriptionArn = answered(live.outputs["SubscriptionArn"], "the subscription's ARN");
    const now = attributes({ ...props, FilterPolicy: null, FilterPolicyScope: null, RedrivePolicy: null, ...live.props });
    for (const [AttributeName, AttributeValue] of Object.entries(attributes(props))) {
      if (now[AttributeName] === AttributeValue) continue;
      await cx.client.sns.setSubscriptionAttributes({ SubscriptionArn, AttributeName, AttributeValue }, cx);
    }
    return live.outputs;
  },

  async delete(cx, _id, { outputs }) {
    await unsubscribe(cx, outputs);
  },
};

/** Also where another deploy made it since the look, unless another of our permissions lets the topic in. */
export async function removeSubscription(cx: Context, topic: string, endpoint: string, trigger: string): Promise<void> {
  const sources = await sourcesOf(cx, "sns");
  if (sources.some((one) => one.arn === topic && one.resource === endpoint && one.trigger !== trigger)) return;
  const live = await look(cx, trigger, topic, endpoint);
  if (live !== undefined) await unsubscribe(cx, live.outputs);
}

async function unsubscribe(cx: Context, { SubscriptionArn }: Outputs): Promise<void> {
  if (SubscriptionArn !== undefined) await ifThere(cx.client.sns.unsubscribe({ SubscriptionArn }, cx));
}

/**
 * A topic has one subscription to an endpoint. While a trigger is renamed two statements let the topic in: the first says
 * whose the subscription is, so that it is taken over and not removed with the former one.
 */
function triggerOf(sources: readonly Source[], topic: string, endpoint: string): string | undefined {
  const letIn = sources.filter(({ arn }) => arn === topic);
  return (letIn.find(({ resource }) => resource === endpoint) ?? letIn[0])?.trigger;
}

/** As SNS takes them; `{}` and the empty text take a former one away. The scope comes first: it says how a policy is read. */
function attributes({ FilterPolicy, FilterPolicyScope, RedrivePolicy }: SubscriptionProps): Record<string, string> {
  return {
    ...(FilterPolicy === null ? {} : { FilterPolicyScope: FilterPolicyScope ?? "MessageAttributes" }),
    FilterPolicy: FilterPolicy === null ? "{}" : JSON.stringify(FilterPolicy),
    RedrivePolicy: RedrivePolicy === null ? "" : JSON.stringify(RedrivePolicy),
  };
}

async function look(cx: Context, id: string, TopicArn: string, endpoint: string): Promise<Live<SubscriptionProps> | undefined> {
  const all = await ifThere(
    pages(
      (NextToken) => cx.client.sns.listSubscriptionsByTopic({ TopicArn, ...(NextToken === undefined ? {} : { NextToken }) }, cx),
      ({ Subscriptions, NextToken }) => ({ items: Subscriptions, next: NextToken }),
    ),
  );
  const listed = all?.find(({ Protocol, Endpoint }) => Protocol === "lambda" && Endpoint === endpoint);
  const SubscriptionArn = listed?.SubscriptionArn;
  if (SubscriptionArn === undefined) return undefined;
  const found = await ifThere(cx.client.sns.getSubscriptionAttributes({ SubscriptionArn }, cx));
  if (found === undefined) return undefined;
  const { FilterPolicy, FilterPolicyScope, RedrivePolicy } = found.Attributes ?? {};
  const filter = parsed<{ [attribute: string]: readonly Json[] }>(FilterPolicy);
  const outputs: Outputs = { SubscriptionArn };
  return {
    props: {
      TopicArn,
      Protocol: "lambda",
      Endpoint: endpoint,
      FilterPolicy: filter,
      FilterPolicyScope:
        filter === null ? null : ((FilterPolicyScope as SubscriptionProps["FilterPolicyScope"]) ?? "MessageAttributes"),
      RedrivePolicy: parsed(RedrivePolicy),
    },
    outputs,
    mark: await derivedMark(cx, splitFunction(endpoint).name, id),
    state: "ready",
  };
}

function parsed<T extends object>(json: string | undefined): T | null {
  if (json === undefined || json === "") return null;
  const value = JSON.parse(json) as T;
  return Object.keys(value).length === 0 ? null : value;
}
