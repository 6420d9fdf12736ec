import { logs } from "../../api/logs.ts";
import { FnpkgError } from "../../errors.ts";
import { durationOf } from "../args.ts";
import { command, shared } from "../command.ts";
import { located } from "../options.ts";

export default command({
  name: "logs",
  summary: "Prints the function's log, oldest first.",
  args: [],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    follow: { type: "boolean", help: "go on printing as lines come, until Ctrl-C" },
    since: { type: "string", value: "TIME", help: "only lines of the last TIME, such as 10m" },
    tail: { type: "string", value: "N", help: "only the last N lines" },
  },
  async run({ options }, io) {
    const since = durationOf(options.since, "--since");
    const lines = logs({
      ...located(options),
      follow: options.follow,
      signal: io.signal,
      ...(since === undefined ? {} : { since: Date.now() - since }),
      ...(options.tail === undefined ? {} : { tail: countOf(options.tail) }),
    });
    for await (const entry of lines) {
      if (io.json) {
        io.document(entry);
        continue;
      }
      const { time, level, message, ...rest } = entry;
      const color = level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
      const fields = Object.keys(rest).length === 0 ? "" : `  ${io.style("dim", JSON.stringify(rest))}`;
      io.line(`${io.style("dim", time)} ${io.style(color, level.padEnd(5))} ${message}${fields}`);
    }
  },
});

function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new FnpkgError("E_USAGE", `--tail ${JSON.stringify(text)} is no whole number`);
  return Number(text);
}
