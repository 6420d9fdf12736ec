/** Plan, apply, read back. */
import type { ApplyEvent, Receipt } from "../engine/index.ts";
import { FnpkgError, type Problem } from "../errors.ts";
import { bounded } from "./bounds.ts";
import { connected } from "./connect.ts";
import type { EventOption, PackageOptions, RunOptions, TargetOption, TrafficOption } from "./options.ts";

export interface DeployOptions extends PackageOptions, TargetOption, TrafficOption, RunOptions, EventOption<ApplyEvent> {
  /** The digest of a reviewed plan: E_PLAN when the plan is another one by now. */
  readonly plan?: string;
  /** Take over what exists without our mark; default false. */
  readonly adopt?: boolean;
  /** Allow replacing the function itself, which loses its address; default false. */
  readonly replace?: boolean;
  /** Called for each warning, before anything is written. */
  readonly onWarning?: (problem: Problem) => void;
}

/**
 * Makes the target what package and configuration say. Nothing changed, nothing is written. Run again after any failure it
 * ends in the same state.
 * @returns the receipt, once everything was read back
 * @throws what `check` finds (nothing was sent then); E_NOT_OURS, E_CONFLICT, E_PLAN, E_REPLACE, E_TRAFFIC; E_READ_BACK, E_TIMEOUT,
 * E_INTERRUPTED, E_VENDOR, E_NETWORK
 */
export async function deploy(options: DeployOptions): Promise<Receipt> {
  const [{ apply }, { prepare }] = await Promise.all([import("../engine/index.ts"), import("./prepare.ts")]);
  return bounded(options, async (bounds) => {
    const prepared = await prepare({ ...options, signal: bounds.any });
    try {
      for (const warning of prepared.warnings) options.onWarning?.(warning);
      return await connected(prepared.place, bounds, async (run) => {
        const events = apply({
          ...run,
          package: prepared.pkg.manifest.name,
          packageDigest: prepared.pkg.digest,
          configDigest: prepared.resolved.digest,
          config: prepared.resolved,
          ...prepared.asked,
          content: prepared.content,
          adopt: options.adopt ?? false,
          replace: options.replace ?? false,
          ...(options.plan === undefined ? {} : { plan: options.plan }),
        });
        for await (const event of events) {
          options.onEvent?.(event);
          if (event.event === "receipt") return event.receipt;
        }
        throw new FnpkgError("E_INTERNAL", "the engine ended without a receipt");
      });
    } finally {
      await prepared.close();
    }
  });
}
