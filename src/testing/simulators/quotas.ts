/** A vendor's own limits: who asks too soon is told when to come back. */
import type { Clock } from "../../engine/clock.ts";
import type { Rate } from "../../engine/limiter.ts";

/** Takes one of a quota; answers 0, or in how many milliseconds the next is free, and then takes none. */
export function quotas(rates: { readonly [quota: string]: Rate }, clock: Clock): (quota: string | undefined) => number {
  /** When each bucket would be full again. */
  const full = new Map<string, number>();
  return (quota) => {
    const rate = quota === undefined ? undefined : rates[quota];
    if (quota === undefined || rate === undefined) return 0;
    const each = rate.perMs / rate.calls;
    const now = clock.now();
    const next = Math.max(full.get(quota) ?? 0, now) + each;
    const early = next - now - (rate.burst ?? rate.calls) * each;
    // A hair early is what rounding makes of in time: milliseconds since the epoch have few digits left behind the point.
    if (early > 0.1) return early;
    full.set(quota, next);
    return 0;
  };
}
