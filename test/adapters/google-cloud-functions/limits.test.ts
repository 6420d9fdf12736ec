import type { Json } from "fnpkg/adapter";
import { adapter as target } from "../../../adapters/google-cloud-functions/index.ts";
import { builders, holdsItsEdges, limit, many, missing, resolved, type Change, type Edges } from "../../engine/check-helper.ts";

const setup = {
  target,
  section: { project: "my-project", region: "europe-west1" },
  identity: "thumbnail@my-project.iam.gserviceaccount.com",
};

const topicOf = (name: string) => ({ resource: name, id: `projects/my-project/topics/${name}` });
const wrong = { resource: "wrong", id: "arn:aws:sqs:eu-west-1:123456789012:jobs" };
const one = builders({
  queue: topicOf("jobs").id,
  topic: topicOf("orders").id,
  container: "projects/_/buckets/acme-photos",
  stream: "projects/my-project/topics/clicks",
});
type More<K extends keyof typeof one> = Parameters<(typeof one)[K]>[0];
const web = (more: More<"web">): Change => ({ triggers: [one.web(more)] });
const queue = (more: More<"queue">, and: Change = {}): Change => ({ triggers: [one.queue(more)], ...and });
const schedule = (more: More<"schedule">, and: Change = {}): Change => ({ triggers: [one.schedule(more)], ...and });
const attach = (id: Json): Change => resolved({ network: { ingress: "public", attach: { resource: "core", id } } });
const secret = (id: string, more: object = {}): Change =>
  resolved({ secrets: { TOKEN: { ref: { resource: "token", id }, ...more } } });
const token = "projects/my-project/secrets/token";
const size = (memoryMiB: number, cpu?: number): Change => resolved({ memoryMiB, ...(cpu === undefined ? {} : { cpu }) });
const timeout = (timeoutSeconds: number, change: Change): Change => ({ ...change, resolved: { timeoutSeconds } });
const env = (count: number): Change => resolved({ env: Object.fromEntries(many(count, "N").map((name) => [name, "1"])) });
const labels = (count: number): Change => resolved({ tags: Object.fromEntries(many(count).map((key) => [key, ""])) });
const at = "google-cloud-functions";

const edges: Edges = {
  name: limit("/function", resolved({ deployment: "a".repeat(49) }), resolved({ deployment: "a".repeat(50) })),
  concurrency: limit(
    "/concurrency/perInstance",
    resolved({ cpu: 1, concurrency: 1000 }),
    resolved({ cpu: 1, concurrency: 1001 }),
    "1000",
  ),
  profile: missing("/profile", { manifest: { profile: "python" } }, { manifest: { profile: "docker" } }),
  "source.further": missing(
    "/triggers/2",
    { triggers: [one.queue(), one.schedule(), one.schedule({ name: "tock" })] },
    { triggers: [one.queue(), one.schedule(), one.topic()] },
  ),
  "events.count": missing(
    "/triggers/0/events",
    { triggers: [one.objects({ events: ["deleted"] })] },
    { triggers: [one.objects({ events: ["created", "deleted"] })] },
  ),
  "timeout.http": limit("/timeout", timeout(3600, {}), timeout(3601, {}), "3600s"),
  "timeout.event": limit("/timeout", timeout(540, queue({})), timeout(541, queue({})), "540s"),
  "timeout.schedule": limit("/timeout", timeout(1800, schedule({})), timeout(1801, schedule({})), "1800s"),
  "identity.schedule": {
    code: "E_TARGET",
    at: `/identity/${at}`,
    legal: schedule(
      {},
      { section: { triggerServiceAccount: setup.identity }, resolved: { identity: undefined as unknown as string } },
    ),
    illegal: schedule({}, { resolved: { identity: undefined as unknown as string } }),
  },
  memory: limit("/memory", size(128), size(127), "128Mi"),
  "memory.most.0.5-": limit("/memory", size(512, 0.499), size(513, 0.499), "512Mi"),
  "memory.most.1-": limit("/memory", size(1024, 0.999), size(1025, 0.5), "1024Mi"),
  "memory.most.1": limit("/memory", size(4096, 1), size(4097, 1), "4096Mi"),
  "memory.most.2": limit("/memory", size(8192, 2), size(8193, 2), "8192Mi"),
  "memory.most.4": limit("/memory", size(16_384, 4), size(16_385, 4), "16384Mi"),
  "memory.most.6": limit("/memory", size(24_576, 6), size(24_577, 6), "24576Mi"),
  ephemeralStorage: missing("/ephemeralStorage", {}, resolved({ ephemeralStorageMiB: 512 })),
  "cpu.fraction": limit("/cpu", size(128, 0.08), size(128, 0.0799), "0.08"),
  "cpu.whole": limit("/cpu", size(4096, 8), size(4096, 3), "2 or 4"),
  "memory.least.4": limit("/memory", size(2048, 4), size(2047, 4), "2048Mi"),
  "memory.least.6": limit("/memory", size(4096, 6), size(4095, 6), "4096Mi"),
  "memory.least.8": limit("/memory", size(4096, 8), size(4095, 8), "4096Mi"),
  "concurrency.fraction": limit("/concurrency/perInstance", resolved({ cpu: 0.5 }), resolved({ cpu: 0.5, concurrency: 2 }), "1"),
  "concurrency.default-cpu": limit(
    "/concurrency/perInstance",
    resolved({ memoryMiB: 2048, concurrency: 80 }),
    resolved({ memoryMiB: 1024, concurrency: 80 }),
    "1",
  ),
  architecture: missing("/architecture", {}, resolved({ architecture: "arm64" })),
  "capability.background-work": missing(
    "/requires/capabilities/0",
    { manifest: { requires: { capabilities: ["tmp-write", "child-process"] } } },
    { manifest: { requires: { capabilities: ["background-work"] } } },
  ),
  "capability.websocket": missing("/requires/capabilities/0", {}, { manifest: { requires: { capabilities: ["websocket"] } } }),
  "env.count": limit("/env", env(1000), env(1001), "1000"),
  "env.value.bytes": limit(
    "/env/BIG",
    resolved({ env: { BIG: "x".repeat(32_768) } }),
    resolved({ env: { BIG: "é".repeat(16_385) } }),
    "32768 bytes",
  ),
  "env.reserved": {
    code: "E_RESERVED_ENV",
    at: "/env/GCP_PROJECT",
    legal: resolved({ env: { GCP_PROJECTS: "1" } }),
    illegal: resolved({ env: { GCP_PROJECT: "1" } }),
  },
  "secret.id": limit(`/resources/token/${at}`, secret(token), secret("token")),
  "secret.version": limit("/secrets/TOKEN/version", secret(token, { version: "1" }), secret(token, { version: "0" })),
  "secret.key": missing("/secrets/TOKEN/key", secret(token), secret(token, { key: "password" })),
  "tags.count": limit("/tags", labels(49), labels(50), "49"),
  "tag.key": limit("/tags/Team", resolved({ tags: { ["k".repeat(63)]: "" } }), resolved({ tags: { Team: "media" } })),
  "tag.value": limit("/tags/team", resolved({ tags: { team: "v".repeat(63) } }), resolved({ tags: { team: "v".repeat(64) } })),
  identity: limit(`/identity/${at}`, {}, resolved({ identity: "me@example.com" })),
  "network.form": limit(
    `/resources/core/${at}`,
    attach({ network: "core", subnetwork: "west" }),
    attach({ subnets: [], securityGroups: [] }),
    "one string or network and subnetwork",
  ),
  "network.attach": limit(
    `/resources/core/${at}`,
    attach("projects/my-project/locations/europe-west1/connectors/core"),
    attach("Core"),
  ),
  "network.network": limit(
    `/resources/core/${at}/network`,
    attach({ network: "n".repeat(63), subnetwork: "west" }),
    attach({ network: "n".repeat(64), subnetwork: "west" }),
  ),
  "network.subnetwork": limit(
    `/resources/core/${at}/subnetwork`,
    attach({ network: "core", subnetwork: "s".repeat(63) }),
    attach({ network: "core", subnetwork: "west-" }),
  ),
  "network.egress": missing(
    "/network/egress",
    resolved({ network: { ingress: "public", egress: "private", attach: { resource: "core", id: "core" } } }),
    resolved({ network: { ingress: "public", egress: "private" } }),
  ),
  "http.auth": missing("/triggers/0/auth", web({ auth: "identity" }), web({ auth: "key" })),
  "http.caller": limit(
    "/triggers/0/callers/0",
    web({ auth: "identity", callers: ["group:shop@acme.com"] }),
    web({ auth: "identity", callers: ["allUsers"] }),
  ),
  "schedule.every": limit("/triggers/0/every", schedule({ everySeconds: 360 }), schedule({ everySeconds: 420 }), "360s or 600s"),
  "schedule.data": limit(
    "/triggers/0/data",
    schedule({ data: "x".repeat(997_998) }),
    schedule({ data: "x".repeat(997_999) }),
    "998000 bytes",
  ),
  "trigger.stream": missing("/triggers/0/type", queue({}), { triggers: [one.stream()] }),
  "queue.source": limit(`/resources/wrong/${at}`, queue({}), queue({ source: wrong })),
  "topic.source": limit(`/resources/wrong/${at}`, { triggers: [one.topic()] }, { triggers: [one.topic({ source: wrong })] }),
  "batch.size": missing("/triggers/0/batch/size", queue({ batch: { size: 1 } }), queue({ batch: { size: 2 } })),
  "batch.window": missing(
    "/triggers/0/batch/window",
    queue({ batch: { windowSeconds: 0 } }),
    queue({ batch: { windowSeconds: 1 } }),
  ),
  maxConcurrency: missing("/triggers/0/maxConcurrency", queue({}), queue({ maxConcurrency: 5 })),
  ordered: missing("/triggers/0/ordered", queue({}), queue({ ordered: true })),
  "retry.attempts": limit(
    "/triggers/0/retry/attempts",
    queue({ retry: { attempts: 0 } }),
    queue({ retry: { attempts: 3 } }),
    "0",
  ),
  "retry.attempts.deadLetter": limit(
    "/triggers/0/retry/attempts",
    queue({ retry: { attempts: 4, deadLetter: topicOf("dead") } }),
    queue({ retry: { attempts: 3, deadLetter: topicOf("dead") } }),
    "4",
  ),
  deadLetter: limit(
    `/resources/wrong/${at}`,
    queue({ retry: { deadLetter: topicOf("dead") } }),
    queue({ retry: { deadLetter: wrong } }),
  ),
  "object-storage.source": limit(
    `/resources/wrong/${at}`,
    { triggers: [one.objects()] },
    { triggers: [one.objects({ source: wrong })] },
  ),
  "logs.retentionDays": missing(
    "/observability/logs/retentionDays",
    {},
    resolved({ logs: { level: "info", retentionDays: 30 } }),
  ),
  tracing: missing(
    "/observability/tracing/enabled",
    resolved({ tracing: { enabled: true } }),
    resolved({ tracing: { enabled: false } }),
  ),
  "tracing.sampleRate": missing("/observability/tracing/sampleRate", {}, resolved({ tracing: { sampleRate: 0.1 } })),
};

holdsItsEdges(setup, edges);
