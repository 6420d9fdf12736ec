/** Calls a deployed function. */
import type { Invocation, InvocationResult } from "../contract.ts";
import { operate, type OperateOptions } from "./operate.ts";

export type InvokeOptions = OperateOptions & { readonly invocation: Invocation };

/**
 * One call, never repeated: over HTTP, or with a CloudEvent. A function's own failure is a result, not an error.
 * @throws E_NOT_DEPLOYED, E_CAPABILITY, E_EVENT, E_TIMEOUT, E_VENDOR, E_NETWORK
 */
export async function invoke({ invocation, ...options }: InvokeOptions): Promise<InvocationResult> {
  return operate(options, "invoking", (adapter, cx) => adapter.operations.invoke(cx, invocation));
}
