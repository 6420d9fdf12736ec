/** The actions that `permissions` answers, put to the test where policies count. */
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { region } from "../../emulators/ministack.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { arn, type Given, type Site, startSite } from "./ministack-site.ts";

let site: Site;

const given: Given = {
  code: "export default () => undefined;",
  signature:
    "{ type: cloudevent, events: [{ type: dev.fnpkg.message.received.v1 }, { type: dev.fnpkg.object.created.v1 }, { type: dev.fnpkg.schedule.fired.v1 }] }",
  config: {
    triggers: [
      { name: "jobs", type: "queue", source: "jobs", retry: { attempts: 1, deadLetter: "dead" } },
      { name: "orders", type: "topic", source: "orders" },
      { name: "photos", type: "object-storage", source: "photos" },
      { name: "sweep", type: "schedule", cron: "0 3 * * *" },
    ],
    resources: {
      jobs: { "aws-lambda": arn("sqs", "jobs") },
      dead: { "aws-lambda": arn("sqs", "dead") },
      orders: { "aws-lambda": arn("sns", "orders") },
      photos: { "aws-lambda": arn("s3", "photos") },
    },
    observability: { logs: { retentionDays: 30 } },
  },
};

/** Credentials of a new user who may do what the policy says. */
async function user(name: string, policy: object): Promise<object> {
  const { iam } = site.clients;
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "deploys", PolicyDocument: JSON.stringify(policy) }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: key?.AccessKeyId, secretAccessKey: key?.SecretAccessKey };
}

const allowing = (Action: readonly string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource: "*" }],
});

describe.skipIf(tool("ministack") === undefined)(`permissions on ministack${needsTool("ministack")}`, () => {
  beforeAll(async () => {
    site = await startSite();
    const { s3, sns, sqs } = site.clients;
    await s3.send(new CreateBucketCommand({ Bucket: "photos", CreateBucketConfiguration: { LocationConstraint: region } }));
    await sns.send(new CreateTopicCommand({ Name: "orders" }));
    await sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes: { VisibilityTimeout: "60" } }));
    await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  });
  afterAll(() => site.close());

  it("are enough to deploy, to change, to read back and to destroy; one that is missing is named", async () => {
    const fn = await site.function("all", given);
    const { actions } = await fn.permissions();
    expect(actions).toContain("lambda:CreateFunction");
    const few = allowing(actions.filter((action) => action !== "lambda:CreateFunction"));
    fn.edit({ credentials: await user("lacking", few) });
    await expect(fn.deploy()).rejects.toThrow("lambda:CreateFunction");

    fn.edit({ credentials: await user("deployer", allowing(actions)) });
    const first = await fn.deploy();
    expect(first.resources.map(({ kind }) => kind)).toContain("AWS::Scheduler::Schedule");
    const triggers = given.config?.triggers?.slice(0, 2) ?? [];
    fn.edit({ code: "export default () => 1;", config: { ...given.config, triggers, memory: "1Gi" } });
    expect((await fn.deploy()).packageDigest).not.toBe(first.packageDigest);
    expect(await fn.status()).toMatchObject({ state: "ready", drift: [] });
    expect(await fn.destroy(false)).toMatchObject({ resources: [] });
  });
});
