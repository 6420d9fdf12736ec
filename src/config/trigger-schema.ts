/** The schema of `triggers`: one strict object a type. */
import { z } from "zod";
import { count, duration, key, positive, resource, text, window } from "./scalars.ts";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "not a trigger's name: a lower-case letter, then up to 31 letters, digits and hyphens")
  .describe(
    "Unique among the triggers: a lower-case letter, then up to 31 letters, digits and hyphens. Stages merge triggers by it.",
  );
const source = (what: string) => resource.describe(`${what}: the name of an entry of \`resources\`.`);

const retry = key(
  z.strictObject({
    attempts: key(count, "How often a failed event is delivered again. Default: the target's own."),
    deadLetter: key(resource, "Where events go that failed for good: the name of an entry of `resources`. Default: nowhere."),
  }),
  "What happens to events that fail.",
);
const batch = key(
  z.strictObject({
    size: key(positive, "Most events in one batch, a count. Default: the target's own."),
    window: key(window, "How long to wait for a batch to fill, in s or m. Default: the target's own."),
  }),
  "How events are gathered before a call.",
);

const cors = key(
  z.strictObject({
    origins: z.array(text).min(1).describe("Origins that may call, such as `https://app.acme.com`; `*` is any."),
    methods: key(z.array(text), "Methods that may be used. Default: the trigger's."),
    headers: key(z.array(text), "Request headers that may be sent. Default: none beyond the simple ones."),
    exposeHeaders: key(z.array(text), "Response headers that scripts may read. Default: none beyond the simple ones."),
    maxAge: key(window, "How long a browser may keep the answer, in s or m. Default: the browser's own."),
    credentials: key(z.boolean(), "Whether cookies and credentials may be sent. Default: false.", false),
  }),
  "Cross-origin access. Default: none.",
);

/** The schema of each trigger type. */
export const triggerSchemas = {
  http: z.strictObject({
    name,
    type: z.literal("http").describe("HTTP requests. The package's signature is `http`."),
    path: key(
      z.string().regex(/^\//, 'a path begins with "/"'),
      "The pattern of paths that are served: `/thumb/{id}`, `/files/{rest*}`. Others are answered 404. Default: every path.",
      "/{rest*}",
    ),
    methods: key(
      z.array(z.string().regex(/^[A-Z]+$/, "methods are upper-case letters, such as GET")).min(1),
      "Methods that are served. Default: all.",
    ),
    auth: key(
      z.enum(["public", "identity", "key"]),
      "Who may call: `public` anyone, `identity` callers that the target itself authenticates, `key` holders of a function key (Azure only). Default: public.",
      "public",
    ),
    callers: key(
      z.array(text),
      "With `auth: identity`, who may call, in the target's own terms. Default: whom the target's own policies allow.",
    ),
    cors,
  }),
  schedule: z.strictObject({
    name,
    type: z.literal("schedule").describe("Calls at fixed times."),
    cron: key(text, "Five POSIX fields: minute, hour, day of month, month, day of week. Either this or `every`."),
    every: key(duration, "The interval between calls, in s or m. Either this or `cron`."),
    timezone: key(text, "The IANA zone that `cron` is read in. Default: UTC.", "UTC"),
    data: key(z.json(), "JSON that every event carries as `data.data`. Default: nothing."),
  }),
  queue: z.strictObject({
    name,
    type: z.literal("queue").describe("Messages of a queue."),
    source: source("The queue"),
    batch,
    retry,
    maxConcurrency: key(positive, "Most calls at a time from this queue, a count. Default: the target's own."),
    ordered: key(z.boolean(), "Whether the queue keeps order (FIFO, sessions). Default: false.", false),
  }),
  topic: z.strictObject({
    name,
    type: z.literal("topic").describe("Messages of a topic; every subscriber gets each one."),
    source: source("The topic"),
    filter: key(
      z.strictObject({
        attributes: z
          .record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
          .describe("Message attributes and the value, or the values, that each may have."),
      }),
      "Which messages are delivered. Default: all.",
    ),
    retry,
  }),
  "object-storage": z.strictObject({
    name,
    type: z.literal("object-storage").describe("Objects created or deleted in a container."),
    source: source("The bucket or container"),
    events: key(
      z.array(z.enum(["created", "deleted"])).min(1),
      "What is reported: `created`, `deleted` or both. Default: created.",
      ["created"],
    ),
    filter: key(
      z.strictObject({
        prefix: key(z.string(), "What an object's key must begin with. Default: anything."),
        suffix: key(z.string(), "What an object's key must end with. Default: anything."),
      }),
      "Which objects are reported. Default: all.",
    ),
    retry,
  }),
  stream: z.strictObject({
    name,
    type: z.literal("stream").describe("Records of a stream, in order within a partition."),
    source: source("The stream"),
    start: key(z.enum(["latest", "earliest"]), "Where a new deployment begins to read. Default: latest.", "latest"),
    batch,
    retry,
    parallelism: key(positive, "Calls at a time for one partition, a count. Default: the target's own."),
  }),
} as const;

export const triggerTypes = ["http", "schedule", "queue", "topic", "object-storage", "stream"] as const;
export type TriggerType = (typeof triggerTypes)[number];

const { http, schedule, queue, topic, stream } = triggerSchemas;
export const trigger = z.discriminatedUnion("type", [http, schedule, queue, topic, triggerSchemas["object-storage"], stream]);
export type TriggerInput = z.input<typeof trigger>;
export type TriggerOutput = z.output<typeof trigger>;
