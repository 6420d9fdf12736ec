/**
 * Where the actions of a policy are allowed: one statement each, named as its Sid. Forms of ARNs and condition keys:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/ (list_lambda, list_iam, list_logs, list_s3, list_scheduler,
 * list_sns, list_sqs, list_apigatewayv2), looked up 2026-11-22.
 */
import type { JsonObject } from "fnpkg/adapter";
import type { Plan } from "./policy-plan.ts";

export interface Where {
  /** None: nothing of this plan is there. */
  readonly resources: readonly string[];
  readonly condition?: JsonObject;
}

export const places = {
  Function: (plan) => only(functionArn(plan)),
  /** The alias and the published versions are addressed with the function's ARN, and a suffix. */
  FunctionAndVersions: (plan) => only(functionArn(plan), `${functionArn(plan)}:*`),
  Alias: (plan) => only(`${functionArn(plan)}:${plan.config.section.alias}`),
  /** `list` reads the tags of every function that could be one of ours. */
  AllFunctions: (plan) => (plan.list ? only(plan.arn("lambda", "function:*")) : nowhere),
  /** The ids of mappings are AWS's: those of the function are told by a condition. */
  Mappings: (plan) => (plan.mappings ? { ...mappings(plan), condition: ofFunction(plan) } : nowhere),
  /** No condition: what is gone already has no function any more. */
  MappingReads: (plan) => (plan.mappings ? mappings(plan) : nowhere),
  /** Has no resource of its own. */
  NewMappings: (plan) => (plan.mappings ? { ...everywhere, condition: ofFunction(plan) } : nowhere),
  PassFunctionRole: (plan) => passed(plan.functionRole, "lambda.amazonaws.com"),
  PassSchedulerRole: (plan) => passed(plan.schedulerRoles, "scheduler.amazonaws.com"),
  /** The configured roles; those that `createRole` makes are looked for whether they are wanted or not. */
  RoleReads: (plan) =>
    only(...roles(plan, plan.possibleRoles), ...(plan.config.identity === undefined ? [] : [plan.config.identity])),
  Roles: (plan) => only(...roles(plan, plan.roles)),
  /** Reads and writes of a group are authorized at `NAME:*` by some actions and at `NAME` by others. */
  LogGroup: (plan) => only(...logGroup(plan)),
  Schedules: (plan) =>
    only(...plan.schedules.map(({ GroupName, Name }) => plan.arn("scheduler", `schedule/${GroupName}/${Name}`))),
  Queues: (plan) => only(...plan.queues),
  Topics: (plan) => only(...plan.topics),
  Buckets: (plan) => only(...plan.buckets.map((name) => bucket(plan, name))),
  BucketLocations: (plan) => only(...[...plan.buckets, ...uploads(plan)].map((name) => bucket(plan, name))),
  Uploads: (plan) => only(...uploads(plan).map((name) => `${bucket(plan, name)}/${uploadPrefix(plan)}*`)),
  UploadList: (plan) => ({
    ...only(...uploads(plan).map((name) => bucket(plan, name))),
    condition: { StringEquals: { "s3:prefix": uploadPrefix(plan) } },
  }),
  /** The ids of APIs are AWS's, and ARNs of API Gateway name no account. */
  Apis: (plan) => (plan.gateway ? only(`${gateway(plan)}/apis`, `${gateway(plan)}/apis/*`) : nowhere),
  ApiTags: (plan) => (plan.gateway ? only(`${gateway(plan)}/tags/*`) : nowhere),
  ApiCalls: (plan) => (plan.gateway ? only(plan.arn("execute-api", "*")) : nowhere),
  Layers: (plan) => only(...plan.function.Layers),
  FunctionKey: (plan) => only(...(plan.function.KmsKeyArn === null ? [] : [plan.function.KmsKeyArn])),
  FileSystems: (plan) => only(...plan.function.FileSystemConfigs.map(({ Arn }) => Arn)),
  Network: (plan) => (plan.function.VpcConfig.SubnetIds.length > 0 ? everywhere : nowhere),
  /** Actions that IAM knows no resources of. */
  Lists: () => everywhere,
  ScheduleList: (plan) => (plan.schedules.length > 0 ? everywhere : nowhere),
  Subscriptions: (plan) => (plan.topics.length > 0 ? everywhere : nowhere),
} as const satisfies { readonly [sid: string]: (plan: Plan) => Where };

export type Place = keyof typeof places;

const nowhere: Where = { resources: [] };
const everywhere: Where = { resources: ["*"] };

function only(...resources: readonly string[]): Where {
  return { resources };
}

function functionArn(plan: Plan): string {
  return plan.arn("lambda", `function:${plan.function.FunctionName}`);
}

function mappings(plan: Plan): Where {
  return only(plan.arn("lambda", "event-source-mapping:*"));
}

function ofFunction(plan: Plan): JsonObject {
  return { ArnLike: { "lambda:FunctionArn": [functionArn(plan), `${functionArn(plan)}:*`] } };
}

function passed(arns: readonly string[], service: string): Where {
  return { resources: arns, condition: { StringEquals: { "iam:PassedToService": service } } };
}

function roles({ partition, account }: Plan, names: readonly string[]): string[] {
  return names.map((name) => `arn:${partition}:iam::${account}:role/${name}`);
}

function logGroup(plan: Plan): string[] {
  const arn = plan.arn("logs", `log-group:${plan.logGroup.LogGroupName}`);
  return [arn, `${arn}:*`];
}

function bucket({ partition }: Plan, name: string): string {
  return `arn:${partition}:s3:::${name}`;
}

function uploads({ config }: Plan): string[] {
  return config.section.uploads === undefined ? [] : [config.section.uploads.bucket];
}

function uploadPrefix({ config }: Plan): string {
  return `${config.section.uploads?.prefix ?? ""}${config.deployment}/`;
}

function gateway({ partition, config }: Plan): string {
  return `arn:${partition}:apigateway:${config.section.region}::`;
}
