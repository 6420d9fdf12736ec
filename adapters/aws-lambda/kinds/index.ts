/** Every kind with its lifecycle. What each stands on is its own `after`. */
import type { AnyLifecycle } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { kinds } from "../resources.ts";
import { aliasLifecycle } from "./alias.ts";
import { apiLifecycle } from "./api.ts";
import { bucketNotificationLifecycle } from "./bucket-notification.ts";
import { eventInvokeConfigLifecycle } from "./event-invoke-config.ts";
import { eventSourceMappingLifecycle } from "./event-source-mapping.ts";
import { functionLifecycle } from "./function.ts";
import { integrationLifecycle } from "./integration.ts";
import { logGroupLifecycle } from "./log-group.ts";
import { awaited } from "./made.ts";
import { permissionLifecycle } from "./permission.ts";
import { redrivePolicyLifecycle } from "./redrive-policy.ts";
import { roleLifecycle } from "./role.ts";
import { routeLifecycle } from "./route.ts";
import { scheduleLifecycle } from "./schedule.ts";
import { stageLifecycle } from "./stage.ts";
import { subscriptionLifecycle } from "./subscription.ts";
import { urlLifecycle } from "./url.ts";
import { versionLifecycle } from "./version.ts";

export const lifecycles = {
  [kinds.logGroup]: awaited(logGroupLifecycle),
  [kinds.role]: awaited(roleLifecycle),
  [kinds.function]: awaited(functionLifecycle),
  [kinds.version]: awaited(versionLifecycle),
  [kinds.alias]: awaited(aliasLifecycle),
  [kinds.api]: awaited(apiLifecycle),
  [kinds.permission]: awaited(permissionLifecycle),
  [kinds.url]: awaited(urlLifecycle),
  [kinds.integration]: awaited(integrationLifecycle),
  [kinds.route]: awaited(routeLifecycle),
  [kinds.stage]: awaited(stageLifecycle),
  [kinds.redrivePolicy]: awaited(redrivePolicyLifecycle, ({ props }) => props.RedrivePolicy !== undefined),
  [kinds.eventSourceMapping]: awaited(eventSourceMappingLifecycle),
  [kinds.eventInvokeConfig]: awaited(eventInvokeConfigLifecycle),
  [kinds.schedule]: awaited(scheduleLifecycle),
  [kinds.subscription]: awaited(subscriptionLifecycle),
  [kinds.bucketNotification]: awaited(bucketNotificationLifecycle),
} as const satisfies { readonly [kind in (typeof kinds)[keyof typeof kinds]]: AnyLifecycle<AwsClient> };
