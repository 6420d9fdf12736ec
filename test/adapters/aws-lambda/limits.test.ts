import type { Cors, Json } from "fnpkg/adapter";
import { adapter as target } from "../../../adapters/aws-lambda/index.ts";
import { builders, holdsItsEdges, limit, many, missing, resolved, type Change, type Edges } from "../../engine/check-helper.ts";

const setup = { target, section: { region: "eu-west-1" }, identity: "arn:aws:iam::123456789012:role/thumbnail" };

const sqs = (name: string) => ({ resource: name, id: `arn:aws:sqs:eu-west-1:123456789012:${name}` });
const sns = (name: string) => ({ resource: name, id: `arn:aws:sns:eu-west-1:123456789012:${name}` });
const elsewhere = ({ resource, id }: { resource: string; id: string }) => ({
  resource,
  id: id.replace("eu-west-1", "us-east-1"),
});

const one = builders({
  queue: sqs("jobs").id,
  topic: sns("orders").id,
  container: "arn:aws:s3:::acme-photos",
  stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
});
type More<K extends keyof typeof one> = Parameters<(typeof one)[K]>[0];
const web = (more: More<"web">): Change => ({ triggers: [one.web(more)] });
const queue = (more: More<"queue">): Change => ({ triggers: [one.queue({ source: sqs("jobs"), ...more })] });
const fifo = (more: More<"queue">): Change => queue({ source: sqs("jobs.fifo"), ordered: true, ...more });
const topic = (more: More<"topic">): Change => ({ triggers: [one.topic(more)] });
const objects = (more: More<"objects">): Change => ({ triggers: [one.objects(more)] });
const stream = (more: More<"stream">): Change => ({ triggers: [one.stream(more)] });
const role = "arn:aws:iam::123456789012:role/scheduler";
const schedule = (more: More<"schedule">): Change => ({ section: { schedulerRole: role }, triggers: [one.schedule(more)] });
const attach = (id: Json): Change => resolved({ network: { ingress: "public", attach: { resource: "core", id } } });
const vpc = (subnets: number, groups: number): Change =>
  attach({
    subnets: Array.from({ length: subnets }, (_, i) => `subnet-${i}`),
    securityGroups: Array.from({ length: groups }, (_, i) => `sg-${i}`),
  });
const cors = (more: Partial<Cors>, trigger: More<"web"> = {}): Change =>
  web({ ...trigger, cors: { origins: ["https://app.acme.com"], ...more } });
const envOf = (length: number): Change => ({ resolved: { env: { DATA: "x".repeat(length) } } });
/** What surrounds the value: names, quotes, and what travels among the variables. */
const carried = JSON.stringify({
  DATA: "",
  FNPKG_BINDINGS: JSON.stringify({ function: "thumbnail", level: "info", secrets: [], timeout: 30, triggers: [["web", "http"]] }),
}).length;
const secret = (id: string, more: object = {}): Change => ({
  resolved: { secrets: { TOKEN: { ref: { resource: "token", id }, ...more } } },
});
const secretArn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3";
const ssm = "arn:aws:ssm:eu-west-1:123456789012:parameter/token";

const edges: Edges = {
  name: limit("/function", resolved({ deployment: "a".repeat(64) }), resolved({ deployment: "a".repeat(65) })),
  description: limit(
    "/description",
    resolved({ description: "d".repeat(256) }),
    resolved({ description: "d".repeat(257) }),
    "256 characters",
  ),
  timeout: limit("/timeout", resolved({ timeoutSeconds: 900 }), resolved({ timeoutSeconds: 3600 }), "900s"),
  ephemeralStorage: limit(
    "/ephemeralStorage",
    resolved({ ephemeralStorageMiB: 10240 }),
    resolved({ ephemeralStorageMiB: 511 }),
    "512Mi",
  ),
  identity: limit("/identity/aws-lambda", resolved({ identity: role }), resolved({ identity: "arn:aws:iam::1:user/me" })),
  "identity.required": {
    code: "E_TARGET",
    at: "/identity/aws-lambda",
    legal: {},
    illegal: { resolved: { identity: undefined as unknown as string } },
  },
  memory: limit("/memory", resolved({ memoryMiB: 10240 }), resolved({ memoryMiB: 10241 }), "10240Mi"),
  concurrency: limit("/concurrency/perInstance", resolved({ concurrency: 1 }), resolved({ concurrency: 2 }), "1"),
  "package.direct": limit(
    "/files",
    { sizes: { compressed: 52_428_800 } },
    { sizes: { compressed: 52_428_801 } },
    "52428800 bytes",
  ),
  "package.unpacked": limit(
    "/files",
    { sizes: { uncompressed: 262_144_000 } },
    { sizes: { uncompressed: 262_144_001 } },
    "262144000 bytes",
  ),
  cpu: limit("/cpu", resolved({ memoryMiB: 1769, cpu: 1 }), resolved({ memoryMiB: 2048, cpu: 1 }), "1.16"),
  "timeout.api-gateway": limit(
    "/timeout",
    { section: { http: "api-gateway" }, resolved: { timeoutSeconds: 30 } },
    { section: { http: "api-gateway" }, resolved: { timeoutSeconds: 31 } },
    "30s",
  ),
  "response.api-gateway": missing(
    "/signature/response",
    { manifest: { signature: { type: "http", response: "streaming" } } },
    { section: { http: "api-gateway" }, manifest: { signature: { type: "http", response: "streaming" } } },
  ),
  "response.profile": missing(
    "/signature/response",
    { manifest: { profile: "python", signature: { type: "http", response: "buffered" } } },
    { manifest: { profile: "python", signature: { type: "http", response: "streaming" } } },
  ),
  profile: missing("/profile", { manifest: { profile: "go" } }, { manifest: { profile: "docker" } }),
  "capability.background-work": missing(
    "/requires/capabilities/1",
    { manifest: { requires: { capabilities: ["tmp-write", "child-process"] } } },
    { manifest: { requires: { capabilities: ["tmp-write", "background-work"] } } },
  ),
  "capability.websocket": missing("/requires/capabilities/0", {}, { manifest: { requires: { capabilities: ["websocket"] } } }),
  "network.ingress": missing(
    "/network/ingress",
    { ...queue({}), ...resolved({ network: { ingress: "internal" } }) },
    resolved({ network: { ingress: "internal" } }),
  ),
  "env.name": limit("/env/A", resolved({ env: { AB: "1" } }), resolved({ env: { A: "1" } })),
  "env.reserved": {
    code: "E_RESERVED_ENV",
    at: "/env/_HANDLER",
    legal: resolved({ env: { HANDLER: "1" } }),
    illegal: resolved({ env: { _HANDLER: "1" } }),
  },
  "env.size": limit("/env", envOf(4096 - carried), envOf(4096 - carried + 1), "4096 bytes"),
  "secret.id": limit("/resources/token/aws-lambda", secret(secretArn), secret("projects/p/secrets/token")),
  "secret.version.ssm": limit("/secrets/TOKEN/version", secret(ssm, { version: "3" }), secret(ssm, { version: "v3" })),
  "tags.count": limit(
    "/tags",
    resolved({ tags: Object.fromEntries(many(42).map((key) => [key, ""])) }),
    resolved({ tags: Object.fromEntries(many(43).map((key) => [key, ""])) }),
    "42",
  ),
  "tag.key": limit(
    `/tags/${"k".repeat(129)}`,
    resolved({ tags: { ["k".repeat(128)]: "" } }),
    resolved({ tags: { ["k".repeat(129)]: "" } }),
  ),
  "tag.value": limit("/tags/team", resolved({ tags: { team: "v".repeat(256) } }), resolved({ tags: { team: "v".repeat(257) } })),
  "network.form": limit("/resources/core/aws-lambda", vpc(1, 1), attach("subnet-1"), "securityGroups and subnets"),
  "network.egress": missing(
    "/network/egress",
    resolved({ network: { ingress: "public", egress: "all" } }),
    resolved({ network: { ingress: "public", egress: "private" } }),
  ),
  "network.subnets": limit("/resources/core/aws-lambda/subnets", vpc(16, 1), vpc(17, 1), "16"),
  "network.securityGroups": limit("/resources/core/aws-lambda/securityGroups", vpc(1, 5), vpc(1, 6), "5"),
  "network.subnet": limit(
    "/resources/core/aws-lambda/subnets/0",
    vpc(1, 1),
    attach({ subnets: ["net-1"], securityGroups: ["sg-1"] }),
  ),
  "network.securityGroup": limit(
    "/resources/core/aws-lambda/securityGroups/0",
    vpc(1, 1),
    attach({ subnets: ["subnet-1"], securityGroups: ["group"] }),
  ),
  "http.auth": missing("/triggers/0/auth", web({ auth: "identity" }), web({ auth: "key" })),
  "http.caller": limit(
    "/triggers/0/callers/0",
    web({ auth: "identity", callers: ["c".repeat(2048)] }),
    web({ auth: "identity", callers: ["c".repeat(2049)] }),
  ),
  "cors.origins": limit(
    "/triggers/0/cors/origins",
    cors({ origins: many(100, "https://a") }),
    cors({ origins: many(101, "https://a") }),
    "100",
  ),
  "cors.origin": limit("/triggers/0/cors/origins/0", cors({ origins: ["o".repeat(253)] }), cors({ origins: ["o".repeat(254)] })),
  "cors.methods": limit(
    "/triggers/0/cors/methods",
    cors({ methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] }),
    cors({ methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"] }),
    "6",
  ),
  "cors.method": limit("/triggers/0/cors/methods/0", cors({ methods: ["DELETE"] }), cors({ methods: ["OPTIONS"] })),
  "cors.headers": limit("/triggers/0/cors/headers", cors({ headers: many(100) }), cors({ headers: many(101) }), "100"),
  "cors.exposeHeaders": limit(
    "/triggers/0/cors/exposeHeaders",
    cors({ exposeHeaders: many(100) }),
    cors({ exposeHeaders: many(101) }),
    "100",
  ),
  "cors.header": limit(
    "/triggers/0/cors/headers/0",
    cors({ headers: ["h".repeat(1024)] }),
    cors({ headers: ["h".repeat(1025)] }),
  ),
  "cors.maxAge": limit("/triggers/0/cors/maxAge", cors({ maxAgeSeconds: 86_400 }), cors({ maxAgeSeconds: 86_401 }), "86400s"),
  "cors.method.default": limit(
    "/triggers/0/methods/0",
    cors({}, { methods: ["DELETE", "OPTIONS"] }),
    cors({}, { methods: ["PROPFIND"] }),
  ),
  "http.caller.api-gateway": missing("/triggers/0/callers/0", web({ auth: "identity", callers: ["210987654321"] }), {
    section: { http: "api-gateway" },
    ...web({ auth: "identity", callers: ["210987654321"] }),
  }),
  "schedule.cron": {
    code: "E_CRON",
    at: "/triggers/0/cron",
    legal: schedule({ cron: "0 3 1,15 * *" }),
    illegal: schedule({ cron: "0 3 1,15 * MON" }),
  },
  "schedule.every": limit("/triggers/0/every", schedule({ everySeconds: 60 }), schedule({ everySeconds: 90 }), "60s or 120s"),
  "schedule.timezone": limit(
    "/triggers/0/timezone",
    schedule({ timezone: "z".repeat(50) }),
    schedule({ timezone: "z".repeat(51) }),
  ),
  "schedule.role": {
    code: "E_TARGET",
    at: "/targets/aws-lambda/schedulerRole",
    legal: schedule({}),
    illegal: { ...schedule({}), section: {} },
  },
  "schedule.data": limit(
    "/triggers/0/data",
    schedule({ data: "x".repeat(1_047_550) }),
    schedule({ data: "x".repeat(1_047_551) }),
    "1047552 bytes",
  ),
  "queue.source": limit(
    "/resources/jobs/aws-lambda",
    queue({}),
    queue({ source: { resource: "jobs", id: "projects/p/topics/jobs" } }),
  ),
  "queue.source.region": limit("/resources/jobs/aws-lambda", queue({}), queue({ source: elsewhere(sqs("jobs")) })),
  "queue.source.ordered": limit("/resources/jobs/aws-lambda", fifo({}), queue({ ordered: true })),
  "queue.source.unordered": limit("/resources/jobs.fifo/aws-lambda", fifo({}), fifo({ ordered: false })),
  "batch.size.fifo": limit("/triggers/0/batch/size", fifo({ batch: { size: 10 } }), fifo({ batch: { size: 11 } }), "10"),
  "batch.window.fifo": missing(
    "/triggers/0/batch/window",
    fifo({ batch: { size: 10, windowSeconds: 0 } }),
    fifo({ batch: { size: 10, windowSeconds: 1 } }),
  ),
  maxConcurrency: limit("/triggers/0/maxConcurrency", queue({ maxConcurrency: 2 }), queue({ maxConcurrency: 1 }), "2"),
  "batch.size": limit(
    "/triggers/0/batch/size",
    queue({ batch: { size: 10_000, windowSeconds: 1 } }),
    queue({ batch: { size: 10_001, windowSeconds: 1 } }),
    "10000",
  ),
  "batch.window": limit(
    "/triggers/0/batch/window",
    queue({ batch: { windowSeconds: 300 } }),
    queue({ batch: { windowSeconds: 301 } }),
    "300s",
  ),
  "batch.size.no-window": limit("/triggers/0/batch/size", queue({ batch: { size: 10 } }), queue({ batch: { size: 11 } }), "10"),
  "batch.window.large": limit(
    "/triggers/0/batch/window",
    queue({ batch: { size: 11, windowSeconds: 1 } }),
    queue({ batch: { size: 11, windowSeconds: 0 } }),
    "1s",
  ),
  "retry.attempts.async": limit(
    "/triggers/0/retry/attempts",
    topic({ retry: { attempts: 2 } }),
    objects({ retry: { attempts: 3 } }),
    "2",
  ),
  "retry.attempts.stream": limit(
    "/triggers/0/retry/attempts",
    stream({ retry: { attempts: 10_000 } }),
    stream({ retry: { attempts: 10_001 } }),
    "10000",
  ),
  parallelism: limit("/triggers/0/parallelism", stream({ parallelism: 10 }), stream({ parallelism: 11 }), "10"),
  "retry.attempts.queue": limit(
    "/triggers/0/retry/attempts",
    queue({ retry: { attempts: 999, deadLetter: sqs("dlq") } }),
    queue({ retry: { attempts: 1000, deadLetter: sqs("dlq") } }),
    "999",
  ),
  "retry.attempts.queue.endless": missing(
    "/triggers/0/retry/attempts",
    queue({ retry: { attempts: 3, deadLetter: sqs("dlq") } }),
    queue({ retry: { attempts: 3 } }),
  ),
  "deadLetter.queue": limit(
    "/resources/dlq.fifo/aws-lambda",
    queue({ retry: { deadLetter: sqs("dlq") } }),
    queue({ retry: { deadLetter: sqs("dlq.fifo") } }),
  ),
  "deadLetter.queue.region": limit(
    "/resources/dlq/aws-lambda",
    queue({ retry: { deadLetter: sqs("dlq") } }),
    queue({ retry: { deadLetter: elsewhere(sqs("dlq")) } }),
  ),
  "deadLetter.fifo": limit(
    "/resources/dlq/aws-lambda",
    fifo({ retry: { deadLetter: sqs("dlq.fifo") } }),
    fifo({ retry: { deadLetter: sqs("dlq") } }),
  ),
  deadLetter: limit(
    "/resources/dlq.fifo/aws-lambda",
    topic({ retry: { deadLetter: sns("dlq") } }),
    topic({ retry: { deadLetter: sqs("dlq.fifo") } }),
  ),
  "async.attempts": limit(
    "/triggers",
    { triggers: [one.topic({ retry: { attempts: 1 } }), one.objects({ retry: { attempts: 1 } })] },
    { triggers: [one.topic({ retry: { attempts: 1 } }), one.objects({ retry: { attempts: 2 } })] },
    "1",
  ),
  "async.deadLetters": limit(
    "/triggers",
    { triggers: [one.topic({ retry: { deadLetter: sqs("dlq") } }), one.objects({ retry: { deadLetter: sqs("dlq") } })] },
    { triggers: [one.topic({ retry: { deadLetter: sqs("dlq") } }), one.objects({ retry: { deadLetter: sqs("other") } })] },
    "1",
  ),
  "topic.source": limit("/resources/orders.fifo/aws-lambda", topic({}), topic({ source: sns("orders.fifo") })),
  "topic.source.region": limit("/resources/orders/aws-lambda", topic({}), topic({ source: elsewhere(sns("orders")) })),
  "filter.attributes": limit(
    "/triggers/0/filter/attributes",
    topic({ filter: { attributes: Object.fromEntries(many(5).map((name) => [name, ["a"]])) } }),
    topic({ filter: { attributes: Object.fromEntries(many(6).map((name) => [name, ["a"]])) } }),
    "5",
  ),
  "filter.combinations": limit(
    "/triggers/0/filter/attributes",
    topic({ filter: { attributes: { a: many(15), b: many(10) } } }),
    topic({ filter: { attributes: { a: many(151) } } }),
    "150",
  ),
  "object-storage.source": limit(
    "/resources/photos/aws-lambda",
    objects({}),
    objects({ source: { resource: "photos", id: "acme-photos" } }),
  ),
  "filter.prefix": limit(
    "/triggers/0/filter/prefix",
    objects({ filter: { prefix: "ä".repeat(512) } }),
    objects({ filter: { prefix: "ä".repeat(513) } }),
    "1024 bytes",
  ),
  "filter.suffix": limit(
    "/triggers/0/filter/suffix",
    objects({ filter: { suffix: "s".repeat(1024) } }),
    objects({ filter: { suffix: "s".repeat(1025) } }),
    "1024 bytes",
  ),
  "source.overlap": missing(
    "/triggers/1/filter",
    { triggers: [one.objects({ filter: { prefix: "in/" } }), one.objects({ name: "out", filter: { prefix: "out/" } })] },
    {
      triggers: [
        one.objects({ filter: { prefix: "in/" } }),
        one.objects({ name: "out", filter: { prefix: "in/a", suffix: ".jpg" } }),
      ],
    },
  ),
  "source.shared": missing(
    "/triggers/1/source",
    { triggers: [one.topic({}), one.topic({ name: "more", source: sns("more") })] },
    { triggers: [one.topic({}), one.topic({ name: "more" })] },
  ),
  "stream.source": limit(
    "/resources/clicks/aws-lambda",
    stream({
      source: { resource: "clicks", id: "arn:aws:dynamodb:eu-west-1:123456789012:table/clicks/stream/2026-01-01T00:00:00.000" },
    }),
    stream({ source: { resource: "clicks", id: "arn:aws:dynamodb:eu-west-1:123456789012:table/clicks" } }),
  ),
  "stream.source.region": limit(
    "/resources/clicks/aws-lambda",
    stream({}),
    stream({ source: { resource: "clicks", id: "arn:aws:kinesis:us-east-1:123456789012:stream/clicks" } }),
  ),
  "logs.retentionDays": limit(
    "/observability/logs/retentionDays",
    resolved({ logs: { level: "info", retentionDays: 3653 } }),
    resolved({ logs: { level: "info", retentionDays: 10 } }),
    "7 days or 14 days",
  ),
  "tracing.sampleRate": missing(
    "/observability/tracing/sampleRate",
    resolved({ tracing: { enabled: true } }),
    resolved({ tracing: { enabled: true, sampleRate: 0.1 } }),
  ),
};

holdsItsEdges(setup, edges);
