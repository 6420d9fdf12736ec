/** A connection for as long as one verb takes. */
import type { Adapter, Located } from "../contract.ts";
import type { RunInput } from "../engine/index.ts";
import { wrap } from "../errors.ts";
import type { RunOptions } from "./options.ts";

const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** Connects, works, disconnects; `work` gets what every verb of the engine takes. */
export async function connected<Section, Client, T>(
  adapter: Adapter<Section, Client>,
  where: Located<Section>,
  options: RunOptions,
  work: (
    run: RunInput<Section, Client> & { readonly client: Client; readonly signal: AbortSignal; readonly deadline: number },
  ) => Promise<T>,
): Promise<T> {
  const never = new AbortController().signal;
  const signal = options.signal ?? never;
  const deadline = Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  let client: Client;
  try {
    client = await adapter.connect(where, { signal });
  } catch (cause) {
    throw wrap(cause, adapter.explain?.(cause)?.code ?? "E_VENDOR", `can't connect to ${adapter.name}`, { target: adapter.name });
  }
  try {
    return await work({
      adapter,
      client,
      deployment: where.deployment,
      signal,
      deadline,
      ...(options.hardSignal === undefined ? {} : { hardSignal: options.hardSignal }),
    });
  } finally {
    await adapter.disconnect?.(client);
  }
}
