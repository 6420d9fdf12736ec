/** The function's log, as Application Insights keeps it. Lines are there half a minute to three minutes after they were written. */
import { setTimeout as wait } from "node:timers/promises";
import { FnpkgError, type Json, type LogLine } from "fnpkg/adapter";
import { mustBeThere } from "./operations-invoke.ts";
import { answered, type Context } from "./kinds/shared.ts";
import { versions } from "./kinds/versions.ts";

const lookMs = 5000;
/** Lines come late, and out of order: so far back is looked again. */
const lateMs = 5 * 60_000;
/** Without `since`; Application Insights looks through this much by itself. */
const defaultMs = 24 * 3600_000;
const most = 10_000;

interface Table {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly Json[])[];
}

/** Oldest first. @throws FnpkgError E_CAPABILITY where no component is named */
export async function* logs(
  cx: Context,
  { follow, since, tail }: { readonly follow: boolean; readonly since?: number; readonly tail?: number },
): AsyncGenerator<LogLine> {
  const { applicationInsights: component } = cx.client.section;
  if (component === undefined) {
    throw new FnpkgError("E_CAPABILITY", "azure-functions keeps no log without Application Insights", {
      target: "azure-functions",
      hint: "Name a component in the target's section, `applicationInsights: /subscriptions/…/components/NAME`, and deploy.",
    });
  }
  const app = answered((await mustBeThere(cx)).name, "the app's name");
  const seen = new Set<string>();
  const began = since ?? Date.now() - defaultMs;
  let from = began;
  const fresh = async function* (start: number): AsyncGenerator<LogLine> {
    for (const { id, line } of await query(cx, component, app, start)) {
      if (seen.has(id)) continue;
      seen.add(id);
      from = Math.max(from, Date.parse(line.time));
      yield line;
    }
  };
  const first: LogLine[] = [];
  for await (const line of fresh(began)) first.push(line);
  yield* tail === undefined ? first : first.slice(Math.max(0, first.length - tail));
  while (follow && !cx.signal.aborted) {
    await wait(lookMs, undefined, { signal: cx.signal }).catch(() => undefined);
    if (cx.signal.aborted) return;
    yield* fresh(Math.max(began, from - lateMs));
  }
}

/** learn.microsoft.com/azure/azure-monitor/app/data-model-complete: the host sets the role's name to the app's, in lower case. */
export function queryText(app: string, from: number): string {
  return [
    "union isfuzzy=true traces, exceptions",
    `| where timestamp >= datetime(${new Date(from).toISOString()})`,
    `| where cloud_RoleName =~ '${app.replace(/[^\w-]/g, "")}'`,
    "| project id = itemId, time = timestamp, level = severityLevel, message = coalesce(message, outerMessage, type)",
    `| top ${most} by time desc`,
    "| order by time asc",
  ].join("\n");
}

async function query(cx: Context, component: string, app: string, from: number) {
  const path = `${component}/query`;
  const { body } = await cx.client.arm.post<{ readonly tables?: readonly Table[] }>(
    path,
    versions.insightsQuery,
    { query: queryText(app, from) },
    cx,
  );
  const table = body.tables?.[0];
  if (table === undefined) return [];
  const at = (name: string) => table.columns.findIndex((column) => column.name === name);
  const [id, time, level, message] = [at("id"), at("time"), at("level"), at("message")];
  return table.rows.map((row) => {
    const line = lineOf(textOf(row[time]) ?? "", row[level], textOf(row[message]) ?? "");
    return { id: textOf(row[id]) ?? `${line.time} ${line.message}`, line };
  });
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Severity levels of Application Insights: verbose, information, warning, error, critical. */
const levels = ["debug", "info", "warn", "error", "error"] as const;

/** The runtime's own lines are JSON; the host's are text. */
export function lineOf(time: string, severity: unknown, message: string): LogLine {
  const parsed = Date.parse(time);
  const base = {
    time: Number.isNaN(parsed) ? new Date(0).toISOString() : new Date(parsed).toISOString(),
    level: levels[Number(severity)] ?? "info",
  };
  const text = message.trimEnd();
  if (text.startsWith("{")) {
    try {
      const fields = JSON.parse(text) as Partial<LogLine>;
      if (typeof fields.message === "string")
        return { ...base, ...fields, time: fields.time ?? base.time, level: fields.level ?? base.level, message: fields.message };
    } catch {
      // A text that begins like JSON.
    }
  }
  return { ...base, message: text };
}
