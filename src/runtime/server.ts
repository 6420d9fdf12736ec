import { parseEvents } from "./cloudevent-http.ts";
import type { Delivery } from "./batch.ts";
import { readTrace } from "./context.ts";
import type { Invocation } from "./context.ts";
import type { EventFunction } from "./create.ts";
import { messageOf } from "./errors.ts";
import type { RawResponse } from "./result.ts";

const invocationIdHeader = "function-invocation-id";
const deadlineHeader = "function-deadline";

/** The headers that tell a server of an invocation. */
export function invocationHeaders(invocation: Invocation): [string, string][] {
  const headers: [string, string][] = [];
  if (invocation.id !== undefined) headers.push([invocationIdHeader, invocation.id]);
  const { deadline } = invocation;
  if (deadline !== undefined && deadline !== null) headers.push([deadlineHeader, String(+deadline)]);
  return headers;
}

/** Reads the invocation's headers and those of the trace. Only for a server that its host alone can reach: clients may send them too. */
export function invocationFrom(headers: Iterable<readonly [name: string, value: string]>): Invocation {
  const invocation: Invocation = {};
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === invocationIdHeader && value !== "") invocation.id = value;
    else if (lower === deadlineHeader && /^\d{1,15}$/.test(value)) invocation.deadline = Number(value);
    else if (lower === "traceparent") traceparent = value;
    else if (lower === "tracestate") tracestate = value;
  }
  const trace = readTrace(traceparent, tracestate);
  if (trace.traceparent !== undefined) invocation.trace = trace;
  return invocation;
}

/** An event request as a server has it. */
export interface RawEventRequest {
  method: string;
  headers: Iterable<readonly [name: string, value: string]>;
  body: string | Uint8Array | null;
}

/**
 * Answers a request of the CloudEvents HTTP binding: 204 when handled and 500 when not; a batch gets 200 with
 * `{"failures":[{"index","reason"}]}`, and 500 with the same when the handler failed as such. What can't be read is 400, a batch
 * that the function didn't ask for 415. Never rejects.
 */
export async function answerEvents(
  fn: EventFunction,
  request: RawEventRequest,
  invocation?: Invocation,
  delivery?: Delivery,
): Promise<RawResponse> {
  if (request.method.toUpperCase() !== "POST") {
    return reply(405, { error: "events are sent by POST" }, [["allow", "POST"]]);
  }
  let message: ReturnType<typeof parseEvents>;
  try {
    message = parseEvents(request.headers, request.body);
  } catch (error) {
    return reply(400, { error: messageOf(error), code: "E_EVENT" });
  }
  const batched = message.mode === "batched";
  if (batched && fn.signature.batch !== true) {
    return reply(415, { error: "this function takes single events", code: "E_EVENT" });
  }
  const { failures, whole } = await fn.events(message.events, invocation, delivery);
  if (batched) return reply(whole ? 500 : 200, { failures });
  if (failures.length === 0) return { status: 204, headers: [], body: null };
  return reply(500, { error: "the event wasn't handled" });
}

function reply(status: number, value: unknown, headers: [string, string][] = []): RawResponse {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return {
    status,
    headers: [["content-type", "application/json"], ["content-length", length], ...headers],
    body,
  };
}
