/** Log lines with the field that Cloud Logging takes the level from (https://docs.cloud.google.com/logging/docs/structured-logging). */
import type { WriteLine } from "fnpkg/runtime";

const severities: { readonly [level: string]: string } = { debug: "DEBUG", info: "INFO", warn: "WARNING", error: "ERROR" };

export const writeLine: WriteLine = (stream, line) => {
  process[stream].write(withSeverity(line));
};

export function withSeverity(line: string): string {
  const level = /^\{"time":"[^"]*","level":"([a-z]+)"/.exec(line)?.[1];
  const severity = severities[level ?? ""];
  return severity === undefined ? line : `{"severity":"${severity}",${line.slice(1)}`;
}
