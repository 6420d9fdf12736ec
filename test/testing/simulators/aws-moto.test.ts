/** What the simulated services refuse, moto refuses too, by the same name and status; where moto does otherwise, both are named. */
import * as Gateway from "@aws-sdk/client-apigatewayv2";
import * as Logs from "@aws-sdk/client-cloudwatch-logs";
import * as Iam from "@aws-sdk/client-iam";
import * as S3 from "@aws-sdk/client-s3";
import * as Scheduler from "@aws-sdk/client-scheduler";
import * as Sns from "@aws-sdk/client-sns";
import * as Sqs from "@aws-sdk/client-sqs";
import { awsSimulator } from "fnpkg/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { account, arn, type Clients, clients, failure, trust } from "./aws-site.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
const RoleArn = `arn:aws:iam::${account}:role/worker`;
const schedule = { Name: "tick", FlexibleTimeWindow: { Mode: "OFF" as const }, ScheduleExpression: "rate(1 hour)" };
const target = { Target: { Arn: arn("sqs", "jobs"), RoleArn } };
const role = { RoleName: "worker", AssumeRolePolicyDocument: trust("scheduler.amazonaws.com") };
const bucket = { Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" as const } };

async function furnish({ iam, sqs, sns, s3, scheduler, logs }: Clients): Promise<void> {
  await iam.send(new Iam.CreateRoleCommand(role));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
  await iam.send(new Iam.PutRolePolicyCommand({ RoleName: "worker", PolicyName: "own", PolicyDocument }));
  await sqs.send(new Sqs.CreateQueueCommand({ QueueName: "jobs" }));
  await sns.send(new Sns.CreateTopicCommand({ Name: "orders" }));
  await s3.send(new S3.CreateBucketCommand(bucket));
  await scheduler.send(new Scheduler.CreateScheduleCommand({ ...schedule, ...target }));
  await logs.send(new Logs.CreateLogGroupCommand({ logGroupName: "/a" }));
}

/** Refused calls. */
const refused: readonly (readonly [what: string, call: (on: Clients) => Promise<unknown>])[] = [
  ["a role again", ({ iam }) => iam.send(new Iam.CreateRoleCommand(role))],
  ["a role that is gone", ({ iam }) => iam.send(new Iam.GetRoleCommand({ RoleName: "gone" }))],
  ["a role with policies", ({ iam }) => iam.send(new Iam.DeleteRoleCommand({ RoleName: "worker" }))],
  ["a policy that is gone", ({ iam }) => iam.send(new Iam.GetRolePolicyCommand({ RoleName: "worker", PolicyName: "gone" }))],
  [
    "a policy that is no JSON",
    ({ iam }) => iam.send(new Iam.PutRolePolicyCommand({ RoleName: "worker", PolicyName: "two", PolicyDocument: "{" })),
  ],
  ["a queue that is gone", ({ sqs }) => sqs.send(new Sqs.GetQueueUrlCommand({ QueueName: "gone" }))],
  [
    "a queue with other attributes",
    ({ sqs }) => sqs.send(new Sqs.CreateQueueCommand({ QueueName: "jobs", Attributes: { DelaySeconds: "5" } })),
  ],
  ["a topic that is gone", ({ sns }) => sns.send(new Sns.ListSubscriptionsByTopicCommand({ TopicArn: arn("sns", "gone") }))],
  [
    "a subscription that is gone",
    ({ sns }) => sns.send(new Sns.GetSubscriptionAttributesCommand({ SubscriptionArn: `${arn("sns", "orders")}:gone` })),
  ],
  ["a bucket again", ({ s3 }) => s3.send(new S3.CreateBucketCommand(bucket))],
  ["a bucket that is gone", ({ s3 }) => s3.send(new S3.GetBucketLocationCommand({ Bucket: "gone" }))],
  ["an object that is gone", ({ s3 }) => s3.send(new S3.HeadObjectCommand({ Bucket: "photos", Key: "gone" }))],
  ["a schedule that is gone", ({ scheduler }) => scheduler.send(new Scheduler.GetScheduleCommand({ Name: "gone" }))],
  ["a log group again", ({ logs }) => logs.send(new Logs.CreateLogGroupCommand({ logGroupName: "/a" }))],
  ["a log group that is gone", ({ logs }) => logs.send(new Logs.DeleteLogGroupCommand({ logGroupName: "/gone" }))],
  ["the routes of an API that is gone", ({ gateway }) => gateway.send(new Gateway.GetRoutesCommand({ ApiId: "gone" }))],
];

type Failure = Awaited<ReturnType<typeof failure>>;

/** Where moto does otherwise than AWS: what AWS does by its API models, and what moto does. */
const otherwise: readonly (readonly [what: string, call: (on: Clients) => Promise<unknown>, aws: Failure, moto: Failure])[] = [
  [
    "a schedule again",
    ({ scheduler }) => scheduler.send(new Scheduler.CreateScheduleCommand({ ...schedule, ...target })),
    ["ConflictException", 409],
    ["ConflictException", 400],
  ],
  [
    "an API that is gone",
    ({ gateway }) => gateway.send(new Gateway.DeleteApiCommand({ ApiId: "gone" })),
    ["NotFoundException", 404],
    undefined,
  ],
  [
    "a retention of 40 days",
    ({ logs }) => logs.send(new Logs.PutRetentionPolicyCommand({ logGroupName: "/a", retentionInDays: 40 })),
    ["InvalidParameterException", 400],
    undefined,
  ],
];

describe.skipIf(noMoto)(`refusals of the simulated AWS and of moto${needs}`, () => {
  let moto: Moto;
  let theirs: Clients;
  let ours: Clients;
  beforeAll(async () => {
    moto = await startMoto({ plain: true });
    [theirs, ours] = [clients(moto), clients(awsSimulator())];
    await furnish(theirs);
    await furnish(ours);
  });
  afterAll(async () => {
    for (const client of [...Object.values(theirs), ...Object.values(ours)]) client.destroy();
    await moto.close();
  });

  it.each(refused)("are the same for %s", async (_, call) => {
    const said = await failure(call(ours));
    expect(said).toBeDefined();
    expect(said).toEqual(await failure(call(theirs)));
  });

  it.each(otherwise)("are AWS's, not moto's, for %s", async (_, call, aws, motos) => {
    expect([await failure(call(ours)), await failure(call(theirs))]).toEqual([aws, motos]);
  });
});
