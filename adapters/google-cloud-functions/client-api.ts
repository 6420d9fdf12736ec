/**
 * What this adapter calls of each Google API, and the parts of their JSON that it reads: types only. Field names are the REST
 * resources' own. Every method sends one request, once: trying again is the engine's.
 */

/** How a call is stopped, and how long its answer may take. */
export interface Call {
  readonly signal: AbortSignal;
  /** Milliseconds; default a minute. */
  readonly patienceMs?: number;
}

type Labels = { readonly [key: string]: string };

/** https://docs.cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions */
export interface FunctionJson {
  readonly name?: string;
  readonly description?: string;
  readonly environment?: string | number;
  readonly state?: string | number;
  readonly stateMessages?: readonly StateMessageJson[];
  readonly labels?: Labels;
  readonly url?: string;
  readonly updateTime?: string;
  readonly kmsKeyName?: string;
  readonly buildConfig?: {
    readonly build?: string;
    readonly source?: { readonly storageSource?: StorageSourceJson };
    readonly [field: string]: unknown;
  };
  readonly serviceConfig?: {
    readonly service?: string;
    readonly uri?: string;
    readonly revision?: string;
    readonly environmentVariables?: Labels;
    readonly [field: string]: unknown;
  };
  readonly eventTrigger?: { readonly trigger?: string; readonly [field: string]: unknown };
}

export interface StateMessageJson {
  readonly severity?: string | number;
  readonly type?: string;
  readonly message?: string;
}

export interface StorageSourceJson {
  readonly bucket?: string;
  readonly object?: string;
  readonly generation?: string | number;
}

export interface StageJson {
  readonly name?: string | number;
  readonly message?: string;
  readonly state?: string | number;
  readonly resourceUri?: string;
  readonly stateMessages?: readonly StateMessageJson[];
}

/** google.longrunning.Operation. */
export interface OperationJson {
  readonly name?: string;
  readonly done?: boolean;
  readonly error?: { readonly code?: number | string; readonly message?: string; readonly details?: readonly object[] };
  readonly metadata?: { readonly stages?: readonly StageJson[]; readonly buildName?: string };
}

export interface RuntimeJson {
  readonly name?: string;
  readonly stage?: string | number;
  readonly environment?: string | number;
}

/** https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
export interface ServiceJson {
  readonly name?: string;
  readonly uri?: string;
  readonly etag?: string;
  readonly invokerIamDisabled?: boolean;
  readonly latestReadyRevision?: string;
  readonly latestCreatedRevision?: string;
  readonly traffic?: readonly TrafficJson[];
  readonly trafficStatuses?: readonly TrafficJson[];
  readonly reconciling?: boolean;
  readonly terminalCondition?: { readonly state?: string | number; readonly message?: string };
}

export interface TrafficJson {
  readonly type?: string | number;
  readonly revision?: string;
  readonly percent?: number;
  readonly tag?: string;
}

export interface RevisionJson {
  readonly name?: string;
  readonly createTime?: string;
  readonly labels?: Labels;
  readonly containers?: readonly { readonly env?: readonly { readonly name?: string; readonly value?: string }[] }[];
}

/** google.iam.v1.Policy. */
export interface PolicyJson {
  readonly version?: number;
  readonly etag?: string;
  readonly bindings?: readonly BindingJson[];
  readonly [field: string]: unknown;
}

export interface BindingJson {
  readonly role?: string;
  readonly members?: readonly string[];
  readonly condition?: object;
}

/** https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
export interface JobJson {
  readonly name?: string;
  readonly description?: string;
  readonly state?: string | number;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly attemptDeadline?: string;
  readonly retryConfig?: { readonly [field: string]: unknown };
  readonly httpTarget?: {
    readonly uri?: string;
    readonly httpMethod?: string | number;
    readonly headers?: Labels;
    /** Base64. */
    readonly body?: string;
    readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string };
  };
}

/** https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics */
export interface TopicJson {
  readonly name?: string;
  readonly labels?: Labels;
  readonly [field: string]: unknown;
}

/** https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export interface SubscriptionJson {
  readonly name?: string;
  readonly topic?: string;
  readonly deadLetterPolicy?: { readonly deadLetterTopic?: string; readonly maxDeliveryAttempts?: number };
}

/** https://docs.cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers */
export interface TriggerJson {
  readonly transport?: { readonly pubsub?: { readonly topic?: string; readonly subscription?: string } };
}

/** https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
export interface LogEntryJson {
  readonly insertId?: string;
  readonly logName?: string;
  readonly timestamp?: string;
  readonly receiveTimestamp?: string;
  readonly severity?: string | number;
  readonly textPayload?: string;
  readonly jsonPayload?: { readonly [field: string]: unknown };
  readonly protoPayload?: object;
  readonly httpRequest?: {
    readonly requestMethod?: string;
    readonly requestUrl?: string;
    readonly status?: number;
    readonly latency?: string;
  };
  readonly labels?: Labels;
  readonly trace?: string;
}

export interface BuildJson {
  readonly id?: string;
  readonly status?: string;
  readonly statusDetail?: string;
  readonly logUrl?: string;
  readonly failureInfo?: { readonly type?: string; readonly detail?: string };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** cloudfunctions.googleapis.com/v2; names are whole: `projects/P/locations/R/functions/F`. */
export interface FunctionsApi {
  getFunction(name: string, call: Call): Promise<FunctionJson>;
  listFunctions(parent: string, page: string | undefined, call: Call): Promise<Page<FunctionJson>>;
  createFunction(parent: string, id: string, body: FunctionJson, call: Call): Promise<OperationJson>;
  /** `mask`: the paths to write, never empty; a map or list is written whole. */
  patchFunction(name: string, body: FunctionJson, mask: readonly string[], call: Call): Promise<OperationJson>;
  deleteFunction(name: string, call: Call): Promise<OperationJson>;
  generateUploadUrl(parent: string, body: object, call: Call): Promise<{ uploadUrl?: string; storageSource?: StorageSourceJson }>;
  listRuntimes(parent: string, page: string | undefined, call: Call): Promise<Page<RuntimeJson>>;
  getOperation(name: string, call: Call): Promise<OperationJson>;
}

/** run.googleapis.com/v2. */
export interface RunApi {
  getService(name: string, call: Call): Promise<ServiceJson>;
  patchService(name: string, body: ServiceJson, mask: readonly string[], call: Call): Promise<OperationJson>;
  listRevisions(service: string, page: string | undefined, call: Call): Promise<Page<RevisionJson>>;
  getRevision(name: string, call: Call): Promise<RevisionJson>;
  getOperation(name: string, call: Call): Promise<OperationJson>;
  getIamPolicy(service: string, call: Call): Promise<PolicyJson>;
  setIamPolicy(service: string, policy: PolicyJson, call: Call): Promise<PolicyJson>;
}

/** cloudscheduler.googleapis.com/v1. */
export interface SchedulerApi {
  getJob(name: string, call: Call): Promise<JobJson>;
  listJobs(parent: string, page: string | undefined, call: Call): Promise<Page<JobJson>>;
  createJob(parent: string, body: JobJson, call: Call): Promise<JobJson>;
  patchJob(name: string, body: JobJson, mask: readonly string[], call: Call): Promise<JobJson>;
  resumeJob(name: string, call: Call): Promise<JobJson>;
  deleteJob(name: string, call: Call): Promise<void>;
}

/** pubsub.googleapis.com/v1. */
export interface PubsubApi {
  getTopic(name: string, call: Call): Promise<TopicJson>;
  listTopics(project: string, page: string | undefined, call: Call): Promise<Page<TopicJson>>;
  createTopic(name: string, body: TopicJson, call: Call): Promise<TopicJson>;
  patchTopic(name: string, topic: TopicJson, mask: readonly string[], call: Call): Promise<TopicJson>;
  deleteTopic(name: string, call: Call): Promise<void>;
  getSubscription(name: string, call: Call): Promise<SubscriptionJson>;
  patchSubscription(name: string, subscription: SubscriptionJson, mask: readonly string[], call: Call): Promise<SubscriptionJson>;
}

/** eventarc.googleapis.com/v1; `projects/P/locations/R/triggers/T`. */
export interface EventarcApi {
  getTrigger(name: string, call: Call): Promise<TriggerJson>;
}

export interface StorageApi {
  /** storage.googleapis.com/storage/v1. */
  getBucket(name: string, call: Call): Promise<{ readonly location?: string; readonly locationType?: string }>;
}

export interface LoggingApi {
  /** logging.googleapis.com/v2/entries:list. */
  listEntries(body: object, call: Call): Promise<Page<LogEntryJson>>;
}

export interface BuildsApi {
  /** cloudbuild.googleapis.com/v1; `projects/P/locations/R/builds/ID`. */
  getBuild(name: string, call: Call): Promise<BuildJson>;
}

export interface IamApi {
  /** iam.googleapis.com/v1; `projects/-/serviceAccounts/EMAIL`. */
  getServiceAccount(name: string, call: Call): Promise<{ readonly email?: string; readonly disabled?: boolean }>;
  testServiceAccount(name: string, permissions: readonly string[], call: Call): Promise<readonly string[]>;
}

export interface Apis {
  readonly functions: FunctionsApi;
  readonly run: RunApi;
  readonly scheduler: SchedulerApi;
  readonly pubsub: PubsubApi;
  readonly eventarc: EventarcApi;
  readonly storage: StorageApi;
  readonly logging: LoggingApi;
  readonly builds: BuildsApi;
  readonly iam: IamApi;
}
