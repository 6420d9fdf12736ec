/**
 * Answers a request that carries events: 204 when they are handled, or not wanted, and 500 with the reasons when not, so that
 * Eventarc, Pub/Sub and Scheduler deliver them again as their own rules say. What can't be read is 400.
 */
import { type Delivered, type EventFunction, type Invocation, type RawResponse, RuntimeError } from "fnpkg/runtime";
import { convert, passes } from "./convert.ts";
import type { Bound, Found, Posted } from "./found.ts";

export async function answerEvents(
  fn: EventFunction,
  posted: Posted & { readonly method: string },
  bound: Bound,
  invocation: Invocation,
): Promise<RawResponse> {
  if (posted.method !== "POST") return reply(405, { error: "events are sent by POST" }, [["allow", "POST"]]);
  let found: ReturnType<typeof convert>;
  try {
    found = convert(posted, bound);
  } catch (error) {
    return reply(400, { error: error instanceof Error ? error.message : String(error), code: "E_EVENT" });
  }
  if (found.batched && fn.signature.batch !== true) {
    return reply(415, { error: "this function takes single events", code: "E_EVENT" });
  }
  const { failures, whole } = await deliver(fn, found.events, bound, invocation);
  if (found.batched) return reply(whole ? 500 : 200, { failures });
  return failures.length === 0 ? { status: 204, headers: [], body: null } : reply(500, { failures });
}

/** Hands on what the filters let through; failures have the indices of what was posted. */
export async function deliver(fn: EventFunction, found: readonly Found[], bound: Bound, { trace, ...invocation }: Invocation) {
  const wanted = [...found.entries()].filter(([, one]) => passes(one, bound));
  if (wanted.length === 0) return { failures: [], whole: false };
  const events = wanted.map(([, one]) => delivered(one));
  // An event's own trace says more than the request's.
  const own = events.some((event) => !(event instanceof Error) && event["traceparent"] !== undefined);
  const result = await fn.events(events, own || trace === undefined ? invocation : { ...invocation, trace });
  return { ...result, failures: result.failures.map((failure) => ({ ...failure, index: wanted[failure.index]?.[0] ?? 0 })) };
}

function delivered({ event }: Found): Delivered {
  try {
    return event();
  } catch (error) {
    return error instanceof Error ? error : new RuntimeError("E_EVENT", String(error));
  }
}

function reply(status: number, value: unknown, headers: [string, string][] = []): RawResponse {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return { status, headers: [["content-type", "application/json"], ["content-length", length], ...headers], body };
}
