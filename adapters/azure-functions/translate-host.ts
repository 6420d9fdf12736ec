/** `host.json` (https://learn.microsoft.com/azure/azure-functions/functions-host-json): what the host keeps for the whole app. */
import type { StreamTrigger, Trigger } from "fnpkg/adapter";
import { type Config, idOf, onServiceBus } from "./translate-names.ts";

export function hostJson(config: Config): object {
  const { triggers, timeoutSeconds } = config;
  const bundled = triggers.some(({ type }) => type !== "http" && type !== "schedule");
  return {
    version: "2.0",
    functionTimeout: span(timeoutSeconds),
    // Bindings other than http and timers come with it.
    ...(bundled ? { extensionBundle: { id: "Microsoft.Azure.Functions.ExtensionBundle", version: "[4.*, 5.0.0)" } } : {}),
    extensions: {
      // Paths are the configuration's own.
      http: { routePrefix: "" },
      ...storageQueues(config),
      ...serviceBus(config),
      ...eventHubs(triggers),
    },
  };
}

/** One number of deliveries for all storage queues: the limits hold that they agree. Five is the vendor's default. */
function storageQueues({ triggers, concurrency }: Config): object {
  const queues = triggers.filter((trigger) => trigger.type === "queue").filter(({ source }) => !onServiceBus(idOf(source)));
  if (queues.length === 0) return {};
  const attempts = queues.find(({ retry }) => retry?.attempts !== undefined)?.retry?.attempts;
  return {
    queues: {
      batchSize: concurrency,
      // Together with the batch the most that are handled at a time.
      newBatchThreshold: 0,
      maxDequeueCount: attempts === undefined ? 5 : attempts + 1,
      messageEncoding: "base64",
    },
  };
}

function serviceBus({ triggers, concurrency, timeoutSeconds }: Config): object {
  const some = triggers.some(
    (trigger) => (trigger.type === "queue" || trigger.type === "topic") && onServiceBus(idOf(trigger.source)),
  );
  if (!some) return {};
  return {
    serviceBus: {
      maxConcurrentCalls: concurrency,
      maxConcurrentSessions: concurrency,
      maxConcurrentCallsPerSession: 1,
      // Locks are kept as long as a call may take; five minutes is the vendor's default.
      maxAutoLockRenewalDuration: span(Math.max(300, timeoutSeconds)),
    },
  };
}

const defaultBatchSize = 100;

/** Settings of all event hubs together: the limits hold that they agree. */
function eventHubs(triggers: readonly Trigger[]): object {
  const first = triggers.find((trigger): trigger is StreamTrigger => trigger.type === "stream");
  if (first === undefined) return {};
  const size = first.batch?.size ?? defaultBatchSize;
  const window = first.batch?.windowSeconds ?? 0;
  return {
    eventHubs: {
      maxEventBatchSize: size,
      // It waits only for a least number, which must be below the most.
      ...(window > 0 && size > 2 ? { minEventBatchSize: size - 1, maxWaitTime: span(window) } : {}),
      initialOffsetOptions: { type: first.start === "earliest" ? "fromStart" : "fromEnd" },
    },
  };
}

/** A TimeSpan's own form. */
export function span(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const time = `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return days === 0 ? time : `${days}.${time}`;
}
