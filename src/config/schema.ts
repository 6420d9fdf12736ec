/** The runtime configuration's schema, `function-config.yaml`, specVersion 1.0: what the operator writes. */
import { z } from "zod";
import { digest, envName, packageName } from "../package/manifest.ts";

const text = z.string().min(1);
const positive = z.int().positive();
const count = z.int().nonnegative();
/** `512Mi`, `2Gi`. */
const size = z.string().regex(/^[1-9]\d{0,6}(Mi|Gi)$/, 'a size: a whole number and Mi or Gi, such as "512Mi"');
/** `30s`, `15m`. */
const duration = z.string().regex(/^[1-9]\d{0,6}(s|m)$/, 'a time: a whole number and s or m, such as "30s"');
const window = z.string().regex(/^\d{1,7}(s|m)$/, 'a time: a whole number and s or m, such as "5s"');

/** Names an entry of `resources`. */
const resource = z.union([text, z.strictObject({ resource: text })]);
const secretRef = z.strictObject({ secret: resource, version: z.string().optional(), key: text.optional() });
const envValue = z.string({ error: (found) => (found.input === undefined ? "the value is missing" : `values are strings: put it in quotes`) });

const retry = z.strictObject({ attempts: count.optional(), deadLetter: resource.optional() });
const batch = z.strictObject({ size: positive.optional(), window: window.optional() });
const triggerName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "a trigger's name: a lower-case letter, then up to 31 letters, digits and hyphens");

const http = z.strictObject({
  name: triggerName,
  type: z.literal("http"),
  path: z.string().regex(/^\//, 'a path begins with "/"').optional(),
  methods: z.array(z.string().regex(/^[A-Z]+$/, "methods are upper-case")).min(1).optional(),
  auth: z.enum(["public", "identity", "key"]).optional(),
  callers: z.array(text).optional(),
  cors: z
    .strictObject({
      origins: z.array(text).min(1),
      methods: z.array(text).optional(),
      headers: z.array(text).optional(),
      exposeHeaders: z.array(text).optional(),
      maxAge: window.optional(),
      credentials: z.boolean().optional(),
    })
    .optional(),
});
const schedule = z.strictObject({
  name: triggerName,
  type: z.literal("schedule"),
  cron: text.optional(),
  every: duration.optional(),
  timezone: text.optional(),
  data: z.json().optional(),
});
const queue = z.strictObject({
  name: triggerName,
  type: z.literal("queue"),
  source: resource,
  batch: batch.optional(),
  retry: retry.optional(),
  maxConcurrency: positive.optional(),
  ordered: z.boolean().optional(),
});
const topic = z.strictObject({
  name: triggerName,
  type: z.literal("topic"),
  source: resource,
  filter: z.strictObject({ attributes: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])) }).optional(),
  retry: retry.optional(),
});
const objectStorage = z.strictObject({
  name: triggerName,
  type: z.literal("object-storage"),
  source: resource,
  events: z.array(z.enum(["created", "deleted"])).min(1).optional(),
  filter: z.strictObject({ prefix: z.string().optional(), suffix: z.string().optional() }).optional(),
  retry: retry.optional(),
});
const stream = z.strictObject({
  name: triggerName,
  type: z.literal("stream"),
  source: resource,
  start: z.enum(["latest", "earliest"]).optional(),
  batch: batch.optional(),
  retry: retry.optional(),
  parallelism: positive.optional(),
});
export const trigger = z.discriminatedUnion("type", [http, schedule, queue, topic, objectStorage, stream]);
export const triggerTypes = ["http", "schedule", "queue", "topic", "object-storage", "stream"] as const;
export type TriggerType = (typeof triggerTypes)[number];

/** One string, or a network's parts. */
const vendorId = z.union([text, z.record(z.string(), z.union([text, z.array(text)]))]);

const policy = z.strictObject({ requireDigest: z.boolean().optional(), requireSignature: z.boolean().optional() });
const scaling = z.strictObject({ min: count.optional(), max: positive.optional() });

/** What a stage or an override may change: everything but the document's identity. */
const settings = {
  description: z.string().max(256).optional(),
  env: z.record(envName, envValue).optional(),
  undeclaredEnv: z.enum(["error", "allow"]).optional(),
  secrets: z.record(envName, secretRef).optional(),
  services: z
    .record(z.string(), z.strictObject({ keys: z.record(z.string(), z.union([z.strictObject({ value: envValue }), secretRef])) }))
    .optional(),
  memory: size.optional(),
  cpu: z.number().positive().optional(),
  timeout: duration.optional(),
  ephemeralStorage: size.optional(),
  concurrency: z.strictObject({ perInstance: positive.optional() }).optional(),
  instances: scaling.optional(),
  architecture: z.enum(["x86_64", "arm64"]).optional(),
  runtime: z.string({ error: 'a runtime version in quotes, such as "22"' }).optional(),
  triggers: z.array(trigger).optional(),
  resources: z.record(z.string(), z.record(z.string(), vendorId)).optional(),
  network: z
    .strictObject({ ingress: z.enum(["public", "internal"]).optional(), egress: z.enum(["all", "private"]).optional(), attach: resource.optional() })
    .optional(),
  identity: z.record(z.string(), text).optional(),
  observability: z
    .strictObject({
      logs: z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).optional(), retentionDays: positive.optional() }).optional(),
      tracing: z.strictObject({ enabled: z.boolean().optional(), sampleRate: z.number().min(0).max(1).optional() }).optional(),
    })
    .optional(),
  tags: z.record(z.string(), z.string()).optional(),
  registries: z.strictObject({ npm: text.optional(), allow: z.array(text).optional() }).optional(),
  trust: z.strictObject({ keys: z.array(text), threshold: positive.optional(), required: z.boolean().optional() }).optional(),
  policy: policy.optional(),
} as const;

/** A target's section: the keys every target takes, and the adapter's own, which the adapter's schema checks. */
const target = z.looseObject({ endpoint: text.optional(), override: z.record(z.string(), z.unknown()).optional(), raw: z.record(z.string(), z.unknown()).optional() });

/** After the merge: what one target and one stage come to. */
export const merged = z.strictObject({
  specVersion: z.literal("1.0"),
  kind: z.literal("FunctionConfig"),
  function: z.string().regex(/^[a-z][a-z0-9-]{0,46}$/, "a function's name: a lower-case letter, then up to 46 letters, digits and hyphens"),
  package: z.strictObject({ name: packageName, version: text.optional(), digest: digest.optional() }),
  ...settings,
});

const stageName = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/, "a stage's name: a lower-case letter, then up to 15 letters, digits and hyphens");

/**
 * The document as written. Sections that are merge patches (`override`, `stages`) are checked after the merge, since
 * `null` deletes in them.
 */
export const config = z.strictObject({
  ...merged.shape,
  targets: z.record(z.string(), target).optional(),
  stages: z.record(stageName, z.looseObject({ targets: z.record(z.string(), z.looseObject({})).optional() })).optional(),
});

/** What the operator writes; also what `defineConfig` takes. */
export type FunctionConfig = z.input<typeof config>;
export type MergedConfig = z.output<typeof merged>;
export type TriggerInput = z.input<typeof trigger>;
