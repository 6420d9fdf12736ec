/** Packages and configurations that the golden files stand for. */
import type { ContentInfo, HttpTrigger, Resolved, Resource, Signature, Trigger } from "fnpkg/adapter";
import { sampleConfig, samplePackage } from "fnpkg/testing";
import { config as schema, type Section } from "../../../adapters/aws-lambda/config.ts";
import { translate } from "../../../adapters/aws-lambda/translate.ts";

export const content: ContentInfo = { digest: `sha256:${"c".repeat(64)}`, size: 1234, files: 3 };
export const httpSignature: Signature = { type: "http" };
export const eventSignature: Signature = { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] };

export const of = {
  queue: (name: string) => ({ resource: name, id: `arn:aws:sqs:eu-west-1:123456789012:${name}` }),
  topic: (name: string) => ({ resource: name, id: `arn:aws:sns:eu-west-1:123456789012:${name}` }),
  bucket: (name: string) => ({ resource: name, id: `arn:aws:s3:::${name}` }),
  kinesis: (name: string) => ({ resource: name, id: `arn:aws:kinesis:eu-west-1:123456789012:stream/${name}` }),
  table: (name: string) => ({
    resource: name,
    id: `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}/stream/2026-01-01T00:00:00.000`,
  }),
};

export interface Given extends Partial<Omit<Resolved<Section>, "digest" | "section" | "triggers">> {
  readonly section?: object;
  readonly signature?: Signature;
  readonly triggers: readonly Trigger[];
  readonly traffic?: number;
}

export const identity = "arn:aws:iam::123456789012:role/thumbnail";
export const web: HttpTrigger = { type: "http", name: "web", path: "/{rest*}", auth: "public" };

export function inputOf({ section = {}, signature, triggers, traffic, ...given }: Given) {
  const http = triggers.some(({ type }) => type === "http");
  const parsed = schema.parse({ region: "eu-west-1", ...section });
  return {
    pkg: samplePackage({ signature: signature ?? (http ? httpSignature : eventSignature) }),
    config: sampleConfig<Section>({
      target: "aws-lambda",
      section: parsed,
      deployment: "thumbnail-prod",
      function: "thumbnail",
      stage: "prod",
      base: "/",
      triggers,
      ...(parsed.createRole ? {} : { identity }),
      ...given,
    }),
    ...(traffic === undefined ? {} : { traffic }),
  };
}

export function translated(given: Given): readonly Resource[] {
  return translate(inputOf(given), content);
}

const everything: Trigger[] = [
  { type: "schedule", name: "tick", cron: "*/5 8-17 * * 1-5", timezone: "Europe/Berlin", data: { mode: "sweep" } },
  { type: "schedule", name: "hourly", everySeconds: 3600, timezone: "UTC" },
  {
    type: "queue",
    name: "jobs",
    source: of.queue("jobs"),
    ordered: false,
    batch: { size: 100, windowSeconds: 5 },
    maxConcurrency: 4,
    retry: { attempts: 3, deadLetter: of.queue("jobs-dlq") },
  },
  { type: "queue", name: "fifo", source: of.queue("jobs.fifo"), ordered: true },
  {
    type: "topic",
    name: "orders",
    source: of.topic("orders"),
    filter: { attributes: { kind: ["new", "changed"] } },
    retry: { attempts: 1, deadLetter: of.queue("failed") },
  },
  {
    type: "object-storage",
    name: "up",
    source: of.bucket("acme-photos"),
    events: ["created"],
    filter: { prefix: "in/", suffix: ".jpg" },
  },
  { type: "object-storage", name: "gone", source: of.bucket("acme-photos"), events: ["deleted"] },
  {
    type: "stream",
    name: "clicks",
    source: of.kinesis("clicks"),
    start: "latest",
    parallelism: 2,
    retry: { attempts: 5, deadLetter: of.topic("failed") },
  },
  { type: "stream", name: "rows", source: of.table("rows"), start: "earliest", batch: { size: 50, windowSeconds: 1 } },
];

const full = {
  description: "Makes thumbnails",
  env: { LOG_FORMAT: "json" },
  secrets: {
    API_TOKEN: { ref: { resource: "t", id: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3" }, key: "token" },
    DB: { ref: { resource: "d", id: "arn:aws:ssm:eu-west-1:123456789012:parameter/db" }, version: "3" },
  },
  memoryMiB: 1024,
  ephemeralStorageMiB: 1024,
  instances: { min: 2, max: 40 },
  architecture: "arm64",
  network: {
    ingress: "public",
    attach: { resource: "core", id: { subnets: ["subnet-b", "subnet-a"], securityGroups: ["sg-1"] } },
  },
  logs: { level: "debug", retentionDays: 30 },
  tracing: { enabled: true },
  tags: { team: "media", cost: "42" },
} satisfies Partial<Given>;

export const cases: { readonly [name: string]: Given } = {
  "http-least": { triggers: [web] },
  "http-traffic": { triggers: [web], traffic: 0.1 },
  "http-full": {
    ...full,
    signature: { type: "http", response: "streaming" },
    triggers: [
      {
        ...web,
        path: "/thumb/{id}",
        methods: ["GET", "OPTIONS"],
        auth: "identity",
        callers: ["arn:aws:iam::123456789012:role/shop", "210987654321"],
        cors: { origins: ["https://app.acme.com"], headers: ["authorization"], maxAgeSeconds: 600, credentials: true },
      },
    ],
  },
  "http-gateway": {
    section: { http: "api-gateway" },
    tags: { team: "media" },
    triggers: [{ ...web, auth: "identity", cors: { origins: ["*"], credentials: true, methods: ["GET"] } }],
  },
  "events-full": { ...full, section: { schedulerRole: "arn:aws:iam::123456789012:role/scheduler" }, triggers: everything },
  "events-own-roles": { ...full, section: { createRole: true, account: "123456789012" }, triggers: everything },
  "own-role-without-account": {
    section: { createRole: true, region: "us-gov-west-1" },
    triggers: [
      { type: "object-storage", name: "up", source: of.bucket("acme-photos"), events: ["created", "deleted"] },
      { type: "schedule", name: "tick", everySeconds: 60, timezone: "UTC" },
    ],
  },
  raw: {
    triggers: [web],
    raw: {
      "AWS::Lambda::Function": {
        SnapStart: { ApplyOn: "PublishedVersions" },
        Layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:tools:3"],
      },
      "AWS::Logs::LogGroup": { KmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" },
    },
  },
};
