/** The generic engine: every verb for every kind of every target. */
export type { Clock } from "./clock.ts";
export type * from "./events.ts";
export type * from "./input.ts";
export type * from "./plan-types.ts";
export type * from "./receipt.ts";
export type * from "./status-types.ts";
export type { Verbs } from "./verbs.ts";
