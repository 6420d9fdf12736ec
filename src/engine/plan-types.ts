/** The plan: what a deploy would do, as plain JSON without secrets. `fnpkg plan --json` prints exactly this. */
import type { Digest, Json, JsonObject } from "../json.ts";

/**
 * `create` it is not there · `update` it differs · `replace` a property differs that can't be changed in place: deleted and
 * made again · `delete` ours and no longer wanted · `keep` as wanted: nothing is written.
 */
export type Action = "create" | "update" | "replace" | "delete" | "keep";

/** One difference. `null` stands for "not there"; secrets are `***`. */
export interface Change {
  /** JSON pointer into the props; `/derivation/…` is what the anchor's mark records. */
  readonly path: string;
  readonly from: Json;
  /** `(known after apply)` where it hangs on the output of something that is still to be made. */
  readonly to: Json;
}

export interface Step {
  readonly action: Action;
  readonly kind: string;
  readonly id: string;
  readonly changes: readonly Change[];
  /** What people must know: what a replace loses, that it is taken over, that it can't serve now. */
  readonly note?: string;
}

/** A wanted resource as `translate` gave it, secrets redacted, references symbolic. */
export interface PlannedResource {
  readonly kind: string;
  readonly id: string;
  readonly props: JsonObject;
  readonly needs: readonly string[];
}

/** The code that would be deployed. */
export interface PlannedArchive {
  /** Digest over path, mode and content of every entry: the code's identity. */
  readonly layout: Digest;
  readonly files: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** Lower-case hex; `null` while no archive is built. */
  readonly sha256: string | null;
  readonly size: number | null;
}

export interface Plan {
  readonly target: string;
  readonly deployment: string;
  readonly packageDigest: Digest;
  readonly configDigest: Digest;
  /** The share that the new version is to get, between 0 and 1; absent: all. */
  readonly traffic?: number;
  /** Of everything else here but the archive's bytes: the same plan has the same digest. */
  readonly digest: Digest;
  readonly archive: PlannedArchive;
  /** In the order of work; steps that do not hang on each other run at the same time. */
  readonly steps: readonly Step[];
  readonly resources: readonly PlannedResource[];
}
