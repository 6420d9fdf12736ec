/** What a run tells while it works: plain data, one document a line on the command line. */
import type { Action, Plan } from "./plan-types.ts";
import type { DestroyReceipt, Receipt } from "./receipt.ts";

/** On every event, so that runs over several targets can be told apart. */
interface Of {
  readonly target: string;
  readonly deployment: string;
}

/** First, before anything is written. */
export interface PlanEvent extends Of {
  readonly event: "plan";
  readonly plan: Plan;
}

/** Work on one resource; `keep` steps have none. */
export interface StepEvent extends Of {
  readonly event: "step";
  readonly action: Exclude<Action, "keep">;
  readonly kind: string;
  readonly id: string;
  /** `unchanged`: planned, but as wanted once its references were known, so nothing was written. */
  readonly status: "start" | "retry" | "done" | "unchanged" | "failed";
  /** Since its start, milliseconds. */
  readonly ms?: number;
  /** Of a retry or failure: one line, secrets redacted. */
  readonly reason?: string;
  /** Of a retry: how long it waits. */
  readonly waitMs?: number;
}

/** One line for people. */
export interface ProgressEvent extends Of {
  readonly event: "progress";
  readonly message: string;
}

/** Everything is as wanted: only reads were made, nothing was uploaded. */
export interface UnchangedEvent extends Of {
  readonly event: "unchanged";
}

/** Last. */
export interface ReceiptEvent extends Of {
  readonly event: "receipt";
  readonly receipt: Receipt;
}
export interface DestroyReceiptEvent extends Of {
  readonly event: "receipt";
  readonly receipt: DestroyReceipt;
}

export type WorkEvent = StepEvent | ProgressEvent;
export type ApplyEvent = PlanEvent | WorkEvent | UnchangedEvent | ReceiptEvent;
export type DestroyEvent = WorkEvent | UnchangedEvent | DestroyReceiptEvent;
