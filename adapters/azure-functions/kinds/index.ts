/** Every kind with its lifecycle. What each stands on is its own `after`. */
import type { AnyLifecycle } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { kinds } from "../resources.ts";
import { codeLifecycle } from "./code.ts";
import { eventSubscriptionLifecycle } from "./event-subscription.ts";
import { planLifecycle } from "./plan.ts";
import { roleAssignmentLifecycle } from "./role-assignment.ts";
import { settingsLifecycle } from "./settings.ts";
import { siteLifecycle } from "./site.ts";

export const lifecycles = {
  [kinds.plan]: planLifecycle,
  [kinds.site]: siteLifecycle,
  [kinds.settings]: settingsLifecycle,
  [kinds.roleAssignment]: roleAssignmentLifecycle,
  [kinds.code]: codeLifecycle,
  [kinds.eventSubscription]: eventSubscriptionLifecycle,
} as const satisfies { readonly [kind in (typeof kinds)[keyof typeof kinds]]: AnyLifecycle<AzureClient> };
