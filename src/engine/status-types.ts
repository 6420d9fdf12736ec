/** What is deployed now, as `fnpkg status --json` prints it. */
import type { Digest, Json } from "../json.ts";

/** Something live that is not as it was deployed, or not as the package and configuration given would have it. */
export interface Drift {
  readonly kind: string;
  readonly id: string;
  /** JSON pointer into the props; `` when the whole thing is missing or too much. */
  readonly path: string;
  /** `null`: it should not be there. Secrets are `***`. */
  readonly expected: Json;
  /** `null`: it is not there. */
  readonly live: Json;
}

export interface Status {
  readonly target: string;
  readonly deployment: string;
  /** `absent`: nothing of it is there; `incomplete`: parts are, but not the function; else the function's state, `ready` when it can serve. */
  readonly state: string;
  /** What was deployed last. */
  readonly packageDigest: Digest | null;
  readonly configDigest: Digest | null;
  /** Its share, between 0 and 1, while the traffic is split; absent: all. */
  readonly traffic?: number;
  readonly url: string | null;
  readonly resources: readonly { readonly kind: string; readonly id: string; readonly state: string }[];
  /** Empty unless asked to verify. */
  readonly drift: readonly Drift[];
}
