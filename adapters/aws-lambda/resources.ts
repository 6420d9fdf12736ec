/**
 * What a deployment on AWS is made of. Properties have CloudFormation's names and forms
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html), and are total:
 * what is managed and not wanted is `null`, or the vendor's own default where it answers one. `read` answers in the same form: an
 * empty object, list or text that stands for "none" is left out, lists without an order of their own are sorted, and of tags
 * only ours and wanted ones are there, sorted by key.
 *
 * Ids are fixed words, or a word and a trigger's name: `trigger-NAME` is what binds the source, `permission-NAME` lets the
 * source in. Everything serves from the alias. Outputs that others refer to stand beside each kind.
 */
import type { Json, JsonObject, Reference } from "fnpkg/adapter";

export const kinds = {
  /** Outlives the function: deleting releases it (takes `fnpkg:resource` off), only a purge removes it with its lines. Output: Arn. */
  logGroup: "AWS::Logs::LogGroup",
  /** With `createRole`. Inline policies, least privilege. Outputs: Arn. */
  role: "AWS::IAM::Role",
  /** The anchor. Its code is not among the properties: it is `cx.content`, recorded in the derivation. Outputs: Arn, AccountId. */
  function: "AWS::Lambda::Function",
  /**
   * The published version that serves; immutable. Its description names the code and the settings it was published from, so the
   * newest version with the wanted description is it. A change publishes another one (`update`; never a replace), and a
   * package that was deployed before is found again while its version is kept. `find` answers this one alone: older ones are
   * outputs, no resources. Retention is the alias's work, once traffic has moved: beyond `keepVersions` the oldest that no alias
   * names are deleted, and an alias with too many is not `ready`, so that a deploy that was stopped in between is ended by
   * the next. While traffic is split `find` answers the new one. Outputs: Version, volatile, and Serving, the version that the
   * alias serves from now; while traffic is split that which keeps the rest.
   */
  version: "AWS::Lambda::Version",
  /** Marked in its description, so that one under a former name is found. Outputs: AliasArn. */
  alias: "AWS::Lambda::Alias",
  url: "AWS::Lambda::Url",
  /** The statement's id is `statementId(id)`; the function's policy is the index of what pushes to it. */
  permission: "AWS::Lambda::Permission",
  eventSourceMapping: "AWS::Lambda::EventSourceMapping",
  eventInvokeConfig: "AWS::Lambda::EventInvokeConfig",
  /** Marked in its description. */
  schedule: "AWS::Scheduler::Schedule",
  subscription: "AWS::SNS::Subscription",
  /** One entry of a bucket's notifications, marked in its id; the bucket's other entries belong to others. */
  bucketNotification: "Custom::S3BucketNotification",
  /** The redrive policy of a queue that is someone else's. One that is as wanted already is taken as it is. */
  redrivePolicy: "Custom::SQSRedrivePolicy",
  /** Outputs: ApiId, url, and ExecuteArn, `arn:PARTITION:execute-api:REGION:ACCOUNT:API/*` + `/*`. */
  api: "AWS::ApiGatewayV2::Api",
  /** Marked in its description. Output: Target, `integrations/ID`. */
  integration: "AWS::ApiGatewayV2::Integration",
  /** Marked in its operation name. */
  route: "AWS::ApiGatewayV2::Route",
  stage: "AWS::ApiGatewayV2::Stage",
} as const;

export const ids = {
  logGroup: "logs",
  role: "role",
  schedulerRole: "scheduler-role",
  function: "function",
  version: "version",
  alias: "alias",
  async: "async",
  url: "url",
  api: "api",
  integration: "integration",
  route: "route",
  stage: "stage",
  trigger: (name: string) => `trigger-${name}`,
  permission: (name: string) => `permission-${name}`,
  redrive: (name: string) => `redrive-${name}`,
} as const;

/** The tags that carry marks and, on the function, the derivation: eight at most. `keys` holds the `keyPrints` of the other tags. */
export const markTags = {
  deployment: "fnpkg:deployment",
  package: "fnpkg:package",
  resource: "fnpkg:resource",
  keys: "fnpkg:tags",
  packageDigest: "fnpkg:package-digest",
  configDigest: "fnpkg:config-digest",
  /** Layout digest, a space, the archive's SHA-256. */
  code: "fnpkg:code",
  adapter: "fnpkg:adapter",
} as const;

/** A permission's id in the function's policy; the function that the policy is of carries the rest of the mark. */
export function statementId(id: string): string {
  return `fnpkg-${id}`;
}

/** The resource that a statement stands for; nothing for other people's. */
export function statementResource(statement: string): string | undefined {
  return statement.startsWith("fnpkg-") ? statement.slice("fnpkg-".length) : undefined;
}

/** A value that is known now, or another resource's output. */
export type Value = string | Reference;

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface LogGroupProps {
  readonly LogGroupName: string;
  /** `null`: for ever. */
  readonly RetentionInDays: number | null;
  readonly KmsKeyId: string | null;
  readonly Tags: readonly Tag[];
}

export interface RoleProps {
  readonly RoleName: string;
  readonly Description: string;
  readonly AssumeRolePolicyDocument: JsonObject;
  readonly ManagedPolicyArns: readonly string[];
  readonly PermissionsBoundary: string | null;
  readonly Policies: readonly { readonly PolicyName: string; readonly PolicyDocument: JsonObject }[];
  readonly Tags: readonly Tag[];
}

export interface FunctionProps {
  readonly FunctionName: string;
  readonly Description: string;
  readonly PackageType: "Zip";
  readonly Runtime: string;
  readonly Handler: string;
  readonly Architectures: readonly ["x86_64" | "arm64"];
  readonly Role: Value;
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly EphemeralStorage: { readonly Size: number };
  /** Wholly ours. Every value counts as secret: a former one may be. */
  readonly Environment: { readonly Variables: { readonly [name: string]: string } };
  /** Sorted; empty: no network. */
  readonly VpcConfig: { readonly SubnetIds: readonly string[]; readonly SecurityGroupIds: readonly string[] };
  readonly LoggingConfig: { readonly LogFormat: "Text"; readonly LogGroup: string };
  readonly TracingConfig: { readonly Mode: "Active" | "PassThrough" };
  /** `null`: what the account has left. */
  readonly ReservedConcurrentExecutions: number | null;
  readonly Layers: readonly string[];
  readonly SnapStart: { readonly ApplyOn: "None" | "PublishedVersions" };
  readonly KmsKeyArn: string | null;
  readonly FileSystemConfigs: readonly { readonly Arn: string; readonly LocalMountPath: string }[];
  readonly DeadLetterConfig: { readonly TargetArn: string } | null;
  readonly Tags: readonly Tag[];
}

/** The function's properties that a version does not keep. */
export const unversioned = ["FunctionName", "ReservedConcurrentExecutions", "Tags"] as const satisfies (keyof FunctionProps)[];

export interface VersionProps {
  readonly FunctionName: Value;
  /** `fnpkg PACKAGE-DIGEST SETTINGS-DIGEST`; the second covers the code's layout and every versioned property. */
  readonly Description: string;
}

/** The package that a version's description names. */
export function versionPackage(description: string | undefined): string | undefined {
  return /^fnpkg (sha256:[0-9a-f]{64}) sha256:[0-9a-f]{64}$/.exec(description ?? "")?.[1];
}

export interface AliasProps {
  readonly Name: string;
  readonly FunctionName: Value;
  readonly FunctionVersion: Value;
  /** `markText`. */
  readonly Description: string;
  /** `null`: all traffic goes to `FunctionVersion`; else it keeps what one other version does not get. */
  readonly RoutingConfig: {
    readonly AdditionalVersionWeights: readonly { readonly FunctionVersion: Value; readonly FunctionWeight: number }[];
  } | null;
  readonly ProvisionedConcurrencyConfig: { readonly ProvisionedConcurrentExecutions: number } | null;
}

export interface UrlProps {
  readonly TargetFunctionArn: Value;
  readonly Qualifier: string;
  readonly AuthType: "NONE" | "AWS_IAM";
  readonly InvokeMode: "BUFFERED" | "RESPONSE_STREAM";
  readonly Cors: CorsProps | null;
}

/** A function URL's and an HTTP API's, but for the latter's lists. */
export interface CorsProps {
  readonly AllowOrigins: readonly string[];
  readonly AllowMethods: readonly string[];
  readonly AllowHeaders: readonly string[] | null;
  readonly ExposeHeaders: readonly string[] | null;
  readonly MaxAge: number | null;
  readonly AllowCredentials: boolean;
}

/** Every property is fixed. */
export interface PermissionProps {
  /** The alias's ARN. */
  readonly FunctionName: Value;
  readonly Action: "lambda:InvokeFunction" | "lambda:InvokeFunctionUrl";
  readonly Principal: string;
  readonly SourceArn: Value | null;
  readonly SourceAccount: Value | null;
  readonly FunctionUrlAuthType: "NONE" | "AWS_IAM" | null;
  readonly InvokedViaFunctionUrl: boolean | null;
}

export interface QueueMappingProps {
  readonly EventSourceArn: string;
  /** The alias's ARN. */
  readonly FunctionName: Value;
  readonly Enabled: boolean;
  readonly BatchSize: number;
  /** Not there for a FIFO queue, which has none. */
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes: readonly ["ReportBatchItemFailures"];
  readonly FilterCriteria: { readonly Filters: readonly { readonly Pattern: string }[] } | null;
  readonly KmsKeyArn: string | null;
  readonly ScalingConfig: { readonly MaximumConcurrency: number } | null;
  readonly ProvisionedPollerConfig: JsonObject | null;
  readonly Tags: readonly Tag[];
}

export interface StreamMappingProps extends Omit<QueueMappingProps, "ScalingConfig" | "ProvisionedPollerConfig"> {
  readonly MaximumBatchingWindowInSeconds: number;
  /** Fixed, as the source is. */
  readonly StartingPosition: "LATEST" | "TRIM_HORIZON";
  readonly ParallelizationFactor: number;
  /** -1: until the record expires. */
  readonly MaximumRetryAttempts: number;
  readonly MaximumRecordAgeInSeconds: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly TumblingWindowInSeconds: number;
  readonly DestinationConfig: { readonly OnFailure: { readonly Destination: string } } | null;
}

export type EventSourceMappingProps = QueueMappingProps | StreamMappingProps;

/** Settings of asynchronous calls: one a function, for schedules, topics and buckets together. */
export interface EventInvokeConfigProps {
  readonly FunctionName: Value;
  readonly Qualifier: string;
  readonly MaximumRetryAttempts: number;
  readonly MaximumEventAgeInSeconds: number;
  readonly DestinationConfig: { readonly OnFailure: { readonly Destination: string } } | null;
}

export interface ScheduleProps {
  readonly Name: string;
  readonly GroupName: string;
  /** `markText`. */
  readonly Description: string;
  readonly State: "ENABLED" | "DISABLED";
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly FlexibleTimeWindow: { readonly Mode: "OFF" };
  readonly StartDate: string | null;
  readonly EndDate: string | null;
  readonly KmsKeyArn: string | null;
  readonly Target: {
    /** The alias's ARN. */
    readonly Arn: Value;
    readonly RoleArn: Value;
    /** JSON text. */
    readonly Input: string;
    readonly RetryPolicy: { readonly MaximumRetryAttempts: number; readonly MaximumEventAgeInSeconds: number };
    readonly DeadLetterConfig: { readonly Arn: string } | null;
  };
}

export interface SubscriptionProps {
  readonly TopicArn: string;
  readonly Protocol: "lambda";
  /** The alias's ARN. */
  readonly Endpoint: Value;
  readonly FilterPolicy: { readonly [attribute: string]: readonly Json[] } | null;
  readonly FilterPolicyScope: "MessageAttributes" | "MessageBody" | null;
  /** Where messages go that could not be handed to Lambda. */
  readonly RedrivePolicy: { readonly deadLetterTargetArn: string } | null;
}

export interface BucketNotificationProps {
  readonly BucketName: string;
  /** `markText`. */
  readonly Id: string;
  /** The alias's ARN. */
  readonly LambdaFunctionArn: Value;
  /** Sorted. */
  readonly Events: readonly string[];
  /** Names in lower case, the prefix first. */
  readonly Filter: {
    readonly Key: { readonly FilterRules: readonly { readonly Name: "prefix" | "suffix"; readonly Value: string }[] };
  } | null;
}

export interface RedrivePolicyProps {
  readonly QueueArn: string;
  readonly RedrivePolicy: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
}

export interface ApiProps {
  readonly Name: string;
  readonly Description: string;
  readonly ProtocolType: "HTTP";
  readonly CorsConfiguration: CorsProps | null;
  readonly DisableExecuteApiEndpoint: boolean;
  readonly Tags: { readonly [key: string]: string };
}

export interface IntegrationProps {
  readonly ApiId: Value;
  /** `markText`. */
  readonly Description: string;
  readonly IntegrationType: "AWS_PROXY";
  readonly IntegrationMethod: "POST";
  /** The alias's ARN. */
  readonly IntegrationUri: Value;
  readonly PayloadFormatVersion: "2.0";
  readonly TimeoutInMillis: number;
}

export interface RouteProps {
  readonly ApiId: Value;
  readonly RouteKey: "$default";
  /** `markText`. */
  readonly OperationName: string;
  readonly AuthorizationType: "NONE" | "AWS_IAM";
  readonly Target: Value;
}

export interface StageProps {
  readonly ApiId: Value;
  readonly StageName: "$default";
  readonly AutoDeploy: boolean;
  readonly Tags: { readonly [key: string]: string };
}
