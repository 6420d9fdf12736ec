/** What a POSIX cron field means, for targets that write it in other words. The configuration's schema has read the fields. */

/** One of the five fields: its bounds, and the names that stand for numbers from `min` on. */
export interface CronField {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

export const cronFields = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  /** Sunday is 0 and 7. */
  dayOfWeek: { min: 0, max: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
} as const satisfies { readonly [name: string]: CronField };

/** Every value that the field's text names, unsorted. */
export function cronValues(text: string, field: CronField): Set<number> {
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

function numberOf(text: string, { names, min }: CronField): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? Number(text) : index + min;
}

/** Sorted numbers as a cron list, three or more in a row as a range. */
export function cronList(values: readonly number[]): string {
  const runs: number[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(","))).join(",");
}
