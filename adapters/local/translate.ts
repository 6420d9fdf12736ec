/** From package and configuration to the wanted resources. */
import type {
  ContentInfo,
  Json,
  JsonObject,
  Resolved,
  Resource,
  ResourceRef,
  Retry,
  TranslateInput,
  Trigger,
} from "fnpkg/adapter";
import type { Section } from "./config.ts";
import type { FunctionProps, SecretSource, TriggerProps, TriggerSettings } from "./resources.ts";
import { functionKind, triggerKind } from "./resources.ts";

export const functionId = "function";
/** How many workers a function has at most, when the configuration does not say. */
const defaultMaxInstances = 4;
/** How often a failed event is delivered again, when the configuration does not say. */
const defaultAttempts = 4;
const defaultBatchSize = 10;

export function translate({ pkg, config }: TranslateInput<Section>, content: ContentInfo): readonly Resource[] {
  const { manifest } = pkg;
  const batch = manifest.signature.type === "cloudevent" && manifest.signature.batch === true;
  const min = config.instances.min ?? 0;
  const props: FunctionProps = {
    package: { name: manifest.name, version: manifest.version, digest: pkg.digest },
    layout: content.digest,
    function: config.function,
    description: config.description ?? "",
    signature: { type: manifest.signature.type, batch },
    env: pick(config, false),
    sensitive: pick(config, true),
    secrets: Object.fromEntries(
      Object.entries(config.secrets).map(([name, { ref, key }]) => [name, secret(config.base, ref.id, key)]),
    ),
    memoryMiB: config.memoryMiB,
    timeoutSeconds: config.timeoutSeconds,
    concurrency: config.concurrency,
    instances: { min, max: config.instances.max ?? Math.max(min, defaultMaxInstances) },
    logs: { level: config.logs.level, retentionDays: config.logs.retentionDays ?? null },
    tags: config.tags,
  };
  return [
    { kind: functionKind, id: functionId, props: json(props) },
    ...config.triggers.map((trigger) => {
      const wanted: TriggerProps = { trigger: trigger.name, settings: settings(trigger, config, batch) };
      return { kind: triggerKind, id: triggerId(trigger.name), props: json(wanted), needs: [functionId] };
    }),
  ];
}

/** The trigger's id in the plan. */
export function triggerId(name: string): string {
  return `trigger-${name}`;
}

function settings(trigger: Trigger, config: Resolved<Section>, batch: boolean): TriggerSettings {
  switch (trigger.type) {
    case "http": {
      const { cors } = trigger;
      return {
        type: "http",
        path: trigger.path,
        methods: trigger.methods ?? null,
        cors: cors === undefined ? null : corsProps(cors),
        port: config.section.port ?? null,
      };
    }
    case "schedule":
      return {
        type: "schedule",
        cron: trigger.cron ?? null,
        everySeconds: trigger.everySeconds ?? null,
        timezone: trigger.timezone,
        data: trigger.data ?? null,
      };
    case "queue":
      return {
        type: "queue",
        folder: folder(config.base, trigger.source),
        ...delivery(config.base, trigger.retry),
        batch: { size: trigger.batch?.size ?? (batch ? defaultBatchSize : 1), windowSeconds: trigger.batch?.windowSeconds ?? 0 },
        maxConcurrency: trigger.maxConcurrency ?? null,
        ordered: trigger.ordered,
      };
    case "topic":
      return {
        type: "topic",
        folder: folder(config.base, trigger.source),
        ...delivery(config.base, trigger.retry),
        filter: trigger.filter?.attributes ?? {},
      };
    case "object-storage":
      return {
        type: "object-storage",
        folder: folder(config.base, trigger.source),
        ...delivery(config.base, trigger.retry),
        events: trigger.events,
        filter: { prefix: trigger.filter?.prefix ?? "", suffix: trigger.filter?.suffix ?? "" },
      };
    case "stream":
      // The limits refuse it before anything is translated.
      throw new TypeError("local has no streams");
    default:
      return trigger satisfies never;
  }
}

function corsProps(cors: NonNullable<Extract<Trigger, { type: "http" }>["cors"]>) {
  return {
    origins: cors.origins,
    methods: cors.methods ?? null,
    headers: cors.headers ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    maxAge: cors.maxAgeSeconds ?? null,
    credentials: cors.credentials ?? false,
  };
}

function delivery(base: string, retry: Retry | undefined) {
  return {
    attempts: retry?.attempts ?? defaultAttempts,
    deadLetter: retry?.deadLetter === undefined ? null : folder(base, retry.deadLetter),
  };
}

function folder(base: string, { id }: ResourceRef): string {
  return within(base, textOf(id));
}

function secret(base: string, id: Json, key: string | undefined): SecretSource {
  const text = textOf(id);
  const from = text.startsWith("file:") ? `file:${within(base, text.slice("file:".length))}` : text;
  return { from, key: key ?? null };
}

/** A resource's id here is a string: the limits refuse others. */
export function textOf(id: Json): string {
  return typeof id === "string" ? id : JSON.stringify(id);
}

/** The variables whose values came from the environment, or the others. */
function pick(config: Resolved<Section>, sensitive: boolean): { readonly [name: string]: string } {
  const names = new Set(config.sensitive);
  return Object.fromEntries(Object.entries(config.env).filter(([name]) => names.has(name) === sensitive));
}

/** A path of the configuration, absolute; `.` and `..` are resolved by their text. */
export function within(base: string, path: string): string {
  if (/^([\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
  const parts = base.replace(/[\\/]+$/, "").split("/");
  for (const part of path.split(/[\\/]+/)) {
    if (part === "..") {
      if (parts.length > 1) parts.pop();
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/") || "/";
}

function json(props: FunctionProps | TriggerProps): JsonObject {
  return props as object as JsonObject;
}
