import { adapter as target } from "../../../adapters/azure-functions/index.ts";
import { builders, holdsItsEdges, limit, many, missing, resolved, type Change, type Edges } from "../../engine/check-helper.ts";

const setup = {
  target,
  section: {
    subscription: "00000000-0000-0000-0000-000000000000",
    resourceGroup: "acme",
    region: "westeurope",
    storage: { account: "acme", container: "packages" },
  },
};

const arm = (rest: string) => `/subscriptions/s/resourceGroups/acme/providers/${rest}`;
const busQueue = { resource: "bus", id: arm("Microsoft.ServiceBus/namespaces/acme/queues/jobs") };
const storageQueue = { resource: "jobs", id: arm("Microsoft.Storage/storageAccounts/acme/queueServices/default/queues/jobs") };
const otherQueue = { resource: "more", id: `${storageQueue.id}-more` };
const otherHub = { resource: "hub", id: arm("Microsoft.EventHub/namespaces/acme/eventhubs/orders") };
const wrong = { resource: "wrong", id: "projects/my-project/topics/jobs" };
const one = builders({
  queue: storageQueue.id,
  topic: arm("Microsoft.ServiceBus/namespaces/acme/topics/orders/subscriptions/thumbnail"),
  container: arm("Microsoft.Storage/storageAccounts/acme/blobServices/default/containers/photos"),
  stream: arm("Microsoft.EventHub/namespaces/acme/eventhubs/clicks"),
});
type More<K extends keyof typeof one> = Parameters<(typeof one)[K]>[0];
const web = (more: More<"web">): Change => ({ triggers: [one.web(more)] });
const queue = (more: More<"queue">): Change => ({ triggers: [one.queue(more)] });
const schedule = (more: More<"schedule">): Change => ({ triggers: [one.schedule(more)] });
const secret = (id: string, more: object = {}): Change =>
  resolved({ secrets: { TOKEN: { ref: { resource: "token", id }, ...more } } });
const token = "https://acme.vault.azure.net/secrets/token";
const tags = (count: number): Change => resolved({ tags: Object.fromEntries(many(count).map((key) => [key, ""])) });
const attach = (id: string): Change => resolved({ network: { ingress: "internal", attach: { resource: "core", id } } });
const subnet = arm("Microsoft.Network/virtualNetworks/core/subnets/functions");
const at = "azure-functions";

const edges: Edges = {
  name: limit(
    "/function",
    { section: { app: "acme-thumbs" }, resolved: { deployment: "a".repeat(64) } },
    resolved({ deployment: "a".repeat(61) }),
  ),
  description: limit(
    "/description",
    resolved({ description: "d".repeat(256) }),
    resolved({ description: "d".repeat(257) }),
    "256",
  ),
  profile: missing("/profile", { manifest: { profile: "go" } }, { manifest: { profile: "docker" } }),
  identity: limit(
    `/identity/${at}`,
    resolved({ identity: arm("Microsoft.ManagedIdentity/userAssignedIdentities/thumbnail") }),
    resolved({ identity: "thumbnail@my-project.iam.gserviceaccount.com" }),
  ),
  memory: limit("/memory", resolved({ memoryMiB: 4096 }), resolved({ memoryMiB: 1024 }), "512Mi or 2048Mi"),
  "cpu.512": limit("/cpu", resolved({ cpu: 0.25 }), resolved({ cpu: 1 }), "0.25"),
  "cpu.2048": limit("/cpu", resolved({ memoryMiB: 2048, cpu: 1 }), resolved({ memoryMiB: 2048, cpu: 2 }), "1"),
  "cpu.4096": limit("/cpu", resolved({ memoryMiB: 4096, cpu: 2 }), resolved({ memoryMiB: 4096, cpu: 4 }), "2"),
  "instances.max": limit(
    "/instances/max",
    resolved({ instances: { max: 1000 } }),
    resolved({ instances: { max: 1001 } }),
    "1000",
  ),
  architecture: missing("/architecture", {}, resolved({ architecture: "arm64" })),
  "timeout.http": limit("/timeout", resolved({ timeoutSeconds: 230 }), resolved({ timeoutSeconds: 231 }), "230s"),
  ephemeralStorage: missing("/ephemeralStorage", {}, resolved({ ephemeralStorageMiB: 512 })),
  "capability.background-work": missing(
    "/requires/capabilities/0",
    { manifest: { requires: { capabilities: ["tmp-write", "child-process"] } } },
    { manifest: { requires: { capabilities: ["background-work"] } } },
  ),
  "capability.websocket": missing("/requires/capabilities/0", {}, { manifest: { requires: { capabilities: ["websocket"] } } }),
  concurrency: limit("/concurrency/perInstance", resolved({ concurrency: 1000 }), resolved({ concurrency: 1001 }), "1000"),
  "concurrency.storage-queue": limit(
    "/concurrency/perInstance",
    { ...queue({}), resolved: { concurrency: 32 } },
    { ...queue({}), resolved: { concurrency: 33 } },
    "32",
  ),
  "response.profile": missing(
    "/signature/response",
    { manifest: { signature: { type: "http", response: "streaming" } } },
    { manifest: { profile: "java", signature: { type: "http", response: "streaming" } } },
  ),
  "env.name": limit("/env/A__B", resolved({ env: { A_B: "1" } }), resolved({ env: { A__B: "1" } })),
  "env.reserved": {
    code: "E_RESERVED_ENV",
    at: "/env/AzureWebJobsStorage",
    legal: resolved({ env: { AzureWebJob: "1" } }),
    illegal: resolved({ env: { AzureWebJobsStorage: "1" } }),
  },
  "env.timezone": missing("/env/TZ", resolved({ env: { ZONE: "Europe/Berlin" } }), resolved({ env: { TZ: "Europe/Berlin" } })),
  "secret.id": limit(`/resources/token/${at}`, secret(token), secret(`${token}/0123456789abcdef0123456789abcdef`)),
  "secret.version": limit(
    "/secrets/TOKEN/version",
    secret(token, { version: "0123456789abcdef0123456789abcdef" }),
    secret(token, { version: "1" }),
  ),
  "secret.key": missing("/secrets/TOKEN/key", secret(token), secret(token, { key: "password" })),
  "tags.count": limit("/tags", tags(42), tags(43), "42"),
  "tag.key": limit("/tags/a?", resolved({ tags: { ["k".repeat(512)]: "" } }), resolved({ tags: { "a?": "" } })),
  "tag.value": limit("/tags/team", resolved({ tags: { team: "v".repeat(256) } }), resolved({ tags: { team: "v".repeat(257) } })),
  "network.form": limit(
    `/resources/core/${at}`,
    attach(subnet),
    resolved({ network: { ingress: "public", attach: { resource: "core", id: { subnets: ["subnet-1"] } } } }),
    "one string",
  ),
  "network.attach": limit(`/resources/core/${at}`, attach(subnet), attach("functions")),
  "network.egress": missing(
    "/network/egress",
    resolved({ network: { ingress: "public", egress: "all" } }),
    resolved({ network: { ingress: "public", egress: "private" } }),
  ),
  "http.auth": missing("/triggers/0/auth", web({ auth: "key" }), web({ auth: "identity" })),
  "http.method": limit("/triggers/0/methods/0", web({ methods: ["PATCH"] }), web({ methods: ["PATC"] }), "PATCH"),
  "http.path": limit("/triggers/0/path", web({ path: "/a/admin" }), web({ path: "/administration" })),
  "schedule.cron": {
    code: "E_CRON",
    at: "/triggers/0/cron",
    legal: schedule({ cron: "0 3 * * MON" }),
    illegal: schedule({ cron: "0 3 1 * MON" }),
  },
  "schedule.every": limit("/triggers/0/every", schedule({ everySeconds: 30 }), schedule({ everySeconds: 90 }), "60s or 120s"),
  "schedule.timezone": limit(
    "/triggers/0/timezone",
    schedule({ timezone: "Etc/UTC" }),
    schedule({ timezone: "Europe/Berlin" }),
    "UTC or Etc/UTC",
  ),
  "queue.source": limit(`/resources/wrong/${at}`, queue({ source: busQueue }), queue({ source: wrong })),
  "topic.source": limit(`/resources/wrong/${at}`, { triggers: [one.topic()] }, { triggers: [one.topic({ source: wrong })] }),
  "object-storage.source": limit(
    `/resources/wrong/${at}`,
    { triggers: [one.objects()] },
    { triggers: [one.objects({ source: wrong })] },
  ),
  "stream.source": limit(`/resources/wrong/${at}`, { triggers: [one.stream()] }, { triggers: [one.stream({ source: wrong })] }),
  "queue.source.ordered": limit(
    `/resources/jobs/${at}`,
    queue({ source: busQueue, ordered: true }),
    queue({ source: storageQueue, ordered: true }),
  ),
  "batch.size": missing("/triggers/0/batch/size", queue({ batch: { size: 1 } }), queue({ batch: { size: 2 } })),
  "batch.window": missing(
    "/triggers/0/batch/window",
    queue({ batch: { windowSeconds: 0 } }),
    queue({ batch: { windowSeconds: 1 } }),
  ),
  maxConcurrency: missing("/triggers/0/maxConcurrency", queue({}), queue({ maxConcurrency: 5 })),
  deadLetter: missing(
    "/triggers/0/retry/deadLetter",
    queue({ retry: {} }),
    queue({ retry: { deadLetter: { resource: "dlq", id: null } } }),
  ),
  "retry.attempts.queue": missing(
    "/triggers/0/retry/attempts",
    queue({ retry: { attempts: 3 } }),
    queue({ source: busQueue, retry: { attempts: 3 } }),
  ),
  "retry.attempts.topic": missing(
    "/triggers/0/retry/attempts",
    { triggers: [one.topic()] },
    { triggers: [one.topic({ retry: { attempts: 3 } })] },
  ),
  "queue.attempts": limit(
    "/triggers",
    {
      triggers: [one.queue({ retry: { attempts: 3 } }), one.queue({ name: "more", source: otherQueue, retry: { attempts: 3 } })],
    },
    {
      triggers: [one.queue({ retry: { attempts: 3 } }), one.queue({ name: "more", source: otherQueue, retry: { attempts: 4 } })],
    },
    "1",
  ),
  parallelism: missing(
    "/triggers/0/parallelism",
    { triggers: [one.stream({ parallelism: 1 })] },
    { triggers: [one.stream({ parallelism: 2 })] },
  ),
  "trigger.name": limit("/triggers/0/name", web({ name: "hosts" }), web({ name: "host" })),
  "streams.settings": limit(
    "/triggers",
    { triggers: [one.stream({ start: "earliest" }), one.stream({ name: "more", source: otherHub, start: "earliest" })] },
    { triggers: [one.stream({ start: "earliest" }), one.stream({ name: "more", source: otherHub, start: "latest" })] },
    "1",
  ),
  "batch.window.stream": limit(
    "/triggers/0/batch/window",
    { triggers: [one.stream({ batch: { size: 10, windowSeconds: 600 } })] },
    { triggers: [one.stream({ batch: { size: 10, windowSeconds: 601 } })] },
    "600s",
  ),
  "batch.size.stream": limit(
    "/triggers/0/batch/size",
    { triggers: [one.stream({ batch: { size: 3, windowSeconds: 1 } })] },
    { triggers: [one.stream({ batch: { size: 2, windowSeconds: 1 } })] },
    "3",
  ),
  "retry.attempts.object-storage": limit(
    "/triggers/0/retry/attempts",
    { triggers: [one.objects({ retry: { attempts: 29 } })] },
    { triggers: [one.objects({ retry: { attempts: 30 } })] },
    "29",
  ),
  "logs.retentionDays": missing(
    "/observability/logs/retentionDays",
    {},
    resolved({ logs: { level: "info", retentionDays: 30 } }),
  ),
  "tracing.required": {
    code: "E_TARGET",
    at: `/targets/${at}/applicationInsights`,
    legal: {
      section: { applicationInsights: arm("microsoft.insights/components/acme") },
      resolved: { tracing: { enabled: true } },
    },
    illegal: resolved({ tracing: { enabled: true } }),
  },
};

holdsItsEdges(setup, edges);
