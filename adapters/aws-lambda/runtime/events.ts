/**
 * A call with events: converted, handled, and answered in the source's own form. The user's result is never the answer: Lambda
 * takes an empty or unknown one for success and deletes the messages
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
import { type Delivered, type EventFunction, type EventsResult, type Invocation, RuntimeError } from "fnpkg/runtime";
import { single, unknown } from "./others.ts";
import { type Fields, fields, list, text } from "./read.ts";
import { type Bound, convertAll, type Source } from "./records.ts";
import { s3 } from "./s3.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { dynamodb, kinesis } from "./streams.ts";

/** How a source is told which of its records failed. */
export interface PartialAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  /** Handed through, for streams with a time window. */
  readonly state?: unknown;
}

const sources = new Map<string, Source>([
  ["aws:sqs", sqs],
  ["aws:sns", sns],
  ["aws:s3", s3],
  ["aws:kinesis", kinesis],
  ["aws:dynamodb", dynamodb],
]);

/** Rejects when the call failed as a whole, so that Lambda counts it and delivers it again. */
export async function handleEvents(
  fn: EventFunction,
  event: unknown,
  bound: Bound,
  invocation: Invocation & { readonly id: string; readonly arn: string },
): Promise<PartialAnswer | undefined> {
  const records = recordsOf(event);
  if (records === undefined) {
    const { failures } = await fn.events([converted(event, bound, invocation)], traced(invocation, []));
    if (failures.length > 0) throw failed(failures, 1);
    return undefined;
  }
  const source = sourceOf(records);
  const events = convertAll(source, records, bound);
  const ordered = records.some((record) => source.ordered?.(record) === true);
  const result = await fn.events(events, traced(invocation, events), { ordered });
  const answer = source.identifier === undefined ? undefined : answerOf(source, records, result, ordered);
  if (answer === undefined) {
    if (result.failures.length > 0) throw failed(result.failures, records.length);
    return undefined;
  }
  const window = fields(event);
  return "window" in window ? { ...answer, state: window["state"] ?? {} } : answer;
}

function recordsOf(event: unknown): readonly Fields[] | undefined {
  const records = fields(event)["Records"];
  return Array.isArray(records) ? list(records).map(fields) : undefined;
}

function sourceOf(records: readonly Fields[]): Source {
  const name = text(records[0]?.["eventSource"]) ?? text(records[0]?.["EventSource"]) ?? "";
  return sources.get(name) ?? unknown;
}

function converted(event: unknown, bound: Bound, invocation: { readonly arn: string; readonly id: string }): Delivered {
  try {
    return single(event, bound, invocation);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** An event's own trace says more than the call's. */
function traced({ trace, ...invocation }: Invocation, events: readonly Delivered[]): Invocation {
  const own = events.some((event) => !(event instanceof Error) && event["traceparent"] !== undefined);
  return own || trace === undefined ? invocation : { ...invocation, trace };
}

function answerOf(
  source: Source,
  records: readonly Fields[],
  { failures, whole }: EventsResult,
  ordered: boolean,
): PartialAnswer | undefined {
  if (whole) return undefined;
  const lowest = failures[0]?.index;
  if (lowest === undefined) return { batchItemFailures: [] };
  // Where order counts, what came after a failure is delivered again with it.
  const indices =
    source.checkpoint === true ? [lowest] : ordered ? range(lowest, records.length) : failures.map(({ index }) => index);
  const identifiers = indices.map((index) => source.identifier?.(records[index] ?? {}));
  // A failure without its id would be taken for success.
  if (identifiers.some((identifier) => identifier === undefined)) return undefined;
  return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier: itemIdentifier ?? "" })) };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, offset) => from + offset);
}

function failed(failures: EventsResult["failures"], count: number): RuntimeError {
  const reason = failures[0]?.reason ?? "";
  const error = new RuntimeError("E_HANDLER", count === 1 ? reason : `${failures.length} of ${count} events failed: ${reason}`);
  // The handler's own error is logged already, with its stack.
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
