/** What a deployment on this machine is made of. */
import type { Digest, Json } from "fnpkg/adapter";

export const functionKind = "local/Function";
export const triggerKind = "local/Trigger";

/** The anchor: the code, its settings, and the host process that runs it. */
export interface FunctionProps {
  readonly package: { readonly name: string; readonly version: string; readonly digest: Digest };
  /** The code: digest of its layout. */
  readonly layout: Digest;
  /** The configuration's name of the function, without stage. */
  readonly function: string;
  readonly description: string;
  readonly signature: { readonly type: "http" | "cloudevent"; readonly batch: boolean };
  readonly env: { readonly [name: string]: string };
  /** Values that came from the environment of who deploys: never on disk, compared by fingerprint. */
  readonly sensitive: { readonly [name: string]: string };
  readonly secrets: { readonly [name: string]: SecretSource };
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  /** Invocations at a time in one worker. */
  readonly concurrency: number;
  readonly instances: { readonly min: number; readonly max: number };
  readonly logs: { readonly level: string; readonly retentionDays: number | null };
  readonly tags: { readonly [key: string]: string };
}

export interface SecretSource {
  /** `env:NAME` or `file:/absolute/path`. */
  readonly from: string;
  /** A member of the secret's JSON object; `null`: the whole. */
  readonly key: string | null;
}

export interface HttpProps {
  readonly type: "http";
  readonly path: string;
  /** `null`: all. */
  readonly methods: readonly string[] | null;
  readonly cors: CorsProps | null;
  /** `null`: a free one, kept. */
  readonly port: number | null;
}
export interface CorsProps {
  readonly origins: readonly string[];
  readonly methods: readonly string[] | null;
  readonly headers: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAge: number | null;
  readonly credentials: boolean;
}
export interface ScheduleProps {
  readonly type: "schedule";
  readonly cron: string | null;
  readonly everySeconds: number | null;
  readonly timezone: string;
  readonly data: Json;
}
interface Delivery {
  /** Absolute. */
  readonly folder: string;
  /** How often a failed event is delivered again. */
  readonly attempts: number;
  /** A queue's folder, absolute. */
  readonly deadLetter: string | null;
}
export interface QueueProps extends Delivery {
  readonly type: "queue";
  readonly batch: { readonly size: number; readonly windowSeconds: number };
  /** Batches at a time; `null`: as many as the workers take. */
  readonly maxConcurrency: number | null;
  readonly ordered: boolean;
}
export interface TopicProps extends Delivery {
  readonly type: "topic";
  /** Attribute -> values, one of which it must have. */
  readonly filter: { readonly [attribute: string]: readonly string[] };
}
export interface ObjectStorageProps extends Delivery {
  readonly type: "object-storage";
  readonly events: readonly ("created" | "deleted")[];
  readonly filter: { readonly prefix: string; readonly suffix: string };
}

export type TriggerSettings = HttpProps | ScheduleProps | QueueProps | TopicProps | ObjectStorageProps;

/** One trigger; `settings` differ by type. */
export interface TriggerProps {
  readonly trigger: string;
  readonly settings: TriggerSettings;
}
