/** A fact: one value of a package or a configuration, and where it was written. */
import type { ResourceRef, TriggerType } from "../config/resolved.ts";
import { canonical, type Json } from "../json.ts";

export interface Fact {
  /** One of `factFields`, or `section.` and a path in the target's own section. */
  readonly field: string;
  readonly value: string | number | boolean;
  /** Into the merged configuration, or into the manifest. */
  readonly pointer: string;
  /** Empty for the function; a trigger's name; `secret NAME`. */
  readonly scope: string;
  readonly document?: "package";
}

export interface FactSet {
  readonly facts: readonly Fact[];
  readonly signature: "http" | "cloudevent";
  /** The type of each trigger, by name. */
  readonly triggers: ReadonlyMap<string, TriggerType>;
}

/** Every field that a limit may name, and how messages call it. */
export const factFields = {
  deployment: "the deployed name",
  "description.length": "a description of",
  profile: "profile",
  contract: "the entry point's contract",
  response: "response",
  capability: "the capability",
  "package.compressed": "the archive's size",
  "package.uncompressed": "the unpacked size",
  "package.files": "the number of files",
  memory: "memory",
  cpu: "cpu",
  timeout: "timeout",
  ephemeralStorage: "ephemeralStorage",
  concurrency: "concurrency.perInstance",
  "instances.min": "instances.min",
  "instances.max": "instances.max",
  architecture: "architecture",
  "env.name": "the variable",
  "env.value.bytes": "the variable's value",
  "env.bytes": "all variables",
  "env.carried.bytes": "all variables, with the sources and secret references that travel among them,",
  "env.count": "the number of variables",
  "secret.id": "the secret's id",
  "secret.version": "the secret's version",
  "secret.key": "the secret's key",
  "tag.key": "the tag's key",
  "tag.value": "the tag's value",
  "tags.count": "the number of tags",
  "network.ingress": "network.ingress",
  "network.egress": "network.egress",
  "network.form": "the form of the network's id",
  "network.attach": "network.attach",
  "network.attach.id": "the network's id",
  "network.subnet": "the subnet's id",
  "network.subnets": "the number of subnets",
  "network.securityGroup": "the security group's id",
  "network.securityGroups": "the number of security groups",
  "network.network": "the network's name",
  "network.subnetwork": "the subnetwork's name",
  identity: "identity",
  "logs.level": "logs.level",
  "logs.retentionDays": "logs.retentionDays",
  tracing: "tracing.enabled",
  "tracing.sampleRate": "tracing.sampleRate",
  endpoint: "endpoint",
  "triggers.count": "the number of triggers",
  "sources.count": "the number of event sources",
  "async.attempts": "the number of different retry.attempts",
  "async.deadLetters": "the number of different dead letter targets",
  "queue.attempts": "the number of different retry.attempts of queues",
  "streams.settings": "the number of different start and batch of streams",
  trigger: "a trigger of type",
  satellite: "the generated name",
  "http.path": "path",
  "http.method": "the method",
  "http.auth": "auth",
  "http.caller": "the caller",
  "cors.origin": "the origin",
  "cors.origins": "the number of origins",
  "cors.method": "the cors method",
  "cors.methods": "the number of cors methods",
  "cors.header": "the cors header",
  "cors.headers": "the number of cors headers",
  "cors.exposeHeaders": "the number of exposed headers",
  "cors.maxAge": "cors.maxAge",
  "cors.credentials": "cors.credentials",
  "schedule.cron": "cron",
  "schedule.every": "every",
  "schedule.timezone": "timezone",
  "schedule.data.bytes": "the size of data",
  "queue.source": "the queue's id",
  "topic.source": "the topic's id",
  "object-storage.source": "the container's id",
  "stream.source": "the stream's id",
  "source.further": "a further event source,",
  "source.shared": "a source shared with trigger",
  "source.overlap": "a filter that overlaps the one of trigger",
  "batch.size": "batch.size",
  "batch.window": "batch.window",
  "retry.attempts": "retry.attempts",
  deadLetter: "retry.deadLetter",
  "deadLetter.id": "the dead letter target's id",
  maxConcurrency: "maxConcurrency",
  ordered: "ordered",
  "filter.attributes": "the number of filtered attributes",
  "filter.combinations": "the number of combinations of filtered values",
  "filter.prefix.bytes": "the length of filter.prefix",
  "filter.suffix.bytes": "the length of filter.suffix",
  event: "the event",
  "events.count": "the number of kinds of events",
  start: "start",
  parallelism: "parallelism",
} as const;
export type FactField = keyof typeof factFields;

/** What a field's numbers count, where that is no plain count. */
export const factUnits: { readonly [field: string]: string } = {
  "description.length": "characters",
  "package.compressed": "bytes",
  "package.uncompressed": "bytes",
  memory: "MiB",
  timeout: "s",
  ephemeralStorage: "MiB",
  "env.value.bytes": "bytes",
  "env.bytes": "bytes",
  "env.carried.bytes": "bytes",
  "logs.retentionDays": "days",
  "cors.maxAge": "s",
  "schedule.every": "s",
  "schedule.data.bytes": "bytes",
  "batch.window": "s",
  "filter.prefix.bytes": "bytes",
  "filter.suffix.bytes": "bytes",
};

/** The vendor's id as text; nothing where the target has no such thing, so that none could be given. */
export function idText({ id }: ResourceRef): string | undefined {
  return id === null ? undefined : textOf(id);
}

/** A string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : canonical(value);
}

/** A fact, or nothing when there is no value. */
export function fact(field: FactField, value: Fact["value"] | undefined, at: string, scope = ""): Fact | undefined {
  return value === undefined ? undefined : { field, value, pointer: at, scope };
}

/** UTF-8 bytes. */
export function bytes(text: string): number {
  return Buffer.byteLength(text);
}
