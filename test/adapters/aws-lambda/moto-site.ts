/** A target on moto for the tests: what others made there, packages, configurations, and clients behind the adapter's back. */
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Resolved, Trigger } from "fnpkg/adapter";
import { sampleConfig, samplePackage } from "fnpkg/testing";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import type { Moto } from "../../emulators/moto.ts";

const account = "123456789012";
export const region = "eu-west-1";
export const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
export const role = `arn:aws:iam::${account}:role/thumbnail`;

process.env["AWS_ACCESS_KEY_ID"] = credentials.accessKeyId;
process.env["AWS_SECRET_ACCESS_KEY"] = credentials.secretAccessKey;
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

export const httpPackage = samplePackage({ signature: { type: "http" } });
export const eventPackage = samplePackage({
  signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] },
});

export function arn(service: string, name: string): string {
  return service === "s3" ? `arn:aws:s3:::${name}` : `arn:aws:${service}:${region}:${account}:${name}`;
}

const ref = (service: string, name: string) => ({ resource: name.replace("stream/", ""), id: arn(service, name) });

export const triggers = {
  web: { type: "http", name: "web", path: "/{rest*}", auth: "public", cors: { origins: ["https://app.acme.com"] } },
  jobs: {
    type: "queue",
    name: "jobs",
    source: ref("sqs", "jobs"),
    ordered: false,
    batch: { size: 5 },
    maxConcurrency: 4,
    retry: { attempts: 3, deadLetter: ref("sqs", "dlq") },
  },
  orders: { type: "topic", name: "orders", source: ref("sns", "orders"), filter: { attributes: { kind: ["new", "paid"] } } },
  photos: {
    type: "object-storage",
    name: "photos",
    source: ref("s3", "photos"),
    events: ["created", "deleted"],
    filter: { prefix: "in/", suffix: ".jpg" },
  },
  tick: { type: "schedule", name: "tick", cron: "*/5 * * * *", timezone: "Europe/Berlin", data: { full: true } },
  clicks: { type: "stream", name: "clicks", source: ref("kinesis", "stream/clicks"), start: "latest" },
} as const satisfies { readonly [name: string]: Trigger };

type Given = Partial<Omit<Resolved<Section>, "digest" | "section" | "target">>;

export function config(moto: Pick<Moto, "endpoint">, given: Given = {}, more: Partial<Section> = {}): Resolved<Section> {
  return sampleConfig<Section>({
    target: "aws-lambda",
    section: { region, http: "function-url", alias: "live", createRole: false, keepVersions: 5, schedulerRole: role, ...more },
    endpoint: moto.endpoint,
    identity: role,
    deployment: "thumbnail",
    function: "thumbnail",
    runtime: "24",
    ...given,
  });
}

/** Clients of the SDK's own. */
export function clients({ endpoint }: Pick<Moto, "endpoint">) {
  const sdk = { endpoint, region, credentials };
  return {
    lambda: new LambdaClient(sdk),
    s3: new S3Client({ ...sdk, forcePathStyle: true }),
    sns: new SNSClient(sdk),
    sqs: new SQSClient(sdk),
    iam: new IAMClient(sdk),
    scheduler: new SchedulerClient(sdk),
    logs: new CloudWatchLogsClient(sdk),
    gateway: new ApiGatewayV2Client(sdk),
  };
}

/** Empties moto, and makes there what a deployment finds: role, queues, topic, bucket and stream. */
export async function furnish(moto: Moto): Promise<void> {
  await moto.reset();
  const { iam, sqs, sns, s3 } = clients(moto);
  const trust = {
    Effect: "Allow",
    Principal: { Service: ["lambda.amazonaws.com", "scheduler.amazonaws.com"] },
    Action: "sts:AssumeRole",
  };
  await Promise.all([
    iam.send(
      new CreateRoleCommand({
        RoleName: "thumbnail",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    ),
    sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes: { VisibilityTimeout: "180" } })),
    sqs.send(new CreateQueueCommand({ QueueName: "dlq" })),
    sns.send(new CreateTopicCommand({ Name: "orders" })),
    s3.send(new CreateBucketCommand({ Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: region } })),
    raw(moto.endpoint, "kinesis", "Kinesis_20131202.CreateStream", { StreamName: "clicks", ShardCount: 1 }),
  ]);
  moto.forget();
}

/** Services that have no client here, as fnpkg never calls them. */
async function raw<T = unknown>(endpoint: string, service: string, target: string, body: object): Promise<T> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=A/20261122/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${target}: ${answer.status}`);
  return (await answer.json().catch(() => undefined)) as T;
}

/** A DynamoDB table with a stream; answers the stream's ARN. */
export async function table({ endpoint }: Pick<Moto, "endpoint">, TableName: string): Promise<string> {
  const made = await raw<{ TableDescription: { LatestStreamArn: string } }>(
    endpoint,
    "dynamodb",
    "DynamoDB_20120810.CreateTable",
    {
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    },
  );
  return made.TableDescription.LatestStreamArn;
}
