/** What a run ends with. Receipts are for the caller to keep; nothing depends on them. */
import type { Outputs } from "../contract.ts";
import type { Digest } from "../json.ts";

export interface Receipt {
  readonly target: string;
  readonly deployment: string;
  readonly packageDigest: Digest;
  readonly configDigest: Digest;
  /** `name@version` of the adapter. */
  readonly adapter: string;
  readonly layoutDigest: Digest;
  /** Of the archive that is live, where the target takes one. Lower-case hex. */
  readonly archiveSha256?: string;
  /** The share of `packageDigest`, between 0 and 1, while the traffic is split; absent: all. */
  readonly traffic?: number;
  readonly resources: readonly { readonly kind: string; readonly id: string; readonly outputs: Outputs }[];
  /** Where it answers http: the first output named `url`, in the order of the plan. */
  readonly url: string | null;
}

export interface DestroyReceipt {
  readonly target: string;
  readonly deployment: string;
  /** What was deployed, as its mark said; `null` when nothing was there. */
  readonly packageDigest: Digest | null;
  readonly configDigest: Digest | null;
  /** What is left: nothing. */
  readonly resources: readonly [];
  readonly removed: readonly { readonly kind: string; readonly id: string }[];
  readonly url: null;
}
