import { dev, type DevEvent } from "../../api/dev.ts";
import { logs } from "../../api/logs.ts";
import { reasonOf } from "../../errors.ts";
import { command, shared } from "../command.ts";
import { printFailure } from "../failure.ts";
import { milliseconds } from "../format.ts";
import type { Io } from "../io.ts";
import { logText } from "../log-text.ts";
import { located } from "../options.ts";

export default command({
  name: "dev",
  summary:
    "Packs a folder, runs it on this machine, prints its log, and does it again on every change. Ctrl-C removes what it deployed and ends it with 130.",
  args: [{ name: "FOLDER", help: "the author's folder" }],
  options: {
    config: shared.config,
    stage: shared.stage,
    set: shared.set,
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [folder = "."], options }, io) {
    const where = located({ ...options, target: "local" });
    const signal = AbortSignal.any([io.signal, io.unread]);
    let following: Promise<void> | undefined;
    await dev({
      ...where,
      folder,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal,
      onEvent(event) {
        printEvent(event, io);
        if (event.event === "ready") following ??= follow();
      },
    });
    await following;
    return io.signal.aborted ? 130 : 0;

    async function follow(): Promise<void> {
      try {
        for await (const line of logs({ ...where, follow: true, since: Date.now(), signal })) {
          if (io.json) io.document({ event: "log", line });
          else io.line(logText(line, io));
        }
      } catch (cause) {
        if (!signal.aborted) io.warn(`the log can't be followed: ${reasonOf(cause)}`);
      }
    }
  },
});

function printEvent(event: DevEvent, io: Io): void {
  if (io.json) {
    io.document(event);
    return;
  }
  if (event.event === "failed") printFailure(event.error, io);
  else if (event.event === "change") io.note(io.tint("dim", `changed: ${event.path}`));
  else {
    const { url } = event.receipt;
    io.note(`${io.tint("green", "ready")} in ${milliseconds(event.ms)}${url === null ? "" : `  ${url}`}`);
  }
}
