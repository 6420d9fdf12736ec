/** Every kind with its lifecycle. What each stands on is its own `after`. */
import type { AnyLifecycle } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import { kinds } from "../resources.ts";
import { functionLifecycle } from "./function.ts";
import { invokersLifecycle } from "./invokers.ts";
import { jobLifecycle } from "./job.ts";
import { serviceLifecycle } from "./service.ts";
import { subscriptionLifecycle } from "./subscription.ts";
import { topicLifecycle } from "./topic.ts";

export const lifecycles = {
  [kinds.topic]: topicLifecycle,
  [kinds.function]: functionLifecycle,
  [kinds.service]: serviceLifecycle,
  [kinds.invokers]: invokersLifecycle,
  [kinds.subscription]: subscriptionLifecycle,
  [kinds.job]: jobLifecycle,
} as const satisfies { readonly [kind in (typeof kinds)[keyof typeof kinds]]: AnyLifecycle<GoogleClient> };
