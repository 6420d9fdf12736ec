/** Packages and configurations that the golden files stand for. */
import type {
  ContentInfo,
  HttpTrigger,
  PackageView,
  QueueTrigger,
  Resolved,
  Resource,
  ScheduleTrigger,
  Signature,
  Trigger,
} from "fnpkg/adapter";
import { sampleConfig, samplePackage } from "fnpkg/testing";
import { config as schema, type Section } from "../../../adapters/google-cloud-functions/config.ts";
import { translate } from "../../../adapters/google-cloud-functions/translate.ts";

export const content: ContentInfo = { digest: `sha256:${"c".repeat(64)}`, size: 1234, files: 3 };
const httpSignature: Signature = { type: "http" };
const eventSignature: Signature = { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] };

export const of = {
  topic: (name: string) => ({ resource: name, id: `projects/acme-shop/topics/${name}` }),
  bucket: (name: string) => ({ resource: name, id: `projects/_/buckets/${name}` }),
  secret: (name: string) => ({ resource: name, id: `projects/acme-shop/secrets/${name}` }),
};

export interface Given extends Partial<Omit<Resolved<Section>, "digest" | "section" | "triggers">> {
  readonly section?: object;
  readonly signature?: Signature;
  readonly dependencies?: PackageView["manifest"]["dependencies"];
  readonly triggers: readonly Trigger[];
}

export const account = "thumbnail@acme-shop.iam.gserviceaccount.com";
export const web: HttpTrigger = { type: "http", name: "web", path: "/{rest*}", auth: "public" };
export const tick: ScheduleTrigger = { type: "schedule", name: "tick", cron: "*/5 8-17 * * mon-fri", timezone: "Europe/Berlin" };
export const jobs: QueueTrigger = { type: "queue", name: "jobs", source: of.topic("jobs"), ordered: false };

export function inputOf({ section = {}, signature, dependencies, triggers, ...given }: Given) {
  const http = triggers.some(({ type }) => type === "http");
  const sample = samplePackage({ signature: signature ?? (http ? httpSignature : eventSignature) });
  return {
    pkg: dependencies === undefined ? sample : { ...sample, manifest: { ...sample.manifest, dependencies } },
    config: sampleConfig<Section>({
      target: "google-cloud-functions",
      section: schema.parse({ project: "acme-shop", region: "europe-west1", ...section }),
      deployment: "thumbnail-prod",
      function: "thumbnail",
      stage: "prod",
      base: "/",
      triggers,
      ...given,
    }),
  };
}

export function translated(given: Given): readonly Resource[] {
  return translate(inputOf(given), content);
}

const full = {
  description: "Makes thumbnails",
  env: { LOG_FORMAT: "json" },
  secrets: { DB: { ref: of.secret("db"), version: "3" }, API_TOKEN: { ref: of.secret("api-token") } },
  memoryMiB: 2048,
  cpu: 1,
  concurrency: 80,
  timeoutSeconds: 120,
  instances: { min: 1, max: 40 },
  network: { ingress: "internal", egress: "all", attach: { resource: "core", id: "core-connector" } },
  identity: account,
  logs: { level: "debug" },
  tags: { team: "media", cost: "42" },
} satisfies Partial<Given>;

export const lock = { path: "function/package-lock.json", format: "npm-3" };
const dependency = (name: string, direct: boolean, delivery: "embedded" | "referenced" | "bundled") => ({
  ecosystem: "npm" as const,
  name,
  version: "1.2.3",
  direct,
  delivery,
  artifacts: [{ digest: `sha512:${"a".repeat(128)}`, filename: "a.tgz" }],
});
export const referenced = { lock, packages: [dependency("@acme/a", true, "referenced"), dependency("b", false, "referenced")] };
export const embedded = { lock, packages: [dependency("@acme/a", true, "embedded")] };

export const cases: { readonly [name: string]: Given } = {
  "http-least": { triggers: [web] },
  "http-full": {
    ...full,
    section: { buildServiceAccount: "build@acme-shop.iam.gserviceaccount.com" },
    signature: { type: "http", response: "streaming" },
    triggers: [
      {
        ...web,
        path: "/thumb/{id}",
        methods: ["GET", "OPTIONS"],
        auth: "identity",
        callers: ["serviceAccount:shop@acme-shop.iam.gserviceaccount.com", "group:media@acme.com"],
        cors: { origins: ["https://app.acme.com"], headers: ["authorization"], maxAgeSeconds: 600, credentials: true },
      },
    ],
  },
  "queue-and-schedules": {
    ...full,
    network: {
      ingress: "public",
      egress: "private",
      attach: { resource: "core", id: { network: "core", subnetwork: "core-west" } },
    },
    section: { triggerServiceAccount: "events@acme-shop.iam.gserviceaccount.com", createTopics: true },
    triggers: [
      { ...jobs, retry: { attempts: 9, deadLetter: of.topic("jobs-dead") } },
      { ...tick, data: { mode: "sweep" } },
      { type: "schedule", name: "hourly", everySeconds: 3600, timezone: "Europe/Berlin" },
    ],
  },
  "topic-least": {
    triggers: [{ type: "topic", name: "orders", source: of.topic("orders"), filter: { attributes: { kind: ["new"] } } }],
  },
  "object-storage": {
    identity: account,
    triggers: [
      {
        type: "object-storage",
        name: "gone",
        source: of.bucket("acme-photos"),
        events: ["deleted"],
        filter: { prefix: "in/", suffix: ".jpg" },
        retry: { attempts: 0 },
      },
    ],
  },
  "schedule-alone": { identity: account, timeoutSeconds: 10, triggers: [tick] },
  "built-remotely": { dependencies: referenced, triggers: [web] },
  raw: {
    triggers: [web],
    raw: {
      "cloudfunctions.googleapis.com/Function": {
        buildConfig: { workerPool: "projects/acme-shop/locations/europe-west1/workerPools/private" },
        serviceConfig: { binaryAuthorizationPolicy: "default" },
      },
      "run.googleapis.com/Service": { invokerIamDisabled: true },
    },
  },
};
