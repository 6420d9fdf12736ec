/** Everything that is there, without what differs from run to run. */
import {
  GetPolicyCommand,
  ListAliasesCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { GetScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { ListSubscriptionsCommand } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { Moto } from "../../emulators/moto.ts";
import { clients } from "./moto-site.ts";

export async function snapshot(moto: Moto): Promise<unknown> {
  const { lambda, s3, scheduler, sns, sqs } = clients(moto);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const functions = await Promise.all(
    Functions.map(async ({ FunctionName = "", FunctionArn = "", CodeSha256, MemorySize, Environment }) => {
      const [tags, versions, aliases, policy] = await Promise.all([
        lambda.send(new ListTagsCommand({ Resource: FunctionArn })),
        lambda.send(new ListVersionsByFunctionCommand({ FunctionName })),
        lambda.send(new ListAliasesCommand({ FunctionName })),
        lambda.send(new GetPolicyCommand({ FunctionName })).catch(() => undefined),
      ]);
      const statements = (JSON.parse(policy?.Policy ?? '{"Statement":[]}') as { Statement: { Sid: string }[] }).Statement;
      return {
        FunctionName,
        CodeSha256,
        MemorySize,
        Environment,
        tags: tags.Tags,
        versions: versions.Versions?.map(({ Version, Description, CodeSha256: code }) => ({ Version, Description, code })),
        aliases: aliases.Aliases?.map(({ Name, FunctionVersion }) => ({ Name, FunctionVersion })),
        policy: statements.sort((a, b) => (a.Sid < b.Sid ? -1 : 1)),
      };
    }),
  );
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const schedules = await Promise.all(
    Schedules.map(async ({ Name }) => {
      const { ScheduleExpression, Target, Description } = await scheduler.send(new GetScheduleCommand({ Name }));
      return { Name, ScheduleExpression, Target, Description };
    }),
  );
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
  const { LambdaFunctionConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: "photos" }));
  const queue = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: `${moto.endpoint}/123456789012/jobs`, AttributeNames: ["RedrivePolicy"] }),
  );
  return {
    functions,
    mappings: EventSourceMappings.map(({ EventSourceArn, FunctionArn, BatchSize }) => ({
      EventSourceArn,
      FunctionArn,
      BatchSize,
    })),
    schedules,
    subscriptions: Subscriptions.map(({ TopicArn, Endpoint }) => ({ TopicArn, Endpoint })),
    notifications: LambdaFunctionConfigurations ?? [],
    redrive: JSON.parse(queue.Attributes?.["RedrivePolicy"] ?? "null") as unknown,
  };
}
