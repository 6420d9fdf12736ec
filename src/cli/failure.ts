/** A failure in its two forms: the JSON document, and words for people. */
import { codes, type FnpkgError, type Problem } from "../errors.ts";
import type { Io } from "./io.ts";

/** Prints a failure: the document with --json, else to standard error. */
export function printFailure(error: FnpkgError, io: Io): void {
  if (io.json) {
    io.document({ error });
    return;
  }
  for (const line of failureLines(error)) io.warn(line);
}

function failureLines(error: FnpkgError): string[] {
  const { code, message, hint, problems } = error;
  return problemLines(problems.length === 0 ? [{ code, message, hint }] : problems);
}

/** Problems for people: code and message, place, what to do. */
export function problemLines(problems: readonly Problem[], options: { targets?: boolean } = {}): string[] {
  return problems.flatMap((problem) => {
    const named = options.targets !== false && problem.target !== undefined && !problem.message.includes(problem.target);
    const target = named ? `${problem.target}: ` : "";
    const place = placeOf(problem);
    return [
      `${problem.severity ?? "error"} ${problem.code}: ${target}${problem.message}`,
      ...(place === undefined ? [] : [`  at ${place}`]),
      `  ${problem.hint ?? codes[problem.code].hint}`,
    ];
  });
}

function placeOf({ file, line, pointer }: Problem): string | undefined {
  const at = file === undefined ? undefined : line === undefined ? file : `${file}:${line}`;
  if (at === undefined) return pointer || undefined;
  return pointer ? `${at} ${pointer}` : at;
}
