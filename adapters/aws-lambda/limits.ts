/**
 * What AWS Lambda takes. Each group of rows has one source; `checked` is the day it was read. Not here: what only the account
 * knows, such as the quota of concurrent executions.
 */
import type { Limit, Limits } from "fnpkg/adapter";

const checked = "2026-11-22";
type Row = Limit extends infer L ? (L extends Limit ? Omit<L, "source" | "checked"> : never) : never;
const from = (source: string, rows: readonly Row[]): Limit[] => rows.map((row) => ({ ...row, source, checked }));

const guide = "https://docs.aws.amazon.com/lambda/latest/dg";
const model = "botocore 0e6e2404 (2026-08-07), lambda/2015-03-31/service-2.json";
const arn = "arn:aws(?:-[a-z]+)*";

const standardQueue = new RegExp(`^${arn}:sqs:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,80}$`);
const fifoQueue = new RegExp(`^${arn}:sqs:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,75}\\.fifo$`);
const anyQueue = new RegExp(`${standardQueue.source}|${fifoQueue.source}`);
const queueOrTopic = new RegExp(`^${arn}:(?:sqs|sns):[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,256}$`);

/** Of an ARN: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const inRegion = { type: "same", pattern: /^arn:[^:]+:[^:]+:([^:]+):/, part: "region", of: "section.region" } as const;

const functionUrl = { fact: { field: "section.http", is: ["function-url"] } } as const;
const apiGateway = { trigger: "http", fact: { field: "section.http", is: ["api-gateway"] } } as const;

const functionRows: readonly Limit[] = [
  ...from(model, [
    {
      id: "name",
      type: "pattern",
      field: "deployment",
      pattern: /^[a-zA-Z0-9-_]{1,64}$/,
      expected: "1 to 64 letters, digits, hyphens and underscores, such as thumbnail-prod",
    },
    { id: "description", type: "range", field: "description.length", max: 256, unit: "characters" },
    { id: "timeout", type: "range", field: "timeout", min: 1, max: 900, unit: "s" },
    { id: "ephemeralStorage", type: "range", field: "ephemeralStorage", min: 512, max: 10240, unit: "MiB" },
    {
      id: "identity",
      type: "pattern",
      field: "identity",
      pattern: new RegExp(`^${arn}:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@/-]+$`),
      expected: "a role's ARN, such as arn:aws:iam::123456789012:role/thumbnail",
    },
    {
      id: "identity.required",
      type: "required",
      field: "identity",
      when: { fact: { field: "section.createRole", is: [false] } },
      at: "/identity/{target}",
      instead: "Name a role under `identity`, such as arn:aws:iam::123456789012:role/thumbnail, or set `createRole: true`.",
    },
  ]),
  ...from(`${guide}/gettingstarted-limits.html`, [
    { id: "memory", type: "range", field: "memory", min: 128, max: 10240, step: 1, unit: "MiB" },
    {
      id: "concurrency",
      type: "range",
      field: "concurrency",
      min: 1,
      max: 1,
      note: "an environment serves one call at a time; more calls get more environments",
    },
    {
      id: "package.direct",
      type: "range",
      field: "package.compressed",
      max: 52_428_800,
      unit: "bytes",
      when: { fact: { field: "section.uploads.bucket", absent: true } },
      note: "without `uploads.bucket`; a larger archive goes through a bucket",
      instead: "Name a bucket of the region, `uploads: { bucket: NAME }` in the target's section, or make the package smaller.",
    },
    {
      id: "package.unpacked",
      type: "range",
      field: "package.uncompressed",
      max: 262_144_000,
      unit: "bytes",
      instead: "Make the package smaller: leave out files, bundle, or read large data from storage.",
    },
  ]),
  ...from(`${guide}/configuration-memory.html`, [
    { id: "cpu", type: "ratio", field: "cpu", of: "memory", per: 1769, digits: 2, note: "1769Mi give one vCPU" },
  ]),
  ...from("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-integration.html", [
    {
      id: "timeout.api-gateway",
      type: "range",
      field: "timeout",
      min: 1,
      max: 30,
      unit: "s",
      when: apiGateway,
      note: "behind an HTTP API; a function URL waits as long as the function",
    },
  ]),
  ...from("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html", [
    {
      id: "response.api-gateway",
      type: "missing",
      field: "response",
      values: ["streaming"],
      when: apiGateway,
      instead: "Use `http: function-url`, or a buffered response.",
      note: "an HTTP API sends whole responses",
    },
  ]),
  ...from(`${guide}/configuration-response-streaming.html`, [
    {
      id: "response.profile",
      type: "missing",
      field: "response",
      values: ["streaming"],
      when: { fact: { field: "profile", is: ["python", "java", "go"] } },
      instead: "Use the nodejs profile, or a buffered response.",
      note: "its managed runtimes stream on Node.js alone",
    },
  ]),
  ...from(`${guide}/images-create.html`, [
    {
      id: "profile",
      type: "missing",
      field: "profile",
      values: ["docker"],
      instead: "Package the function with a language's profile.",
      note: "it takes images from its own registry only, and this version uploads archives",
    },
  ]),
  ...from(`${guide}/lambda-runtime-environment.html`, [
    {
      id: "capability.background-work",
      type: "missing",
      field: "capability",
      values: ["background-work"],
      instead: "Finish the work within the call, with `waitUntil`.",
      note: "the environment is frozen once the response is sent",
    },
  ]),
  ...from(`${guide}/urls-configuration.html`, [
    {
      id: "capability.websocket",
      type: "missing",
      field: "capability",
      values: ["websocket"],
      instead: "Serve WebSockets from a container service.",
      note: "calls are single requests",
    },
    {
      id: "network.ingress",
      type: "missing",
      field: "network.ingress",
      values: ["internal"],
      when: { trigger: "http" },
      instead: "Use `auth: identity`, or put a private API in front through `raw`.",
      note: "a function URL is reachable from the internet",
    },
  ]),
];

const variableRows: readonly Limit[] = [
  ...from(model, [
    {
      id: "env.name",
      type: "pattern",
      field: "env.name",
      pattern: /^[a-zA-Z][a-zA-Z0-9_]+$/,
      expected: "a letter, then one or more letters, digits and underscores, such as LOG_LEVEL",
    },
  ]),
  ...from(`${guide}/configuration-envvars.html`, [
    {
      id: "env.reserved",
      type: "reserved",
      field: "env.name",
      names: ["_HANDLER", "_X_AMZN_TRACE_ID"],
      prefixes: ["AWS_LAMBDA_"],
    },
    {
      id: "env.size",
      type: "range",
      field: "env.carried.bytes",
      max: 4096,
      unit: "bytes",
      note: "counted as one JSON text; move values into a secret or a file",
    },
  ]),
  ...from("https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html", [
    {
      id: "secret.id",
      type: "pattern",
      field: "secret.id",
      pattern: new RegExp(
        `^${arn}:(?:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]+|ssm:[a-z0-9-]+:\\d{12}:parameter/[\\w./-]+)$`,
      ),
      expected:
        "the ARN of a Secrets Manager secret or an SSM parameter, such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:api-token-a1b2c3",
    },
  ]),
  ...from("https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html", [
    {
      id: "secret.version.ssm",
      type: "pattern",
      field: "secret.version",
      pattern: /^(?:latest|[1-9]\d*)$/,
      expected: 'a parameter\'s version number, or "latest"',
      when: { fact: { field: "secret.id", matches: /:ssm:/ } },
    },
  ]),
  ...from("https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html", [
    { id: "tags.count", type: "range", field: "tags.count", max: 42, note: "50, of which fnpkg's own marks take up to 8" },
    {
      id: "tag.key",
      type: "pattern",
      field: "tag.key",
      pattern: /^(?!aws:|fnpkg)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
      expected: "1 to 128 letters, digits, spaces and _.:/=+-@, not beginning with aws: or fnpkg, such as team",
    },
    {
      id: "tag.value",
      type: "pattern",
      field: "tag.value",
      pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
      expected: "up to 256 letters, digits, spaces and _.:/=+-@, such as media",
    },
  ]),
];

const networkRows: readonly Limit[] = [
  ...from(`${guide}/configuration-vpc.html`, [
    {
      id: "network.form",
      type: "choice",
      field: "network.form",
      values: ["securityGroups and subnets"],
      note: "{ subnets: [subnet-…], securityGroups: [sg-…] }",
    },
    {
      id: "network.egress",
      type: "missing",
      field: "network.egress",
      values: ["private"],
      instead: "Use `egress: all`, and let the network's routes decide.",
      note: "an attached function sends everything through the network",
    },
  ]),
  ...from(model, [
    { id: "network.subnets", type: "range", field: "network.subnets", min: 1, max: 16 },
    { id: "network.securityGroups", type: "range", field: "network.securityGroups", min: 1, max: 5 },
    {
      id: "network.subnet",
      type: "pattern",
      field: "network.subnet",
      pattern: /^subnet-[0-9a-z]+$/,
      expected: "a subnet's id, such as subnet-0a1b2c3d4e5f67890",
    },
    {
      id: "network.securityGroup",
      type: "pattern",
      field: "network.securityGroup",
      pattern: /^sg-[0-9a-zA-Z]+$/,
      expected: "a security group's id, such as sg-0a1b2c3d4e5f67890",
    },
  ]),
];

const httpRows: readonly Limit[] = [
  ...from(`${guide}/urls-auth.html`, [
    {
      id: "http.auth",
      type: "missing",
      field: "http.auth",
      values: ["key"],
      instead: "Use `auth: identity`, or check a key in the handler.",
      note: "callers are authenticated by IAM",
    },
  ]),
  ...from(model, [
    {
      id: "http.caller",
      type: "pattern",
      field: "http.caller",
      pattern: /^\S{1,2048}$/,
      expected: "an account, the ARN of a user or role, or a service, such as arn:aws:iam::123456789012:role/shop",
    },
    { id: "cors.origins", type: "range", field: "cors.origins", max: 100, when: functionUrl },
    {
      id: "cors.origin",
      type: "pattern",
      field: "cors.origin",
      pattern: /^.{1,253}$/,
      expected: "an origin of up to 253 characters, such as https://app.acme.com",
      when: functionUrl,
    },
    { id: "cors.methods", type: "range", field: "cors.methods", max: 6, when: functionUrl },
    {
      id: "cors.method",
      type: "pattern",
      field: "cors.method",
      pattern: /^.{1,6}$/,
      expected: "a method of up to 6 letters, such as DELETE; preflights (OPTIONS) are answered anyway",
      when: functionUrl,
    },
    { id: "cors.headers", type: "range", field: "cors.headers", max: 100, when: functionUrl },
    { id: "cors.exposeHeaders", type: "range", field: "cors.exposeHeaders", max: 100, when: functionUrl },
    {
      id: "cors.header",
      type: "pattern",
      field: "cors.header",
      pattern: /^.{1,1024}$/,
      expected: "a header's name of up to 1024 characters, such as content-type",
      when: functionUrl,
    },
    { id: "cors.maxAge", type: "range", field: "cors.maxAge", min: 0, max: 86_400, unit: "s", when: functionUrl },
    {
      id: "cors.method.default",
      type: "pattern",
      field: "http.method",
      pattern: /^(.{1,6}|OPTIONS)$/,
      expected: "a method of up to 6 letters where `cors.methods` is left to the trigger's, such as DELETE",
      when: {
        fact: [
          { field: "section.http", is: ["function-url"] },
          { field: "cors.origins", min: 1 },
          { field: "cors.methods", absent: true },
        ],
      },
    },
  ]),
];

/** What an HTTP API takes of the same. */
const gatewayRows: readonly Limit[] = [
  ...from("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html", [
    {
      id: "http.caller.api-gateway",
      type: "missing",
      field: "http.caller",
      when: apiGateway,
      instead: "Let the callers' own policies allow execute-api:Invoke, or use `http: function-url`.",
      note: "an HTTP API has no policy of its own",
    },
  ]),
];

const scheduleRows: readonly Limit[] = [
  ...from("https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html", [
    { id: "schedule.cron", type: "cron", field: "schedule.cron", days: "one" },
    {
      id: "schedule.every",
      type: "range",
      field: "schedule.every",
      min: 60,
      step: 60,
      unit: "s",
      note: "rates are whole minutes",
    },
  ]),
  ...from("botocore 0e6e2404 (2026-08-07), scheduler/2021-06-30/service-2.json", [
    {
      id: "schedule.timezone",
      type: "pattern",
      field: "schedule.timezone",
      pattern: /^.{1,50}$/,
      expected: "a zone's name of up to 50 characters, such as Europe/Berlin",
    },
    {
      id: "schedule.role",
      type: "required",
      field: "section.schedulerRole",
      when: { trigger: "schedule", fact: { field: "section.createRole", is: [false] } },
      at: "/targets/{target}/schedulerRole",
      instead: "Name the role that EventBridge Scheduler calls the function with as `schedulerRole`, or set `createRole: true`.",
    },
  ]),
  ...from(`${guide}/gettingstarted-limits.html`, [
    {
      id: "schedule.data",
      type: "range",
      field: "schedule.data.bytes",
      max: 1_047_552,
      unit: "bytes",
      note: "1 MiB a call, of which the event around the data takes up to 1 KiB",
    },
  ]),
];

const sourceRows: readonly Limit[] = [
  ...from(`${guide}/with-sqs.html`, [
    {
      id: "queue.source",
      type: "pattern",
      field: "queue.source",
      pattern: anyQueue,
      expected: "a queue's ARN, such as arn:aws:sqs:eu-west-1:123456789012:jobs",
    },
    { id: "queue.source.region", field: "queue.source", ...inRegion, note: "queue and function are in one region" },
    {
      id: "queue.source.ordered",
      type: "pattern",
      field: "queue.source",
      pattern: /\.fifo$/,
      expected: "a FIFO queue, whose name ends in .fifo, where `ordered` is true",
      when: { fact: { field: "ordered", is: [true] } },
    },
    {
      id: "queue.source.unordered",
      type: "pattern",
      field: "queue.source",
      pattern: /(?<!\.fifo)$/,
      expected: "a standard queue, or `ordered: true` for one whose name ends in .fifo",
      when: { fact: { field: "ordered", is: [false] } },
    },
  ]),
  ...from(`${guide}/services-sqs-parameters.html`, [
    {
      id: "batch.size.fifo",
      type: "range",
      field: "batch.size",
      min: 1,
      max: 10,
      when: { trigger: "queue", fact: { field: "ordered", is: [true] } },
      note: "of a FIFO queue",
    },
    {
      id: "batch.window.fifo",
      type: "missing",
      field: "batch.window",
      when: {
        trigger: "queue",
        fact: [
          { field: "ordered", is: [true] },
          { field: "batch.window", min: 1 },
        ],
      },
      instead: "Leave `batch.window` out.",
      note: "a FIFO queue's batches never wait",
    },
    {
      id: "maxConcurrency",
      type: "range",
      field: "maxConcurrency",
      min: 2,
      max: 1000,
    },
  ]),
  ...from(model, [
    { id: "batch.size", type: "range", field: "batch.size", min: 1, max: 10_000 },
    { id: "batch.window", type: "range", field: "batch.window", min: 0, max: 300, unit: "s" },
    {
      id: "batch.size.no-window",
      type: "range",
      field: "batch.size",
      min: 1,
      max: 10,
      when: { trigger: "queue", fact: { field: "batch.window", absent: true } },
      note: "larger batches need a `batch.window` of 1s or more",
    },
    {
      id: "batch.window.large",
      type: "range",
      field: "batch.window",
      min: 1,
      max: 300,
      unit: "s",
      when: { trigger: "queue", fact: { field: "batch.size", min: 11 } },
      note: "with a `batch.size` over 10",
    },
    {
      id: "retry.attempts.async",
      type: "range",
      field: "retry.attempts",
      min: 0,
      max: 2,
      when: { trigger: ["topic", "object-storage"] },
      note: "the calls are asynchronous",
    },
    {
      id: "retry.attempts.stream",
      type: "range",
      field: "retry.attempts",
      min: 0,
      max: 10_000,
      when: { trigger: "stream" },
    },
    { id: "parallelism", type: "range", field: "parallelism", min: 1, max: 10 },
  ]),
  ...from("https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html", [
    {
      id: "retry.attempts.queue",
      type: "range",
      field: "retry.attempts",
      min: 0,
      max: 999,
      when: { trigger: "queue" },
      note: "a queue delivers a message 1 to 1000 times",
    },
    {
      id: "retry.attempts.queue.endless",
      type: "missing",
      field: "retry.attempts",
      when: { trigger: "queue", fact: { field: "deadLetter", absent: true } },
      instead: "Name a queue as `retry.deadLetter`, or leave `attempts` out.",
      note: "a queue stops delivering only by moving the message to a dead letter queue",
    },
    {
      id: "deadLetter.queue",
      type: "pattern",
      field: "deadLetter.id",
      pattern: standardQueue,
      expected: "a standard queue's ARN, such as arn:aws:sqs:eu-west-1:123456789012:jobs-dlq",
      when: { trigger: "queue", fact: { field: "ordered", is: [false] } },
    },
    {
      id: "deadLetter.fifo",
      type: "pattern",
      field: "deadLetter.id",
      pattern: fifoQueue,
      expected: "a FIFO queue's ARN, such as arn:aws:sqs:eu-west-1:123456789012:jobs-dlq.fifo",
      when: { trigger: "queue", fact: { field: "ordered", is: [true] } },
    },
    {
      id: "deadLetter.queue.region",
      field: "deadLetter.id",
      ...inRegion,
      when: { trigger: "queue" },
      note: "a dead letter queue is in its queue's region",
    },
  ]),
  ...from(`${guide}/invocation-async-retain-records.html`, [
    {
      id: "deadLetter",
      type: "pattern",
      field: "deadLetter.id",
      pattern: queueOrTopic,
      expected: "the ARN of a standard queue or topic, such as arn:aws:sqs:eu-west-1:123456789012:failed",
      when: { trigger: ["topic", "object-storage", "stream"] },
    },
    {
      id: "async.attempts",
      type: "range",
      field: "async.attempts",
      max: 1,
      note: "retries of asynchronous calls are the function's: give all topics and containers the same",
    },
    {
      id: "async.deadLetters",
      type: "range",
      field: "async.deadLetters",
      max: 1,
      note: "the dead letter target of asynchronous calls is the function's: give all topics and containers the same",
    },
  ]),
  ...from(`${guide}/with-sns.html`, [
    {
      id: "topic.source",
      type: "pattern",
      field: "topic.source",
      pattern: new RegExp(`^${arn}:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,256}$`),
      expected: "a standard topic's ARN, such as arn:aws:sns:eu-west-1:123456789012:orders",
    },
    {
      id: "topic.source.region",
      field: "topic.source",
      ...inRegion,
      note: "a topic is subscribed to in its own region, and fnpkg works in the function's alone",
    },
  ]),
  ...from("https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html", [
    { id: "filter.attributes", type: "range", field: "filter.attributes", max: 5 },
    { id: "filter.combinations", type: "range", field: "filter.combinations", max: 150 },
  ]),
  ...from("https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html", [
    {
      id: "object-storage.source",
      type: "pattern",
      field: "object-storage.source",
      pattern: new RegExp(`^${arn}:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`),
      expected: "a bucket's ARN, such as arn:aws:s3:::acme-photos",
    },
    { id: "filter.prefix", type: "range", field: "filter.prefix.bytes", max: 1024, unit: "bytes" },
    { id: "filter.suffix", type: "range", field: "filter.suffix.bytes", max: 1024, unit: "bytes" },
    {
      id: "source.overlap",
      type: "missing",
      field: "source.overlap",
      instead: "Use one trigger, or filters of which no object meets both.",
      note: "one object's event has one receiver",
    },
  ]),
  ...from(`${guide}/invocation-eventsourcemapping.html`, [
    {
      id: "source.shared",
      type: "missing",
      field: "source.shared",
      instead: "Use one trigger for the source.",
      note: "a source is bound to a function once",
    },
    {
      id: "stream.source",
      type: "pattern",
      field: "stream.source",
      pattern: new RegExp(
        `^${arn}:(?:kinesis:[a-z0-9-]+:\\d{12}:stream/[\\w.-]{1,128}|dynamodb:[a-z0-9-]+:\\d{12}:table/[\\w.-]{3,255}/stream/.+)$`,
      ),
      expected:
        "the ARN of a Kinesis stream or a DynamoDB table's stream, such as arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
    },
    { id: "stream.source.region", field: "stream.source", ...inRegion, note: "stream and function are in one region" },
  ]),
];

const observabilityRows: readonly Limit[] = [
  ...from("botocore 0e6e2404 (2026-08-07), logs/2014-03-28/service-2.json", [
    {
      id: "logs.retentionDays",
      type: "choice",
      field: "logs.retentionDays",
      values: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      unit: "days",
    },
  ]),
  ...from(`${guide}/services-xray.html`, [
    {
      id: "tracing.sampleRate",
      type: "missing",
      field: "tracing.sampleRate",
      instead: "Leave it out, and set sampling rules in X-Ray.",
      note: "the rate is the account's",
    },
  ]),
];

const runtimes = `${guide}/lambda-runtimes.html`;
const platforms = "https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html";

export const limits: Limits = {
  platforms: [
    { os: "linux", architecture: "amd64", libc: "glibc", glibc: "2.34", source: platforms, checked },
    { os: "linux", architecture: "arm64", libc: "glibc", glibc: "2.34", source: platforms, checked },
  ],
  runtimes: {
    nodejs: [
      { version: "26", status: "preview", source: model, checked },
      { version: "24", status: "supported", source: runtimes, checked },
      { version: "22", status: "supported", source: runtimes, checked },
      { version: "20", status: "deprecated", until: "2027-02-01", source: runtimes, checked },
    ],
    python: [
      { version: "3.15", status: "preview", source: model, checked },
      { version: "3.14", status: "supported", source: runtimes, checked },
      { version: "3.13", status: "supported", source: runtimes, checked },
      { version: "3.12", status: "supported", source: runtimes, checked },
      { version: "3.11", status: "supported", source: runtimes, checked },
      { version: "3.10", status: "deprecated", source: runtimes, checked },
    ],
    java: [
      { version: "25", status: "supported", source: runtimes, checked },
      { version: "21", status: "supported", source: runtimes, checked },
      { version: "17", status: "supported", source: runtimes, checked },
      { version: "11", status: "supported", source: runtimes, checked },
    ],
    go: [{ version: "provided.al2023", status: "supported", any: true, source: runtimes, checked }],
  },
  // An alias points to two versions at most; weights are 0.0 to 1.0.
  traffic: { source: "https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html", checked: "2026-11-22" },
  rows: [
    ...functionRows,
    ...variableRows,
    ...networkRows,
    ...httpRows,
    ...gatewayRows,
    ...scheduleRows,
    ...sourceRows,
    ...observabilityRows,
  ],
};
