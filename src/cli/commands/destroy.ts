import { destroy } from "../../api/destroy.ts";
import { command, shared } from "../command.ts";
import { eventPrinter } from "../events.ts";
import { located } from "../options.ts";

export default command({
  name: "destroy",
  summary: "Removes everything that was deployed, and nothing else.",
  args: [],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    purge: { type: "boolean", help: "also remove logs and uploads" },
  },
  async run({ options }, io) {
    io.signal.addEventListener("abort", () => io.note("finishing the call in flight; Ctrl-C once more stops at once"));
    const receipt = await destroy({
      ...located(options),
      purge: options.purge,
      signal: io.signal,
      hardSignal: io.hard,
      onEvent: eventPrinter(io),
    });
    io.line(
      receipt.removed.length === 0
        ? `nothing of ${receipt.deployment} was there`
        : `${io.style("green", "destroyed")} ${receipt.deployment} on ${receipt.target}`,
    );
  },
});
