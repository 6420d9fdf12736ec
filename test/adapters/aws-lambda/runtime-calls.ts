/** Calls handlers as the entry file does, without its start. */
import { createFunction, type Handler, type Invocation, type Signature } from "fnpkg/runtime";
import { answer, buffered } from "../../../adapters/aws-lambda/runtime/answer.ts";
import { handleEvents } from "../../../adapters/aws-lambda/runtime/events.ts";
import type { Result } from "../../../adapters/aws-lambda/runtime/http-out.ts";
import type { Bound } from "../../../adapters/aws-lambda/runtime/records.ts";

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly code?: string;
}

export const lambdaArn = "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail-prod:live";

export function made(handler: Handler, signature: Signature, given: { http?: object; lines?: Line[] } = {}) {
  return createFunction({
    handler,
    signature,
    function: { name: "acme/sample", version: "1.0.0", packageDigest: "sha256:0" },
    target: { name: "aws-lambda", region: "eu-west-1" },
    http: given.http ?? {},
    log: { write: (_, line) => given.lines?.push(JSON.parse(line) as Line) },
  });
}

export interface HttpGiven {
  readonly http?: object;
  readonly lines?: Line[];
  readonly invocation?: Invocation;
}

/** The answer of an http function. */
export async function request(handler: Handler, event: unknown, given: HttpGiven = {}): Promise<Result> {
  const lines = given.lines ?? [];
  const fn = made(handler, { type: "http" }, { ...given, lines });
  const found = await answer(fn, event, given.invocation ?? { id: "r1" });
  return buffered(found.request, found.response, (message) => lines.push({ level: "error", message }));
}

export const bound: Bound = {
  function: "thumbnail",
  triggers: new Map([
    ["arn:aws:sqs:eu-west-1:123456789012:jobs", "jobs"],
    ["arn:aws:sqs:eu-west-1:123456789012:jobs.fifo", "fifo"],
    ["arn:aws:sns:eu-west-1:123456789012:orders", "orders"],
    ["arn:aws:s3:::acme-photos", "up"],
    ["arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", "clicks"],
  ]),
  declared: ["dev.fnpkg.message.received.v1"],
};

export interface EventGiven {
  readonly batch?: boolean;
  readonly declared?: readonly string[];
  readonly lines?: Line[];
  readonly invocation?: Invocation;
}

/** The answer of an event function. */
export async function deliver(handler: Handler, event: unknown, given: EventGiven = {}): Promise<unknown> {
  const fn = made(handler, { type: "cloudevent", batch: given.batch ?? false }, given);
  return handleEvents(
    fn,
    event,
    { ...bound, declared: given.declared ?? bound.declared },
    { ...given.invocation, id: "r1", arn: lambdaArn },
  );
}

/** What the handler was given. */
export async function seen(event: unknown, given: EventGiven = {}): Promise<{ [name: string]: unknown }[]> {
  const events: { [name: string]: unknown }[] = [];
  await deliver((one) => void events.push(one as { [name: string]: unknown }), event, given);
  return events;
}
