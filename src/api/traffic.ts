/** Which share of the traffic a target can give to what is deployed. */
import type { Adapter } from "../contract.ts";
import { FnpkgError } from "../errors.ts";

/**
 * The share as `translate` takes it; all of it is none.
 * @throws E_USAGE for what is no share; E_CAPABILITY, E_TARGET_LIMIT where the target can't keep it
 */
export function shareFor(
  adapter: Pick<Adapter, "name" | "limits" | "operations">,
  share: number | undefined,
): number | undefined {
  if (share === undefined || share === 1) return undefined;
  const target = adapter.name;
  if (!(share > 0 && share < 1))
    throw new FnpkgError("E_USAGE", `${share} is no share of the traffic`, { hint: "Give a number above 0 and up to 1." });
  const { traffic } = adapter.limits;
  if (traffic === undefined) {
    const why = adapter.operations.versions === undefined ? "it has no versions" : "it moves all traffic at once";
    const message = `${target} can't give a new version a share of the traffic: ${why}`;
    throw new FnpkgError("E_CAPABILITY", message, { target, hint: "Leave `--traffic` out." });
  }
  const { step } = traffic;
  if (step === undefined || isWhole(share / step)) return share;
  const near = [Math.floor(share / step), Math.ceil(share / step)].map((n) => n * step).filter((one) => one > 0 && one < 1);
  throw new FnpkgError("E_TARGET_LIMIT", `${target} shares the traffic in steps of ${percent(step)}, not by ${percent(share)}`, {
    target,
    hint: `Use ${near.map(percent).join(" or ")}.`,
  });
}

/** As people write it: at most two decimals are kept by the command line. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-9;
}
