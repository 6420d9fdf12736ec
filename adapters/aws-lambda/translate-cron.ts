/**
 * Five POSIX fields as the six of EventBridge Scheduler (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html):
 * minutes, hours, day of month, month, day of week from 1 for Sunday, year; one of the two day fields is `?`.
 */
import { type CronField, cronFields, cronList, cronValues } from "fnpkg/adapter";

/** The configuration's schema has read the fields, and the limits refuse what has both day fields. */
export function awsCron(cron: string): string {
  const [minute = "*", hour = "*", dayOfMonth = "*", month = "*", dayOfWeek = "*"] = cron.trim().split(/[ \t]+/);
  const week = daysOfWeekOf(dayOfWeek);
  const day = week === undefined ? written(dayOfMonth, cronFields.dayOfMonth) : "?";
  return `cron(${written(minute, cronFields.minute)} ${written(hour, cronFields.hour)} ${day} ${written(month, cronFields.month)} ${week ?? "?"} *)`;
}

/** An interval of whole minutes. */
export function awsRate(seconds: number): string {
  const count = seconds / 60;
  return `rate(${count} minute${count === 1 ? "" : "s"})`;
}

/** Nothing where every day will do. POSIX counts Sunday as 0 and as 7. */
function daysOfWeekOf(text: string): string | undefined {
  if (text === "*" || text === "*/1") return undefined;
  const days = new Set([...cronValues(text, cronFields.dayOfWeek)].map((day) => (day % 7) + 1));
  return cronList([...days].toSorted((a, b) => a - b));
}

function written(text: string, field: CronField): string {
  const step = /^\*\/(\d+)$/.exec(text)?.[1];
  if (text === "*" || step === "1") return "*";
  if (step !== undefined) return `${field.min}/${Number(step)}`;
  return cronList([...cronValues(text, field)].toSorted((a, b) => a - b));
}
