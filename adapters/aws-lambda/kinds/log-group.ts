/**
 * The function's log group, which outlives it: a deployment that goes releases the group with its lines, and takes it up again
 * when it comes back. Only a purge removes it.
 */
import type { LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import type { Lifecycle, Live, Mark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type LogGroupProps, markTags } from "../resources.ts";
import { changeTags, markIn, markOf, tagsFor, tagsIn, type Tags } from "./marks.ts";
import { answered, type Context, noOutputs, shown, together } from "./shared.ts";

export const logGroupLifecycle: Lifecycle<LogGroupProps, AwsClient> = {
  fixed: ["LogGroupName", "KmsKeyId"],
  after: [],
  permissions: {
    read: ["logs:DescribeLogGroups", "logs:ListTagsForResource"],
    create: ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
    update: ["logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"],
    delete: ["logs:UntagResource"],
  },
  lock: ({ LogGroupName }) => `log group ${LogGroupName}`,

  async find(cx) {
    const found = await look(cx, functionLogGroup(cx.deployment));
    if (found === undefined) return [];
    const mark = markIn(found.tags);
    return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(found, mark) }] : [];
  },

  async read(cx, id, props) {
    const found = await look(cx, props.LogGroupName);
    return found === undefined ? undefined : liveOf(found, markIn(found.tags) ?? released(found.tags, id), props);
  },

  async create(cx, id, props) {
    const { LogGroupName: logGroupName, KmsKeyId, RetentionInDays: retentionInDays } = props;
    await cx.client.logs.createLogGroup(
      { logGroupName, tags: tagsFor(markOf(cx, id), props.Tags), ...(KmsKeyId === null ? {} : { kmsKeyId: KmsKeyId }) },
      cx,
    );
    if (retentionInDays !== null) await cx.client.logs.putRetentionPolicy({ logGroupName, retentionInDays }, cx);
    // AWS does not answer its ARN, and nothing refers to it.
    return noOutputs;
  },

  async update(cx, id, props, live) {
    const { LogGroupName: logGroupName, RetentionInDays: retentionInDays } = props;
    if ((live.props.RetentionInDays ?? null) !== retentionInDays) {
      if (retentionInDays === null) await cx.client.logs.deleteRetentionPolicy({ logGroupName }, cx);
      else await cx.client.logs.putRetentionPolicy({ logGroupName, retentionInDays }, cx);
    }
    const { arn: resourceArn, tags } = answered(
      await shown(cx, `the log group ${logGroupName}`, () => look(cx, logGroupName)),
      `the log group ${logGroupName}`,
    );
    await changeTags(tags, tagsFor(markOf(cx, id), props.Tags), {
      set: (tags) => cx.client.logs.tagResource({ resourceArn, tags }, cx),
      remove: (tagKeys) => cx.client.logs.untagResource({ resourceArn, tagKeys }, cx),
    });
    return live.outputs;
  },

  async delete(cx, _id, { props }) {
    const found = props.LogGroupName === undefined ? undefined : await look(cx, props.LogGroupName);
    if (found !== undefined && markIn(found.tags)?.deployment === cx.deployment)
      await ifThere(cx.client.logs.untagResource({ resourceArn: found.arn, tagKeys: [markTags.resource] }, cx));
  },
};

/** The group that Lambda itself would choose. */
export function functionLogGroup(deployment: string): string {
  return `/aws/lambda/${deployment}`;
}

/** One that this deployment had before: still with its name, no longer with a resource. */
export function released(tags: Tags, id: string): Mark | null {
  const [deployment, name] = [tags[markTags.deployment], tags[markTags.package]];
  return deployment === undefined || name === undefined ? null : { deployment, package: name, resource: id };
}

export interface FoundGroup {
  readonly group: LogGroup;
  /** Without the `:*` of older forms. */
  readonly arn: string;
  readonly tags: Tags;
}

export function look(cx: Pick<Context, "client" | "signal">, name: string): Promise<FoundGroup | undefined> {
  return together(cx, `log group ${name}`, () => lookNow(cx, name));
}

/** The ARNs of the groups that were seen, so that a group and its tags are asked for at once. */
const arns = new WeakMap<AwsClient, Map<string, string>>();

async function lookNow(cx: Pick<Context, "client" | "signal">, name: string): Promise<FoundGroup | undefined> {
  let known = arns.get(cx.client);
  if (known === undefined) arns.set(cx.client, (known = new Map<string, string>()));
  const tagsOf = (resourceArn: string) => ifThere(cx.client.logs.listTagsForResource({ resourceArn }, cx));
  const before = known.get(name);
  const early = before === undefined ? undefined : tagsOf(before);
  early?.catch(() => undefined);
  let nextToken: string | undefined;
  do {
    const page = await cx.client.logs.describeLogGroups(
      { logGroupNamePrefix: name, ...(nextToken === undefined ? {} : { nextToken }) },
      cx,
    );
    const group = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    if (group !== undefined) {
      const arn = answered(group.logGroupArn ?? group.arn, "the log group's ARN").replace(/:\*$/, "");
      known.set(name, arn);
      const tagged = await (arn === before ? early : tagsOf(arn));
      return tagged === undefined ? undefined : { group, arn, tags: tagged.tags ?? {} };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

function liveOf({ group, arn, tags }: FoundGroup, mark: Mark | null, wanted?: LogGroupProps): Live<LogGroupProps> {
  return {
    props: {
      LogGroupName: group.logGroupName ?? "",
      RetentionInDays: group.retentionInDays ?? null,
      KmsKeyId: group.kmsKeyId ?? null,
      Tags: tagsIn(tags, wanted?.Tags),
    },
    outputs: { Arn: arn },
    mark,
    state: mark !== null && tags[markTags.resource] === undefined ? "released" : "ready",
  };
}
