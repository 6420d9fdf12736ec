/**
 * One entry of a bucket's notifications. They are read and written as a whole, without a revision: the entries of others are
 * handed back as they came, and writes to one bucket wait for each other.
 */
import type { LambdaFunctionConfiguration, NotificationConfiguration } from "@aws-sdk/client-s3";
import { byCodeUnit, canonical, type Lifecycle, type Live, readMark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type BucketNotificationProps, kinds } from "../resources.ts";
import { sourceReads, sourcesOf } from "./policy.ts";
import { answered, type Context, known, noOutputs, shown, sorted, together } from "./shared.ts";

export const bucketNotificationLifecycle: Lifecycle<BucketNotificationProps, AwsClient> = {
  fixed: ["BucketName", "Id"],
  after: [kinds.permission],
  permissions: {
    read: [...sourceReads, "s3:GetBucketNotification"],
    create: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    update: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    delete: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
  },
  lock: ({ BucketName }) => `bucket ${BucketName}`,

  async find(cx) {
    const buckets = (await sourcesOf(cx, "s3")).map(({ arn }) => bucketIn(arn));
    const found = await Promise.all(
      [...new Set(buckets)].map(async (bucket) => ({ bucket, all: await notificationsOf(cx, bucket) })),
    );
    return found.flatMap(({ bucket, all }) =>
      (all?.LambdaFunctionConfigurations ?? []).flatMap((entry) => {
        const mark = readMark(entry.Id);
        return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(bucket, entry) }] : [];
      }),
    );
  },

  async read(cx, _id, props) {
    const all = await notificationsOf(cx, props.BucketName);
    const entry = all?.LambdaFunctionConfigurations?.find(({ Id }) => Id === props.Id);
    return entry === undefined ? undefined : liveOf(props.BucketName, entry);
  },

  create: put,
  update: put,

  async delete(cx, _id, { props: { BucketName, Id } }) {
    if (BucketName !== undefined && Id !== undefined) await takeOut(cx, BucketName, (entry) => entry.Id === Id);
  },
};

export function bucketIn(arn: string): string {
  return arn.split(":::")[1] ?? "";
}

/** Also where another deploy made it since the look: without its permission nothing tells of it. */
export function removeNotification(cx: Context, bucket: string, trigger: string): Promise<void> {
  return takeOut(cx, bucket, ({ Id }) => {
    const mark = readMark(Id);
    return mark?.deployment === cx.deployment && mark.resource === trigger;
  });
}

async function takeOut(cx: Context, bucket: string, goes: (entry: LambdaFunctionConfiguration) => boolean): Promise<void> {
  const all = await asWritten(cx, bucket);
  const entries = all?.LambdaFunctionConfigurations ?? [];
  const others = entries.filter((entry) => !goes(entry));
  if (all === undefined || others.length === entries.length) return;
  await write(cx, bucket, { ...all, LambdaFunctionConfigurations: others });
}

async function put(cx: Context, _id: string, props: BucketNotificationProps) {
  const { BucketName, Id, Events, Filter } = props;
  const all = answered(await asWritten(cx, BucketName), `the bucket ${BucketName}`);
  const entry: LambdaFunctionConfiguration = {
    Id,
    LambdaFunctionArn: known(props.LambdaFunctionArn, "the bucket's function"),
    Events: [...Events] as NonNullable<LambdaFunctionConfiguration["Events"]>,
    ...(Filter === null ? {} : { Filter: { Key: { FilterRules: Filter.Key.FilterRules.map((rule) => ({ ...rule })) } } }),
  };
  const others = (all.LambdaFunctionConfigurations ?? []).filter((one) => one.Id !== Id && !gaveWay(cx, one, entry));
  await write(cx, BucketName, { ...all, LambdaFunctionConfigurations: [...others, entry] });
  return noOutputs;
}

/**
 * True for one of ours that the new entry takes the place of, as when a trigger is renamed: S3 refuses entries that overlap
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html), and so does `check` in a configuration.
 */
function gaveWay(cx: Context, former: LambdaFunctionConfiguration, entry: LambdaFunctionConfiguration): boolean {
  const mark = readMark(former.Id);
  if (mark?.deployment !== cx.deployment || mark.package !== cx.package) return false;
  const [prefix, formerPrefix] = [ruleOf(entry, "prefix"), ruleOf(former, "prefix")];
  const [suffix, formerSuffix] = [ruleOf(entry, "suffix"), ruleOf(former, "suffix")];
  return (
    (former.Events ?? []).some((event) => entry.Events?.includes(event) === true) &&
    (prefix.startsWith(formerPrefix) || formerPrefix.startsWith(prefix)) &&
    (suffix.endsWith(formerSuffix) || formerSuffix.endsWith(suffix))
  );
}

function ruleOf({ Filter }: LambdaFunctionConfiguration, name: string): string {
  return Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? "";
}

async function write(cx: Context, Bucket: string, all: NotificationConfiguration): Promise<void> {
  const { TopicConfigurations, QueueConfigurations, LambdaFunctionConfigurations, EventBridgeConfiguration } = all;
  const NotificationConfiguration = {
    ...(TopicConfigurations === undefined ? {} : { TopicConfigurations }),
    ...(QueueConfigurations === undefined ? {} : { QueueConfigurations }),
    ...(LambdaFunctionConfigurations === undefined ? {} : { LambdaFunctionConfigurations }),
    ...(EventBridgeConfiguration === undefined ? {} : { EventBridgeConfiguration }),
  };
  await cx.client.s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration }, cx);
  const known = writes.get(cx.client) ?? new Map<string, ReadonlyMap<string, string>>();
  writes.set(cx.client, known.set(Bucket, entriesIn(NotificationConfiguration)));
}

/** What this client last wrote to each bucket, by the ids of its entries. */
const writes = new WeakMap<AwsClient, Map<string, ReadonlyMap<string, string>>>();

/**
 * A bucket's notifications with what was just written to it, however long reads lag behind: what is handed back would else undo
 * it. After that time somebody else has written since, and what is there counts.
 */
async function asWritten(cx: Context, Bucket: string): Promise<NotificationConfiguration | undefined> {
  const written = writes.get(cx.client)?.get(Bucket);
  let last: NotificationConfiguration | undefined;
  const found = await shown(cx, `the notifications of ${Bucket} as they were written`, async () => {
    last = await ifThere(cx.client.s3.getBucketNotificationConfiguration({ Bucket }, cx));
    return written === undefined || canonical([...entriesIn(last)]) === canonical([...written]) ? { last } : undefined;
  });
  writes.get(cx.client)?.delete(Bucket);
  return found === undefined ? last : found.last;
}

/** In the order of their ids, each with what it calls. */
function entriesIn(all: NotificationConfiguration | undefined): ReadonlyMap<string, string> {
  const entries = all?.LambdaFunctionConfigurations ?? [];
  return new Map(
    entries
      .map(({ Id = "", LambdaFunctionArn = "", Events }): [string, string] => [
        Id,
        canonical([LambdaFunctionArn, sorted(Events)]),
      ])
      .sort(([a], [b]) => byCodeUnit(a, b)),
  );
}

function notificationsOf(cx: Context, Bucket: string): Promise<NotificationConfiguration | undefined> {
  return together(cx, `notifications ${Bucket}`, () => ifThere(cx.client.s3.getBucketNotificationConfiguration({ Bucket }, cx)));
}

function liveOf(bucket: string, entry: LambdaFunctionConfiguration): Live<BucketNotificationProps> {
  const rules = (entry.Filter?.Key?.FilterRules ?? [])
    .map(({ Name, Value = "" }) => ({ Name: (Name ?? "").toLowerCase() as "prefix" | "suffix", Value }))
    .sort((a, b) => byCodeUnit(a.Name, b.Name));
  return {
    props: {
      BucketName: bucket,
      Id: entry.Id ?? "",
      ...(entry.LambdaFunctionArn === undefined ? {} : { LambdaFunctionArn: entry.LambdaFunctionArn }),
      Events: sorted(entry.Events),
      Filter: rules.length === 0 ? null : { Key: { FilterRules: rules } },
    },
    outputs: noOutputs,
    mark: readMark(entry.Id),
    state: "ready",
  };
}
