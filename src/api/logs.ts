/** A function's log. */
import type { LogLine } from "../contract.ts";
import { connect } from "./connect.ts";
import type { OperateOptions } from "./operate.ts";
import { given } from "./options.ts";

export type LogsOptions = OperateOptions & {
  /** Go on with lines as they come, until the signal; default false. */
  readonly follow?: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  /** Only the last lines. */
  readonly tail?: number;
};

/** Following is bounded by the signal alone. */
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Lines, oldest first. With `follow` it ends when the signal is aborted.
 * @throws E_NOT_DEPLOYED, E_VENDOR, E_NETWORK
 */
export async function* logs(options: LogsOptions): AsyncGenerator<LogLine> {
  const [{ startRun }, { locate }] = await Promise.all([import("../engine/run.ts"), import("./locate.ts")]);
  const place = await locate(options);
  const { adapter, where, packageName, sensitive } = place;
  const signal = options.signal ?? new AbortController().signal;
  const client = await connect(place, { any: signal });
  const deadline = Date.now() + (options.timeoutMs ?? YEAR_MS);
  const run = startRun(
    { adapter, client, deployment: where.deployment, sensitive, signal, hardSignal: signal, deadline },
    { package: packageName },
  );
  const { follow = false, since, tail } = options;
  try {
    yield* adapter.operations.logs(run.cx, { follow, ...given({ since, tail }) });
  } catch (cause) {
    // However the adapter takes it: the signal is the end of following.
    if (signal.aborted && follow) return;
    throw run.failure(cause, { verb: "reading the log of", kind: where.deployment });
  } finally {
    run.close();
    await adapter.disconnect?.(client);
  }
}
