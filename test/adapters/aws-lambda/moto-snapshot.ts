/** Everything that is there, without what differs from run to run: ids that AWS gives, dates. */
import { GetApisCommand, GetIntegrationsCommand, GetRoutesCommand, GetStagesCommand } from "@aws-sdk/client-apigatewayv2";
import { DescribeLogGroupsCommand, ListTagsForResourceCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListAliasesCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand, ListBucketsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { GetSubscriptionAttributesCommand, ListSubscriptionsCommand } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, ListQueuesCommand, ListQueueTagsCommand } from "@aws-sdk/client-sqs";
import type { Moto } from "../../emulators/moto.ts";
import { clients } from "./moto-site.ts";

type Clients = ReturnType<typeof clients>;

export async function snapshot(moto: Pick<Moto, "endpoint">): Promise<Record<string, unknown>> {
  const all = clients(moto);
  try {
    const [functions, mappings, schedules, subscriptions, buckets, queues, groups, roles, apis] = await Promise.all([
      functionsOf(all),
      mappingsOf(all),
      schedulesOf(all),
      subscriptionsOf(all),
      bucketsOf(all),
      queuesOf(all),
      groupsOf(all),
      rolesOf(all),
      apisOf(all),
    ]);
    return { functions, mappings, schedules, subscriptions, buckets, queues, groups, roles, apis };
  } finally {
    for (const client of Object.values(all)) client.destroy();
  }
}

async function functionsOf({ lambda }: Clients) {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  return each(Functions, async (found) => {
    const { FunctionName = "", FunctionArn = "" } = found;
    const [tags, versions, { Aliases }, concurrency] = await Promise.all([
      lambda.send(new ListTagsCommand({ Resource: FunctionArn })),
      lambda.send(new ListVersionsByFunctionCommand({ FunctionName })),
      lambda.send(new ListAliasesCommand({ FunctionName })),
      lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ]);
    const aliases = each(Aliases, async ({ Name = "", FunctionVersion, Description, RoutingConfig }) => {
      const at = { FunctionName, Qualifier: Name };
      const [policy, url, invoke, provisioned] = await Promise.all([
        there(lambda.send(new GetPolicyCommand(at))),
        there(lambda.send(new GetFunctionUrlConfigCommand(at))),
        there(lambda.send(new GetFunctionEventInvokeConfigCommand(at))),
        there(lambda.send(new GetProvisionedConcurrencyConfigCommand(at))),
      ]);
      const { Statement = [] } = JSON.parse(policy?.Policy ?? "{}") as { Statement?: { Sid: string }[] };
      return {
        Name,
        FunctionVersion,
        Description,
        RoutingConfig,
        policy: Statement.map((one) => JSON.stringify(one).replace(/(:execute-api:[^:]+:\d+:)\w+/, "$1API")).sort(),
        url: url && { auth: url.AuthType, cors: url.Cors, mode: url.InvokeMode },
        invoke: invoke && [invoke.MaximumRetryAttempts, invoke.MaximumEventAgeInSeconds, invoke.DestinationConfig],
        provisioned: provisioned?.RequestedProvisionedConcurrentExecutions,
      };
    });
    return {
      ...without(found, "LastModified", "RevisionId"),
      tags: tags.Tags,
      reserved: concurrency.ReservedConcurrentExecutions,
      versions: versions.Versions?.map(({ Version, Description, CodeSha256 }) => ({ Version, Description, CodeSha256 })),
      aliases: await aliases,
    };
  });
}

async function mappingsOf({ lambda }: Clients) {
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({}));
  const given = ["UUID", "EventSourceMappingArn", "LastModified", "StateTransitionReason"] as const;
  return each(EventSourceMappings, async (one) => without(one, ...given));
}

async function schedulesOf({ scheduler }: Clients) {
  const { Schedules } = await scheduler.send(new ListSchedulesCommand({}));
  return each(Schedules, async ({ Name }) => {
    const one = await scheduler.send(new GetScheduleCommand({ Name }));
    return without(one, "CreationDate", "LastModificationDate", "$metadata");
  });
}

async function subscriptionsOf({ sns }: Clients) {
  const { Subscriptions } = await sns.send(new ListSubscriptionsCommand({}));
  return each(Subscriptions, async ({ SubscriptionArn, TopicArn, Endpoint }) => {
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    const { FilterPolicy, FilterPolicyScope, RedrivePolicy, RawMessageDelivery } = Attributes ?? {};
    return { TopicArn, Endpoint, FilterPolicy, FilterPolicyScope, RedrivePolicy, RawMessageDelivery };
  });
}

async function bucketsOf({ s3 }: Clients) {
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  return each(Buckets, async ({ Name: Bucket = "" }) => {
    const notifications = without(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })), "$metadata");
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    return { Bucket, notifications, objects: Contents.map(({ Key }) => Key) };
  });
}

async function queuesOf({ sqs }: Clients) {
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({}));
  return each(QueueUrls, async (QueueUrl) => {
    const [{ Attributes }, { Tags = {} }] = await Promise.all([
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy", "VisibilityTimeout", "Policy"] })),
      sqs.send(new ListQueueTagsCommand({ QueueUrl })),
    ]);
    const redrive = JSON.parse(Attributes?.["RedrivePolicy"] ?? "null") as unknown;
    return { name: new URL(QueueUrl).pathname, ...Attributes, RedrivePolicy: redrive, Tags };
  });
}

async function groupsOf({ logs }: Clients) {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  return each(logGroups, async ({ logGroupName, retentionInDays, logGroupArn, arn }) => {
    const resourceArn = logGroupArn ?? arn?.replace(/:\*$/, "");
    const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
    return { logGroupName, retentionInDays, tags };
  });
}

async function rolesOf({ iam }: Clients) {
  const { Roles } = await iam.send(new ListRolesCommand({}));
  return each(Roles, async ({ RoleName, AssumeRolePolicyDocument, Description, Path }) => {
    const [{ PolicyNames }, { AttachedPolicies }, { Tags }] = await Promise.all([
      iam.send(new ListRolePoliciesCommand({ RoleName })),
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
      iam.send(new ListRoleTagsCommand({ RoleName })),
    ]);
    const policies = await each(PolicyNames, async (PolicyName) => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return { PolicyName, PolicyDocument };
    });
    const tags = (Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort();
    return { RoleName, Path, Description, AssumeRolePolicyDocument, policies, attached: AttachedPolicies, tags };
  });
}

async function apisOf({ gateway }: Clients) {
  const { Items } = await gateway.send(new GetApisCommand({}));
  return each(Items, async ({ ApiId, Name, CorsConfiguration, Tags, Description, ProtocolType }) => {
    const [integrations, routes, stages] = await Promise.all([
      gateway.send(new GetIntegrationsCommand({ ApiId })),
      gateway.send(new GetRoutesCommand({ ApiId })),
      gateway.send(new GetStagesCommand({ ApiId })),
    ]);
    return {
      Name,
      CorsConfiguration,
      Tags,
      Description,
      ProtocolType,
      integrations: await each(integrations.Items, async (one) => without(one, "IntegrationId")),
      routes: await each(routes.Items, async ({ RouteKey, AuthorizationType }) => ({ RouteKey, AuthorizationType })),
      stages: await each(stages.Items, async ({ StageName, AutoDeploy, Tags: tags }) => ({ StageName, AutoDeploy, tags })),
    };
  });
}

/** What is made of each, in an order that does not depend on when they were made. */
async function each<T, U>(items: readonly T[] | undefined, make: (item: T) => Promise<U>): Promise<U[]> {
  const made = await Promise.all((items ?? []).map(make));
  const key = (one: U) => JSON.stringify(one) ?? "";
  return made.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function without<T extends object, K extends keyof T & string>(all: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !(keys as readonly string[]).includes(key))) as Omit<T, K>;
}

/** The answer, or nothing when what is asked for is not there. */
function there<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((cause: Error & { readonly $metadata?: { readonly httpStatusCode?: number } }) => {
    if (cause.$metadata?.httpStatusCode === 404) return undefined;
    throw cause;
  });
}
