/** What crosses the wire between an adapter and a simulated vendor, and what a vendor is. */
import type { Rate } from "../../engine/limiter.ts";

export interface WireRequest {
  readonly method: string;
  /** As it was sent. Behind a loopback server the names that the vendor gave its own hosts stand here again. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
}

/** What arrives at the client: an answer, the beginning of one, or nothing. */
export type Arrival =
  | { readonly heard: "all"; readonly answer: WireAnswer }
  | { readonly heard: "part"; readonly answer: WireAnswer }
  | { readonly heard: "nothing" };

/** What a request asks for, in the vendor's words. */
export interface Operation {
  /** `lambda:CreateFunction`, `functions.create`, `PUT Microsoft.Web/sites`. */
  readonly name: string;
  /** True when it may change something. */
  readonly writes: boolean;
  /** The limit that it counts against; absent: none. */
  readonly quota?: string;
}

/** A failure that the vendor answers in its own form. */
export interface Refusal {
  readonly why: "throttled" | "unavailable" | "internal";
  /** When to come back, in milliseconds; said the way the vendor says it. */
  readonly afterMs?: number;
}

/** What a vendor has of the world around it. All it knows of time and chance comes from here. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 to 1, the same for the same seed. */
  random(): number;
}

/**
 * One vendor's services without a network. Each answer is one step: nothing happens in the middle of it. What takes time is
 * finished when somebody looks after that time, by `Surroundings.now`. Its state is plain data.
 */
export interface Vendor {
  readonly name: string;
  operation(request: WireRequest): Operation;
  answer(request: WireRequest): WireAnswer;
  refuse(refusal: Refusal, request: WireRequest): WireAnswer;
  /** By quota; the vendor's own. */
  readonly rates: { readonly [quota: string]: Rate };
  /** The hosts that it names in its answers and answers at itself, such as a new function's address. */
  authorities(): readonly string[];
  /** Everything that is there, without what differs from run to run. */
  snapshot(): unknown;
  /** A copy of the whole state, and back. */
  save(): unknown;
  restore(saved: unknown): void;
  /**
   * Somebody else works in the same account: changes something of theirs beside ours, or of ours by hand. Answers what, in a few
   * words. What it does depends on the state and on `random` alone.
   */
  disturb(random: () => number): string;
}
