/** Versions and traffic, where the target has them. */
import type { Version } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import { operate, type OperateOptions } from "./operate.ts";
import { given } from "./options.ts";

/**
 * The versions of a deployment, newest first.
 * @throws E_CAPABILITY where the target has no versions
 */
export async function versions(options: OperateOptions): Promise<readonly Version[]> {
  return operate(options, "versions", (adapter, cx) => adapter.operations.versions?.(cx) ?? without(adapter.name));
}

/**
 * Moves all traffic to a version.
 * @throws E_CAPABILITY where the target has no versions
 */
export async function promote({ version, ...options }: OperateOptions & { readonly version: string }): Promise<void> {
  return operate(options, "promote", (adapter, cx) => adapter.operations.promote?.(cx, version) ?? without(adapter.name));
}

/**
 * Goes back: to a version, to a package digest, or, without either, one version.
 * @throws E_CAPABILITY where the target has no versions
 */
export async function rollback({
  version,
  digest,
  ...options
}: OperateOptions & { readonly version?: string; readonly digest?: string }): Promise<void> {
  return operate(
    options,
    "rollback",
    (adapter, cx) => adapter.operations.rollback?.(cx, given({ version, digest })) ?? without(adapter.name),
  );
}

function without(target: string): Promise<never> {
  return Promise.reject(
    new FnpkgError("E_CAPABILITY", `${target} has no versions`, {
      target,
      hint: "Deploy the earlier package again: the same digest gives the same function.",
    }),
  );
}
