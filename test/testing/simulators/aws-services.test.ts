/** The SDK's own clients read what the simulated services answer. */
import * as Iam from "@aws-sdk/client-iam";
import * as Logs from "@aws-sdk/client-cloudwatch-logs";
import * as Sns from "@aws-sdk/client-sns";
import * as Sqs from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { awsSimulator } from "fnpkg/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, arn, type Clients, clients, failure, trust } from "./aws-site.ts";

let all: Clients;
beforeEach(() => void (all = clients(awsSimulator())));
afterEach(() => {
  for (const client of Object.values(all)) client.destroy();
});

describe("iam of the simulated AWS", () => {
  const RoleName = "worker";
  const make = (more: object = {}) =>
    all.iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust("lambda.amazonaws.com"), ...more }));
  const allowed = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] });

  it("keeps a role with its description, trust and tags", async () => {
    const { Role } = await make({ Description: "works & <rests>", Tags: [{ Key: "team", Value: "media" }] });
    expect(Role?.Arn).toBe(`arn:aws:iam::${account}:role/worker`);
    expect(Role?.CreateDate).toBeInstanceOf(Date);
    await all.iam.send(
      new Iam.TagRoleCommand({
        RoleName,
        Tags: [
          { Key: "Team", Value: "two" },
          { Key: "b", Value: "" },
        ],
      }),
    );
    await all.iam.send(new Iam.UntagRoleCommand({ RoleName, TagKeys: ["B"] }));
    await all.iam.send(new Iam.UpdateRoleCommand({ RoleName, Description: "& rests" }));
    const found = (await all.iam.send(new Iam.GetRoleCommand({ RoleName }))).Role;
    expect(found).toMatchObject({ Description: "& rests", MaxSessionDuration: 3600, Tags: [{ Key: "Team", Value: "two" }] });
    expect(decodeURIComponent(found?.AssumeRolePolicyDocument ?? "")).toBe(trust("lambda.amazonaws.com"));
    expect(await failure(make())).toEqual(["EntityAlreadyExistsException", 409]);
  });

  it("deletes no role that has policies", async () => {
    await make();
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    await all.iam.send(new Iam.PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: allowed }));
    await all.iam.send(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    expect((await all.iam.send(new Iam.ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(["own"]);
    expect((await all.iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
      { PolicyArn, PolicyName: "AWSLambdaBasicExecutionRole" },
    ]);
    const { PolicyDocument } = await all.iam.send(new Iam.GetRolePolicyCommand({ RoleName, PolicyName: "own" }));
    expect(decodeURIComponent(PolicyDocument ?? "")).toBe(allowed);
    const remove = () => all.iam.send(new Iam.DeleteRoleCommand({ RoleName }));
    expect(await failure(remove())).toEqual(["DeleteConflictException", 409]);
    await all.iam.send(new Iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
    expect(await failure(remove())).toEqual(["DeleteConflictException", 409]);
    await all.iam.send(new Iam.DeleteRolePolicyCommand({ RoleName, PolicyName: "own" }));
    await remove();
    expect(await failure(remove())).toEqual(["NoSuchEntityException", 404]);
  });

  it.each([
    ["no JSON", "{"],
    ["no statement", '{"Version":"2012-10-17"}'],
    ["another version", trust("lambda.amazonaws.com").replace("2012", "2013")],
    ["a resource", trust("lambda.amazonaws.com").replace('"Effect"', '"Resource":"*","Effect"')],
    ["no service's name", trust("lambda")],
    ["another action", trust("lambda.amazonaws.com").replace("sts:AssumeRole", "s3:GetObject")],
    ["no principal", allowed.replace(',"Resource":"*"', "").replace("s3:*", "sts:AssumeRole")],
  ])("takes no trust policy with %s", async (_, AssumeRolePolicyDocument) => {
    expect(await failure(make({ AssumeRolePolicyDocument }))).toEqual(["MalformedPolicyDocumentException", 400]);
  });

  it("says who asks", async () => {
    expect(await all.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: account });
  });
});

describe("sqs of the simulated AWS", () => {
  it("keeps a queue's attributes and tags", async () => {
    const { QueueUrl } = await all.sqs.send(
      new Sqs.CreateQueueCommand({ QueueName: "jobs", Attributes: { VisibilityTimeout: "180" } }),
    );
    await all.sqs.send(new Sqs.CreateQueueCommand({ QueueName: "dlq" }));
    expect(await all.sqs.send(new Sqs.GetQueueUrlCommand({ QueueName: "jobs" }))).toMatchObject({ QueueUrl });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn("sqs", "dlq"), maxReceiveCount: 4 });
    await all.sqs.send(new Sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
    const read = async () =>
      (
        await all.sqs.send(
          new Sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy", "VisibilityTimeout"] }),
        )
      ).Attributes;
    expect(await read()).toEqual({ RedrivePolicy, VisibilityTimeout: "180" });
    await all.sqs.send(new Sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: "" } }));
    expect(await read()).toEqual({ VisibilityTimeout: "180" });
    await all.sqs.send(new Sqs.TagQueueCommand({ QueueUrl, Tags: { a: "1", b: "2" } }));
    await all.sqs.send(new Sqs.UntagQueueCommand({ QueueUrl, TagKeys: ["a"] }));
    expect((await all.sqs.send(new Sqs.ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: "2" });
  });

  it("refuses what is not there and what it does not take", async () => {
    const { QueueUrl } = await all.sqs.send(new Sqs.CreateQueueCommand({ QueueName: "jobs" }));
    const set = (Attributes: Record<string, string>) =>
      failure(all.sqs.send(new Sqs.SetQueueAttributesCommand({ QueueUrl, Attributes })));
    const redrive = (deadLetterTargetArn: string, maxReceiveCount: number) =>
      set({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) });
    expect(await failure(all.sqs.send(new Sqs.GetQueueUrlCommand({ QueueName: "gone" })))).toEqual(["QueueDoesNotExist", 400]);
    expect(await set({ VisibilityTimeout: "43201" })).toEqual(["InvalidAttributeValue", 400]);
    expect(await set({ Colour: "red" })).toEqual(["InvalidAttributeName", 400]);
    expect(await redrive(arn("sqs", "gone"), 3)).toEqual(["InvalidParameterValue", 400]);
    expect(await redrive(arn("sqs", "jobs"), 1001)).toEqual(["InvalidParameterValue", 400]);
    await all.sqs.send(new Sqs.CreateQueueCommand({ QueueName: "jobs.fifo", Attributes: { FifoQueue: "true" } }));
    expect(await redrive(arn("sqs", "jobs.fifo"), 3)).toEqual(["InvalidParameterValue", 400]);
    const again = new Sqs.CreateQueueCommand({ QueueName: "jobs", Attributes: { DelaySeconds: "5" } });
    expect(await failure(all.sqs.send(again))).toEqual(["QueueNameExists", 400]);
  });
});

describe("sns of the simulated AWS", () => {
  const Endpoint = arn("lambda", "function:thumbnail:live");
  const TopicArn = arn("sns", "orders");
  const subscribe = (Attributes?: Record<string, string>) =>
    all.sns.send(new Sns.SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint, ReturnSubscriptionArn: true, Attributes }));
  beforeEach(() => all.sns.send(new Sns.CreateTopicCommand({ Name: "orders" })));

  it("subscribes an endpoint once", async () => {
    const FilterPolicy = JSON.stringify({ kind: ["new", "paid"] });
    const { SubscriptionArn } = await subscribe({ FilterPolicy });
    expect(await subscribe({ FilterPolicy })).toMatchObject({ SubscriptionArn });
    expect(await failure(subscribe({ FilterPolicy: '{"kind":["old"]}' }))).toEqual(["InvalidParameterException", 400]);
    const listed = await all.sns.send(new Sns.ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(listed.Subscriptions).toEqual([{ SubscriptionArn, TopicArn, Endpoint, Protocol: "lambda", Owner: account }]);
    const read = async () => (await all.sns.send(new Sns.GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
    expect(await read()).toMatchObject({ FilterPolicy, FilterPolicyScope: "MessageAttributes", RawMessageDelivery: "false" });
    const set = (AttributeName: string, AttributeValue: string) =>
      all.sns.send(new Sns.SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
    await set("FilterPolicy", "{}");
    expect(await read()).not.toHaveProperty("FilterPolicy");
    expect(await failure(set("FilterPolicy", '{"a":{"b":["c"]}}'))).toEqual(["InvalidParameterException", 400]);
    expect(await failure(set("RedrivePolicy", JSON.stringify({ deadLetterTargetArn: arn("sqs", "gone") })))).toEqual([
      "InvalidParameterException",
      400,
    ]);
    await all.sns.send(new Sns.UnsubscribeCommand({ SubscriptionArn }));
    await all.sns.send(new Sns.UnsubscribeCommand({ SubscriptionArn }));
    expect(await failure(read())).toEqual(["NotFoundException", 404]);
  });

  it("knows no topic that nobody made", async () => {
    const gone = new Sns.ListSubscriptionsByTopicCommand({ TopicArn: arn("sns", "gone") });
    expect(await failure(all.sns.send(gone))).toEqual(["NotFoundException", 404]);
  });
});

describe("logs of the simulated AWS", () => {
  const logGroupName = "/aws/lambda/thumbnail";
  const resourceArn = arn("logs", `log-group:${logGroupName}`);

  it("keeps groups with retention and tags", async () => {
    const make = (name: string) => all.logs.send(new Logs.CreateLogGroupCommand({ logGroupName: name, tags: { a: "1" } }));
    await make(logGroupName);
    expect(await failure(make(logGroupName))).toEqual(["ResourceAlreadyExistsException", 400]);
    await all.logs.send(new Logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
    const forty = new Logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 40 });
    expect(await failure(all.logs.send(forty))).toEqual(["InvalidParameterException", 400]);
    await all.logs.send(new Logs.TagResourceCommand({ resourceArn, tags: { b: "2" } }));
    await all.logs.send(new Logs.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    expect((await all.logs.send(new Logs.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: "2" });
    for (let index = 0; index < 3; index++) await make(`${logGroupName}-${index}`);
    const page = async (nextToken?: string) =>
      all.logs.send(new Logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName, limit: 3, nextToken }));
    const first = await page();
    expect(first.logGroups).toHaveLength(3);
    expect(first.logGroups?.[0]).toMatchObject({ logGroupName, retentionInDays: 30, logGroupArn: resourceArn });
    expect((await page(first.nextToken)).logGroups).toMatchObject([{ logGroupName: `${logGroupName}-2` }]);
    await all.logs.send(new Logs.DeleteLogGroupCommand({ logGroupName }));
    expect(await failure(all.logs.send(new Logs.DeleteLogGroupCommand({ logGroupName })))).toEqual([
      "ResourceNotFoundException",
      400,
    ]);
  });
});
