import { given } from "../../api/options.ts";
import { logs } from "../../api/logs.ts";
import { FnpkgError } from "../../errors.ts";
import { durationOf } from "../args.ts";
import { command, shared } from "../command.ts";
import { logText } from "../log-text.ts";
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
    follow: { type: "boolean", help: "go on printing as lines come, until Ctrl-C, which ends it with 130" },
    since: { type: "string", value: "TIME", help: "only lines of the last TIME, such as 10m" },
    tail: { type: "string", value: "N", help: "only the last N lines" },
  },
  async run({ options }, io) {
    const since = durationOf(options.since, "--since");
    const lines = logs({
      ...located(options),
      follow: options.follow,
      signal: AbortSignal.any([io.signal, io.unread]),
      ...given({ since: since === undefined ? undefined : Date.now() - since, tail: countOf(options.tail) }),
    });
    try {
      for await (const entry of lines) {
        if (io.json) io.document(entry);
        else io.line(logText(entry, io));
      }
    } catch (cause) {
      if (!io.unread.aborted) throw cause;
    }
    return io.signal.aborted ? 130 : 0;
  },
});

function countOf(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new FnpkgError("E_USAGE", `--tail ${JSON.stringify(text)} is no whole number`, {
    hint: "Write how many lines, such as --tail 100.",
  });
}
