/**
 * What this adapter calls of each AWS service: types only. The real ones are the SDK's; a test or a caller may hand in others.
 * Every method sends one request, once: trying again is the engine's.
 */
import type * as Gateway from "@aws-sdk/client-apigatewayv2";
import type * as Logs from "@aws-sdk/client-cloudwatch-logs";
import type * as Iam from "@aws-sdk/client-iam";
import type * as Lambda from "@aws-sdk/client-lambda";
import type * as S3 from "@aws-sdk/client-s3";
import type * as Scheduler from "@aws-sdk/client-scheduler";
import type * as Sns from "@aws-sdk/client-sns";
import type * as Sqs from "@aws-sdk/client-sqs";
import type * as Sts from "@aws-sdk/client-sts";

/** How a call is stopped, and how long its answer may take. */
export interface Call {
  readonly signal: AbortSignal;
  /** Milliseconds; default a minute. */
  readonly patienceMs?: number;
}

/** The methods of the commands named, from the module's `NAMECommand` types. */
type Api<Commands extends { readonly [name: string]: readonly [input: object, output: object] }> = {
  readonly [Name in keyof Commands]: (input: Commands[Name][0], call: Call) => Promise<Omit<Commands[Name][1], "$metadata">>;
};

export type LambdaApi = Api<{
  addPermission: [Lambda.AddPermissionCommandInput, Lambda.AddPermissionCommandOutput];
  createAlias: [Lambda.CreateAliasCommandInput, Lambda.CreateAliasCommandOutput];
  createEventSourceMapping: [Lambda.CreateEventSourceMappingCommandInput, Lambda.CreateEventSourceMappingCommandOutput];
  createFunction: [Lambda.CreateFunctionCommandInput, Lambda.CreateFunctionCommandOutput];
  createFunctionUrlConfig: [Lambda.CreateFunctionUrlConfigCommandInput, Lambda.CreateFunctionUrlConfigCommandOutput];
  deleteAlias: [Lambda.DeleteAliasCommandInput, Lambda.DeleteAliasCommandOutput];
  deleteEventSourceMapping: [Lambda.DeleteEventSourceMappingCommandInput, Lambda.DeleteEventSourceMappingCommandOutput];
  deleteFunction: [Lambda.DeleteFunctionCommandInput, Lambda.DeleteFunctionCommandOutput];
  deleteFunctionConcurrency: [Lambda.DeleteFunctionConcurrencyCommandInput, Lambda.DeleteFunctionConcurrencyCommandOutput];
  deleteFunctionEventInvokeConfig: [
    Lambda.DeleteFunctionEventInvokeConfigCommandInput,
    Lambda.DeleteFunctionEventInvokeConfigCommandOutput,
  ];
  deleteFunctionUrlConfig: [Lambda.DeleteFunctionUrlConfigCommandInput, Lambda.DeleteFunctionUrlConfigCommandOutput];
  deleteProvisionedConcurrencyConfig: [
    Lambda.DeleteProvisionedConcurrencyConfigCommandInput,
    Lambda.DeleteProvisionedConcurrencyConfigCommandOutput,
  ];
  getEventSourceMapping: [Lambda.GetEventSourceMappingCommandInput, Lambda.GetEventSourceMappingCommandOutput];
  getFunction: [Lambda.GetFunctionCommandInput, Lambda.GetFunctionCommandOutput];
  getFunctionConfiguration: [Lambda.GetFunctionConfigurationCommandInput, Lambda.GetFunctionConfigurationCommandOutput];
  getFunctionEventInvokeConfig: [
    Lambda.GetFunctionEventInvokeConfigCommandInput,
    Lambda.GetFunctionEventInvokeConfigCommandOutput,
  ];
  getFunctionUrlConfig: [Lambda.GetFunctionUrlConfigCommandInput, Lambda.GetFunctionUrlConfigCommandOutput];
  getPolicy: [Lambda.GetPolicyCommandInput, Lambda.GetPolicyCommandOutput];
  getProvisionedConcurrencyConfig: [
    Lambda.GetProvisionedConcurrencyConfigCommandInput,
    Lambda.GetProvisionedConcurrencyConfigCommandOutput,
  ];
  invoke: [Lambda.InvokeCommandInput, Lambda.InvokeCommandOutput];
  listAliases: [Lambda.ListAliasesCommandInput, Lambda.ListAliasesCommandOutput];
  listEventSourceMappings: [Lambda.ListEventSourceMappingsCommandInput, Lambda.ListEventSourceMappingsCommandOutput];
  listFunctions: [Lambda.ListFunctionsCommandInput, Lambda.ListFunctionsCommandOutput];
  listTags: [Lambda.ListTagsCommandInput, Lambda.ListTagsCommandOutput];
  listVersionsByFunction: [Lambda.ListVersionsByFunctionCommandInput, Lambda.ListVersionsByFunctionCommandOutput];
  publishVersion: [Lambda.PublishVersionCommandInput, Lambda.PublishVersionCommandOutput];
  putFunctionConcurrency: [Lambda.PutFunctionConcurrencyCommandInput, Lambda.PutFunctionConcurrencyCommandOutput];
  putFunctionEventInvokeConfig: [
    Lambda.PutFunctionEventInvokeConfigCommandInput,
    Lambda.PutFunctionEventInvokeConfigCommandOutput,
  ];
  putProvisionedConcurrencyConfig: [
    Lambda.PutProvisionedConcurrencyConfigCommandInput,
    Lambda.PutProvisionedConcurrencyConfigCommandOutput,
  ];
  removePermission: [Lambda.RemovePermissionCommandInput, Lambda.RemovePermissionCommandOutput];
  tagResource: [Lambda.TagResourceCommandInput, Lambda.TagResourceCommandOutput];
  untagResource: [Lambda.UntagResourceCommandInput, Lambda.UntagResourceCommandOutput];
  updateAlias: [Lambda.UpdateAliasCommandInput, Lambda.UpdateAliasCommandOutput];
  updateEventSourceMapping: [Lambda.UpdateEventSourceMappingCommandInput, Lambda.UpdateEventSourceMappingCommandOutput];
  updateFunctionCode: [Lambda.UpdateFunctionCodeCommandInput, Lambda.UpdateFunctionCodeCommandOutput];
  updateFunctionConfiguration: [Lambda.UpdateFunctionConfigurationCommandInput, Lambda.UpdateFunctionConfigurationCommandOutput];
  updateFunctionUrlConfig: [Lambda.UpdateFunctionUrlConfigCommandInput, Lambda.UpdateFunctionUrlConfigCommandOutput];
}>;

export type S3Api = Api<{
  deleteObject: [S3.DeleteObjectCommandInput, S3.DeleteObjectCommandOutput];
  getBucketLocation: [S3.GetBucketLocationCommandInput, S3.GetBucketLocationCommandOutput];
  getBucketNotificationConfiguration: [
    S3.GetBucketNotificationConfigurationCommandInput,
    S3.GetBucketNotificationConfigurationCommandOutput,
  ];
  headObject: [S3.HeadObjectCommandInput, S3.HeadObjectCommandOutput];
  listObjectsV2: [S3.ListObjectsV2CommandInput, S3.ListObjectsV2CommandOutput];
  putBucketNotificationConfiguration: [
    S3.PutBucketNotificationConfigurationCommandInput,
    S3.PutBucketNotificationConfigurationCommandOutput,
  ];
  putObject: [S3.PutObjectCommandInput, S3.PutObjectCommandOutput];
}>;

export type SchedulerApi = Api<{
  createSchedule: [Scheduler.CreateScheduleCommandInput, Scheduler.CreateScheduleCommandOutput];
  deleteSchedule: [Scheduler.DeleteScheduleCommandInput, Scheduler.DeleteScheduleCommandOutput];
  getSchedule: [Scheduler.GetScheduleCommandInput, Scheduler.GetScheduleCommandOutput];
  listSchedules: [Scheduler.ListSchedulesCommandInput, Scheduler.ListSchedulesCommandOutput];
  updateSchedule: [Scheduler.UpdateScheduleCommandInput, Scheduler.UpdateScheduleCommandOutput];
}>;

export type SnsApi = Api<{
  getSubscriptionAttributes: [Sns.GetSubscriptionAttributesCommandInput, Sns.GetSubscriptionAttributesCommandOutput];
  listSubscriptionsByTopic: [Sns.ListSubscriptionsByTopicCommandInput, Sns.ListSubscriptionsByTopicCommandOutput];
  setSubscriptionAttributes: [Sns.SetSubscriptionAttributesCommandInput, Sns.SetSubscriptionAttributesCommandOutput];
  subscribe: [Sns.SubscribeCommandInput, Sns.SubscribeCommandOutput];
  unsubscribe: [Sns.UnsubscribeCommandInput, Sns.UnsubscribeCommandOutput];
}>;

export type SqsApi = Api<{
  getQueueUrl: [Sqs.GetQueueUrlCommandInput, Sqs.GetQueueUrlCommandOutput];
  listQueueTags: [Sqs.ListQueueTagsCommandInput, Sqs.ListQueueTagsCommandOutput];
  tagQueue: [Sqs.TagQueueCommandInput, Sqs.TagQueueCommandOutput];
  untagQueue: [Sqs.UntagQueueCommandInput, Sqs.UntagQueueCommandOutput];
  getQueueAttributes: [Sqs.GetQueueAttributesCommandInput, Sqs.GetQueueAttributesCommandOutput];
  setQueueAttributes: [Sqs.SetQueueAttributesCommandInput, Sqs.SetQueueAttributesCommandOutput];
}>;

export type LogsApi = Api<{
  createLogGroup: [Logs.CreateLogGroupCommandInput, Logs.CreateLogGroupCommandOutput];
  deleteLogGroup: [Logs.DeleteLogGroupCommandInput, Logs.DeleteLogGroupCommandOutput];
  deleteRetentionPolicy: [Logs.DeleteRetentionPolicyCommandInput, Logs.DeleteRetentionPolicyCommandOutput];
  describeLogGroups: [Logs.DescribeLogGroupsCommandInput, Logs.DescribeLogGroupsCommandOutput];
  filterLogEvents: [Logs.FilterLogEventsCommandInput, Logs.FilterLogEventsCommandOutput];
  listTagsForResource: [Logs.ListTagsForResourceCommandInput, Logs.ListTagsForResourceCommandOutput];
  putRetentionPolicy: [Logs.PutRetentionPolicyCommandInput, Logs.PutRetentionPolicyCommandOutput];
  tagResource: [Logs.TagResourceCommandInput, Logs.TagResourceCommandOutput];
  untagResource: [Logs.UntagResourceCommandInput, Logs.UntagResourceCommandOutput];
}>;

export type IamApi = Api<{
  getRole: [Iam.GetRoleCommandInput, Iam.GetRoleCommandOutput];
  createRole: [Iam.CreateRoleCommandInput, Iam.CreateRoleCommandOutput];
  updateAssumeRolePolicy: [Iam.UpdateAssumeRolePolicyCommandInput, Iam.UpdateAssumeRolePolicyCommandOutput];
  updateRole: [Iam.UpdateRoleCommandInput, Iam.UpdateRoleCommandOutput];
  deleteRole: [Iam.DeleteRoleCommandInput, Iam.DeleteRoleCommandOutput];
  listRolePolicies: [Iam.ListRolePoliciesCommandInput, Iam.ListRolePoliciesCommandOutput];
  getRolePolicy: [Iam.GetRolePolicyCommandInput, Iam.GetRolePolicyCommandOutput];
  putRolePolicy: [Iam.PutRolePolicyCommandInput, Iam.PutRolePolicyCommandOutput];
  deleteRolePolicy: [Iam.DeleteRolePolicyCommandInput, Iam.DeleteRolePolicyCommandOutput];
  listAttachedRolePolicies: [Iam.ListAttachedRolePoliciesCommandInput, Iam.ListAttachedRolePoliciesCommandOutput];
  attachRolePolicy: [Iam.AttachRolePolicyCommandInput, Iam.AttachRolePolicyCommandOutput];
  detachRolePolicy: [Iam.DetachRolePolicyCommandInput, Iam.DetachRolePolicyCommandOutput];
  tagRole: [Iam.TagRoleCommandInput, Iam.TagRoleCommandOutput];
  untagRole: [Iam.UntagRoleCommandInput, Iam.UntagRoleCommandOutput];
}>;

export type GatewayApi = Api<{
  createApi: [Gateway.CreateApiCommandInput, Gateway.CreateApiCommandOutput];
  createIntegration: [Gateway.CreateIntegrationCommandInput, Gateway.CreateIntegrationCommandOutput];
  createRoute: [Gateway.CreateRouteCommandInput, Gateway.CreateRouteCommandOutput];
  createStage: [Gateway.CreateStageCommandInput, Gateway.CreateStageCommandOutput];
  deleteCorsConfiguration: [Gateway.DeleteCorsConfigurationCommandInput, Gateway.DeleteCorsConfigurationCommandOutput];
  deleteApi: [Gateway.DeleteApiCommandInput, Gateway.DeleteApiCommandOutput];
  deleteIntegration: [Gateway.DeleteIntegrationCommandInput, Gateway.DeleteIntegrationCommandOutput];
  deleteRoute: [Gateway.DeleteRouteCommandInput, Gateway.DeleteRouteCommandOutput];
  deleteStage: [Gateway.DeleteStageCommandInput, Gateway.DeleteStageCommandOutput];
  getApis: [Gateway.GetApisCommandInput, Gateway.GetApisCommandOutput];
  getIntegrations: [Gateway.GetIntegrationsCommandInput, Gateway.GetIntegrationsCommandOutput];
  getRoutes: [Gateway.GetRoutesCommandInput, Gateway.GetRoutesCommandOutput];
  getStages: [Gateway.GetStagesCommandInput, Gateway.GetStagesCommandOutput];
  tagResource: [Gateway.TagResourceCommandInput, Gateway.TagResourceCommandOutput];
  untagResource: [Gateway.UntagResourceCommandInput, Gateway.UntagResourceCommandOutput];
  updateApi: [Gateway.UpdateApiCommandInput, Gateway.UpdateApiCommandOutput];
  updateIntegration: [Gateway.UpdateIntegrationCommandInput, Gateway.UpdateIntegrationCommandOutput];
  updateRoute: [Gateway.UpdateRouteCommandInput, Gateway.UpdateRouteCommandOutput];
  updateStage: [Gateway.UpdateStageCommandInput, Gateway.UpdateStageCommandOutput];
}>;

export type StsApi = Api<{ getCallerIdentity: [Sts.GetCallerIdentityCommandInput, Sts.GetCallerIdentityCommandOutput] }>;

/** Every service, each loaded at its first call. */
export interface Services {
  readonly lambda: LambdaApi;
  readonly s3: S3Api;
  readonly scheduler: SchedulerApi;
  readonly sns: SnsApi;
  readonly sqs: SqsApi;
  readonly logs: LogsApi;
  readonly iam: IamApi;
  readonly gateway: GatewayApi;
  readonly sts: StsApi;
}
