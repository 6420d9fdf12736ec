/** Versions and traffic, where the target has them. */
import type { Adapter, Version } from "../contract.ts";
import type { Receipt } from "../engine/index.ts";
import { FnpkgError } from "../errors.ts";
import type { Run } from "../engine/run.ts";
import { operate, type OperateOptions } from "./operate.ts";
import { given } from "./options.ts";

/**
 * The versions of a deployment, newest first.
 * @throws E_CAPABILITY where the target has no versions
 */
export async function versions(options: OperateOptions): Promise<readonly Version[]> {
  return operate(options, "listing the versions of", (adapter, cx) => adapter.operations.versions?.(cx) ?? without(adapter.name));
}

/**
 * Moves all traffic to a version; a split is over then.
 * @returns what is live afterwards, read back
 * @throws E_CAPABILITY where the target has no versions; E_NOT_DEPLOYED where it has not this one
 */
export async function promote({ version, ...options }: OperateOptions & { readonly version: string }): Promise<Receipt> {
  return operate(options, "promoting", async (adapter, cx, run) => {
    await (adapter.operations.promote?.(cx, version) ?? without(adapter.name));
    return receiptOf(adapter, run);
  });
}

/**
 * Goes back: to a version, to a package digest, or, without either, one version; while the traffic is split, to the version
 * that served before.
 * @returns what is live afterwards, read back
 * @throws E_CAPABILITY where the target has no versions; E_NOT_DEPLOYED where none is meant
 */
export async function rollback({
  version,
  digest,
  ...options
}: OperateOptions & { readonly version?: string; readonly digest?: string }): Promise<Receipt> {
  return operate(options, "rolling back", async (adapter, cx, run) => {
    await (adapter.operations.rollback?.(cx, given({ version, digest })) ?? without(adapter.name));
    return receiptOf(adapter, run);
  });
}

/** What is deployed now, as its marks say. @throws E_READ_BACK when the function is gone */
export async function receiptOf(adapter: Pick<Adapter, "name" | "kinds">, run: Run<unknown>): Promise<Receipt> {
  const { findAll, shareOf } = await import("../engine/look.ts");
  const found = await findAll(run);
  const anchor = found.find(({ kind }) => adapter.kinds[kind]?.anchor === true);
  const derivation = anchor?.live.derivation;
  if (derivation === undefined)
    throw new FnpkgError("E_READ_BACK", `${run.deployment} carries no mark after the traffic moved`, { target: adapter.name });
  const { archiveSha256, layoutDigest, packageDigest, configDigest } = derivation;
  return {
    target: adapter.name,
    deployment: run.deployment,
    packageDigest,
    configDigest,
    adapter: derivation.adapter,
    layoutDigest,
    ...given({ archiveSha256, traffic: shareOf(found.map(({ live }) => live)) }),
    resources: found.map(({ kind, id, live }) => ({ kind, id, outputs: live.outputs })),
    url: found.find(({ live }) => live.outputs["url"] !== undefined)?.live.outputs["url"] ?? null,
  };
}

function without(target: string): Promise<never> {
  return Promise.reject(
    new FnpkgError("E_CAPABILITY", `${target} has no versions`, {
      target,
      hint: "Deploy the earlier package again: the same digest gives the same function.",
    }),
  );
}
