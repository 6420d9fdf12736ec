/** Events to workers: one by one, or as a batch where the function takes batches. */
import type { IncomingMessage } from "node:http";
import { type CloudEvent, toBatch, toStructured } from "fnpkg/runtime";
import { type Invocation, lostBy, lostReasons, type Runner } from "./runner.ts";

export interface Failure {
  readonly index: number;
  readonly reason: string;
}

export interface DeliverOptions {
  /** The function takes batches. */
  readonly batch: boolean;
  /** The first failure stops; what comes after it has failed as well. */
  readonly ordered: boolean;
  readonly signal: AbortSignal;
}

/**
 * Which events failed, by ascending index. Each event of a function that takes single ones is an invocation of its own, so that
 * the number of workers bounds how many run at a time.
 * @throws Unavailable when no worker could be had: nothing was delivered
 */
export async function deliver(
  runner: Runner,
  events: readonly CloudEvent[],
  options: DeliverOptions,
): Promise<readonly Failure[]> {
  if (events.length === 0) return [];
  if (options.batch) {
    const failures = await invoke(runner, events, true, options.signal);
    const first = failures[0];
    if (!options.ordered || first === undefined) return failures;
    return events.flatMap((_, index) =>
      index < first.index ? [] : [failures.find((f) => f.index === index) ?? after(index, first.index)],
    );
  }
  if (!options.ordered) {
    const settled = await Promise.allSettled(events.map((event) => invoke(runner, [event], false, options.signal)));
    const refused = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
    if (refused[0] !== undefined && refused.length === settled.length) throw refused[0];
    return settled.flatMap((one, index) => {
      const reason = one.status === "rejected" ? String(one.reason) : one.value[0]?.reason;
      return reason === undefined ? [] : [{ index, reason }];
    });
  }
  for (const [index, event] of events.entries()) {
    const [failure] = await invoke(runner, [event], false, options.signal);
    if (failure !== undefined)
      return events.slice(index).map((_, i) => (i === 0 ? { index, reason: failure.reason } : after(index + i, index)));
  }
  return [];
}

function after(index: number, failed: number): Failure {
  return { index, reason: `not handled: event ${failed} before it failed` };
}

async function invoke(
  runner: Runner,
  events: readonly CloudEvent[],
  batch: boolean,
  signal: AbortSignal,
): Promise<readonly Failure[]> {
  const invocation = await runner.begin({ signal });
  try {
    return await send(invocation, events, batch);
  } finally {
    invocation.end();
  }
}

function send(invocation: Invocation, events: readonly CloudEvent[], batch: boolean): Promise<readonly Failure[]> {
  const all = (reason: string) => events.map((_, index) => ({ index, reason }));
  const { headers, body } = batch ? toBatch(events) : toStructured(events[0] as CloudEvent);
  const bytes = Buffer.from(body ?? "");
  return new Promise((resolve) => {
    const lost = () => resolve(all(lostReasons[lostBy(invocation.worker)]));
    const request = invocation.open("POST", "/", [
      "host",
      "localhost",
      "content-length",
      String(bytes.length),
      ...headers.flat(),
    ]);
    request.on("error", lost);
    request.on("response", (answer) => {
      collect(answer).then(
        (text) => {
          const status = answer.statusCode ?? 500;
          const failures = failuresOf(text);
          if (status === 200) resolve(failures ?? all("the function's answer can't be read"));
          else
            resolve(
              failures !== undefined && failures.length === events.length ? failures : all(`the function answered ${status}`),
            );
        },
        () => lost(),
      );
    });
    request.end(bytes);
  });
}

async function collect(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function failuresOf(text: string): readonly Failure[] | undefined {
  try {
    const { failures } = JSON.parse(text) as { failures?: unknown };
    return Array.isArray(failures) ? (failures as Failure[]) : undefined;
  } catch {
    return undefined;
  }
}
