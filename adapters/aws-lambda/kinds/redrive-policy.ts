/**
 * Where a queue's messages go that failed too often. The queue is someone else's, so a tag on it marks the policy as ours; one
 * that is as wanted already is left to whoever set it.
 */
import { canonical, type Lifecycle, type Live, markText, readMark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type RedrivePolicyProps } from "../resources.ts";
import { bindingsVariable } from "../config.ts";
import { mappingsOf } from "./event-source-mapping.ts";
import { markOf } from "./marks.ts";
import { functionNamed, isOurs, versionsOf } from "./owner.ts";
import { triggersIn } from "./services.ts";
import { answered, type Context, noOutputs, together } from "./shared.ts";

const markTag = "fnpkg:redrive";

export const redrivePolicyLifecycle: Lifecycle<RedrivePolicyProps, AwsClient> = {
  fixed: ["QueueArn"],
  // Once no mapping and no version names the queue, nothing would tell of the policy.
  after: [kinds.alias, kinds.eventSourceMapping],
  permissions: {
    read: [
      "lambda:GetFunction",
      "lambda:ListEventSourceMappings",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListQueueTags",
    ],
    create: ["sqs:SetQueueAttributes", "sqs:TagQueue"],
    update: ["sqs:SetQueueAttributes", "sqs:TagQueue"],
    delete: ["sqs:SetQueueAttributes", "sqs:UntagQueue"],
  },
  lock: ({ QueueArn }) => `queue ${QueueArn}`,

  async find(cx) {
    const found = await Promise.all((await queuesOf(cx)).map((arn) => look(cx, arn)));
    return found.flatMap((live) => (live?.mark?.deployment === cx.deployment ? [{ id: live.mark.resource, live }] : []));
  },

  async read(cx, id, props) {
    const live = await look(cx, props.QueueArn);
    if (live === undefined || live.mark !== null) return live;
    const asWanted = canonical(live.props.RedrivePolicy ?? null) === canonical(props.RedrivePolicy);
    return asWanted ? { ...live, mark: markOf(cx, id) } : live;
  },

  create: put,
  update: put,

  async delete(cx, id, { props: { QueueArn } }) {
    if (QueueArn === undefined) return;
    const QueueUrl = await urlOf(cx, QueueArn);
    if (QueueUrl === undefined) return;
    const tags = (await ifThere(cx.client.sqs.listQueueTags({ QueueUrl }, cx)))?.Tags ?? {};
    if (tags[markTag] !== markText(markOf(cx, id)) && readMark(tags[markTag])?.deployment !== cx.deployment) return;
    await cx.client.sqs.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy: "" } }, cx);
    await cx.client.sqs.untagQueue({ QueueUrl, TagKeys: [markTag] }, cx);
  },
};

/** The tag first: a policy that is ours is never without. */
async function put(cx: Context, id: string, props: RedrivePolicyProps) {
  const QueueUrl = answered(await urlOf(cx, props.QueueArn), `the queue ${props.QueueArn}`);
  await cx.client.sqs.tagQueue({ QueueUrl, Tags: { [markTag]: markText(markOf(cx, id)) } }, cx);
  await cx.client.sqs.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy: JSON.stringify(props.RedrivePolicy) } }, cx);
  return noOutputs;
}

/** Queues that this deployment was ever bound to, as far as its versions and mappings tell. */
async function queuesOf(cx: Context): Promise<readonly string[]> {
  if (!(await isOurs(cx))) return [];
  const [found, versions, mappings] = await Promise.all([
    functionNamed(cx, cx.deployment),
    versionsOf(cx, cx.deployment),
    mappingsOf(cx),
  ]);
  const bound = [found?.Configuration, ...versions].flatMap((config) =>
    triggersIn(config?.Environment?.Variables?.[bindingsVariable]).map(([, source]) => source),
  );
  const polled = mappings.flatMap(({ mapping }) => mapping.EventSourceArn ?? []);
  return [...new Set([...bound, ...polled])].filter((arn) => arn.split(":")[2] === "sqs");
}

async function urlOf(cx: Context, arn: string): Promise<string | undefined> {
  const [, , , , QueueOwnerAWSAccountId, QueueName] = arn.split(":");
  const found = await together(cx, `queue ${arn}`, () =>
    ifThere(
      cx.client.sqs.getQueueUrl({ QueueName, ...(QueueOwnerAWSAccountId === undefined ? {} : { QueueOwnerAWSAccountId }) }, cx),
    ),
  );
  return found?.QueueUrl;
}

/** Where only one of policy and tag is there, a run was stopped between them: our tag alone is something of ours. */
async function look(cx: Context, QueueArn: string): Promise<Live<RedrivePolicyProps> | undefined> {
  const QueueUrl = await urlOf(cx, QueueArn);
  if (QueueUrl === undefined) return undefined;
  const [attributes, tagged] = await Promise.all([
    ifThere(cx.client.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["RedrivePolicy"] }, cx)),
    ifThere(cx.client.sqs.listQueueTags({ QueueUrl }, cx)),
  ]);
  const mark = readMark(tagged?.Tags?.[markTag]);
  const policy = policyIn(attributes?.Attributes?.["RedrivePolicy"]);
  if (policy === undefined && mark?.deployment !== cx.deployment) return undefined;
  const props = { QueueArn, ...(policy === undefined ? {} : { RedrivePolicy: policy }) };
  return { props, outputs: noOutputs, mark, state: "ready" };
}

function policyIn(written: string | undefined): RedrivePolicyProps["RedrivePolicy"] | undefined {
  if (written === undefined || written === "") return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(written) as RedrivePolicyProps["RedrivePolicy"];
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}
