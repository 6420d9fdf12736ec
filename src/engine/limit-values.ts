/** Legal values: whether one is, which are nearest, how they are written. */
import type { ChoiceLimit, RangeLimit } from "../contract.ts";
import { nearest as nearestWord } from "../schema.ts";

type Value = string | number | boolean;

/** Whether the limit refuses the value. */
export function outsideOf(row: RangeLimit | ChoiceLimit, value: Value): boolean {
  if (row.type === "choice") return typeof value === "boolean" || !row.values.includes(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return true;
  if ((row.min !== undefined && value < row.min) || (row.max !== undefined && value > row.max)) return true;
  return row.step !== undefined && Math.abs(value - onGrid(row, value, Math.round)) > 1e-9;
}

/** The legal values next to one that is not. */
export function nearestOf(row: RangeLimit | ChoiceLimit, value: Value): (string | number)[] {
  return row.type === "choice" ? nearestChoice(row.values, value) : nearestInRange(row, value);
}

function nearestChoice(values: readonly (string | number)[], value: Value): (string | number)[] {
  const numbers = values.filter((legal) => typeof legal === "number").sort((a, b) => a - b);
  if (typeof value === "number" && numbers.length > 0) {
    return [numbers.findLast((legal) => legal < value), numbers.find((legal) => legal > value)].filter(
      (legal) => legal !== undefined,
    );
  }
  const words = values.filter((legal) => typeof legal === "string");
  const near = nearestWord(String(value), words);
  return near === undefined ? words.slice(0, 8) : [near];
}

function nearestInRange(row: RangeLimit, value: Value): number[] {
  if (typeof value !== "number" || !Number.isFinite(value)) return [row.min, row.max].filter((legal) => legal !== undefined);
  if (row.min !== undefined && value < row.min) return [row.min];
  if (row.max !== undefined && value > row.max) return [row.step === undefined ? row.max : onGrid(row, row.max, Math.floor)];
  return [onGrid(row, value, Math.floor), onGrid(row, value, Math.ceil)].filter((legal) => !outsideOf(row, legal));
}

function onGrid(row: RangeLimit, value: number, way: (steps: number) => number): number {
  const step = row.step ?? 1;
  const min = row.min ?? 0;
  return round(min + way(round((value - min) / step, 9)) * step, 9);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** A value as the configuration writes it. */
export function shown(value: Value, unit?: string): string {
  if (typeof value !== "number") return String(value);
  if (unit === "MiB") return `${value}Mi`;
  if (unit === "s") return `${value}s`;
  if (unit === "bytes") return `${value} bytes`;
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

/** What the limit takes, in words. */
export function takenBy(row: RangeLimit | ChoiceLimit): string {
  if (row.type === "choice") {
    if (row.values.length > 8) return `one of ${row.values.length} values`;
    return listed(
      row.values.map((value) => shown(value, row.unit)),
      "or",
    );
  }
  const { min, max, step, unit } = row;
  const steps = step === undefined || step === 1 ? "" : ` in steps of ${shown(step, unit)}`;
  if (min !== undefined && min === max) return `${shown(min, unit)} only`;
  if (min !== undefined && max !== undefined) return `${shown(min, unit)} to ${shown(max, unit)}${steps}`;
  return min === undefined ? `at most ${shown(max ?? 0, unit)}${steps}` : `at least ${shown(min, unit)}${steps}`;
}

/** "a", "a or b", "a, b or c". */
export function listed(words: readonly string[], word: "or" | "and" = "or"): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${word} ${last}`;
}
