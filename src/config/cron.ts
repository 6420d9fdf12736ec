/** Five POSIX fields: minute, hour, day of month, month, day of week. */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** The number that the first name stands for. */
  readonly first?: number;
}

const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    first: 1,
  },
  { name: "day of week", min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], first: 0 },
];
/** Days of each month in a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What is wrong with a cron expression, in words; nothing when it can be kept. */
export function cronFaults(expression: string): string[] {
  const parts = expression.trim().split(/[ \t]+/);
  if (expression.trim().startsWith("@")) return ["names such as @daily are no POSIX fields; write the five fields"];
  if (parts.length !== FIELDS.length) {
    const extra = parts.length === 6 ? "; there is no field for seconds or years" : "";
    return [
      `it has ${parts.length} field${parts.length === 1 ? "" : "s"}; there are five: minute, hour, day of month, month, day of week${extra}`,
    ];
  }
  const values: (ReadonlySet<number> | string)[] = FIELDS.map((field, i) => parse(parts[i] ?? "", field));
  const faults = values.filter((value) => typeof value === "string");
  if (faults.length > 0) return faults;
  const [, , days, months] = values as ReadonlySet<number>[];
  if (parts[4] === "*" && days !== undefined && months !== undefined) {
    const possible = [...months].some((month) => [...days].some((day) => day <= (DAYS[month - 1] ?? 0)));
    if (!possible) return ["none of its months has such a day, so it would never fire"];
  }
  return [];
}

function parse(text: string, field: Field): ReadonlySet<number> | string {
  const all = new Set<number>();
  for (const item of text.split(",")) {
    const found = /^(?:(\*)|([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)(?:\/(\d{1,4}))?$/.exec(item);
    if (found === null) return `${field.name} ${JSON.stringify(text)} is no number, name, range, list or step`;
    const [, star, from, to, step] = found;
    if (step !== undefined && star === undefined && to === undefined) {
      return `${field.name} "${item}" is a step without a range; write "${from}-${field.max}/${step}"`;
    }
    const low = star === undefined ? number(from ?? "", field) : field.min;
    const high = star === undefined ? number(to ?? from ?? "", field) : field.max;
    if (low === undefined || high === undefined) return `${field.name} "${item}" is outside ${field.min} to ${field.max}`;
    if (low > high) return `${field.name} "${item}" runs backwards; write two ranges`;
    const every = step === undefined ? 1 : Number(step);
    if (every < 1 || every > field.max) return `${field.name} "${item}": a step is 1 to ${field.max}`;
    for (let value = low; value <= high; value += every) all.add(value);
  }
  return all;
}

function number(text: string, field: Field): number | undefined {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : named(text, field);
  return value !== undefined && value >= field.min && value <= field.max ? value : undefined;
}

function named(text: string, field: Field): number | undefined {
  const index = field.names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? undefined : index + (field.first ?? 0);
}
