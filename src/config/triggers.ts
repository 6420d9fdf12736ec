/** Triggers in plain units, with their resources. */
import { cronFaults } from "./cron.ts";
import { given, type Cx } from "./cx.ts";
import { httpFaults } from "./http-trigger.ts";
import type { Batch, Cors, Retry, Trigger } from "./resolved.ts";
import type { Resources } from "./resources.ts";
import type { ReadSettings } from "./settings.ts";
import type { TriggerOutput } from "./schema.ts";
import { timezoneFault } from "./timezone.ts";
import { seconds } from "./units.ts";
import type { Path } from "./tree.ts";

/** Binds each trigger; every problem is reported. */
export function bindTriggers(cx: Cx, read: ReadSettings, resources: Resources): readonly Trigger[] {
  return read.triggers.map(({ index, trigger }) => bindTrigger(cx, trigger, ["triggers", index], resources));
}

function bindTrigger(cx: Cx, trigger: TriggerOutput, at: Path, resources: Resources): Trigger {
  const { name } = trigger;
  const retry = (
    from: { attempts?: number | undefined; deadLetter?: string | { resource: string } | undefined } | undefined,
  ): { retry?: Retry } => {
    if (from === undefined) return {};
    const deadLetter =
      from.deadLetter === undefined ? undefined : resources.ref(from.deadLetter, "dead letter", [...at, "retry", "deadLetter"]);
    return { retry: { ...given("attempts", from.attempts), ...given("deadLetter", deadLetter) } };
  };
  switch (trigger.type) {
    case "http": {
      for (const { message, key } of httpFaults(trigger)) cx.report("E_SCHEMA", message, [...at, key]);
      const { path = "/{rest*}", methods, auth = "public", callers, cors } = trigger;
      return {
        type: "http",
        name,
        path,
        auth,
        ...given("methods", methods),
        ...given("callers", callers),
        ...given("cors", cors && corsOf(cors)),
      };
    }
    case "schedule":
      return { type: "schedule", name, ...schedule(cx, trigger, at) };
    case "queue":
      return {
        type: "queue",
        name,
        source: resources.ref(trigger.source, "queue", [...at, "source"]),
        ordered: trigger.ordered ?? false,
        ...given("batch", batchOf(trigger.batch)),
        ...given("maxConcurrency", trigger.maxConcurrency),
        ...retry(trigger.retry),
      };
    case "topic": {
      const attributes = Object.entries(trigger.filter?.attributes ?? {}).map(
        ([key, value]) => [key, typeof value === "string" ? [value] : value] as const,
      );
      return {
        type: "topic",
        name,
        source: resources.ref(trigger.source, "topic", [...at, "source"]),
        ...(trigger.filter === undefined ? {} : { filter: { attributes: Object.fromEntries(attributes) } }),
        ...retry(trigger.retry),
      };
    }
    case "object-storage": {
      const { prefix, suffix } = trigger.filter ?? {};
      return {
        type: "object-storage",
        name,
        source: resources.ref(trigger.source, "object-storage", [...at, "source"]),
        events: [...new Set(trigger.events ?? ["created" as const])],
        ...(trigger.filter === undefined ? {} : { filter: { ...given("prefix", prefix), ...given("suffix", suffix) } }),
        ...retry(trigger.retry),
      };
    }
    case "stream":
      return {
        type: "stream",
        name,
        source: resources.ref(trigger.source, "stream", [...at, "source"]),
        start: trigger.start ?? "latest",
        ...given("batch", batchOf(trigger.batch)),
        ...given("parallelism", trigger.parallelism),
        ...retry(trigger.retry),
      };
  }
}

function schedule(cx: Cx, trigger: Extract<TriggerOutput, { type: "schedule" }>, at: Path) {
  const { cron, every, timezone = "UTC", data } = trigger;
  if (cron === undefined && every === undefined)
    cx.report("E_CRON", `the schedule "${trigger.name}" has neither \`cron\` nor \`every\``, [...at, "cron"]);
  if (cron !== undefined && every !== undefined)
    cx.report("E_CRON", `the schedule "${trigger.name}" has both \`cron\` and \`every\``, [...at, "every"], {
      hint: "Keep one of them.",
    });
  if (cron !== undefined) {
    const hidden = cx.sensitive([...at, "cron"]);
    for (const fault of cronFaults(cron))
      cx.report(
        "E_CRON",
        hidden ? "the cron expression can't be read" : `the cron expression ${cx.show([...at, "cron"])}: ${fault}`,
        [...at, "cron"],
      );
  }
  const fault = timezoneFault(timezone);
  if (fault !== undefined)
    cx.report("E_TIMEZONE", cx.sensitive([...at, "timezone"]) ? "the time zone is unknown" : fault, [...at, "timezone"]);
  return {
    ...given(
      "cron",
      cron
        ?.trim()
        .split(/[ \t]+/)
        .join(" "),
    ),
    ...given("everySeconds", every === undefined ? undefined : seconds(every)),
    timezone,
    ...given("data", data),
  };
}

function batchOf(batch: { size?: number | undefined; window?: string | undefined } | undefined): Batch | undefined {
  return (
    batch && {
      ...given("size", batch.size),
      ...given("windowSeconds", batch.window === undefined ? undefined : seconds(batch.window)),
    }
  );
}

function corsOf(cors: NonNullable<Extract<TriggerOutput, { type: "http" }>["cors"]>): Cors {
  const { origins, methods, headers, exposeHeaders, maxAge, credentials } = cors;
  return {
    origins,
    ...given("methods", methods),
    ...given("headers", headers),
    ...given("exposeHeaders", exposeHeaders),
    ...given("maxAgeSeconds", maxAge === undefined ? undefined : seconds(maxAge)),
    ...given("credentials", credentials),
  };
}
