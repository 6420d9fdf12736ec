import { InvocationContext, late, readTrace } from "./context.ts";
import type { Running } from "./context.ts";
import { messageOf, RuntimeError } from "./errors.ts";
import type { Handler } from "./load.ts";
import type { CloudEvent } from "./types.ts";

/** One event of a delivery; an error stands for one that couldn't be converted and has failed already. */
export type Delivered = CloudEvent | Error;

export interface Failure {
  index: number;
  reason: string;
}

/** Which events failed, by ascending index. `whole` when the handler of a batch failed as such. */
export interface EventsResult {
  failures: Failure[];
  whole: boolean;
}

export interface Delivery {
  /** The source keeps an order: the first failure stops, and everything after it counts as failed. Default false. */
  ordered?: boolean;
  /** The order holds within a group only, such as a FIFO queue's message group. Default: one group. */
  groupOf?: (event: CloudEvent, index: number) => string;
  /** How many handlers run at a time where order allows it. Default 10. */
  concurrency?: number;
}

/** Calls a handler of single events for each event. */
export async function runEach(
  handler: Handler,
  events: readonly Delivered[],
  delivery: Delivery,
  running: Running,
): Promise<EventsResult> {
  const reasons = new Map<number, string>();
  const groups = delivery.ordered ? grouped(events, delivery.groupOf) : events.map((_, index) => [index]);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let group = groups[next++]; group; group = groups[next++]) {
      let stopped: string | undefined;
      for (const index of group) {
        const reason = stopped ?? (await runOne(handler, events[index] as Delivered, running));
        if (reason === undefined) continue;
        reasons.set(index, reason);
        stopped ??= delivery.ordered ? `not handled: event ${index} before it failed` : undefined;
      }
    }
  };
  const workers = Math.max(1, Math.min(delivery.concurrency ?? 10, groups.length));
  await Promise.all(Array.from({ length: workers }, worker));
  const failures = [...reasons].map(([index, reason]) => ({ index, reason }));
  return { failures: failures.sort((a, b) => a.index - b.index), whole: false };
}

/** The indices of each group, in order; an event that couldn't be converted stops every group that goes on after it. */
function grouped(events: readonly Delivered[], groupOf: Delivery["groupOf"]): number[][] {
  if (!groupOf || events.some((event) => event instanceof Error)) return [[...events.keys()]];
  const groups = new Map<string, number[]>();
  for (const [index, event] of events.entries()) {
    const name = groupOf(event as CloudEvent, index);
    const group = groups.get(name);
    if (group) group.push(index);
    else groups.set(name, [index]);
  }
  return [...groups.values()];
}

/** Undefined when the event was handled, else why not. Never rejects. */
async function runOne(handler: Handler, event: Delivered, running: Running): Promise<string | undefined> {
  if (event instanceof Error) {
    running.log.error(`an event can't be handled: ${messageOf(event)}`, {
      code: "E_EVENT",
      error: event,
    });
    return messageOf(event);
  }
  if (running.isEnding) return "not handled: the deadline was near";
  try {
    const context = new InvocationContext(running, readTrace(event["traceparent"], event["tracestate"]));
    const settled = await running.bound(settle(handler(event, context)));
    if (settled !== late) return undefined;
    throw new RuntimeError("E_HANDLER", "the handler didn't settle before the deadline");
  } catch (error) {
    logFailure(running, error, { id: event.id, source: event.source });
    return messageOf(error);
  }
}

/** Calls a handler of batches once, not at all for an empty batch, and checks what it returned. */
export async function runBatch(handler: Handler, events: readonly Delivered[], running: Running): Promise<EventsResult> {
  const failures: Failure[] = [];
  const given: CloudEvent[] = [];
  const indices: number[] = [];
  for (const [index, event] of events.entries()) {
    if (event instanceof Error) {
      failures.push({ index, reason: (await runOne(handler, event, running)) ?? "" });
    } else {
      given.push(event);
      indices.push(index);
    }
  }
  if (given.length === 0) return { failures, whole: false };
  try {
    const trace = readTrace(given[0]?.["traceparent"], given[0]?.["tracestate"]);
    const result = await running.bound(settle(handler(given, new InvocationContext(running, trace))));
    if (result === late) {
      throw new RuntimeError("E_HANDLER", "the handler didn't settle before the deadline");
    }
    for (const { index, reason } of readBatchResult(result, indices.length)) {
      failures.push({ index: indices[index] as number, reason });
    }
    return { failures: failures.sort((a, b) => a.index - b.index), whole: false };
  } catch (error) {
    logFailure(running, error, { events: events.length });
    const reason = messageOf(error);
    return { failures: events.map((_, index) => ({ index, reason })), whole: true };
  }
}

/** Reads a `BatchResult` of a batch of `size`; throws `E_BATCH_RESULT` when it is malformed. */
export function readBatchResult(result: unknown, size: number): Failure[] {
  if (result === undefined) return [];
  const list: unknown = result !== null && typeof result === "object" ? (result as { failures?: unknown }).failures : undefined;
  if (!Array.isArray(list)) throw malformed("nothing or { failures: [{ index }] } is needed");
  const seen = new Set<number>();
  return Array.from(list as readonly unknown[], (failure) => {
    const entry = (failure ?? {}) as { index?: unknown; reason?: unknown };
    const { index, reason } = entry;
    if (typeof index !== "number" || !Number.isInteger(index)) throw malformed("an index isn't a whole number");
    if (index < 0 || index >= size) throw malformed(`the index ${index} is outside the batch of ${size}`);
    if (seen.has(index)) throw malformed(`the index ${index} is there twice`);
    seen.add(index);
    return { index: index + 0, reason: typeof reason === "string" ? reason : "the handler reported it" };
  });
}

function malformed(what: string): RuntimeError {
  return new RuntimeError("E_BATCH_RESULT", `the handler's batch result is malformed: ${what}`);
}

async function settle(result: unknown): Promise<unknown> {
  return await result;
}

function logFailure(running: Running, error: unknown, fields: Record<string, unknown>): void {
  const own = error instanceof RuntimeError;
  running.log.error(own ? error.message : `the handler threw: ${messageOf(error)}`, {
    code: own ? error.code : "E_HANDLER",
    ...fields,
    error,
  });
}
