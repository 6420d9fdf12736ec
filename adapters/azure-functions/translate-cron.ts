/**
 * Five POSIX fields as NCRONTAB's six: seconds, minutes, hours, day of month, month, day of week from 0 for Sunday to 6
 * (https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer, NCrontab 3.4.0 CrontabField.cs).
 */

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

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

function written(text: string, field: Field): string {
  if (text === "*" || text === "*/1") return "*";
  // POSIX counts Sunday as 0 and as 7, NCrontab as 0 alone.
  const sundays = field.max === 7;
  if (!sundays && /^\*\/\d+$/.test(text)) return text;
  const values = new Set([...valuesOf(text, field)].map((value) => (sundays ? value % 7 : value)));
  return listed([...values].toSorted((a, b) => a - b));
}

function valuesOf(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const [range = "", by = "1"] = item.split("/");
    const [from = "", to = from] = range.split("-");
    const low = range === "*" ? field.min : numberOf(from, field);
    const high = range === "*" ? field.max : numberOf(to, field);
    for (let value = low; value <= high; value += Number(by)) values.add(value);
  }
  return values;
}

function numberOf(text: string, { names, min }: Field): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? Number(text) : index + min;
}

/** Sorted numbers, three or more in a row as a range. */
function listed(values: readonly number[]): string {
  const runs: number[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(","))).join(",");
}
