/** What happens during a deploy or destroy, as JSON lines or as words. */
import type { ApplyEvent, DestroyEvent } from "../engine/index.ts";
import { milliseconds } from "./format.ts";
import type { Io } from "./io.ts";

/** Prints each event as it comes; the receipt's words are the command's own. */
export function eventPrinter(io: Io, options: { label?: boolean } = {}): (event: ApplyEvent | DestroyEvent) => void {
  return (event) => {
    if (io.json) {
      const { event: name, ...rest } = event;
      io.document({ event: name, ...rest });
      return;
    }
    const prefix = options.label === true ? `${event.deployment} on ${event.target}: ` : "";
    if (event.event === "progress") io.progress(`${prefix}${event.message}`);
    if (event.event !== "step") return;
    const what = `${prefix}${event.action} ${event.kind} ${event.id}`;
    if (event.status === "done") io.note(`${io.tint("green", "✓")} ${what}  ${io.tint("dim", milliseconds(event.ms ?? 0))}`);
    else if (event.status === "retry")
      io.progress(`${what}: ${event.reason ?? "failed"}; again in ${milliseconds(event.waitMs ?? 0)}`);
    else if (event.status === "failed")
      io.note(`${io.tint("red", "✗")} ${what}${event.reason === undefined ? "" : `  ${event.reason}`}`);
    else if (event.status === "start") io.progress(`… ${what}`);
  };
}
