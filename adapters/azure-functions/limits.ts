/**
 * What Azure Functions takes on the Flex Consumption plan. Each group of rows has one source; `checked` is the day it was read.
 * Not here: what only the region knows, such as the least `instances.max`. The vendor states no size of an archive.
 */
import type { Limit, Limits } from "fnpkg/adapter";

const checked = "2026-11-22";
type Row = Limit extends infer L ? (L extends Limit ? Omit<L, "source" | "checked"> : never) : never;
const from = (source: string, rows: readonly Row[]): Limit[] => rows.map((row) => ({ ...row, source, checked }));

const docs = "https://learn.microsoft.com/azure";
const flex = `${docs}/azure-functions/flex-consumption-plan`;
const scale = `${docs}/azure-functions/functions-scale`;

const armId = (rest: string) => new RegExp(`^/subscriptions/[^/\\s]+/resourceGroups/[^/\\s]+/providers/${rest}$`, "i");
const storageQueue = "Microsoft\\.Storage/storageAccounts/[a-z0-9]{3,24}/queueServices/default/queues/[a-z0-9-]{3,63}";
const busQueue = "Microsoft\\.ServiceBus/namespaces/[a-z0-9-]+/queues/[^\\s?#]+";
const onServiceBus = /\/Microsoft\.ServiceBus\//i;

const functionRows: readonly Limit[] = [
  ...from("Azure Functions host 4, Utility.cs (FunctionNameValidationRegex)", [
    {
      id: "trigger.name",
      type: "pattern",
      field: "satellite",
      pattern: /^(?!.*--host$)/,
      expected: "a trigger that is not called host: the function in the app is named after it",
    },
  ]),
  ...from(`${docs}/azure-resource-manager/management/resource-name-rules`, [
    {
      id: "name",
      type: "pattern",
      field: "deployment",
      pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]$/,
      expected: "2 to 60 letters, digits and hyphens, no hyphen at either end, such as thumbnail-prod",
      when: { fact: { field: "section.app", absent: true } },
      note: "name another as `app`",
    },
  ]),
  ...from("@azure/arm-appservice 19.0.0 (2025-05-01), Site", [
    {
      id: "description",
      type: "range",
      field: "description.length",
      max: 256,
      unit: "characters",
      note: "an app has no description; it stands in a tag's value",
    },
    {
      id: "profile",
      type: "missing",
      field: "profile",
      values: ["docker"],
      instead: "Package the function with a language's profile.",
      note: "Flex Consumption takes archives, no images",
    },
    {
      id: "identity",
      type: "pattern",
      field: "identity",
      pattern: armId("Microsoft\\.ManagedIdentity/userAssignedIdentities/[A-Za-z0-9_-]{3,128}"),
      expected:
        "a user-assigned identity's ARM id, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/thumbnail",
    },
  ]),
  ...from(flex, [
    { id: "memory", type: "choice", field: "memory", values: [512, 2048, 4096], unit: "MiB" },
    ...cpuOf(512, 0.25),
    ...cpuOf(2048, 1),
    ...cpuOf(4096, 2),
    { id: "instances.max", type: "range", field: "instances.max", min: 1, max: 1000, note: "regions may begin higher" },
    {
      id: "architecture",
      type: "missing",
      field: "architecture",
      values: ["arm64"],
      instead: "Use `architecture: x86_64`.",
      note: "it runs on x86_64 alone",
    },
  ]),
  ...from(scale, [
    {
      id: "timeout.http",
      type: "range",
      field: "timeout",
      min: 1,
      max: 230,
      unit: "s",
      when: { trigger: "http" },
      note: "the front end waits no longer; events may take longer",
    },
    {
      id: "ephemeralStorage",
      type: "missing",
      field: "ephemeralStorage",
      instead: "Leave it out; the size is fixed.",
      note: "an instance's disk can't be sized",
    },
    {
      id: "capability.background-work",
      type: "missing",
      field: "capability",
      values: ["background-work"],
      instead: "Finish the work within the call, with `waitUntil`.",
      note: "an instance may end once its calls have",
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
  ...from(`${docs}/azure-functions/functions-concurrency`, [
    { id: "concurrency", type: "range", field: "concurrency", min: 1, max: 1000 },
  ]),
  ...from(`${docs}/azure-functions/functions-bindings-storage-queue`, [
    {
      id: "concurrency.storage-queue",
      type: "range",
      field: "concurrency",
      min: 1,
      max: 32,
      when: { fact: { field: "queue.source", matches: /\/queueServices\//i } },
      note: "of a storage queue",
    },
  ]),
  ...from(`${docs}/azure-functions/functions-bindings-http-webhook-trigger`, [
    {
      id: "response.profile",
      type: "missing",
      field: "response",
      values: ["streaming"],
      when: { fact: { field: "profile", is: ["java"] } },
      instead: "Use the nodejs profile, or a buffered response.",
      note: "its Java worker sends whole responses",
    },
  ]),
];

function cpuOf(memory: number, cpu: number): Row[] {
  return [
    {
      id: `cpu.${memory}`,
      type: "choice",
      field: "cpu",
      values: [cpu],
      when: { fact: { field: "memory", is: [memory] } },
      note: `${memory}Mi come with it`,
    },
  ];
}

const variableRows: readonly Limit[] = [
  ...from(`${docs}/azure-functions/functions-app-settings`, [
    {
      id: "env.name",
      type: "pattern",
      field: "env.name",
      pattern: /^(?!.*__)[A-Za-z0-9_]+$/,
      expected: "letters, digits and single underscores, since two separate levels, such as LOG_LEVEL",
    },
    {
      id: "env.reserved",
      type: "reserved",
      field: "env.name",
      names: ["ENABLE_ORYX_BUILD", "SCM_DO_BUILD_DURING_DEPLOYMENT"],
      prefixes: ["AzureWebJobs", "AzureFunctionsJobHost", "APPLICATIONINSIGHTS_", "APPINSIGHTS_", "FUNCTIONS_", "WEBSITE_"],
    },
    {
      id: "env.timezone",
      type: "missing",
      field: "env.name",
      values: ["TZ"],
      instead: "Leave TZ out and name the zone in the handler, or choose another target.",
      note: "instances run in UTC",
    },
  ]),
  ...from(`${docs}/app-service/app-service-key-vault-references`, [
    {
      id: "secret.id",
      type: "pattern",
      field: "secret.id",
      pattern:
        /^https:\/\/[a-z][a-z0-9-]{1,22}[a-z0-9]\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[0-9a-z-]{1,127}\/?$/i,
      expected: "a Key Vault secret's address without version, such as https://acme.vault.azure.net/secrets/api-token",
    },
    {
      id: "secret.version",
      type: "pattern",
      field: "secret.version",
      pattern: /^(?:latest|[0-9a-f]{32})$/,
      expected: 'a version of 32 hex digits, or "latest"',
    },
    {
      id: "secret.key",
      type: "missing",
      field: "secret.key",
      instead: "Give each value a secret of its own.",
      note: "a secret is injected whole",
    },
  ]),
  ...from(`${docs}/azure-resource-manager/management/tag-resources`, [
    { id: "tags.count", type: "range", field: "tags.count", max: 42, note: "50, of which fnpkg's own marks take up to 8" },
    {
      id: "tag.key",
      type: "pattern",
      field: "tag.key",
      pattern: /^(?!microsoft|azure|windows|fnpkg)[^<>%&\\?/]{1,512}$/i,
      expected: "1 to 512 characters without <>%&\\?/, not beginning with microsoft, azure, windows or fnpkg, such as team",
    },
    {
      id: "tag.value",
      type: "pattern",
      field: "tag.value",
      pattern: /^.{0,256}$/su,
      expected: "up to 256 characters, such as media",
    },
  ]),
];

const networkRows: readonly Limit[] = from(`${docs}/azure-functions/functions-networking-options`, [
  { id: "network.form", type: "choice", field: "network.form", values: ["one string"], note: "a subnet's ARM id" },
  {
    id: "network.attach",
    type: "pattern",
    field: "network.attach.id",
    pattern: armId("Microsoft\\.Network/virtualNetworks/[^/\\s]+/subnets/[^/\\s]+"),
    expected:
      "a subnet's ARM id, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/core/subnets/functions",
  },
  {
    id: "network.egress",
    type: "missing",
    field: "network.egress",
    values: ["private"],
    instead: "Use `egress: all`, and let the network's routes decide.",
    note: "an attached app sends everything through the network",
  },
]);

const httpRows: readonly Limit[] = from(`${docs}/azure-functions/functions-bindings-http-webhook-trigger`, [
  {
    id: "http.auth",
    type: "missing",
    field: "http.auth",
    values: ["identity"],
    instead: "Use `auth: key`, or authenticate callers in the handler.",
    note: "a function's levels are anonymous and key; Entra needs a registration of its own",
  },
  {
    id: "http.method",
    type: "choice",
    field: "http.method",
    values: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"],
  },
  {
    id: "http.path",
    type: "pattern",
    field: "http.path",
    pattern: /^\/(?!admin|runtime)/i,
    expected: "a path that does not begin with /admin or /runtime, which are the host's own, such as /thumb/{id}",
  },
]);

const seconds = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
const minutes = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((n) => n * 60);
const hours = [1, 2, 3, 4, 6, 8, 12, 24].map((n) => n * 3600);

const scheduleRows: readonly Limit[] = [
  ...from("NCrontab 3.4.0, CrontabSchedule.cs", [{ id: "schedule.cron", type: "cron", field: "schedule.cron", days: "and" }]),
  ...from(`${docs}/azure-functions/functions-bindings-timer`, [
    {
      id: "schedule.every",
      type: "choice",
      field: "schedule.every",
      values: [...seconds, ...minutes, ...hours],
      unit: "s",
      note: "what divides a minute, an hour or a day",
    },
    {
      id: "schedule.timezone",
      type: "choice",
      field: "schedule.timezone",
      values: ["UTC", "Etc/UTC"],
      note: "timers run in UTC on Flex Consumption",
    },
  ]),
];

const sourceRows: readonly Limit[] = [
  ...from(`${docs}/azure-functions/functions-triggers-bindings`, [
    {
      id: "queue.source",
      type: "pattern",
      field: "queue.source",
      pattern: armId(`(?:${storageQueue}|${busQueue})`),
      expected:
        "the ARM id of a storage queue or a Service Bus queue, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.ServiceBus/namespaces/acme/queues/jobs",
    },
    {
      id: "topic.source",
      type: "pattern",
      field: "topic.source",
      pattern: armId("Microsoft\\.ServiceBus/namespaces/[a-z0-9-]+/topics/[^\\s?#]+/subscriptions/[^/\\s]+"),
      expected:
        "the ARM id of a Service Bus subscription, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.ServiceBus/namespaces/acme/topics/orders/subscriptions/thumbnail",
    },
    {
      id: "object-storage.source",
      type: "pattern",
      field: "object-storage.source",
      pattern: armId(
        "Microsoft\\.Storage/storageAccounts/[a-z0-9]{3,24}/blobServices/default/containers/(?:[a-z0-9-]{3,63}|\\$root)",
      ),
      expected:
        "the ARM id of a blob container, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/acme/blobServices/default/containers/photos",
    },
    {
      id: "stream.source",
      type: "pattern",
      field: "stream.source",
      pattern: armId("Microsoft\\.EventHub/namespaces/[a-z0-9-]+/eventhubs/[^/\\s]+"),
      expected:
        "the ARM id of an event hub, such as /subscriptions/S/resourceGroups/G/providers/Microsoft.EventHub/namespaces/acme/eventhubs/clicks",
    },
  ]),
  ...from(`${docs}/azure-functions/functions-bindings-service-bus-trigger`, [
    {
      id: "queue.source.ordered",
      type: "pattern",
      field: "queue.source",
      pattern: onServiceBus,
      expected: "a Service Bus queue with sessions, where `ordered` is true",
      when: { fact: { field: "ordered", is: [true] } },
    },
    {
      id: "batch.size",
      type: "missing",
      field: "batch.size",
      when: { trigger: "queue", fact: { field: "batch.size", min: 2 } },
      instead: "Leave `batch.size` out, or use 1.",
      note: "a batch succeeds or fails as one",
    },
    {
      id: "batch.window",
      type: "missing",
      field: "batch.window",
      when: { trigger: "queue", fact: { field: "batch.window", min: 1 } },
      instead: "Leave `batch.window` out.",
      note: "each message is a call of its own",
    },
    {
      id: "maxConcurrency",
      type: "missing",
      field: "maxConcurrency",
      instead: "Use `instances.max` and `concurrency.perInstance`.",
      note: "a source has a bound for each instance only",
    },
    {
      id: "deadLetter",
      type: "missing",
      field: "deadLetter",
      instead: "Leave it out, and set it on the queue or the subscription itself.",
      note: "dead letters belong to the source",
    },
    {
      id: "retry.attempts.queue",
      type: "missing",
      field: "retry.attempts",
      when: { trigger: "queue", fact: { field: "queue.source", matches: onServiceBus } },
      instead: "Leave it out, and set the most deliveries on the queue itself.",
      note: "a Service Bus queue counts deliveries itself",
    },
    {
      id: "retry.attempts.topic",
      type: "missing",
      field: "retry.attempts",
      when: { trigger: "topic" },
      instead: "Leave it out, and set the most deliveries on the subscription itself.",
      note: "a Service Bus subscription counts deliveries itself",
    },
  ]),
  ...from(`${docs}/azure-functions/functions-bindings-storage-queue`, [
    {
      id: "queue.attempts",
      type: "range",
      field: "queue.attempts",
      max: 1,
      note: "an app has one number of deliveries for all its storage queues",
    },
  ]),
  ...from(`${docs}/azure-functions/functions-bindings-event-hubs`, [
    {
      id: "parallelism",
      type: "missing",
      field: "parallelism",
      when: { fact: { field: "parallelism", min: 2 } },
      instead: "Leave `parallelism` out, and give the event hub more partitions.",
      note: "a partition has one reader",
    },
    {
      id: "streams.settings",
      type: "range",
      field: "streams.settings",
      max: 1,
      note: "an app has one `start` and one `batch` for all its event hubs",
    },
    {
      id: "batch.window.stream",
      type: "range",
      field: "batch.window",
      max: 600,
      unit: "s",
      when: { trigger: "stream" },
    },
    {
      id: "batch.size.stream",
      type: "range",
      field: "batch.size",
      min: 3,
      when: { trigger: "stream", fact: { field: "batch.window", min: 1 } },
      note: "the host waits for one less than the size, and at least for two",
    },
  ]),
  ...from(`${docs}/event-grid/delivery-and-retry`, [
    {
      id: "retry.attempts.object-storage",
      type: "range",
      field: "retry.attempts",
      max: 29,
      when: { trigger: "object-storage" },
      note: "Event Grid delivers 30 times at most",
    },
  ]),
];

const observabilityRows: readonly Limit[] = from(`${docs}/azure-functions/functions-monitoring`, [
  {
    id: "logs.retentionDays",
    type: "missing",
    field: "logs.retentionDays",
    instead: "Leave it out, and set it on the Log Analytics workspace.",
    note: "retention is the workspace's",
  },
  {
    id: "tracing.required",
    type: "required",
    field: "section.applicationInsights",
    when: { fact: { field: "tracing", is: [true] } },
    at: "/targets/{target}/applicationInsights",
    instead: "Name the Application Insights component as `applicationInsights`, or leave `tracing` out.",
  },
]);

const languages = `${docs}/azure-functions/supported-languages`;

export const limits: Limits = {
  platforms: [{ os: "linux", architecture: "amd64", libc: "glibc", source: flex, checked }],
  runtimes: {
    nodejs: [
      { version: "24", status: "preview", source: languages, checked },
      { version: "22", status: "supported", source: languages, checked },
      { version: "20", status: "deprecated", source: languages, checked },
    ],
    python: [
      { version: "3.14", status: "preview", source: languages, checked },
      { version: "3.13", status: "supported", source: languages, checked },
      { version: "3.12", status: "supported", source: languages, checked },
      { version: "3.11", status: "supported", source: languages, checked },
      { version: "3.10", status: "deprecated", source: languages, checked },
    ],
    java: [
      { version: "25", status: "preview", source: languages, checked },
      { version: "21", status: "supported", source: languages, checked },
      { version: "17", status: "supported", source: languages, checked },
      { version: "11", status: "supported", source: languages, checked },
    ],
    go: [{ version: "custom", status: "supported", any: true, source: languages, checked }],
  },
  rows: [...functionRows, ...variableRows, ...networkRows, ...httpRows, ...scheduleRows, ...sourceRows, ...observabilityRows],
};
