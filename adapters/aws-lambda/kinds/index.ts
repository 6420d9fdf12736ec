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
  [kinds.logGroup]: logGroupLifecycle,
  [kinds.role]: roleLifecycle,
  [kinds.function]: functionLifecycle,
  [kinds.version]: versionLifecycle,
  [kinds.alias]: aliasLifecycle,
  [kinds.api]: apiLifecycle,
  [kinds.permission]: permissionLifecycle,
  [kinds.url]: urlLifecycle,
  [kinds.integration]: integrationLifecycle,
  [kinds.route]: routeLifecycle,
  [kinds.stage]: stageLifecycle,
  [kinds.redrivePolicy]: redrivePolicyLifecycle,
  [kinds.eventSourceMapping]: eventSourceMappingLifecycle,
  [kinds.eventInvokeConfig]: eventInvokeConfigLifecycle,
  [kinds.schedule]: scheduleLifecycle,
  [kinds.subscription]: subscriptionLifecycle,
  [kinds.bucketNotification]: bucketNotificationLifecycle,
} as const satisfies { readonly [kind in (typeof kinds)[keyof typeof kinds]]: AnyLifecycle<AwsClient> };
