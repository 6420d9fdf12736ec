/** How often the control planes may be called, per region and account, where AWS says so. */
import type { Rate } from "../../../engine/limiter.ts";

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Lambda API requests". */
export const rates = {
  "lambda GetFunction": { calls: 100, perMs: 1000 },
  "lambda GetPolicy": { calls: 15, perMs: 1000 },
  lambda: { calls: 15, perMs: 1000 },
} as const satisfies { readonly [quota: string]: Rate };

/** The quota that an operation counts against. */
export function rateOf(service: string, operation: string): keyof typeof rates | undefined {
  if (service !== "lambda" || operation.startsWith("Invoke")) return undefined;
  if (operation === "GetFunction" || operation === "GetPolicy") return `lambda ${operation}`;
  return "lambda";
}
