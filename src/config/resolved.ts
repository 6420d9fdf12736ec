/**
 * One package bound to one configuration for one target and stage: what `check`, `translate` and the plan work from.
 * Everything is in plain units, every resource is looked up, every default is applied.
 */
import type { Digest, Json, JsonObject } from "../json.ts";
import type { TriggerType } from "./schema.ts";
import type { Platform } from "../package/manifest.ts";
import type { Registries } from "../profiles/profile.ts";

/** A name from `resources` and the vendor's own id for this target. */
export interface ResourceRef {
  readonly resource: string;
  readonly id: Json;
}

export interface SecretBinding {
  readonly ref: ResourceRef;
  readonly version?: string;
  readonly key?: string;
}

export interface Retry {
  readonly attempts?: number;
  readonly deadLetter?: ResourceRef;
}

export interface Batch {
  readonly size?: number;
  readonly windowSeconds?: number;
}

export interface Cors {
  readonly origins: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly credentials?: boolean;
}

export interface HttpTrigger {
  readonly type: "http";
  readonly name: string;
  /** Default `/{rest*}`: every path. */
  readonly path: string;
  /** Absent: all. */
  readonly methods?: readonly string[];
  readonly auth: "public" | "identity" | "key";
  readonly callers?: readonly string[];
  readonly cors?: Cors;
}
export interface ScheduleTrigger {
  readonly type: "schedule";
  readonly name: string;
  /** Either five POSIX fields … */
  readonly cron?: string;
  /** … or an interval. */
  readonly everySeconds?: number;
  /** IANA name; default UTC. */
  readonly timezone: string;
  readonly data?: Json;
}
export interface QueueTrigger {
  readonly type: "queue";
  readonly name: string;
  readonly source: ResourceRef;
  readonly batch?: Batch;
  readonly retry?: Retry;
  readonly maxConcurrency?: number;
  readonly ordered: boolean;
}
export interface TopicTrigger {
  readonly type: "topic";
  readonly name: string;
  readonly source: ResourceRef;
  readonly filter?: { readonly attributes: { readonly [name: string]: readonly string[] } };
  readonly retry?: Retry;
}
export interface ObjectStorageTrigger {
  readonly type: "object-storage";
  readonly name: string;
  readonly source: ResourceRef;
  /** Default created alone. */
  readonly events: readonly ("created" | "deleted")[];
  readonly filter?: { readonly prefix?: string; readonly suffix?: string };
  readonly retry?: Retry;
}
export interface StreamTrigger {
  readonly type: "stream";
  readonly name: string;
  readonly source: ResourceRef;
  /** Default latest. */
  readonly start: "latest" | "earliest";
  readonly batch?: Batch;
  readonly retry?: Retry;
  readonly parallelism?: number;
}
export type Trigger = HttpTrigger | ScheduleTrigger | QueueTrigger | TopicTrigger | ObjectStorageTrigger | StreamTrigger;

export interface Resolved<Section = JsonObject> {
  readonly target: string;
  readonly stage?: string;
  /** The name on the vendor: `function`, and `-` + stage when there is one. */
  readonly deployment: string;
  readonly function: string;
  readonly description?: string;
  /** Declared and pre-allowed variables with their final values; service values included, secrets not. */
  readonly env: { readonly [name: string]: string };
  /** Environment variables filled from references. */
  readonly secrets: { readonly [name: string]: SecretBinding };
  /** Names whose values came from `${env:…}`: shown as `***`, stored hashed. */
  readonly sensitive: readonly string[];
  /** Pointers in the merged document to every value that came from `${env:…}`, those of `env` included. */
  readonly sensitivePointers?: readonly string[];
  /** MiB; default 512. */
  readonly memoryMiB: number;
  readonly cpu?: number;
  /** Seconds; default 30. */
  readonly timeoutSeconds: number;
  readonly ephemeralStorageMiB?: number;
  /** Invocations at a time in one instance; default 1. */
  readonly concurrency: number;
  readonly instances: { readonly min?: number; readonly max?: number };
  readonly architecture: "x86_64" | "arm64";
  /** The runtime's version on the target; set by `check` when the configuration leaves it open. */
  readonly runtime?: string;
  readonly triggers: readonly Trigger[];
  readonly network: {
    readonly ingress: "public" | "internal";
    readonly egress?: "all" | "private";
    readonly attach?: ResourceRef;
  };
  readonly identity?: string;
  readonly logs: { readonly level: "debug" | "info" | "warn" | "error"; readonly retentionDays?: number };
  readonly tracing?: { readonly enabled?: boolean; readonly sampleRate?: number };
  readonly tags: { readonly [key: string]: string };
  readonly registries: Registries;
  readonly trust?: { readonly keys: readonly string[]; readonly threshold: number; readonly required: boolean };
  readonly policy: { readonly requireDigest: boolean; readonly requireSignature: boolean };
  readonly endpoint?: string;
  /** The adapter's own section, validated by its schema. */
  readonly section: Section;
  readonly raw: JsonObject;
  /** The folder that relative paths in the configuration start from, absolute. */
  readonly base: string;
  /** Digest of this binding with `sensitive` values hashed; changes whenever the deployment would. */
  readonly digest: Digest;
  /** Where each value was written: JSON pointer in the merged document -> place. */
  readonly places: Places;
}

/** Finds the place where the value at a pointer was written. */
export interface Places {
  /** `pointer` is of the merged document (`/memory`, `/triggers/0/cron`). */
  at(pointer: string): { readonly file?: string; readonly line?: number; readonly pointer: string } | undefined;
}

export type { Platform, TriggerType };
