/** One run of a verb: what its calls share, when it must stop, and how a vendor's failure becomes ours. */
import { setMaxListeners } from "node:events";
import type { Adapter, Content, Cx, Derivation, Explained } from "../contract.ts";
import { FnpkgError, reasonOf } from "../errors.ts";
import { systemClock } from "./clock.ts";
import type { RunInput } from "./input.ts";
import { poll } from "./poll.ts";
import { scrubber } from "./redact.ts";
import { retrying } from "./retry.ts";
import type { Retrying } from "./retry.ts";

const DEFAULT_TIME_MS = 20 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_SETTLE_MS = 60_000;
const RESUME = "Run the same command again: it resumes where this one stopped.";

/** What is called, for messages. */
export interface Place {
  readonly verb: string;
  readonly kind: string;
  readonly id?: string;
}

export interface Run<Client> extends Retrying {
  readonly adapter: Adapter<never, Client>;
  readonly deployment: string;
  readonly cx: Cx<Client>;
  readonly settleMs: number;
  /** Wraps once: operation and place in the message, secrets out, the cause kept. */
  failure(cause: unknown, place: Place): FnpkgError;
  /** Ends its timers, and whatever still waits after a failure. */
  close(): void;
}

export interface RunOptions {
  readonly package: string;
  readonly derivation?: Derivation;
  readonly content?: Content;
  readonly progress?: (message: string) => void;
}

export function startRun<Section, Client>(input: RunInput<Section, Client>, options: RunOptions): Run<Client> {
  const clock = input.clock ?? systemClock;
  const random = input.random ?? Math.random;
  const deadline = input.deadline ?? clock.now() + DEFAULT_TIME_MS;
  const adapter = input.adapter as unknown as Adapter<never, Client>;
  const secrets = scrubber();
  secrets.add(input.sensitive ?? []);
  const late = new AbortController();
  const over = new AbortController();
  const hard = AbortSignal.any([late.signal, ...(input.hardSignal === undefined ? [] : [input.hardSignal])]);
  const stopping = AbortSignal.any([hard, over.signal, ...(input.signal === undefined ? [] : [input.signal])]);
  // Every call in flight listens.
  setMaxListeners(0, hard, stopping);

  const guard = () => {
    if (over.signal.aborted) throw new FnpkgError("E_INTERRUPTED", "the run is over", { hint: RESUME });
    if (input.hardSignal?.aborted === true || input.signal?.aborted === true)
      throw new FnpkgError("E_INTERRUPTED", "interrupted", { hint: RESUME });
    if (late.signal.aborted || clock.now() >= deadline) throw new FnpkgError("E_TIMEOUT", "the time given was not enough");
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    guard();
    let onAbort: (() => void) | undefined;
    const cut = new Promise<never>((_, reject) => {
      onAbort = () => reject(stopReason(guard));
      hard.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([work(), cut]);
    } catch (cause) {
      if (hard.aborted) throw stopReason(guard);
      throw cause;
    } finally {
      if (onAbort !== undefined) hard.removeEventListener("abort", onAbort);
    }
  };
  const explain = (cause: unknown): Explained | undefined => {
    if (cause instanceof FnpkgError) return undefined;
    try {
      return adapter.explain?.(cause);
    } catch {
      return undefined;
    }
  };
  const failure = (cause: unknown, place: Place): FnpkgError => {
    if (cause instanceof FnpkgError) return secrets.error(cause);
    const explained = explain(cause);
    const what = place.id === undefined ? `${place.verb} ${place.kind}` : `${place.verb} ${place.kind} "${place.id}"`;
    const hint = explained?.hint;
    return secrets.error(
      new FnpkgError(explained?.code ?? "E_VENDOR", `${what}: ${reasonOf(cause)}`, {
        cause,
        target: adapter.name,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  };

  const run: Omit<Run<Client>, "cx"> = {
    adapter,
    deployment: input.deployment,
    clock,
    random,
    deadline,
    settleMs: input.settleMs ?? DEFAULT_SETTLE_MS,
    secrets,
    stopping,
    guard,
    call,
    explain,
    failure,
    close: () => over.abort(),
  };
  const cx: Cx<Client> = {
    client: input.client as Client,
    deployment: input.deployment,
    package: options.package,
    ...(options.derivation === undefined ? {} : { derivation: options.derivation }),
    ...(options.content === undefined ? {} : { content: options.content }),
    signal: hard,
    deadline,
    now: () => clock.now(),
    progress: (message) => options.progress?.(secrets.text(message)),
    until: (what, look, notBefore) =>
      poll(what, () => retrying(run, look), {
        clock,
        deadline,
        signal: stopping,
        guard,
        ...(notBefore === undefined ? {} : { notBefore }),
      }),
  };
  const left = Math.max(0, deadline - clock.now());
  if (left <= LONGEST_TIMER_MS) {
    clock.sleep(left, over.signal).then(
      () => late.abort(),
      () => undefined,
    );
  }
  return { ...run, cx };
}

function stopReason(guard: () => void): FnpkgError {
  try {
    guard();
  } catch (reason) {
    if (reason instanceof FnpkgError) return reason;
  }
  return new FnpkgError("E_INTERRUPTED", "interrupted", { hint: RESUME });
}
