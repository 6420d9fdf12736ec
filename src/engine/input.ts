/** What the engine's verbs take. */
import type { Adapter, Archive, Content, ContentInfo, Resource } from "../contract.ts";
import type { Resolved } from "../config/resolved.ts";
import type { Digest } from "../json.ts";
import type { Clock } from "./clock.ts";

/** Who works where: common to all verbs. */
export interface RunInput<Section = unknown, Client = unknown> {
  readonly adapter: Adapter<Section, Client>;
  /** From `adapter.connect`; may be left out of an offline plan. */
  readonly client?: Client;
  readonly deployment: string;
  /** Aborted once: the calls in flight end, nothing new begins, E_INTERRUPTED. */
  readonly signal?: AbortSignal;
  /** Stops at once. */
  readonly hardSignal?: AbortSignal;
  /** Milliseconds since the epoch; default 20 minutes from now. E_TIMEOUT after it. */
  readonly deadline?: number;
  /** How long a read-back waits for the target to show what was written, milliseconds; default 60,000. */
  readonly settleMs?: number;
  /** Values that are shown as `***` wherever they stand, besides what the lifecycles call secret. */
  readonly sensitive?: readonly string[];
  /** For tests. */
  readonly clock?: Clock;
  /** 0 to 1; for tests. */
  readonly random?: () => number;
}

export interface PlanInput<Section = unknown, Client = unknown> extends RunInput<Section, Client> {
  /** The package's name. */
  readonly package: string;
  readonly packageDigest: Digest;
  readonly configDigest: Digest;
  /** For the adapter's preflight; left out, none is made. */
  readonly config?: Resolved<Section>;
  /** From `adapter.translate`. */
  readonly wanted: readonly Resource[];
  readonly content: ContentInfo;
  /** When it was built already. */
  readonly archive?: Pick<Archive, "sha256" | "size">;
  /** Take over what exists without a mark. */
  readonly adopt?: boolean;
  /** The share that `wanted` was translated with; absent: all. */
  readonly traffic?: number;
  /** Let the anchor be replaced. */
  readonly replace?: boolean;
  /** Read nothing; plan from nothing. */
  readonly offline?: boolean;
}

export interface ApplyInput<Section = unknown, Client = unknown> extends Omit<
  PlanInput<Section, Client>,
  "content" | "archive" | "offline"
> {
  readonly content: Content;
  /** The digest of the plan that was reviewed: E_PLAN when the plan is another one by now. */
  readonly plan?: Digest;
}

export interface DestroyInput<Section = unknown, Client = unknown> extends RunInput<Section, Client> {
  /** When given, a deployment of another package is refused. */
  readonly package?: string;
  /** Also remove what outlives the function: logs, uploads. */
  readonly purge?: boolean;
}

export interface StatusInput<Section = unknown, Client = unknown> extends RunInput<Section, Client> {
  readonly package?: string;
  /** Compare what is live with its marks. */
  readonly verify?: boolean;
  /** Compare also with what a package and a configuration come to. */
  readonly against?: {
    readonly packageDigest: Digest;
    readonly configDigest: Digest;
    readonly layoutDigest: Digest;
    /** `traffic`: the share that is live, while the traffic is split. */
    wanted?(traffic: number | undefined): readonly Resource[];
  };
}
