/** What only the network knows, before anything is written. What the credentials may not read is left to the deploy. */
import { type Asked, type Cx, FnpkgError, pointer, type Problem, type Resolved } from "fnpkg/adapter";
import type { AwsClient } from "./client.ts";
import type { Section } from "./config.ts";
import { explain, isMissing } from "./errors.ts";
import { derivationIn } from "./kinds/marks.ts";
import { functionNamed } from "./kinds/owner.ts";
import { shared } from "./preflight-traffic.ts";
import { idOf } from "./translate-names.ts";

type Config = Resolved<Section>;
type Look = Promise<Problem | undefined>;
const target = "aws-lambda";

export async function preflight(cx: Cx<AwsClient>, config: Config, { traffic, wanted }: Asked): Promise<readonly Problem[]> {
  const share = traffic === undefined ? undefined : shared(cx, wanted);
  const [ofAccount, ofShare, others] = await Promise.all([account(cx, config), share, around(cx, config)]);
  return [ofAccount, ofShare, ...others].flatMap((found) => found ?? []);
}

/** What was deployed with this very configuration had all of it. */
async function around(cx: Cx<AwsClient>, config: Config): Promise<readonly (Problem | undefined)[]> {
  const live = derivationIn((await functionNamed(cx, cx.deployment))?.Tags ?? {});
  if (live?.configDigest === config.digest) return [];
  return Promise.all([role(cx, config), ...buckets(cx, config), ...queues(cx, config)]);
}

async function account({ client, signal }: Cx<AwsClient>, { section }: Config): Look {
  if (section.account === undefined) return undefined;
  const { Account } = await client.sts.getCallerIdentity({}, { signal });
  if (Account === section.account) return undefined;
  return problem(
    "E_TARGET",
    `the credentials are of the account ${Account}, not ${section.account}`,
    ["targets", target, "account"],
    {
      hint: "Use credentials of the account, or correct `account`.",
    },
  );
}

function role({ client, signal }: Cx<AwsClient>, { identity }: Config): Look {
  if (identity === undefined) return Promise.resolve(undefined);
  return readable(
    async () => {
      await client.iam.getRole({ RoleName: identity.slice(identity.lastIndexOf("/") + 1) }, { signal });
      return undefined;
    },
    () =>
      problem("E_RESOURCE", `there is no role ${identity}`, ["identity", target], {
        hint: "Make the role first, or set `createRole: true`.",
      }),
  );
}

function buckets({ client, signal }: Cx<AwsClient>, { section, triggers }: Config): Look[] {
  const uploads =
    section.uploads === undefined ? [] : [{ bucket: section.uploads.bucket, at: ["targets", target, "uploads", "bucket"] }];
  const watched = triggers.flatMap((trigger) =>
    trigger.type === "object-storage"
      ? [{ bucket: idOf(trigger.source).split(":::")[1] ?? "", at: ["resources", trigger.source.resource, target] }]
      : [],
  );
  return [...uploads, ...watched].map(({ bucket, at }) =>
    readable(
      async () => {
        const { LocationConstraint } = await client.s3.getBucketLocation({ Bucket: bucket }, { signal });
        const region = regionOf(LocationConstraint);
        if (region === section.region) return undefined;
        return problem("E_TARGET_LIMIT", `the bucket ${bucket} is in ${region}, the function in ${section.region}`, at, {
          hint: "Use a bucket of the function's region.",
        });
      },
      () => problem("E_RESOURCE", `there is no bucket ${bucket}`, at, { hint: "Make it first, or correct its name." }),
    ),
  );
}

/** docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: us-east-1 is answered as nothing, eu-west-1 once was EU. */
function regionOf(constraint: string | undefined): string {
  if (constraint === undefined || constraint === "") return "us-east-1";
  return constraint === "EU" ? "eu-west-1" : constraint;
}

/** docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: the visibility timeout is at least the function's. */
function queues({ client, signal }: Cx<AwsClient>, { triggers, timeoutSeconds }: Config): Look[] {
  return triggers.flatMap((trigger) => {
    if (trigger.type !== "queue") return [];
    const [, , , , QueueOwnerAWSAccountId, QueueName] = idOf(trigger.source).split(":");
    const at = ["resources", trigger.source.resource, target];
    const look = async (): Look => {
      const owner = QueueOwnerAWSAccountId === undefined ? {} : { QueueOwnerAWSAccountId };
      const { QueueUrl } = await client.sqs.getQueueUrl({ QueueName, ...owner }, { signal });
      const found = await client.sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }, { signal });
      const visible = Number(found.Attributes?.["VisibilityTimeout"] ?? timeoutSeconds);
      if (visible >= timeoutSeconds) return undefined;
      return problem(
        "E_TARGET_LIMIT",
        `the queue ${QueueName} hides a message for ${visible}s, the function runs for up to ${timeoutSeconds}s`,
        at,
        {
          hint: `Set the queue's visibility timeout to ${timeoutSeconds}s or more (AWS recommends six times as much), or lower \`timeout\`.`,
        },
      );
    };
    return [
      readable(look, () =>
        problem("E_RESOURCE", `there is no queue ${QueueName}`, at, { hint: "Make it first, or correct its ARN." }),
      ),
    ];
  });
}

async function readable(look: () => Look, missing: () => Problem): Look {
  try {
    return await look();
  } catch (cause) {
    if (isMissing(cause)) return missing();
    if (cause instanceof FnpkgError && cause.code === "E_PEER") return undefined;
    const said = explain(cause);
    if (said?.retry === "never" && said.code === "E_VENDOR") return undefined;
    throw cause;
  }
}

function problem(code: Problem["code"], message: string, at: readonly string[], more: { readonly hint: string }): Problem {
  return { code, message, pointer: pointer(...at), target, ...more };
}
