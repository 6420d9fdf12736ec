/** The function's log, as Cloud Logging keeps it. */
import { setTimeout as wait } from "node:timers/promises";
import type { Json, LogLine } from "fnpkg/adapter";
import type { LogEntryJson } from "./client-api.ts";
import { type Context, enumName, said, shortName } from "./kinds/shared.ts";
import { deployed } from "./operations-invoke.ts";

/** `entries:list` takes 60 requests a minute of a project (docs.cloud.google.com/logging/quotas). */
const lookMs = 2000;
/** Entries may come late, and out of order: so far back is looked again. */
const lateMs = 30_000;
const pageSize = 1000;

/** google/logging/type/log_severity.proto. */
const levels: { readonly [severity: string]: string } = {
  DEFAULT: "info",
  DEBUG: "debug",
  INFO: "info",
  NOTICE: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  ALERT: "error",
  EMERGENCY: "error",
};
const severities: readonly (readonly [number, string])[] = [
  [500, "error"],
  [400, "warn"],
  [200, "info"],
  [100, "debug"],
];

/** Oldest first. */
export async function* logs(
  cx: Context,
  { follow, since, tail }: { readonly follow: boolean; readonly since?: number; readonly tail?: number },
): AsyncGenerator<LogLine> {
  const { name = "", serviceConfig } = await deployed(cx);
  const service = shortName(said(serviceConfig?.service) ?? name);
  const seen = new Map<string, number>();
  let newest = since;
  const fresh = (entries: Iterable<LogEntryJson>): LogLine[] =>
    [...entries].flatMap((entry) => {
      const key = `${entry.timestamp ?? ""} ${entry.insertId ?? ""} ${entry.logName ?? ""}`;
      if (seen.has(key)) return [];
      const at = Date.parse(entry.timestamp ?? "") || 0;
      seen.set(key, at);
      newest = Math.max(newest ?? 0, at);
      return [lineOf(entry)];
    });

  if (tail === undefined) {
    for await (const page of entries(cx, service, since, "asc")) yield* fresh(page);
  } else if (tail > 0) {
    yield* fresh((await newestFirst(cx, service, since, tail)).toReversed());
  } else {
    newest ??= Date.now();
  }
  while (follow && !cx.signal.aborted) {
    await wait(lookMs, undefined, { signal: cx.signal }).catch(() => undefined);
    if (cx.signal.aborted) return;
    const from = newest === undefined ? undefined : Math.max(since ?? 0, newest - lateMs);
    for await (const page of entries(cx, service, from, "asc")) yield* fresh(page);
    for (const [key, at] of seen) if (at < (newest ?? 0) - 2 * lateMs) seen.delete(key);
  }
}

async function newestFirst(cx: Context, service: string, since: number | undefined, most: number): Promise<LogEntryJson[]> {
  const found: LogEntryJson[] = [];
  for await (const page of entries(cx, service, since, "desc", Math.min(most, pageSize))) {
    found.push(...page);
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

async function* entries(
  cx: Context,
  service: string,
  since: number | undefined,
  order: "asc" | "desc",
  size = pageSize,
): AsyncGenerator<readonly LogEntryJson[]> {
  const { project, region } = cx.client.section;
  const filter = [
    'resource.type="cloud_run_revision"',
    `resource.labels.service_name="${service}"`,
    `resource.labels.location="${region}"`,
    // Without a time Logging looks back a day at most (docs.cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list).
    `timestamp>="${new Date(since ?? 0).toISOString()}"`,
  ].join(" AND ");
  let pageToken: string | undefined;
  do {
    const asked = { resourceNames: [`projects/${project}`], filter, orderBy: `timestamp ${order}`, pageSize: size };
    const page = await cx.client.logging.listEntries(pageToken === undefined ? asked : { ...asked, pageToken }, cx);
    yield page.items;
    pageToken = page.next;
  } while (pageToken !== undefined);
}

/** The runtime's own lines are JSON, which Logging takes apart; what Cloud Run writes of each request is put into words. */
export function lineOf(entry: LogEntryJson): LogLine {
  const { timestamp = "", receiveTimestamp, severity, textPayload, jsonPayload = {}, httpRequest, labels, trace } = entry;
  const { message, time: _time, severity: _severity, ...fields } = jsonPayload;
  const level = levelOf(severity) ?? said(fields["level"]) ?? "info";
  const execution = labels?.["execution_id"];
  return {
    ...(fields as { readonly [field: string]: Json }),
    ...(execution === undefined ? {} : { execution }),
    ...(trace === undefined || trace === "" ? {} : { trace }),
    time: timeOf(timestamp === "" ? (receiveTimestamp ?? "") : timestamp),
    level,
    message: textPayload?.trimEnd() ?? said(message) ?? requestWords(httpRequest) ?? "",
  };
}

function requestWords(request: LogEntryJson["httpRequest"]): string | undefined {
  if (request === undefined) return undefined;
  const words = [request.requestMethod, request.requestUrl, request.status, request.latency];
  return words.filter((word) => word !== undefined && word !== "").join(" ");
}

function levelOf(severity: LogEntryJson["severity"]): string | undefined {
  if (typeof severity === "number") return severities.find(([least]) => severity >= least)?.[1];
  return levels[enumName(severity, []) ?? ""];
}

/** To the millisecond: Logging has nanoseconds. */
function timeOf(timestamp: string): string {
  const at = new Date(timestamp);
  return Number.isNaN(at.getTime()) ? timestamp : at.toISOString();
}
