/**
 * The roles that `createRole` makes: what the function's triggers, secrets, network and logs need, and nothing else.
 * Which actions those are: https://docs.aws.amazon.com/lambda/latest/dg/permissions-executionrole-update.html and
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html (AWSLambda*ExecutionRole).
 */
import type { JsonObject, Resolved, Resource, Trigger } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, kinds, type RoleProps, type Value } from "./resources.ts";
import { account, aliasArn, fit, idOf, logGroupName, partition, tagsOf } from "./translate-names.ts";

type Config = Resolved<Section>;

export function roles(config: Config): Resource<string, RoleProps>[] {
  if (!config.section.createRole) return [];
  const own = config.identity === undefined ? [executionRole(config)] : [];
  const scheduled = config.section.schedulerRole === undefined && config.triggers.some(({ type }) => type === "schedule");
  return scheduled ? [...own, schedulerRole(config)] : own;
}

function executionRole(config: Config): Resource<string, RoleProps> {
  return {
    kind: kinds.role,
    id: ids.role,
    props: role(config, "function", trust("lambda.amazonaws.com"), statements(config)),
  };
}

function schedulerRole(config: Config): Resource<string, RoleProps> {
  // Scheduler takes the role for this account's schedules alone: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  const trusted = trust("scheduler.amazonaws.com", { StringEquals: { "aws:SourceAccount": json(account(config)) } });
  return {
    kind: kinds.role,
    id: ids.schedulerRole,
    props: role(config, "scheduler", trusted, [allow(["lambda:InvokeFunction"], aliasArn)]),
  };
}

/** Role names are the account's, not the region's. */
function role(config: Config, what: string, trusted: JsonObject, allowed: readonly JsonObject[]): RoleProps {
  return {
    RoleName: fit(`${config.deployment}--${what}--${config.section.region}`, 64),
    Description: `Made by fnpkg for the ${what} of ${config.deployment}`,
    AssumeRolePolicyDocument: trusted,
    ManagedPolicyArns: [],
    PermissionsBoundary: null,
    Policies: [{ PolicyName: "fnpkg", PolicyDocument: { Version: "2012-10-17", Statement: allowed } }],
    Tags: tagsOf(config),
  };
}

function trust(service: string, condition?: JsonObject): JsonObject {
  const statement = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  return {
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  };
}

function statements(config: Config): JsonObject[] {
  const { section, network, tracing, secrets, triggers } = config;
  const logs = `arn:${partition(config)}:logs:${section.region}:*:log-group:${logGroupName(config)}:*`;
  const references = [...new Set(Object.values(secrets).map(({ ref }) => idOf(ref)))].toSorted();
  const parameters = references.filter((arn) => arn.split(":")[2] === "ssm");
  const stored = references.filter((arn) => !parameters.includes(arn));
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], logs),
    ...(network.attach === undefined ? [] : [allow(networkActions, "*")]),
    ...(tracing?.enabled === true ? [allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")] : []),
    ...(stored.length === 0 ? [] : [allow(["secretsmanager:GetSecretValue"], stored)]),
    ...(parameters.length === 0 ? [] : [allow(["ssm:GetParameter"], parameters)]),
    ...triggers.flatMap(sourceStatements),
    ...deadLetterStatements(triggers),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html: none of them takes a resource. */
const networkActions = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

function sourceStatements(trigger: Trigger): JsonObject[] {
  if (trigger.type === "queue")
    return [allow(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], idOf(trigger.source))];
  if (trigger.type !== "stream") return [];
  const arn = idOf(trigger.source);
  if (arn.split(":")[2] === "dynamodb") {
    return [
      allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], arn),
      allow(["dynamodb:ListStreams"], arn.replace(/\/stream\/.*$/, "/stream/*")),
    ];
  }
  return [
    allow(
      [
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
      ],
      arn,
    ),
  ];
}

/** The function's role also delivers what failed for good; a queue does that itself. */
function deadLetterStatements(triggers: readonly Trigger[]): JsonObject[] {
  const arns = triggers.flatMap((trigger) =>
    trigger.type !== "queue" && "retry" in trigger && trigger.retry?.deadLetter !== undefined
      ? [idOf(trigger.retry.deadLetter)]
      : [],
  );
  return [...new Set(arns)]
    .toSorted()
    .map((arn) => allow([arn.split(":")[2] === "sns" ? "sns:Publish" : "sqs:SendMessage"], arn));
}

function allow(actions: readonly string[], resource: Value | readonly string[]): JsonObject {
  return { Effect: "Allow", Action: actions, Resource: json(resource) };
}

/** A reference is JSON too. */
function json(value: Value | readonly string[]): JsonObject[string] {
  return value as JsonObject[string];
}
