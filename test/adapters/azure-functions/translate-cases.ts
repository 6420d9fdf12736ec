/** Packages and configurations that the golden files stand for. */
import type { ContentInfo, HttpTrigger, Resolved, Resource, Signature, Trigger } from "fnpkg/adapter";
import { sampleConfig, samplePackage } from "fnpkg/testing";
import { config as schema, type Section } from "../../../adapters/azure-functions/config.ts";
import { translate } from "../../../adapters/azure-functions/translate.ts";

export const content: ContentInfo = { digest: `sha256:${"c".repeat(64)}`, size: 1234, files: 3 };
export const httpSignature: Signature = { type: "http" };
export const eventSignature: Signature = { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] };

const subscription = "00000000-0000-0000-0000-000000000000";
export const least = {
  subscription,
  resourceGroup: "acme",
  region: "westeurope",
  storage: { account: "acme", container: "packages" },
};
export const arm = (rest: string) => `/subscriptions/${subscription}/resourceGroups/acme/providers/${rest}`;
const ref = (resource: string, rest: string) => ({ resource, id: arm(rest) });

export const of = {
  queue: (name: string, account = "acme") =>
    ref(name, `Microsoft.Storage/storageAccounts/${account}/queueServices/default/queues/${name}`),
  busQueue: (name: string) => ref(name, `Microsoft.ServiceBus/namespaces/acme-bus/queues/${name}`),
  topic: (name: string, by: string) => ref(name, `Microsoft.ServiceBus/namespaces/acme-bus/topics/${name}/subscriptions/${by}`),
  container: (name: string) => ref(name, `Microsoft.Storage/storageAccounts/photos/blobServices/default/containers/${name}`),
  hub: (name: string) => ref(name, `Microsoft.EventHub/namespaces/acme-hubs/eventhubs/${name}`),
};

export interface Given extends Partial<Omit<Resolved<Section>, "digest" | "section" | "triggers">> {
  readonly section?: object;
  readonly signature?: Signature;
  readonly triggers: readonly Trigger[];
}

export const identity = arm("Microsoft.ManagedIdentity/userAssignedIdentities/thumbnail");
export const insights = arm("Microsoft.Insights/components/acme");
export const web: HttpTrigger = { type: "http", name: "web", path: "/{rest*}", auth: "public" };

export function inputOf({ section = {}, signature, triggers, ...given }: Given) {
  const http = triggers.some(({ type }) => type === "http");
  return {
    pkg: samplePackage({ signature: signature ?? (http ? httpSignature : eventSignature) }),
    config: sampleConfig<Section>({
      target: "azure-functions",
      section: schema.parse({ ...least, ...section }),
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

export const everything: readonly Trigger[] = [
  { type: "schedule", name: "tick", cron: "*/5 8-17 * * MON-FRI", timezone: "UTC", data: { mode: "sweep" } },
  { type: "schedule", name: "often", everySeconds: 10, timezone: "UTC" },
  { type: "queue", name: "jobs", source: of.queue("jobs"), ordered: false, retry: { attempts: 3 } },
  { type: "queue", name: "others", source: of.queue("jobs", "elsewhere"), ordered: false },
  { type: "queue", name: "in-order", source: of.busQueue("jobs"), ordered: true },
  {
    type: "topic",
    name: "orders",
    source: of.topic("orders", "thumbnail"),
    filter: { attributes: { kind: ["new", "changed"] } },
  },
  {
    type: "object-storage",
    name: "up",
    source: of.container("photos"),
    events: ["created"],
    filter: { prefix: "in/", suffix: ".jpg" },
    retry: { attempts: 3 },
  },
  { type: "object-storage", name: "gone", source: of.container("photos"), events: ["deleted", "created"] },
  {
    type: "stream",
    name: "clicks",
    source: of.hub("clicks"),
    start: "latest",
    batch: { size: 50, windowSeconds: 90 },
    retry: { attempts: 5 },
  },
];

const full = {
  description: "Makes thumbnails",
  env: { LOG_FORMAT: "json" },
  secrets: {
    API_TOKEN: { ref: { resource: "t", id: "https://acme.vault.azure.net/secrets/api-token" } },
    DB: {
      ref: { resource: "d", id: "https://acme.vault.azure.net/secrets/db/" },
      version: "0123456789abcdef0123456789abcdef",
    },
  },
  memoryMiB: 2048,
  timeoutSeconds: 200,
  concurrency: 8,
  instances: { min: 2, max: 40 },
  network: {
    ingress: "internal",
    attach: { resource: "core", id: arm("Microsoft.Network/virtualNetworks/core/subnets/functions") },
  },
  logs: { level: "debug" },
  tracing: { enabled: true, sampleRate: 0.1 },
  tags: { team: "media", cost: "42" },
} satisfies Partial<Given>;

export const cases: { readonly [name: string]: Given } = {
  "http-least": { triggers: [web] },
  "http-full": {
    ...full,
    identity,
    section: { app: "acme-thumbs", plan: "acme-plan", assignRoles: true, applicationInsights: insights },
    signature: { type: "http", response: "streaming" },
    triggers: [
      {
        ...web,
        path: "/thumb/{id}",
        methods: ["GET"],
        auth: "key",
        cors: { origins: ["https://app.acme.com"], headers: ["authorization"], maxAgeSeconds: 600, credentials: true },
      },
    ],
  },
  "events-full": {
    ...full,
    section: { applicationInsights: insights },
    triggers: everything,
  },
  "events-own-roles": { section: { assignRoles: true }, triggers: everything },
  "events-china": { identity, section: { region: "chinanorth3", assignRoles: true }, triggers: everything },
  raw: {
    triggers: [web],
    raw: {
      "Microsoft.Web/sites": { properties: { siteConfig: { http20Enabled: true }, endToEndEncryptionEnabled: true } },
      "Microsoft.Web/serverfarms": { properties: { zoneRedundant: true } },
    },
  },
};
