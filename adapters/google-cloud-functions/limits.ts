/**
 * What Google Cloud Functions (2nd generation) takes. Each group of rows has one source; `checked` is the day it was read.
 * Not here: what only the project knows, such as its quota of instances. The vendor states no size of an archive.
 */
import type { FactCondition, Limit, Limits } from "fnpkg/adapter";

const checked = "2026-11-22";
type Row = Limit extends infer L ? (L extends Limit ? Omit<L, "source" | "checked"> : never) : never;
const from = (source: string, rows: readonly Row[]): Limit[] => rows.map((row) => ({ ...row, source, checked }));

const docs = "https://docs.cloud.google.com";
const proto = "@google-cloud/functions 4.2.2, google/cloud/functions/v2/functions.proto";
const cpuDocs = `${docs}/run/docs/configuring/services/cpu`;
const memoryDocs = `${docs}/run/docs/configuring/services/memory-limits`;

const topic = /^projects\/[^/\s]+\/topics\/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;
const events = ["queue", "topic", "object-storage"] as const;

const functionRows: readonly Limit[] = [
  ...from(proto, [
    {
      id: "name",
      type: "pattern",
      field: "deployment",
      pattern: /^[a-z][a-z0-9-]{2,47}[a-z0-9]$/,
      expected: "4 to 49 lower-case letters, digits and hyphens, a letter first and no hyphen last, such as thumbnail-prod",
    },
    {
      id: "concurrency",
      type: "range",
      field: "concurrency",
      min: 1,
      max: 1000,
    },
    {
      id: "profile",
      type: "missing",
      field: "profile",
      values: ["docker"],
      instead: "Package the function with a language's profile.",
      note: "it takes source, no images",
    },
    {
      id: "source.further",
      type: "missing",
      field: "source.further",
      instead: "Keep one source; deploy the package once more for the other.",
      note: "a function has one event source, besides any number of schedules",
    },
    {
      id: "events.count",
      type: "missing",
      field: "events.count",
      when: { fact: { field: "events.count", min: 2 } },
      instead: "Keep one kind of event; deploy the package once more for the other.",
      note: "a function's trigger has one event type",
    },
  ]),
  ...from(`${docs}/functions/quotas`, [
    {
      id: "timeout.http",
      type: "range",
      field: "timeout",
      min: 1,
      max: 3600,
      unit: "s",
      when: { trigger: "http" },
      note: "with an http trigger",
    },
    {
      id: "timeout.event",
      type: "range",
      field: "timeout",
      min: 1,
      max: 540,
      unit: "s",
      when: { trigger: events },
      note: "with an event source",
    },
  ]),
  ...from(`${docs}/scheduler/quotas`, [
    {
      id: "timeout.schedule",
      type: "range",
      field: "timeout",
      min: 1,
      max: 1800,
      unit: "s",
      when: { trigger: "schedule" },
      note: "with a schedule",
    },
  ]),
  ...from(`${docs}/scheduler/docs/http-target-auth`, [
    {
      id: "identity.schedule",
      type: "required",
      field: "identity",
      when: { trigger: "schedule", fact: { field: "section.triggerServiceAccount", absent: true } },
      at: "/identity/{target}",
      instead: "Name the service account that schedules call with under `identity`, or as `triggerServiceAccount`.",
    },
  ]),
  ...from(memoryDocs, [
    { id: "memory", type: "range", field: "memory", min: 128, max: 32_768, step: 1, unit: "MiB" },
    ...mostMemory("0.5-", { max: 0.499 }, 512, "less than 0.5 cpu"),
    ...mostMemory("1-", { min: 0.5, max: 0.999 }, 1024, "less than 1 cpu"),
    ...mostMemory("1", { is: [1] }, 4096, "1 cpu"),
    ...mostMemory("2", { is: [2] }, 8192, "2 cpu"),
    ...mostMemory("4", { is: [4] }, 16_384, "4 cpu"),
    ...mostMemory("6", { is: [6] }, 24_576, "6 cpu"),
    {
      id: "ephemeralStorage",
      type: "missing",
      field: "ephemeralStorage",
      instead: "Leave it out and raise `memory`: /tmp lies in memory.",
      note: "files count against memory",
    },
  ]),
  ...from(cpuDocs, [
    { id: "cpu.fraction", type: "range", field: "cpu", min: 0.08, max: 1, step: 0.001, when: { fact: { field: "cpu", max: 1 } } },
    { id: "cpu.whole", type: "choice", field: "cpu", values: [1, 2, 4, 6, 8], when: { fact: { field: "cpu", min: 1 } } },
    ...leastMemory(4, 2048),
    ...leastMemory(6, 4096),
    ...leastMemory(8, 4096),
    {
      id: "concurrency.fraction",
      type: "range",
      field: "concurrency",
      min: 1,
      max: 1,
      when: { fact: { field: "cpu", max: 0.999 } },
      note: "with less than 1 cpu",
    },
    {
      id: "concurrency.default-cpu",
      type: "range",
      field: "concurrency",
      min: 1,
      max: 1,
      when: {
        fact: [
          { field: "cpu", absent: true },
          { field: "memory", max: 1024 },
        ],
      },
      note: "without `cpu`, memory up to 1024Mi gets less than one; set `cpu: 1` or more",
    },
  ]),
  ...from(`${docs}/functions/docs/concepts/execution-environment`, [
    {
      id: "architecture",
      type: "missing",
      field: "architecture",
      values: ["arm64"],
      instead: "Use `architecture: x86_64`.",
      note: "it runs on x86_64 alone",
    },
    {
      id: "capability.background-work",
      type: "missing",
      field: "capability",
      values: ["background-work"],
      instead: "Finish the work within the call, with `waitUntil`.",
      note: "cpu is given during calls only",
    },
    {
      id: "capability.websocket",
      type: "missing",
      field: "capability",
      values: ["websocket"],
      instead: "Serve WebSockets from a container service.",
      note: "calls are single requests",
    },
  ]),
];

function mostMemory(name: string, cpu: Omit<FactCondition, "field">, most: number, note: string): Row[] {
  return [
    {
      id: `memory.most.${name}`,
      type: "range",
      field: "memory",
      min: 128,
      max: most,
      unit: "MiB",
      when: { fact: { field: "cpu", ...cpu } },
      note: `with ${note}`,
    },
  ];
}

function leastMemory(cpu: number, least: number): Row[] {
  return [
    {
      id: `memory.least.${cpu}`,
      type: "range",
      field: "memory",
      min: least,
      max: 32_768,
      unit: "MiB",
      when: { fact: { field: "cpu", is: [cpu] } },
      note: `with ${cpu} cpu`,
    },
  ];
}

const variableRows: readonly Limit[] = [
  ...from(`${docs}/run/docs/configuring/services/overview-environment-variables`, [
    { id: "env.count", type: "range", field: "env.count", max: 1000 },
    { id: "env.value.bytes", type: "range", field: "env.value.bytes", max: 32_768, unit: "bytes" },
    {
      id: "env.reserved",
      type: "reserved",
      field: "env.name",
      names: [
        "PORT",
        "K_SERVICE",
        "K_REVISION",
        "K_CONFIGURATION",
        "FUNCTION_TARGET",
        "FUNCTION_SIGNATURE_TYPE",
        "ENTRY_POINT",
        "GCP_PROJECT",
        "GCLOUD_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "EVENTARC_CLOUD_EVENT_SOURCE",
        "LOG_EXECUTION_ID",
      ],
      prefixes: ["X_GOOGLE_", "GOOGLE_NODE_", "GOOGLE_FUNCTION_", "FUNCTION_"],
    },
  ]),
  ...from(`${docs}/functions/docs/configuring/secrets`, [
    {
      id: "secret.id",
      type: "pattern",
      field: "secret.id",
      pattern: /^projects\/[^/\s]+\/secrets\/[A-Za-z0-9_-]{1,255}$/,
      expected: "a secret's name, such as projects/my-project/secrets/api-token",
    },
    {
      id: "secret.version",
      type: "pattern",
      field: "secret.version",
      pattern: /^(?:latest|[1-9]\d*)$/,
      expected: 'a version\'s number, or "latest"',
    },
    {
      id: "secret.key",
      type: "missing",
      field: "secret.key",
      instead: "Give each value a secret of its own.",
      note: "a secret is injected whole",
    },
  ]),
  ...from(`${docs}/resource-manager/docs/labels-overview`, [
    { id: "tags.count", type: "range", field: "tags.count", max: 49, note: "64, of which fnpkg's own marks take up to 15" },
    {
      id: "tag.key",
      type: "pattern",
      field: "tag.key",
      pattern: /^(?!goog|fnpkg|deployment-tool$)[a-z][a-z0-9_-]{0,62}$/,
      expected:
        "1 to 63 lower-case letters, digits, hyphens and underscores, a letter first, not beginning with goog or fnpkg, such as team",
    },
    {
      id: "tag.value",
      type: "pattern",
      field: "tag.value",
      pattern: /^[a-z0-9_-]{0,63}$/,
      expected: "up to 63 lower-case letters, digits, hyphens and underscores, such as media",
    },
  ]),
  ...from(`${docs}/functions/docs/securing/function-identity`, [
    {
      id: "identity",
      type: "pattern",
      field: "identity",
      pattern: /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/,
      expected: "a service account's email, such as thumbnail@my-project.iam.gserviceaccount.com",
    },
  ]),
];

const networkRows: readonly Limit[] = from(`${docs}/functions/docs/networking/connecting-vpc`, [
  {
    id: "network.form",
    type: "choice",
    field: "network.form",
    values: ["one string", "network and subnetwork"],
    note: "a connector's name, or { network, subnetwork }",
  },
  {
    id: "network.attach",
    type: "pattern",
    field: "network.attach.id",
    pattern: /^(?:projects\/[^/\s]+\/locations\/[^/\s]+\/connectors\/)?[a-z][a-z0-9-]{0,23}[a-z0-9]$/,
    expected: "a Serverless VPC Access connector, such as core, or projects/my-project/locations/europe-west1/connectors/core",
  },
  {
    id: "network.network",
    type: "pattern",
    field: "network.network",
    pattern: /^(?:projects\/[^/\s]+\/global\/networks\/)?[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    expected: "a network's name, such as core",
  },
  {
    id: "network.subnetwork",
    type: "pattern",
    field: "network.subnetwork",
    pattern: /^(?:projects\/[^/\s]+\/regions\/[^/\s]+\/subnetworks\/)?[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    expected: "a subnetwork's name, such as core-west",
  },
  {
    id: "network.egress",
    type: "missing",
    field: "network.egress",
    values: ["private"],
    when: { fact: { field: "network.attach", absent: true } },
    instead: "Name a network as `network.attach`, or use `egress: all`.",
    note: "there is no private way out without a network",
  },
]);

const httpRows: readonly Limit[] = from(`${docs}/functions/docs/securing/managing-access-iam`, [
  {
    id: "http.auth",
    type: "missing",
    field: "http.auth",
    values: ["key"],
    instead: "Use `auth: identity`, or check a key in the handler.",
    note: "callers are authenticated by IAM",
  },
  {
    id: "http.caller",
    type: "pattern",
    field: "http.caller",
    pattern: /^(?:allAuthenticatedUsers|(?:user|serviceAccount|group|domain):[^\s:]+|(?:principal|principalSet):\/\/\S+)$/,
    expected: "an IAM member, such as serviceAccount:shop@my-project.iam.gserviceaccount.com",
  },
]);

const minutes = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((n) => n * 60);
const hours = [1, 2, 3, 4, 6, 8, 12, 24].map((n) => n * 3600);

const scheduleRows: readonly Limit[] = [
  ...from(`${docs}/scheduler/docs/configuring/cron-job-schedules`, [
    {
      id: "schedule.every",
      type: "choice",
      field: "schedule.every",
      values: [...minutes, ...hours],
      unit: "s",
      note: "minutes that divide an hour, or hours that divide a day",
    },
  ]),
  ...from(`${docs}/scheduler/quotas`, [
    {
      id: "schedule.data",
      type: "range",
      field: "schedule.data.bytes",
      max: 998_000,
      unit: "bytes",
      note: "1 MB a job, of which the request around the data takes up to 2 KB",
    },
  ]),
];

const sourceRows: readonly Limit[] = [
  ...from(`${docs}/functions/docs/calling`, [
    {
      id: "trigger.stream",
      type: "missing",
      field: "trigger",
      values: ["stream"],
      instead: "Publish the records to a topic, without order or checkpoints, or choose another target.",
      note: "events come from Pub/Sub and Cloud Storage",
    },
  ]),
  ...from(`${docs}/functions/docs/calling/pubsub`, [
    {
      id: "queue.source",
      type: "pattern",
      field: "queue.source",
      pattern: topic,
      expected: "a Pub/Sub topic's name, such as projects/my-project/topics/jobs",
    },
    {
      id: "topic.source",
      type: "pattern",
      field: "topic.source",
      pattern: topic,
      expected: "a Pub/Sub topic's name, such as projects/my-project/topics/orders",
    },
    {
      id: "batch.size",
      type: "missing",
      field: "batch.size",
      when: { fact: { field: "batch.size", min: 2 } },
      instead: "Leave `batch.size` out, or use 1.",
      note: "each message is a call of its own",
    },
    {
      id: "batch.window",
      type: "missing",
      field: "batch.window",
      when: { fact: { field: "batch.window", min: 1 } },
      instead: "Leave `batch.window` out.",
      note: "each message is a call of its own",
    },
    {
      id: "maxConcurrency",
      type: "missing",
      field: "maxConcurrency",
      instead: "Use `instances.max` and `concurrency.perInstance`.",
      note: "a source has no bound of its own",
    },
    {
      id: "ordered",
      type: "missing",
      field: "ordered",
      values: [true],
      instead: "Leave `ordered` out, or choose another target.",
      note: "events are pushed without order",
    },
  ]),
  ...from("googleapis google/pubsub/v1/pubsub.proto, DeadLetterPolicy", [
    {
      id: "retry.attempts",
      type: "choice",
      field: "retry.attempts",
      values: [0],
      when: { fact: { field: "deadLetter", absent: true } },
      note: "without a dead letter topic events are retried for days or not at all; leave `attempts` out to retry",
    },
    {
      id: "retry.attempts.deadLetter",
      type: "range",
      field: "retry.attempts",
      min: 4,
      max: 99,
      when: { fact: { field: "deadLetter" } },
      note: "5 to 100 deliveries before the dead letter topic",
    },
    {
      id: "deadLetter",
      type: "pattern",
      field: "deadLetter.id",
      pattern: topic,
      expected: "a Pub/Sub topic's name, such as projects/my-project/topics/jobs-dead",
    },
  ]),
  ...from(`${docs}/storage/docs/buckets`, [
    {
      id: "object-storage.source",
      type: "pattern",
      field: "object-storage.source",
      pattern: /^projects\/_\/buckets\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
      expected: "a bucket's name, such as projects/_/buckets/acme-photos",
    },
  ]),
];

const observabilityRows: readonly Limit[] = [
  ...from(`${docs}/logging/docs/buckets`, [
    {
      id: "logs.retentionDays",
      type: "missing",
      field: "logs.retentionDays",
      instead: "Leave it out, and set it on the project's log bucket.",
      note: "retention is the log bucket's, for all services of a project",
    },
  ]),
  ...from(`${docs}/run/docs/trace`, [
    {
      id: "tracing",
      type: "missing",
      field: "tracing",
      values: [false],
      instead: "Leave `tracing` out.",
      note: "requests are traced at a rate of its own, always",
    },
    {
      id: "tracing.sampleRate",
      type: "missing",
      field: "tracing.sampleRate",
      instead: "Leave `sampleRate` out.",
      note: "requests are traced at a rate of its own",
    },
  ]),
];

const runtimes = `${docs}/run/docs/runtimes/function-runtimes`;

export const limits: Limits = {
  platforms: [{ os: "linux", architecture: "amd64", libc: "glibc", glibc: "2.35", source: runtimes, checked }],
  runtimes: {
    nodejs: [
      { version: "26", status: "preview", source: runtimes, checked },
      { version: "24", status: "supported", until: "2028-10-31", source: runtimes, checked },
      { version: "22", status: "supported", until: "2027-10-31", source: runtimes, checked },
    ],
    python: [
      { version: "3.14", status: "supported", until: "2031-04-10", source: runtimes, checked },
      { version: "3.13", status: "supported", until: "2030-04-10", source: runtimes, checked },
      { version: "3.12", status: "supported", until: "2029-04-02", source: runtimes, checked },
      { version: "3.11", status: "supported", source: runtimes, checked },
      { version: "3.10", status: "deprecated", until: "2027-04-04", source: runtimes, checked },
    ],
    java: [
      { version: "25", status: "supported", source: runtimes, checked },
      { version: "21", status: "supported", source: runtimes, checked },
      { version: "17", status: "supported", source: runtimes, checked },
    ],
    go: [{ version: "1.25", status: "supported", source: runtimes, checked }],
  },
  // "percent: an integer": TrafficTarget of google/cloud/run/v2/traffic_target.proto.
  traffic: { step: 0.01, source: `${docs}/run/docs/reference/rest/v2/projects.locations.services#TrafficTarget`, checked },
  rows: [...functionRows, ...variableRows, ...networkRows, ...httpRows, ...scheduleRows, ...sourceRows, ...observabilityRows],
};
