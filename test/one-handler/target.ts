/**
 * One sealed package on every target: what a driver has to do, so that a table of calls can be asked of all of them. A further target
 * is one more file like `google-cloud-functions.ts`, and a line in `targets.ts`.
 */
import type { Digest } from "fnpkg/adapter";

/** What is deployed: the package's file, and the part of the configuration that is the same everywhere. */
export interface Deployment {
  readonly package: string;
  readonly settings: { readonly [key: string]: unknown };
  /** A folder of its own, which is removed afterwards. */
  readonly folder: string;
}

export interface Call {
  readonly method: string;
  /** With its query, as it goes over the wire. */
  readonly path: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** It began and was broken off. */
  readonly broken?: boolean;
}

/** What happens at a trigger's source. */
export type Happening =
  | {
      readonly type: "message";
      readonly trigger: string;
      readonly id: string;
      readonly body: string | Uint8Array;
      readonly contentType?: string;
      readonly attributes?: { readonly [name: string]: string };
    }
  | { readonly type: "created"; readonly trigger: string; readonly id: string; readonly key: string; readonly size: number }
  | { readonly type: "deleted"; readonly trigger: string; readonly id: string; readonly key: string }
  | { readonly type: "schedule"; readonly trigger: string; readonly time: string };

export type Outcome = "handled" | "failed";

export interface Running {
  /** What the target says that it runs. */
  readonly packageDigest: Digest;
  /** Over the target's own way in. */
  call(call: Call): Promise<Answer>;
  /** As the target's own sources deliver: all at once where they can. One outcome for each. */
  deliver(happenings: readonly Happening[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

export interface Target {
  /** The adapter's. */
  readonly name: string;
  /** Tools that are not there: `skipped: needs …`. */
  readonly missing: readonly string[];
  /** What can't be brought about on loopback, with the reason. */
  readonly without?: { readonly [what in "bytes" | "schedule"]?: string };
  start(deployment: Deployment): Promise<Running>;
}

/** Names of what triggers are bound to: the same in all configurations. */
export const bound = { bucket: "acme-photos", queue: "jobs", topic: "orders" } as const;

const subscription = "00000000-0000-0000-0000-000000000000";
const arm = `/subscriptions/${subscription}/resourceGroups/acme/providers`;

/** `resources` for all targets. */
export const resources = {
  photos: {
    local: "./photos",
    "aws-lambda": `arn:aws:s3:::${bound.bucket}`,
    "google-cloud-functions": `projects/_/buckets/${bound.bucket}`,
    "azure-functions": `${arm}/Microsoft.Storage/storageAccounts/acme/blobServices/default/containers/${bound.bucket}`,
  },
  jobs: {
    local: "./jobs",
    "aws-lambda": `arn:aws:sqs:eu-west-1:123456789012:${bound.queue}`,
    "google-cloud-functions": `projects/acme-shop/topics/${bound.queue}`,
    "azure-functions": `${arm}/Microsoft.ServiceBus/namespaces/acme/queues/${bound.queue}`,
  },
  orders: {
    local: "./orders",
    "aws-lambda": `arn:aws:sns:eu-west-1:123456789012:${bound.topic}`,
    "google-cloud-functions": `projects/acme-shop/topics/${bound.topic}`,
    "azure-functions": `${arm}/Microsoft.ServiceBus/namespaces/acme/topics/${bound.topic}/subscriptions/tested`,
  },
} as const;

/** The whole configuration, for all targets. */
export function configurationOf(settings: Deployment["settings"]): object {
  return {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: "tested",
    package: { name: "acme/tested" },
    timeout: "20s",
    resources,
    identity: {
      "aws-lambda": "arn:aws:iam::123456789012:role/tested",
      "google-cloud-functions": "tested@acme-shop.iam.gserviceaccount.com",
    },
    targets: {
      local: { dataDir: "data" },
      "aws-lambda": { region: "eu-west-1", schedulerRole: "arn:aws:iam::123456789012:role/scheduler" },
      "google-cloud-functions": { project: "acme-shop", region: "europe-west1" },
      "azure-functions": {
        subscription,
        resourceGroup: "acme",
        region: "westeurope",
        storage: { account: "acme", container: "packages" },
      },
    },
    ...settings,
  };
}
