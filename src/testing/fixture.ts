/** What the conformance suite needs to know about an adapter. */
import type { Resolved } from "../config/resolved.ts";
import type { Adapter, Resource } from "../contract.ts";
import type { Clock } from "../engine/clock.ts";
import type { SamplePackage } from "./samples.ts";

/** A target with nothing of ours on it, such as a fresh fake or an emulator that was reset. */
export interface Target<Section, Client> {
  readonly adapter: Adapter<Section, Client>;
  /** Makes a thing at the resource's address by other means than the adapter, without a mark. */
  foreign(resource: Resource): Promise<void>;
  /** Changes the live function by other means, so that it is no longer as deployed. Default: through the adapter's own `update`. */
  drift?(): Promise<void>;
  /** Everything that is there, as JSON that is the same for the same state. Compared when given. */
  snapshot?(): Promise<unknown>;
  close?(): Promise<void>;
}

export interface Fixture<Section, Client> {
  readonly name: string;
  open(): Promise<Target<Section, Client>>;
  readonly pkg: SamplePackage;
  /** With two triggers or more where the target has them, and with a sensitive value. */
  readonly config: Resolved<Section>;
  /** Another setting of the function, such as its memory. */
  readonly changed: Resolved<Section>;
  /** One trigger less. */
  readonly fewer: Resolved<Section>;
  /** Values in `config` that must be shown nowhere. */
  readonly secrets: readonly string[];
  /** Left out: the machine's. A virtual one for targets in memory. */
  readonly clock?: () => Clock;
  /** Also fail at each call of the client; default true. False for clients that can't be wrapped. */
  readonly clientFaults?: boolean;
  /** At most so many calls are tried to fail at, spread over all; `Infinity` for each. Default 60. */
  readonly mostFaults?: number;
}
