/** What can go wrong with a call on its way: plain data, so that a plan can be printed, replayed and made smaller. */
import { seededRandom } from "../faults.ts";
import type { Operation } from "./wire.ts";

export type WireFault =
  /** The connection ends before the vendor sees anything. */
  | { readonly kind: "reset" }
  /** The vendor does it; the connection ends without an answer. */
  | { readonly kind: "lost" }
  /** The vendor does it; the connection ends in the middle of the answer. */
  | { readonly kind: "truncated" }
  /** The vendor answers that it is busy, that it is broken, that it is asked too often; it did nothing. */
  | { readonly kind: "unavailable" }
  | { readonly kind: "internal" }
  | { readonly kind: "throttled"; readonly afterMs: number }
  /** The vendor did it and answers that it is broken. */
  | { readonly kind: "internal-done" }
  /** Something between answers with a page of its own. */
  | { readonly kind: "proxy" }
  /** It arrives twice; the second answer is heard. */
  | { readonly kind: "duplicate" }
  /** It takes so much longer, in milliseconds. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Before it arrives, somebody else changes something. */
  | { readonly kind: "disturbed" };

export type WireFaultKind = WireFault["kind"];

/** A fault at the call counted from 0, and at `times - 1` calls after it. */
export type PlannedFault = WireFault & { readonly at: number; readonly times?: number };

export interface WireCall extends Operation {
  /** Counted from 0 over everything that was sent. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
}

/** Which calls fail how. */
export type WirePlan = (call: WireCall) => WireFault | undefined;

/** The faults of a list, the first that fits. */
export function wireFaults(faults: readonly PlannedFault[]): WirePlan {
  return ({ index }) => faults.find(({ at, times = 1 }) => index >= at && index < at + times);
}

const passing: readonly WireFault[] = [
  { kind: "reset" },
  { kind: "lost" },
  { kind: "truncated" },
  { kind: "unavailable" },
  { kind: "internal" },
  { kind: "internal-done" },
  { kind: "throttled", afterMs: 1000 },
  { kind: "proxy" },
  { kind: "duplicate" },
  { kind: "slow", ms: 5000 },
];

/** Each call fails with the given share, always the same for the same seed; never by another writer. */
export function randomWireFaults(seed: number, share: number): WirePlan {
  const random = seededRandom(seed);
  return () => {
    const [hit, which] = [random(), random()];
    return hit < share ? passing[Math.floor(which * passing.length)] : undefined;
  };
}
