/** A connection for as long as one verb takes. */
import type { Adapter, Located } from "../contract.ts";
import type { RunInput } from "../engine/index.ts";
import { scrubber } from "../engine/redact.ts";
import { FnpkgError, wrap } from "../errors.ts";
import type { Bounds } from "./bounds.ts";
import { given } from "./options.ts";

/** Which deployment, and the values of its configuration and credentials that are never shown. */
export interface Place<Section, Client> {
  readonly adapter: Adapter<Section, Client>;
  readonly where: Located<Section>;
  readonly sensitive: readonly string[];
  /** The caller's, for the adapter alone. */
  readonly credentials?: unknown;
}

/** Connects, works, disconnects; `work` gets what every verb of the engine takes. */
export async function connected<Section, Client, T>(
  place: Place<Section, Client>,
  bounds: Bounds,
  work: (
    run: RunInput<Section, Client> & { readonly client: Client; readonly signal: AbortSignal; readonly deadline: number },
  ) => Promise<T>,
): Promise<T> {
  const { adapter, where, sensitive } = place;
  const { signal, hardSignal, deadline } = bounds;
  const client = await connect(place, bounds);
  try {
    return await work({ adapter, client, deployment: where.deployment, sensitive, signal, hardSignal, deadline });
  } finally {
    await adapter.disconnect?.(client);
  }
}

/** @throws E_VENDOR or what the adapter makes of it; E_INTERRUPTED when the bounds end first */
export async function connect<Section, Client>(
  { adapter, where, credentials, sensitive }: Place<Section, Client>,
  { any }: Pick<Bounds, "any">,
): Promise<Client> {
  let onAbort = () => {};
  const cut = new Promise<never>((_, reject) => {
    onAbort = () => reject(new FnpkgError("E_INTERRUPTED", "interrupted"));
    any.addEventListener("abort", onAbort, { once: true });
  });
  const connecting = adapter.connect(where, { signal: any, ...given({ credentials }) });
  try {
    return await Promise.race([connecting, cut]);
  } catch (cause) {
    // A connection that comes too late is ended.
    void connecting.then((client) => adapter.disconnect?.(client)).catch(() => undefined);
    const { code = "E_VENDOR", hint } = adapter.explain?.(cause) ?? {};
    const secrets = scrubber();
    secrets.add(sensitive);
    throw secrets.error(
      wrap(cause, code, `can't connect to ${adapter.name}`, { target: adapter.name, ...(hint === undefined ? {} : { hint }) }),
    );
  } finally {
    any.removeEventListener("abort", onAbort);
  }
}
