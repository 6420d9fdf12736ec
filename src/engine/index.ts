/** The generic engine: every verb for every kind of every target. */
export { apply } from "./apply.ts";
export type { Clock } from "./clock.ts";
export { contextOf } from "./context.ts";
export type { ContextInput } from "./context.ts";
export { destroy } from "./destroy.ts";
export type * from "./events.ts";
export type * from "./input.ts";
export { limiter } from "./limiter.ts";
export type { Limiter, Rate } from "./limiter.ts";
export { makePlan } from "./plan.ts";
export type * from "./plan-types.ts";
export { poll } from "./poll.ts";
export type { PollOptions } from "./poll.ts";
export type * from "./receipt.ts";
export { status } from "./status.ts";
export type * from "./status-types.ts";
