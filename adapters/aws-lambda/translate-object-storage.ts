/** An S3 bucket: one entry of its notifications, and the permission that lets the bucket in. */
import type { ObjectStorageTrigger, Resolved, Resource } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type BucketNotificationProps, ids, kinds, type PermissionProps } from "./resources.ts";
import { account, aliasArn, idOf } from "./translate-names.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const events = {
  created: ["s3:ObjectCreated:*"],
  deleted: ["s3:LifecycleExpiration:*", "s3:ObjectRemoved:*"],
} as const;

export function objectStorage(
  config: Resolved<Section>,
  trigger: ObjectStorageTrigger,
  mark: (id: string) => string,
): Resource<string, object>[] {
  const id = ids.trigger(trigger.name);
  const permission: PermissionProps = {
    FunctionName: aliasArn,
    Action: "lambda:InvokeFunction",
    Principal: "s3.amazonaws.com",
    SourceArn: idOf(trigger.source),
    // A bucket's ARN names no account: without it, whoever gets the name after a deletion could call.
    SourceAccount: account(config),
    FunctionUrlAuthType: null,
    InvokedViaFunctionUrl: null,
  };
  const { prefix = "", suffix = "" } = trigger.filter ?? {};
  const rules = [
    { Name: "prefix" as const, Value: prefix },
    { Name: "suffix" as const, Value: suffix },
  ].filter(({ Value }) => Value !== "");
  const notification: BucketNotificationProps = {
    BucketName: idOf(trigger.source).split(":::")[1] ?? "",
    Id: mark(id),
    LambdaFunctionArn: aliasArn,
    Events: trigger.events.flatMap((event) => [...events[event]]).toSorted(),
    Filter: rules.length === 0 ? null : { Key: { FilterRules: rules } },
  };
  return [
    { kind: kinds.permission, id: ids.permission(trigger.name), props: permission },
    { kind: kinds.bucketNotification, id, props: notification, needs: [ids.permission(trigger.name)] },
  ];
}
