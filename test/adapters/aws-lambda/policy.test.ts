/** The form of the policy: its statements' resources and conditions, by configuration. */
import { describe, expect, it } from "vitest";
import type { JsonObject, Trigger } from "fnpkg/adapter";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { translate } from "../../../adapters/aws-lambda/translate.ts";
import { neededBy } from "../../../src/api/permissions.ts";
import { content, type Given, inputOf, of, web } from "./translate-cases.ts";
import { statementsIn } from "./moto-user.ts";

function policyOf(given: Given, operations = false) {
  const input = inputOf(given);
  const wanted = translate(input, content);
  const needed = neededBy(adapter, wanted, operations);
  const policy = adapter.policy?.({ config: input.config, wanted, actions: needed });
  if (policy === undefined) throw new Error("there is no policy");
  const statements = new Map(statementsIn(policy.document).map((one) => [one.Sid, one]));
  return { ...policy, needed, statements };
}

const queue: Trigger = {
  type: "queue",
  name: "jobs",
  source: of.queue("jobs"),
  ordered: false,
  retry: { deadLetter: of.queue("dlq") },
};
const topic: Trigger = { type: "topic", name: "orders", source: of.topic("orders") };
const bucket: Trigger = { type: "object-storage", name: "photos", source: of.bucket("photos"), events: ["created"] };
const tick: Trigger = { type: "schedule", name: "tick", cron: "* * * * *", timezone: "UTC" };
const clicks: Trigger = { type: "stream", name: "clicks", source: of.kinesis("clicks"), start: "latest" };
const roleless = { section: { createRole: true } };
const whole: Given = {
  triggers: [queue, topic, bucket, tick, clicks],
  section: { createRole: true, uploads: { bucket: "code" } },
};
const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail-prod";

describe("the deployer's policy", () => {
  it("names the function, and what is done to it", () => {
    const { document, statements, actions } = policyOf({ triggers: [web] });
    expect(document["Version"]).toBe("2012-10-17");
    expect(Object.keys(document)).toEqual(["Version", "Statement"]);
    expect(statements.get("Function")).toMatchObject({ Effect: "Allow", Resource: [functionArn] });
    expect(statements.get("FunctionAndVersions")?.Resource).toEqual([functionArn, `${functionArn}:*`]);
    expect(actions).toEqual([...new Set([...statements.values()].flatMap(({ Action }) => Action))].sort());
    for (const { Sid, Resource, Action } of statements.values()) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Action.filter((action) => action.includes("*"))).toEqual([]);
      if (Resource.includes("*")) expect(Sid).toBe("Lists");
    }
  });

  it("lets a role be handed to one service alone", () => {
    const given = policyOf({ triggers: [tick], section: { schedulerRole: "arn:aws:iam::123456789012:role/ticker" } });
    const passed = (service: string) => ({ StringEquals: { "iam:PassedToService": service } });
    expect(given.statements.get("PassFunctionRole")).toMatchObject({
      Action: ["iam:PassRole"],
      Resource: ["arn:aws:iam::123456789012:role/thumbnail"],
      Condition: passed("lambda.amazonaws.com"),
    });
    expect(given.statements.get("PassSchedulerRole")).toMatchObject({
      Resource: ["arn:aws:iam::123456789012:role/ticker"],
      Condition: passed("scheduler.amazonaws.com"),
    });
    expect(given.statements.has("Roles")).toBe(false);
    const own = policyOf({ triggers: [tick], ...roleless }).statements;
    const made = (what: string) => `arn:aws:iam::*:role/thumbnail-prod--${what}--eu-west-1`;
    expect(own.get("Roles")?.Resource).toEqual([made("function"), made("scheduler")]);
    expect(own.get("PassFunctionRole")?.Resource).toEqual([made("function")]);
    expect(own.get("PassSchedulerRole")?.Resource).toEqual([made("scheduler")]);
  });

  it("names each source", () => {
    const { statements } = policyOf(whole);
    expect(statements.get("Queues")?.Resource).toEqual([of.queue("jobs").id]);
    expect(statements.get("Topics")?.Resource).toEqual([of.topic("orders").id]);
    expect(statements.get("Buckets")?.Resource).toEqual([of.bucket("photos").id]);
    expect(statements.get("Uploads")?.Resource).toEqual(["arn:aws:s3:::code/thumbnail-prod/*"]);
    expect(statements.get("Schedules")?.Resource).toEqual([
      "arn:aws:scheduler:eu-west-1:*:schedule/default/thumbnail-prod--tick",
    ]);
    expect(statements.get("NewMappings")).toMatchObject({
      Action: ["lambda:CreateEventSourceMapping"],
      Resource: ["*"],
      Condition: { ArnLike: { "lambda:FunctionArn": [expect.stringMatching(/:function:thumbnail-prod$/), expect.anything()] } },
    });
  });

  it.each<[string, Given, string, string]>([
    ["the role's", { triggers: [web] }, "arn:aws", "123456789012"],
    ["the section's", { triggers: [web], section: { createRole: true, account: "210987654321" } }, "arn:aws", "210987654321"],
    ["nobody's", { triggers: [web], ...roleless }, "arn:aws", "*"],
    ["China's", { triggers: [web], section: { createRole: true, region: "cn-north-1" } }, "arn:aws-cn", "*"],
    ["the government's", { triggers: [web], section: { createRole: true, region: "us-gov-west-1" } }, "arn:aws-us-gov", "*"],
  ])("has the account and the partition: %s", (_, given, prefix, account) => {
    const { statements } = policyOf(given);
    expect(statements.get("Function")?.Resource[0]).toMatch(
      new RegExp(`^${prefix}:lambda:[^:]+:${account.replace("*", "\\*")}:function:`),
    );
    const all = [...statements.values()].flatMap(({ Resource }) => Resource);
    expect(all.filter((arn) => arn !== "*" && !arn.startsWith(`${prefix}:`))).toEqual([]);
  });

  it("holds nothing that the plan has no cause for", () => {
    const { actions } = policyOf({ triggers: [web] });
    for (const service of ["s3", "sqs", "sns", "scheduler", "apigateway", "ec2", "kms", "elasticfilesystem", "kinesis"])
      expect(actions.filter((action) => action.startsWith(`${service}:`))).toEqual([]);
    const fixed = policyOf({ triggers: [web], instances: { max: 2 }, logs: { level: "info", retentionDays: 7 } }).actions;
    expect(fixed).toContain("lambda:PutFunctionConcurrency");
    expect(fixed).toContain("logs:PutRetentionPolicy");
    expect(fixed).not.toContain("lambda:DeleteFunctionConcurrency");
    expect(fixed).not.toContain("logs:DeleteRetentionPolicy");
  });

  it("holds what raw settings call for", () => {
    const layer = "arn:aws:lambda:eu-west-1:123456789012:layer:tools:3";
    const key = "arn:aws:kms:eu-west-1:123456789012:key/1";
    const raw: JsonObject = { "AWS::Lambda::Function": { Layers: [layer], KmsKeyArn: key } };
    const { statements } = policyOf({ triggers: [web], raw });
    expect(statements.get("Layers")).toMatchObject({ Action: ["lambda:GetLayerVersion"], Resource: [layer] });
    expect(statements.get("FunctionKey")).toMatchObject({
      Action: ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"],
      Resource: [key],
    });
  });

  it("knows where every action stands that a kind or an operation names", () => {
    const kinds = Object.values(adapter.kinds).flatMap(({ permissions }) => Object.values(permissions).flat() as string[]);
    const named = new Set([...kinds, ...Object.values(adapter.permissions ?? {}).flat()]);
    const gateway = policyOf({ triggers: [web], section: { http: "api-gateway" } }, true);
    const { statements } = policyOf(
      {
        ...whole,
        instances: { min: 1 },
        raw: {
          "AWS::Lambda::Function": { Layers: ["l"], KmsKeyArn: "k", FileSystemConfigs: [{ Arn: "f", LocalMountPath: "/mnt/f" }] },
          "AWS::IAM::Role": { ManagedPolicyArns: ["p"] },
        },
        network: { ingress: "public", attach: { resource: "n", id: { subnets: ["s"], securityGroups: ["g"] } } },
      },
      true,
    );
    const url = policyOf({ triggers: [web], instances: { max: 1 }, logs: { level: "info", retentionDays: 7 } }, true);
    const all = [...gateway.actions, ...url.actions, ...[...statements.values()].flatMap(({ Action }) => Action)];
    expect([...named].filter((action) => !all.includes(action)).sort()).toEqual([]);
  });

  it("fits into a managed policy, which has 6144 characters", () => {
    const { document } = policyOf({ ...whole, section: { ...whole.section, account: "123456789012" } }, true);
    expect(JSON.stringify(document).length).toBeLessThanOrEqual(6144);
  });

  it("leaves operations out unless they are asked for", () => {
    const [without, withThem] = [policyOf({ triggers: [web] }), policyOf({ triggers: [web] }, true)];
    expect(without.actions).not.toContain("lambda:InvokeFunction");
    expect(without.actions).not.toContain("logs:FilterLogEvents");
    expect(withThem.actions).toEqual(
      expect.arrayContaining(["lambda:InvokeFunction", "lambda:ListFunctions", "logs:DeleteLogGroup", "logs:FilterLogEvents"]),
    );
    expect(withThem.statements.get("AllFunctions")?.Resource).toEqual(["arn:aws:lambda:eu-west-1:123456789012:function:*"]);
  });
});
