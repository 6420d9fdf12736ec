/**
 * Five POSIX fields as NCRONTAB's six: seconds, minutes, hours, day of month, month, day of week from 0 for Sunday to 6
 * (https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer, NCrontab 3.4.0 CrontabField.cs).
 */
import { type CronField, cronFields, cronList, cronValues } from "fnpkg/adapter";

const fields: readonly CronField[] = Object.values(cronFields);

/** The configuration's schema has read the fields, and the limits refuse what restricts both day fields. */
export function ncrontab(cron: string): string {
  const parts = cron.trim().split(/[ \t]+/);
  return ["0", ...fields.map((field, index) => written(parts[index] ?? "*", field))].join(" ");
}

/** An interval that divides a minute, an hour or a day: the limits refuse others. */
export function everyNcrontab(seconds: number): string {
  if (seconds < 60) return `${step(seconds)} * * * * *`;
  if (seconds < 3600) return `0 ${step(seconds / 60)} * * * *`;
  if (seconds < 86_400) return `0 0 ${step(seconds / 3600)} * * *`;
  return "0 0 0 * * *";
}

function step(count: number): string {
  return count === 1 ? "*" : `*/${count}`;
}

function written(text: string, field: CronField): string {
  if (text === "*" || text === "*/1") return "*";
  // POSIX counts Sunday as 0 and as 7, NCrontab as 0 alone.
  const sundays = field.max === 7;
  if (!sundays && /^\*\/\d+$/.test(text)) return text;
  const values = new Set([...cronValues(text, field)].map((value) => (sundays ? value % 7 : value)));
  return cronList([...values].toSorted((a, b) => a - b));
}
