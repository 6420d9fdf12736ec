/**
 * Five POSIX fields as the six of EventBridge Scheduler (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html):
 * minutes, hours, day of month, month, day of week from 1 for Sunday, year; one of the two day fields is `?`.
 */

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const minutes: Field = { min: 0, max: 59 };
const hours: Field = { min: 0, max: 23 };
const daysOfMonth: Field = { min: 1, max: 31 };
const months: Field = {
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const daysOfWeek: Field = { min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/** The configuration's schema has read the fields, and the limits refuse what has both day fields. */
export function awsCron(cron: string): string {
  const [minute = "*", hour = "*", dayOfMonth = "*", month = "*", dayOfWeek = "*"] = cron.trim().split(/[ \t]+/);
  const week = daysOfWeekOf(dayOfWeek);
  const day = week === undefined ? written(dayOfMonth, daysOfMonth) : "?";
  return `cron(${written(minute, minutes)} ${written(hour, hours)} ${day} ${written(month, months)} ${week ?? "?"} *)`;
}

/** An interval of whole minutes. */
export function awsRate(seconds: number): string {
  const count = seconds / 60;
  return `rate(${count} minute${count === 1 ? "" : "s"})`;
}

/** Nothing where every day will do. POSIX counts Sunday as 0 and as 7. */
function daysOfWeekOf(text: string): string | undefined {
  if (text === "*" || text === "*/1") return undefined;
  const days = new Set([...valuesOf(text, daysOfWeek)].map((day) => (day % 7) + 1));
  return listed([...days].toSorted((a, b) => a - b));
}

function written(text: string, field: Field): string {
  const step = /^\*\/(\d+)$/.exec(text)?.[1];
  if (text === "*" || step === "1") return "*";
  if (step !== undefined) return `${field.min}/${Number(step)}`;
  return listed([...valuesOf(text, field)].toSorted((a, b) => a - b));
}

function valuesOf(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to = from] = range.split("-");
    const low = range === "*" ? field.min : numberOf(from, field);
    const high = range === "*" ? field.max : numberOf(to, field);
    for (let value = low; value <= high; value += Number(step)) values.add(value);
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
