/** What the deployer must be allowed to do. */
import type { Permissions } from "../contract.ts";
import { byCodeUnit } from "../json.ts";
import type { PackageOptions, TargetOption } from "./options.ts";

export interface PermissionsReport {
  readonly target: string;
  /** The vendor's own names, sorted; empty where the target asks for none. */
  readonly actions: readonly string[];
  readonly kinds: { readonly [kind: string]: Permissions };
}

/**
 * Every vendor action that deploying, updating and destroying this plan can need. Offline.
 * @throws what `check` finds
 */
export async function permissions(
  options: PackageOptions & TargetOption & { readonly signal?: AbortSignal },
): Promise<PermissionsReport> {
  const { prepare } = await import("./prepare.ts");
  const prepared = await prepare(options);
  try {
    const used = [...new Set(prepared.wanted.map((r) => r.kind))].sort(byCodeUnit);
    const kinds = Object.fromEntries(used.map((kind) => [kind, prepared.adapter.kinds[kind]?.permissions ?? {}]));
    const actions = new Set(
      Object.values(kinds).flatMap((p) => [...(p.read ?? []), ...(p.create ?? []), ...(p.update ?? []), ...(p.delete ?? [])]),
    );
    return { target: options.target, actions: [...actions].sort(byCodeUnit), kinds };
  } finally {
    await prepared.close();
  }
}
