/** What fnpkg owns on a target. */
import type { Deployed } from "../contract.ts";
import { operate, type OperateOptions } from "./operate.ts";

/**
 * All deployments in the account and region that the configuration names, whoever made them with fnpkg.
 * @throws E_VENDOR, E_NETWORK
 */
export async function list(options: OperateOptions): Promise<readonly Deployed[]> {
  return operate(options, "listing", (adapter, cx) => adapter.operations.list(cx));
}
