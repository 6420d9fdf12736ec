/** What three whole configurations come to on each cloud. */
import { expect, test } from "vitest";
import type { JsonObject, Manifest, Resolved, Trigger } from "fnpkg/adapter";
import { adapter as aws } from "../../adapters/aws-lambda/index.ts";
import { adapter as azure } from "../../adapters/azure-functions/index.ts";
import { adapter as google } from "../../adapters/google-cloud-functions/index.ts";
import { brief, checkOf, http, type Change, type Setup } from "./check-helper.ts";

const arm = (rest: string) => `/subscriptions/s/resourceGroups/acme/providers/${rest}`;
const ids = {
  "aws-lambda": {
    jobs: "arn:aws:sqs:eu-west-1:123456789012:jobs",
    dead: "arn:aws:sqs:eu-west-1:123456789012:jobs-dead",
    photos: "arn:aws:s3:::acme-photos",
    token: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3",
    core: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] },
  },
  "google-cloud-functions": {
    jobs: "projects/my-project/topics/jobs",
    dead: "projects/my-project/topics/jobs-dead",
    photos: "projects/_/buckets/acme-photos",
    token: "projects/my-project/secrets/token",
    core: { network: "core", subnetwork: "west" },
  },
  "azure-functions": {
    jobs: arm("Microsoft.ServiceBus/namespaces/acme/queues/jobs"),
    dead: null,
    photos: arm("Microsoft.Storage/storageAccounts/acme/blobServices/default/containers/photos"),
    token: "https://acme.vault.azure.net/secrets/token",
    core: arm("Microsoft.Network/virtualNetworks/core/subnets/functions"),
  },
} as const;

const setups: readonly (Setup & { target: { name: string } })[] = [
  { target: aws, section: { region: "eu-west-1", createRole: true } },
  {
    target: google,
    section: { project: "my-project", region: "europe-west1" },
    identity: "thumbnail@my-project.iam.gserviceaccount.com",
  },
  {
    target: azure,
    section: {
      subscription: "00000000-0000-0000-0000-000000000000",
      resourceGroup: "acme",
      region: "westeurope",
      storage: { account: "acme", container: "packages" },
    },
  },
];

/** The runtime and the problems on each target. */
function golden(
  changeFor: (id: (name: keyof (typeof ids)["aws-lambda"]) => { resource: string; id: never }, target: string) => Change,
): JsonObject {
  return Object.fromEntries(
    setups.map((setup) => {
      const of = ids[setup.target.name as keyof typeof ids];
      const { runtime, problems } = checkOf(
        setup,
        changeFor((name) => ({ resource: name, id: of[name] as never }), setup.target.name),
      );
      return [setup.target.name, [runtime ?? "no runtime", ...brief(problems)]];
    }),
  );
}

const requires = (more: Manifest["requires"] = {}): Partial<Manifest> => ({ requires: { runtime: { nodejs: ">=20" }, ...more } });

test("a small http function runs everywhere", () => {
  expect(golden(() => ({ manifest: requires(), triggers: [http] }))).toMatchInlineSnapshot(`
    {
      "aws-lambda": [
        "24",
      ],
      "azure-functions": [
        "22",
      ],
      "google-cloud-functions": [
        "24",
      ],
    }
  `);
});

test("an image pipeline with every source and a schedule", () => {
  const resolved: Partial<Resolved> = {
    description: "Makes thumbnails",
    env: { LOG_FORMAT: "json", TZ: "Europe/Berlin" },
    memoryMiB: 1024,
    timeoutSeconds: 600,
    instances: { min: 0, max: 40 },
    logs: { level: "info", retentionDays: 30 },
    tracing: { enabled: true, sampleRate: 0.1 },
    tags: { Team: "media" },
  };
  expect(
    golden((id) => {
      const triggers: readonly Trigger[] = [
        {
          type: "object-storage",
          name: "up",
          source: id("photos"),
          events: ["created"],
          filter: { prefix: "in/", suffix: ".jpg" },
        },
        {
          type: "queue",
          name: "jobs",
          source: id("jobs"),
          ordered: false,
          batch: { size: 10, windowSeconds: 5 },
          retry: { attempts: 3, deadLetter: id("dead") },
        },
        { type: "schedule", name: "tick", cron: "0 3 1 * MON", timezone: "Europe/Berlin" },
        { type: "schedule", name: "often", everySeconds: 420, timezone: "UTC" },
      ];
      return { manifest: requires(), triggers, resolved };
    }),
  ).toMatchInlineSnapshot(`
    {
      "aws-lambda": [
        "24",
        "E_CAPABILITY /observability/tracing/sampleRate: tracing.sampleRate 0.1: aws-lambda does not have it (the rate is the account's)",
        "E_CRON /triggers/2/cron: trigger "tick": cron "0 3 1 * MON": it restricts day of month and day of week, which means either of them; the target takes only one of the two",
      ],
      "azure-functions": [
        "22",
        "E_TARGET_LIMIT /memory: memory 1024Mi: azure-functions takes 512Mi, 2048Mi or 4096Mi; nearest: 512Mi or 2048Mi",
        "E_CAPABILITY /observability/logs/retentionDays: logs.retentionDays 30 days: azure-functions does not have it (retention is the workspace's)",
        "E_CAPABILITY /env/TZ: the variable "TZ": azure-functions does not have it (instances run in UTC)",
        "E_CAPABILITY /triggers/1/batch/size: trigger "jobs": batch.size 10: azure-functions does not have it (a batch succeeds or fails as one)",
        "E_CAPABILITY /triggers/1/batch/window: trigger "jobs": batch.window 5s: azure-functions does not have it (each message is a call of its own)",
        "E_CAPABILITY /triggers/1/retry/attempts: trigger "jobs": retry.attempts 3: azure-functions does not have it (a Service Bus queue counts deliveries itself)",
        "E_CAPABILITY /triggers/1/retry/deadLetter: trigger "jobs": retry.deadLetter "dead": azure-functions does not have it (dead letters belong to the source)",
        "E_CRON /triggers/2/cron: trigger "tick": cron "0 3 1 * MON": it restricts day of month and day of week, which means either of them; the target would want both to match",
        "E_TARGET_LIMIT /triggers/2/timezone: trigger "tick": timezone "Europe/Berlin": azure-functions takes UTC or Etc/UTC; nearest: UTC or Etc/UTC (timers run in UTC on Flex Consumption)",
        "E_TARGET_LIMIT /triggers/3/every: trigger "often": every 420s: azure-functions takes one of 30 values; nearest: 360s or 600s (what divides a minute, an hour or a day)",
        "E_TARGET /targets/azure-functions/applicationInsights: azure-functions needs applicationInsights",
      ],
      "google-cloud-functions": [
        "24",
        "E_TARGET_LIMIT /timeout: timeout 600s: google-cloud-functions takes 1s to 540s; nearest: 540s (with an event source)",
        "E_CAPABILITY /observability/logs/retentionDays: logs.retentionDays 30 days: google-cloud-functions does not have it (retention is the log bucket's, for all services of a project)",
        "E_CAPABILITY /observability/tracing/sampleRate: tracing.sampleRate 0.1: google-cloud-functions does not have it (requests are traced at a rate of its own)",
        "E_TARGET_LIMIT /tags/Team: the tag's key "Team": google-cloud-functions takes 1 to 63 lower-case letters, digits, hyphens and underscores, a letter first, not beginning with goog or fnpkg, such as team",
        "E_CAPABILITY /triggers/1/batch/size: trigger "jobs": batch.size 10: google-cloud-functions does not have it (each message is a call of its own)",
        "E_CAPABILITY /triggers/1/batch/window: trigger "jobs": batch.window 5s: google-cloud-functions does not have it (each message is a call of its own)",
        "E_TARGET_LIMIT /triggers/1/retry/attempts: trigger "jobs": retry.attempts 3: google-cloud-functions takes 4 to 99; nearest: 4 (5 to 100 deliveries before the dead letter topic)",
        "E_TARGET_LIMIT /triggers/3/every: trigger "often": every 420s: google-cloud-functions takes one of 19 values; nearest: 360s or 600s (minutes that divide an hour, or hours that divide a day)",
        "E_CAPABILITY /triggers/1: trigger "jobs": a further event source, "jobs": google-cloud-functions does not have it (a function has one event source, besides any number of schedules)",
      ],
    }
  `);
});

const raws: { readonly [target: string]: JsonObject } = {
  "aws-lambda": { "AWS::Lambda::Function": { Handler: "x", MemorySize: 1, SnapStart: { ApplyOn: "None" } } },
  "google-cloud-functions": { "cloudfunctions.googleapis.com/Function": { buildConfig: { source: {} } } },
  "azure-functions": { "Microsoft.Web/sites": { properties: { functionAppConfig: { runtime: { version: "20" } } } } },
};

test("a private, demanding http function", () => {
  expect(
    golden((id, target) => ({
      manifest: {
        ...requires({
          runtime: { nodejs: "^20" },
          platforms: [{ os: "linux", architecture: "arm64" }],
          libraries: [{ name: "libvips" }],
          capabilities: ["background-work"],
        }),
        signature: { type: "http", response: "streaming" },
      },
      triggers: [{ ...http, auth: "identity" } as Trigger],
      sizes: { compressed: 60_000_000, uncompressed: 300_000_000 },
      resolved: {
        architecture: "arm64",
        memoryMiB: 3000,
        cpu: 2,
        timeoutSeconds: 3600,
        concurrency: 80,
        ephemeralStorageMiB: 1024,
        secrets: { API_TOKEN: { ref: id("token"), key: "value" } },
        network: { ingress: "internal", egress: "private", attach: id("core") },
        raw: raws[target] ?? {},
      },
    })),
  ).toMatchInlineSnapshot(`
    {
      "aws-lambda": [
        "20",
        "warning E_RUNTIME /requires/runtime: nodejs 20 is deprecated on aws-lambda; nothing can be created on it from 2027-02-01",
        "E_CAPABILITY /requires/libraries/0: the package requires the system library libvips: aws-lambda does not vouch for it",
        "E_CAPABILITY /requires/capabilities/0: the capability "background-work": aws-lambda does not have it (the environment is frozen once the response is sent)",
        "E_TARGET_LIMIT /files: the archive's size 60000000 bytes: aws-lambda takes at most 52428800 bytes; nearest: 52428800 bytes (without \`uploads.bucket\`; a larger archive goes through a bucket)",
        "E_TARGET_LIMIT /files: the unpacked size 300000000 bytes: aws-lambda takes at most 262144000 bytes; nearest: 262144000 bytes",
        "E_TARGET_LIMIT /cpu: cpu 2: aws-lambda gives 1.7 to memory 3000Mi; nearest: 1.7 (1769Mi give one vCPU)",
        "E_TARGET_LIMIT /timeout: timeout 3600s: aws-lambda takes 1s to 900s; nearest: 900s",
        "E_TARGET_LIMIT /concurrency/perInstance: concurrency.perInstance 80: aws-lambda takes 1 only; nearest: 1 (an environment serves one call at a time; more calls get more environments)",
        "E_CAPABILITY /network/ingress: network.ingress "internal": aws-lambda does not have it (a function URL is reachable from the internet)",
        "E_CAPABILITY /network/egress: network.egress "private": aws-lambda does not have it (an attached function sends everything through the network)",
        "E_RAW_CONFLICT /targets/aws-lambda/raw/AWS::Lambda::Function/Handler: raw touches AWS::Lambda::Function.Handler: fnpkg sets it itself",
        "E_RAW_CONFLICT /targets/aws-lambda/raw/AWS::Lambda::Function/MemorySize: raw touches AWS::Lambda::Function.MemorySize: \`memory\` sets it",
      ],
      "azure-functions": [
        "20",
        "warning E_RUNTIME /requires/runtime: nodejs 20 is deprecated on azure-functions",
        "E_CAPABILITY /requires/platforms: the package runs on linux/arm64; azure-functions runs it on linux/amd64/glibc",
        "E_CAPABILITY /requires/libraries/0: the package requires the system library libvips: azure-functions does not vouch for it",
        "E_CAPABILITY /requires/capabilities/0: the capability "background-work": azure-functions does not have it (an instance may end once its calls have)",
        "E_TARGET_LIMIT /memory: memory 3000Mi: azure-functions takes 512Mi, 2048Mi or 4096Mi; nearest: 2048Mi or 4096Mi",
        "E_TARGET_LIMIT /timeout: timeout 3600s: azure-functions takes 1s to 230s; nearest: 230s (the front end waits no longer; events may take longer)",
        "E_CAPABILITY /ephemeralStorage: ephemeralStorage 1024Mi: azure-functions does not have it (an instance's disk can't be sized)",
        "E_CAPABILITY /architecture: architecture "arm64": azure-functions does not have it (it runs on x86_64 alone)",
        "E_CAPABILITY /secrets/API_TOKEN/key: the secret's key "value": azure-functions does not have it (a secret is injected whole)",
        "E_CAPABILITY /network/egress: network.egress "private": azure-functions does not have it (an attached app sends everything through the network)",
        "E_CAPABILITY /triggers/0/auth: trigger "web": auth "identity": azure-functions does not have it (a function's levels are anonymous and key; Entra needs a registration of its own)",
        "E_RAW_CONFLICT /targets/azure-functions/raw/Microsoft.Web~1sites/properties/functionAppConfig/runtime: raw touches Microsoft.Web/sites.properties.functionAppConfig.runtime: fnpkg sets it itself",
      ],
      "google-cloud-functions": [
        "no runtime",
        "E_RUNTIME /requires/runtime: the package needs nodejs ^20, google-cloud-functions has 26 (preview), 24, 22",
        "E_CAPABILITY /requires/platforms: the package runs on linux/arm64; google-cloud-functions runs it on linux/amd64/glibc",
        "E_CAPABILITY /requires/libraries/0: the package requires the system library libvips: google-cloud-functions does not vouch for it",
        "E_CAPABILITY /requires/capabilities/0: the capability "background-work": google-cloud-functions does not have it (cpu is given during calls only)",
        "E_CAPABILITY /ephemeralStorage: ephemeralStorage 1024Mi: google-cloud-functions does not have it (files count against memory)",
        "E_CAPABILITY /architecture: architecture "arm64": google-cloud-functions does not have it (it runs on x86_64 alone)",
        "E_CAPABILITY /secrets/API_TOKEN/key: the secret's key "value": google-cloud-functions does not have it (a secret is injected whole)",
        "E_RAW_CONFLICT /targets/google-cloud-functions/raw/cloudfunctions.googleapis.com~1Function/buildConfig/source: raw touches cloudfunctions.googleapis.com/Function.buildConfig.source: fnpkg sets it itself",
      ],
    }
  `);
});
