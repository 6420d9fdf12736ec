/**
 * What a deployment on Google Cloud is made of. Properties have the names and forms of each service's REST resource: enums are
 * names, durations are "60s", sizes carry their unit. They are total: what is managed and not wanted is `null`, or the vendor's
 * own default where it answers one. `read` answers in the same form; what stands for "none" there (an absent field, an empty
 * text) is `null` or left out, lists without an order of their own are sorted, of labels only ours and wanted ones are there.
 *
 * Ids are fixed words, or a word and a trigger's name. Outputs that others refer to stand beside each kind.
 */
import type { Reference } from "fnpkg/adapter";

export const kinds = {
  /** With `createTopics`. One that is there already is taken as it is; `find` answers those alone that carry our mark. */
  topic: "pubsub.googleapis.com/Topic",
  /**
   * The anchor, with marks and derivation as labels (`marks.ts` beside this file). Its code is not among the properties: it is `cx.content`, uploaded
   * and named as `buildConfig.source`. Nor is `serviceConfig.allTrafficOnLatestRevision`: always sent as `false`, since traffic is
   * the service's; the first revision gets it all by itself. Outputs: `service` (full name), `uri`, `url` (the same, http
   * functions only), `revision` (volatile; the short name, as the API answers it),
   * `serving` (the revision that serves; while the traffic is split the one from before), `invoker` (`serviceAccount:EMAIL` that events
   * come as; event functions only) and `subscription` (full name of the one that carries the events; event sources only).
   */
  function: "cloudfunctions.googleapis.com/Function",
  /** The function's own service, which it makes and removes: only ever updated. Ours because the function is. */
  service: "run.googleapis.com/Service",
  /** Who may call the service. Ours because the function is. */
  invokers: "run.googleapis.com/ServiceIamPolicy",
  /** The subscription that Eventarc made for the function's trigger: only ever updated. Ours because the function is. */
  subscription: "pubsub.googleapis.com/Subscription",
  /** Marked in its description with `markText`. */
  job: "cloudscheduler.googleapis.com/Job",
} as const;

export const ids = {
  topic: (trigger: string) => `topic-${trigger}`,
  deadLetter: (trigger: string) => `dead-letter-${trigger}`,
  function: "function",
  service: "service",
  invokers: "invokers",
  subscription: "subscription",
  trigger: (name: string) => `trigger-${name}`,
} as const;

/** A value that is known now, or another resource's output. */
export type Value = string | Reference;

type Labels = { readonly [key: string]: string };

/** https://docs.cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions */
export interface FunctionProps {
  /** `projects/P/locations/R/functions/ID`. */
  readonly name: string;
  readonly description: string;
  readonly environment: "GEN_2";
  readonly kmsKeyName: string | null;
  /** The configuration's tags; others' labels and the marks are left out. */
  readonly labels: Labels;
  readonly buildConfig: {
    readonly runtime: string;
    readonly entryPoint: string;
    /** Wholly ours. */
    readonly environmentVariables: Labels;
    /** `projects/P/serviceAccounts/EMAIL`; `null`: the project's own, a `PROJECT-NUMBER-compute@developer.gserviceaccount.com`. */
    readonly serviceAccount: string | null;
    readonly workerPool: string | null;
    /** `null`: the project's own, `projects/P/locations/R/repositories/gcf-artifacts`. */
    readonly dockerRepository: string | null;
  };
  readonly serviceConfig: {
    /** With its unit, `512Mi`. */
    readonly availableMemory: string;
    /** A number as text. */
    readonly availableCpu: string;
    readonly timeoutSeconds: number;
    readonly maxInstanceRequestConcurrency: number;
    readonly minInstanceCount: number;
    readonly maxInstanceCount: number;
    /** Wholly ours, but for `LOG_EXECUTION_ID`, which the vendor adds. Every value counts as secret: a former one may be. */
    readonly environmentVariables: Labels;
    /** Sorted by key. */
    readonly secretEnvironmentVariables: readonly SecretVariable[];
    readonly secretVolumes: readonly SecretVolume[];
    /** An email; `null`: the default compute service account. */
    readonly serviceAccountEmail: string | null;
    readonly ingressSettings: "ALLOW_ALL" | "ALLOW_INTERNAL_ONLY" | "ALLOW_INTERNAL_AND_GCLB";
    /** `projects/P/locations/R/connectors/NAME`. */
    readonly vpcConnector: string | null;
    readonly vpcConnectorEgressSettings: "PRIVATE_RANGES_ONLY" | "ALL_TRAFFIC" | null;
    /** At most one. */
    readonly directVpcNetworkInterface: readonly NetworkInterface[];
    readonly directVpcEgress: "VPC_EGRESS_PRIVATE_RANGES_ONLY" | "VPC_EGRESS_ALL_TRAFFIC" | null;
    readonly binaryAuthorizationPolicy: string | null;
  };
  /** `null`: called by http alone. A change from or to `null`, and of what is marked fixed, is a replace. */
  readonly eventTrigger: EventTrigger | null;
}

interface SecretVariable {
  readonly key: string;
  readonly projectId: string;
  readonly secret: string;
  readonly version: string;
}

interface SecretVolume {
  readonly mountPath: string;
  readonly projectId: string;
  readonly secret: string;
  readonly versions: readonly { readonly version: string; readonly path: string }[];
}

export interface NetworkInterface {
  readonly network: string;
  readonly subnetwork: string;
  readonly tags: readonly string[];
}

export interface EventTrigger {
  /**
   * Fixed. `null`: where the source is, the function's own region for a topic, the bucket's location in lower case for a bucket;
   * looked up when the function is made, and `null` again when what is live is just that.
   */
  readonly triggerRegion: string | null;
  readonly eventType: string;
  /** Sorted by attribute. */
  readonly eventFilters: readonly { readonly attribute: string; readonly value: string }[];
  /** `projects/P/topics/T`. Fixed. */
  readonly pubsubTopic: string | null;
  /** `null`: the default compute service account. */
  readonly serviceAccountEmail: string | null;
  readonly retryPolicy: "RETRY_POLICY_RETRY" | "RETRY_POLICY_DO_NOT_RETRY";
}

/** https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
export interface ServiceProps {
  /** `projects/P/locations/R/services/NAME`. */
  readonly name: Value;
  /**
   * Percentages, together 100; a target of 0 percent that only carries a tag is someone else's: left out here and kept. Always by
   * revision, so that a new revision serves only once this says so. What is live by LATEST is answered as the revision it means.
   */
  readonly traffic: readonly TrafficTarget[];
  /** `true` lets everybody in without a policy, where an organisation forbids `allUsers`. */
  readonly invokerIamDisabled: boolean;
}

export interface TrafficTarget {
  readonly type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
  /** The short name. */
  readonly revision: Value;
  readonly percent: number;
}

export const invokerRole = "roles/run.invoker";

/**
 * https://docs.cloud.google.com/run/docs/reference/rest/v2/Policy, of one role without a condition, whose members are wholly ours:
 * the rest of the policy is kept. There is always one binding; without members the policy has none.
 */
export interface InvokersProps {
  /** The service's full name. */
  readonly resource: Value;
  readonly bindings: readonly [{ readonly role: typeof invokerRole; /** Sorted. */ readonly members: readonly Value[] }];
}

/** https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics */
export interface TopicProps {
  /** `projects/P/topics/T`. */
  readonly name: string;
  readonly labels: Labels;
}

/** https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export interface SubscriptionProps {
  /** `projects/P/subscriptions/S`. */
  readonly name: Value;
  readonly deadLetterPolicy: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number } | null;
}

/** https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
export interface JobProps {
  /** `projects/P/locations/R/jobs/ID`. */
  readonly name: string;
  /** `markText`. */
  readonly description: string;
  /** Five fields. */
  readonly schedule: string;
  readonly timeZone: string;
  /** "180s". */
  readonly attemptDeadline: string;
  readonly retryConfig: {
    readonly retryCount: number;
    readonly maxRetryDuration: string;
    readonly minBackoffDuration: string;
    readonly maxBackoffDuration: string;
    readonly maxDoublings: number;
  };
  readonly httpTarget: {
    /** The service's. */
    readonly uri: Value;
    readonly httpMethod: "POST";
    /** What the vendor adds (`User-Agent`, `X-CloudScheduler…`) is left out. */
    readonly headers: Labels;
    /** JSON in base64. */
    readonly body: string;
    readonly oidcToken: { readonly serviceAccountEmail: string; readonly audience: Value };
  };
}
