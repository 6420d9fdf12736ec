/** An SNS topic: a subscription of the alias, and the permission that lets the topic in. */
import type { Resource, TopicTrigger } from "fnpkg/adapter";
import { ids, kinds, type PermissionProps, type SubscriptionProps } from "./resources.ts";
import { aliasArn, idOf } from "./translate-names.ts";

export function topic({ name, source, filter, retry }: TopicTrigger): Resource<string, object>[] {
  const permission: PermissionProps = {
    FunctionName: aliasArn,
    Action: "lambda:InvokeFunction",
    Principal: "sns.amazonaws.com",
    SourceArn: idOf(source),
    SourceAccount: null,
    FunctionUrlAuthType: null,
    InvokedViaFunctionUrl: null,
  };
  const deadLetter = retry?.deadLetter === undefined ? undefined : idOf(retry.deadLetter);
  const subscription: SubscriptionProps = {
    TopicArn: idOf(source),
    Protocol: "lambda",
    Endpoint: aliasArn,
    FilterPolicy: filter === undefined ? null : filter.attributes,
    FilterPolicyScope: filter === undefined ? null : "MessageAttributes",
    // Only queues take what SNS could not deliver: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    RedrivePolicy: deadLetter?.split(":")[2] === "sqs" ? { deadLetterTargetArn: deadLetter } : null,
  };
  return [
    { kind: kinds.permission, id: ids.permission(name), props: permission },
    { kind: kinds.subscription, id: ids.trigger(name), props: subscription, needs: [ids.permission(name)] },
  ];
}
