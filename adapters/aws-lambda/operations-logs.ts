/** The function's log, as CloudWatch keeps it. */
import { setTimeout as wait } from "node:timers/promises";
import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { LogLine } from "fnpkg/adapter";
import { isMissing } from "./errors.ts";
import { functionLogGroup } from "./kinds/log-group.ts";
import type { Context } from "./kinds/shared.ts";
import { absent } from "./operations-invoke.ts";

const lookMs = 1000;
/** Lines may come late, and out of order: so far back is looked again. */
const lateMs = 10_000;

/** Oldest first. */
export async function* logs(
  cx: Context,
  { follow, since, tail }: { readonly follow: boolean; readonly since?: number; readonly tail?: number },
): AsyncGenerator<LogLine> {
  const seen = new Set<string>();
  let from = since;
  const last: LogLine[] = [];
  for await (const event of events(cx, from)) {
    seen.add(event.eventId ?? "");
    from = Math.max(from ?? 0, event.timestamp ?? 0);
    if (tail === undefined) yield lineOf(event);
    else if (last.push(lineOf(event)) > tail) last.shift();
  }
  yield* last;
  while (follow && !cx.signal.aborted) {
    await wait(lookMs, undefined, { signal: cx.signal }).catch(() => undefined);
    if (cx.signal.aborted) return;
    for await (const event of events(cx, from === undefined ? undefined : Math.max(since ?? 0, from - lateMs))) {
      const id = event.eventId ?? "";
      if (seen.has(id)) continue;
      seen.add(id);
      from = Math.max(from ?? 0, event.timestamp ?? 0);
      yield lineOf(event);
    }
  }
}

async function* events(cx: Context, startTime: number | undefined): AsyncGenerator<FilteredLogEvent> {
  const logGroupName = functionLogGroup(cx.deployment);
  let nextToken: string | undefined;
  do {
    const asked = {
      logGroupName,
      ...(startTime === undefined ? {} : { startTime }),
      ...(nextToken === undefined ? {} : { nextToken }),
    };
    try {
      const page = await cx.client.logs.filterLogEvents(asked, cx);
      yield* page.events ?? [];
      nextToken = page.nextToken;
    } catch (cause) {
      throw isMissing(cause) ? absent(cx, cause) : cause;
    }
  } while (nextToken !== undefined);
}

/** The runtime's own lines are JSON; Lambda's (START, REPORT) are text. */
export function lineOf({ timestamp = 0, message = "" }: FilteredLogEvent): LogLine {
  const time = new Date(timestamp).toISOString();
  const text = message.trimEnd();
  if (text.startsWith("{")) {
    try {
      const fields = JSON.parse(text) as Partial<LogLine>;
      if (typeof fields.message === "string")
        return { level: "info", ...fields, time: fields.time ?? time, message: fields.message };
    } catch {
      // A text that begins like JSON.
    }
  }
  return { time, level: "info", message: text };
}
