import { dev } from "../../api/dev.ts";
import { logs } from "../../api/logs.ts";
import { FnpkgError } from "../../errors.ts";
import { command, shared } from "../command.ts";
import { printFailure } from "../failure.ts";
import { milliseconds } from "../format.ts";
import { located } from "../options.ts";

export default command({
  name: "dev",
  summary: "Packs a folder, runs it on this machine, prints its log, and does it again on every change, until Ctrl-C.",
  args: [{ name: "FOLDER", help: "the author's folder" }],
  options: {
    config: shared.config,
    stage: shared.stage,
    set: shared.set,
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [folder = "."], options }, io) {
    const where = located({ ...options, target: "local" });
    let following: Promise<void> | undefined;
    await dev({
      ...where,
      folder,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal: io.signal,
      onEvent(event) {
        if (event.event === "failed") {
          if (io.json) io.document({ event: "failed", error: event.error });
          else printFailure(event.error, io);
          return;
        }
        if (io.json) io.document(event);
        else if (event.event === "change") io.note(io.style("dim", `changed: ${event.path}`));
        else
          io.note(
            `${io.style("green", "ready")} in ${milliseconds(event.ms)}${event.receipt.url === null ? "" : `  ${event.receipt.url}`}`,
          );
        if (event.event === "ready") following ??= follow();
      },
    });
    await following;

    async function follow(): Promise<void> {
      try {
        for await (const { time, level, message } of logs({ ...where, follow: true, since: Date.now(), signal: io.signal })) {
          io.line(`${io.style("dim", time.slice(11, 23))} ${level.padEnd(5)} ${message}`);
        }
      } catch (cause) {
        if (!(cause instanceof FnpkgError && cause.code === "E_INTERRUPTED"))
          io.note(`the log can't be followed: ${String(cause)}`);
      }
    }
  },
});
