/**
 * What the entry file registers with the host, a function for each trigger and named after it: the bindings that
 * `@azure/functions` 4 would register for the same trigger. They stand in the archive, where the host looks for them.
 * What names an account or a namespace stands in settings, behind `connection`.
 */
import type {
  HttpTrigger,
  ObjectStorageTrigger,
  QueueTrigger,
  ScheduleTrigger,
  StreamTrigger,
  TopicTrigger,
  Trigger,
} from "fnpkg/adapter";
import { everyNcrontab, ncrontab } from "./translate-cron.ts";
import { connectionOf, idOf, onServiceBus, partOf } from "./translate-names.ts";

/** How a trigger's calls are read. */
export type SourceKind = "http" | "timer" | "storage-queue" | "service-bus" | "event-grid" | "event-hub";

export type Binding = { readonly [key: string]: unknown } & { readonly type: string; readonly direction: "in" | "out" };

/** The host calls again, in place: https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages */
export interface RetryOptions {
  /** -1: until it succeeds. */
  readonly maxRetryCount: number;
  readonly retryStrategy: "exponentialBackoff";
  readonly minimumInterval: { readonly seconds: number };
  readonly maximumInterval: { readonly seconds: number };
}

export interface Registration {
  readonly name: string;
  readonly source: SourceKind;
  readonly bindings: { readonly [name: string]: Binding };
  readonly retryOptions?: RetryOptions;
  /** Messages with other attributes are done without a call. */
  readonly filter?: { readonly [attribute: string]: readonly string[] };
  /** Of a schedule: seconds of `every`, and what the configuration hands it. */
  readonly every?: number;
  readonly data?: unknown;
}

export function registration(trigger: Trigger, batch: boolean): Registration {
  switch (trigger.type) {
    case "http":
      return http(trigger);
    case "schedule":
      return schedule(trigger);
    case "queue":
      return queue(trigger);
    case "topic":
      return topic(trigger);
    case "object-storage":
      return objectStorage(trigger);
    case "stream":
      return stream(trigger, batch);
    default:
      return trigger satisfies never;
  }
}

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger: only what is listed is let in. */
const allMethods = ["GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS", "TRACE", "CONNECT"] as const;

function http({ name, path, methods, auth, cors }: HttpTrigger): Registration {
  // Preflights are answered inside.
  const served = methods === undefined ? allMethods : [...new Set([...methods, ...(cors === undefined ? [] : ["OPTIONS"])])];
  return {
    name,
    source: "http",
    bindings: {
      request: {
        ...trigger("httpTrigger"),
        authLevel: auth === "key" ? "function" : "anonymous",
        methods: served,
        route: routeOf(path),
      },
      $return: { type: "http", direction: "out" },
    },
  };
}

/**
 * The path as the host's route, which it matches without regard to case and to a slash at the end: what it lets in too much is
 * refused inside. It takes an empty route for none, so that `/` alone is left to the inside as well.
 */
function routeOf(path: string): string {
  const route = path.slice(1).replace(/\{(\w+)\*\}$/, "{*$1}");
  return route === "" || route === "{*rest}" ? "{*path}" : route;
}

function schedule({ name, cron, everySeconds, data }: ScheduleTrigger): Registration {
  return {
    name,
    source: "timer",
    bindings: {
      timer: { ...trigger("timerTrigger"), schedule: cron === undefined ? everyNcrontab(everySeconds ?? 60) : ncrontab(cron) },
    },
    ...(everySeconds === undefined ? {} : { every: everySeconds }),
    ...(data === undefined ? {} : { data }),
  };
}

function queue({ name, source, ordered }: QueueTrigger): Registration {
  const id = idOf(source);
  const connection = connectionOf(name);
  const queueName = partOf(id, "queues");
  if (!onServiceBus(id)) {
    return { name, source: "storage-queue", bindings: { message: { ...raw("queueTrigger"), queueName, connection } } };
  }
  const binding = { ...raw("serviceBusTrigger"), queueName, connection, isSessionsEnabled: ordered, cardinality: "one" };
  return { name, source: "service-bus", bindings: { message: binding } };
}

function topic({ name, source, filter }: TopicTrigger): Registration {
  const id = idOf(source);
  const binding = {
    ...raw("serviceBusTrigger"),
    topicName: partOf(id, "topics"),
    // A subscription of Azure stands at the id's beginning as well.
    subscriptionName: id.split("/").at(-1) ?? "",
    connection: connectionOf(name),
    isSessionsEnabled: false,
    cardinality: "one",
  };
  return {
    name,
    source: "service-bus",
    bindings: { message: binding },
    ...(filter === undefined ? {} : { filter: filter.attributes }),
  };
}

/** Event Grid's own trigger: the blob trigger knows no deletions, and reads every blob into memory. */
function objectStorage({ name }: ObjectStorageTrigger): Registration {
  return { name, source: "event-grid", bindings: { event: trigger("eventGridTrigger") } };
}

/**
 * Without a retry policy the checkpoint moves on after a failure, and the records are lost
 * (https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages).
 */
function stream({ name, source, retry }: StreamTrigger, batch: boolean): Registration {
  const binding = {
    ...raw("eventHubTrigger"),
    eventHubName: partOf(idOf(source), "eventhubs"),
    connection: connectionOf(name),
    cardinality: batch ? "many" : "one",
    consumerGroup: "$Default",
  };
  return {
    name,
    source: "event-hub",
    bindings: { records: binding },
    retryOptions: {
      maxRetryCount: retry?.attempts ?? -1,
      retryStrategy: "exponentialBackoff",
      minimumInterval: { seconds: 1 },
      maximumInterval: { seconds: 60 },
    },
  };
}

function trigger(type: string) {
  return { type, direction: "in" as const, properties: { supportsDeferredBinding: "false" } };
}

/** Bytes as they were sent: of text the host drops what is empty. */
function raw(type: string) {
  return { ...trigger(type), dataType: "binary" };
}
