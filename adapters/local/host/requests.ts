/** What the host is asked, and what it answers. */
import type { TriggerState } from "./triggers.ts";
import type { Values } from "./values.ts";

/** What the starter hands over; the values are nowhere else. */
export interface StartRequest {
  readonly use: "current" | "next";
  readonly values: Values;
  /** Digest of the host's own code, so that a newer fnpkg knows. */
  readonly code: string;
}

/** `POST reload`: the triggers as they stand on disk; with `next` also the function. */
export interface ReloadRequest {
  readonly next?: boolean;
  readonly values?: Values;
  /** A trigger that is about to go: it is stopped, whatever stands on disk. */
  readonly without?: string;
}

/** `GET /status`. */
export interface HostStatus {
  readonly instance: string;
  readonly pid: number;
  /** Of the function's document that runs. */
  readonly revision: string;
  readonly layout: string;
  /** Fingerprints of the secrets that came from the environment. */
  readonly secrets: { readonly [variable: string]: string };
  readonly code: string;
  readonly workers: readonly { readonly pid: number; readonly busy: number }[];
  readonly triggers: readonly TriggerState[];
}
