/** The end of a deployment. */
import type { DestroyEvent, DestroyReceipt } from "../engine/index.ts";
import { FnpkgError } from "../errors.ts";
import { bounded } from "./bounds.ts";
import { connected } from "./connect.ts";
import type { ConfigOptions, EventOption, RunOptions, TargetOption } from "./options.ts";

export interface DestroyOptions extends ConfigOptions, TargetOption, RunOptions, EventOption<DestroyEvent> {
  /** Also remove logs and uploads, where the target keeps them; default false. */
  readonly purge?: boolean;
}

/**
 * Removes everything that the deployment owns, and nothing else. What is gone already is success.
 * @throws E_NOT_OURS, E_VENDOR, E_NETWORK, E_TIMEOUT, E_INTERRUPTED
 */
export async function destroy(options: DestroyOptions): Promise<DestroyReceipt> {
  const [{ destroy: engineDestroy }, { locate }] = await Promise.all([import("../engine/index.ts"), import("./locate.ts")]);
  return bounded(options, async (bounds) => {
    const place = await locate(options);
    return connected(place, bounds, async (run) => {
      for await (const event of engineDestroy({ ...run, package: place.packageName, purge: options.purge ?? false })) {
        options.onEvent?.(event);
        if (event.event === "receipt") return event.receipt;
      }
      throw new FnpkgError("E_INTERNAL", "the engine ended without a receipt");
    });
  });
}
