/** A line of a function's log, for people. */
import type { LogLine } from "../contract.ts";
import type { Io } from "./io.ts";

const colors: { readonly [level: string]: "red" | "yellow" } = { error: "red", warn: "yellow" };

export function logText({ time, level, message, ...rest }: LogLine, io: Pick<Io, "style">): string {
  const fields = Object.keys(rest).length === 0 ? "" : `  ${io.style("dim", JSON.stringify(rest))}`;
  return `${io.style("dim", time)} ${io.style(colors[level] ?? "dim", level.padEnd(5))} ${message}${fields}`;
}
