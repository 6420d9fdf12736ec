/** A call with events: converted and handled. A failure is thrown, which is how the host learns of it and calls again. */
import { type Delivered, type EventFunction, type EventsResult, type Invocation, RuntimeError } from "fnpkg/runtime";
import type { Registration, SourceKind } from "../translate-bindings.ts";
import type { CoreCall } from "./core.ts";
import { eventGrid } from "./event-grid.ts";
import { eventHub } from "./event-hub.ts";
import { inputOf } from "./read.ts";
import type { Bound, Source } from "./records.ts";
import { serviceBus } from "./service-bus.ts";
import { storageQueue } from "./storage-queue.ts";
import { timer } from "./timer.ts";

const sources: { readonly [kind in Exclude<SourceKind, "http">]: Source } = {
  timer,
  "storage-queue": storageQueue,
  "service-bus": serviceBus,
  "event-grid": eventGrid,
  "event-hub": eventHub,
};

/** Rejects when anything of the call failed: the host knows no partial results. */
export async function handleEvents(
  fn: EventFunction,
  call: CoreCall,
  trigger: Registration,
  bound: Bound,
  invocation: Invocation,
): Promise<void> {
  if (trigger.source === "http") throw new TypeError("an http call is no event");
  const events = sources[trigger.source](call, inputOf(call), bound, trigger);
  if (events.length === 0) return;
  const { failures } = await fn.events(events, traced(invocation, events), { ordered: trigger.source === "event-hub" });
  if (failures.length > 0) throw failed(failures, events.length);
}

/** An event's own trace says more than the call's. */
function traced({ trace, ...invocation }: Invocation, events: readonly Delivered[]): Invocation {
  const own = events.some((event) => !(event instanceof Error) && event["traceparent"] !== undefined);
  return own || trace === undefined ? invocation : { ...invocation, trace };
}

function failed(failures: EventsResult["failures"], count: number): RuntimeError {
  const reason = failures[0]?.reason ?? "";
  const error = new RuntimeError("E_HANDLER", count === 1 ? reason : `${failures.length} of ${count} events failed: ${reason}`);
  // The handler's own error is logged already, with its stack.
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
