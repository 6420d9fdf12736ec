/** The section `targets.aws-lambda` of the runtime configuration, and what `raw` may not touch there. */
import type { ReservedPath } from "fnpkg/adapter";
import { z } from "zod";

const roleArn = z
  .string()
  .regex(
    /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "not a role's ARN, such as arn:aws:iam::123456789012:role/thumbnail",
  );

export const config = z.strictObject({
  region: z
    .string()
    .regex(/^(eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d$/, "not an AWS region, such as eu-west-1")
    .describe("The region of the function and everything beside it, such as `eu-west-1`."),
  account: z
    .string()
    .regex(/^\d{12}$/, "not an AWS account: 12 digits in quotes")
    .optional()
    .describe("The account, 12 digits in quotes. Credentials of another account are refused. Default: the credentials' own."),
  http: z
    .enum(["function-url", "api-gateway"])
    .default("function-url")
    .describe("What answers HTTP: the function's own URL, or an API Gateway HTTP API. Default: function-url."),
  uploads: z
    .strictObject({
      bucket: z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "not a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens")
        .describe("A bucket in the same region, which must exist."),
      prefix: z.string().max(512).optional().describe("What the objects' keys begin with, such as `fnpkg/`. Default: nothing."),
    })
    .optional()
    .describe("Where archives over 50 MB are uploaded; smaller ones too, when given. Default: archives go to Lambda directly."),
  alias: z
    .string()
    .max(128)
    .regex(/^(?!\d+$)[a-zA-Z0-9-_]+$/, "not an alias: letters, digits, hyphens and underscores, not digits alone")
    .default("live")
    .describe("The alias that serves; triggers are bound to it. Default: live."),
  createRole: z
    .boolean()
    .default(false)
    .describe(
      "Make the function's execution role, and the schedules', with just what the triggers need. Default: false, they are given.",
    ),
  schedulerRole: roleArn
    .optional()
    .describe("The role that EventBridge Scheduler calls the function with. Needed by schedule triggers without `createRole`."),
  keepVersions: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe("How many published versions are kept, the one that serves included. Default: 5."),
});

export type Section = z.output<typeof config>;

/** The environment variable that is fnpkg's own: what the entry file reads at its start. */
export const bindingsVariable = "FNPKG_BINDINGS";

const lambda = "/AWS::Lambda::Function";

/** Code, name and handler always; the rest while the neutral field is written. */
export const reserved: readonly ReservedPath[] = [
  { path: `${lambda}/FunctionName` },
  { path: `${lambda}/Code` },
  { path: `${lambda}/Handler` },
  { path: `${lambda}/PackageType` },
  { path: `${lambda}/ImageConfig` },
  { path: `${lambda}/Runtime` },
  { path: `${lambda}/Description`, fields: ["/description"] },
  { path: `${lambda}/MemorySize`, fields: ["/memory"] },
  { path: `${lambda}/Timeout`, fields: ["/timeout"] },
  { path: `${lambda}/EphemeralStorage`, fields: ["/ephemeralStorage"] },
  { path: `${lambda}/Architectures`, fields: ["/architecture"] },
  { path: `${lambda}/Environment/Variables/${bindingsVariable}` },
  { path: `${lambda}/Environment/Variables`, fields: ["/env", "/secrets", "/services"] },
  { path: `${lambda}/Role`, fields: ["/identity"] },
  { path: `${lambda}/VpcConfig/SubnetIds`, fields: ["/network/attach"] },
  { path: `${lambda}/VpcConfig/SecurityGroupIds`, fields: ["/network/attach"] },
  { path: `${lambda}/ReservedConcurrentExecutions`, fields: ["/instances/max"] },
  { path: `${lambda}/LoggingConfig` },
  { path: `${lambda}/TracingConfig`, fields: ["/observability/tracing"] },
  { path: `${lambda}/Tags` },
  { path: "/AWS::Lambda::Alias/Name" },
  { path: "/AWS::Lambda::Alias/FunctionName" },
  { path: "/AWS::Lambda::Alias/FunctionVersion" },
  { path: "/AWS::Lambda::Alias/RoutingConfig" },
  { path: "/AWS::Lambda::Alias/ProvisionedConcurrencyConfig", fields: ["/instances/min"] },
  { path: "/AWS::Lambda::Version/FunctionName" },
  { path: "/AWS::Lambda::Version/CodeSha256" },
  { path: "/AWS::Lambda::Url/TargetFunctionArn" },
  { path: "/AWS::Lambda::Url/AuthType", fields: ["/triggers"] },
  { path: "/AWS::Lambda::Url/Cors", fields: ["/triggers"] },
  { path: "/AWS::Lambda::Url/InvokeMode", fields: ["/triggers"] },
  { path: "/AWS::Lambda::Permission" },
  { path: "/AWS::Lambda::EventSourceMapping/FunctionName" },
  { path: "/AWS::Lambda::EventSourceMapping/EventSourceArn" },
  { path: "/AWS::Lambda::EventSourceMapping/FunctionResponseTypes" },
  { path: "/AWS::Lambda::EventSourceMapping/BatchSize", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/MaximumBatchingWindowInSeconds", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/ScalingConfig", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/StartingPosition", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/ParallelizationFactor", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/MaximumRetryAttempts", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventSourceMapping/DestinationConfig", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventInvokeConfig/FunctionName" },
  { path: "/AWS::Lambda::EventInvokeConfig/Qualifier" },
  { path: "/AWS::Lambda::EventInvokeConfig/MaximumRetryAttempts", fields: ["/triggers"] },
  { path: "/AWS::Lambda::EventInvokeConfig/DestinationConfig", fields: ["/triggers"] },
  { path: "/AWS::Scheduler::Schedule/Name" },
  { path: "/AWS::Scheduler::Schedule/Target/Arn" },
  { path: "/AWS::Scheduler::Schedule/Target/RoleArn" },
  { path: "/AWS::Scheduler::Schedule/Target/Input" },
  { path: "/AWS::Scheduler::Schedule/ScheduleExpression", fields: ["/triggers"] },
  { path: "/AWS::Scheduler::Schedule/ScheduleExpressionTimezone", fields: ["/triggers"] },
  { path: "/AWS::SNS::Subscription/TopicArn" },
  { path: "/AWS::SNS::Subscription/Endpoint" },
  { path: "/AWS::SNS::Subscription/Protocol" },
  { path: "/AWS::SNS::Subscription/FilterPolicy", fields: ["/triggers"] },
  { path: "/AWS::Logs::LogGroup/LogGroupName" },
  { path: "/AWS::Logs::LogGroup/RetentionInDays", fields: ["/observability/logs/retentionDays"] },
  { path: "/AWS::IAM::Role/RoleName" },
  { path: "/AWS::IAM::Role/AssumeRolePolicyDocument" },
  { path: "/AWS::ApiGatewayV2::Api/Name" },
  { path: "/AWS::ApiGatewayV2::Api/ProtocolType" },
  { path: "/AWS::ApiGatewayV2::Api/CorsConfiguration", fields: ["/triggers"] },
  { path: "/AWS::ApiGatewayV2::Integration/IntegrationUri" },
  { path: "/AWS::ApiGatewayV2::Integration/PayloadFormatVersion" },
];
