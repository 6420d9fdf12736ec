/** The context for an adapter's operations, which are no run of the engine. */
import { setMaxListeners } from "node:events";
import type { Cx } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import { systemClock } from "./clock.ts";
import type { RunInput } from "./input.ts";
import { poll } from "./poll.ts";

const DEFAULT_TIME_MS = 20 * 60_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type ContextInput<Client> = Omit<RunInput<never, Client>, "adapter" | "client"> & {
  readonly client: Client;
  /** The package's name. */
  readonly package: string;
  readonly progress?: (message: string) => void;
};

/** Its signal is aborted by either signal, and when the deadline passes. */
export function contextOf<Client>(input: ContextInput<Client>): Cx<Client> {
  const clock = input.clock ?? systemClock;
  const deadline = input.deadline ?? clock.now() + DEFAULT_TIME_MS;
  const left = Math.max(0, deadline - clock.now());
  const asked = [input.signal, input.hardSignal].flatMap((signal) => signal ?? []);
  const signal = AbortSignal.any([...asked, ...(left <= LONGEST_TIMER_MS ? [AbortSignal.timeout(left)] : [])]);
  setMaxListeners(0, signal);
  const guard = () => {
    if (asked.some(({ aborted }) => aborted)) throw new FnpkgError("E_INTERRUPTED", "interrupted");
  };
  return {
    client: input.client,
    deployment: input.deployment,
    package: input.package,
    signal,
    deadline,
    now: () => clock.now(),
    progress: (message) => input.progress?.(message),
    until: (what, look, notBefore) =>
      poll(what, look, { clock, deadline, signal, guard, ...(notBefore === undefined ? {} : { notBefore }) }),
  };
}
