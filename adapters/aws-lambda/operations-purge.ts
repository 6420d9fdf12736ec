/** What outlives the function: its log group, and its archives in the bucket. */
import { ifThere } from "./errors.ts";
import { uploadPrefix } from "./kinds/function-code.ts";
import { functionLogGroup, look } from "./kinds/log-group.ts";
import { type Context, pages } from "./kinds/shared.ts";
import { markTags } from "./resources.ts";

export async function purge(cx: Context): Promise<void> {
  await Promise.all([purgeLogs(cx), purgeUploads(cx)]);
}

async function purgeLogs(cx: Context): Promise<void> {
  const logGroupName = functionLogGroup(cx.deployment);
  const found = await look(cx, logGroupName);
  if (found?.tags[markTags.deployment] !== cx.deployment) return;
  await ifThere(cx.client.logs.deleteLogGroup({ logGroupName }, cx));
}

/** Only what has the name of one of our archives. */
async function purgeUploads(cx: Context): Promise<void> {
  const { s3, section } = cx.client;
  const Bucket = section.uploads?.bucket;
  if (Bucket === undefined) return;
  const Prefix = uploadPrefix(cx);
  const objects = await pages(
    (ContinuationToken) =>
      s3.listObjectsV2({ Bucket, Prefix, ...(ContinuationToken === undefined ? {} : { ContinuationToken }) }, cx),
    ({ Contents, NextContinuationToken }) => ({ items: Contents, next: NextContinuationToken }),
  );
  for (const { Key } of objects)
    if (Key !== undefined && /^[0-9a-f]{64}\.zip$/.test(Key.slice(Prefix.length)))
      await ifThere(s3.deleteObject({ Bucket, Key }, cx));
}
