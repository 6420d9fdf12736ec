/** What the deployer must be allowed to do. */
import type { Adapter, Permissions, Resource } from "../contract.ts";
import { byCodeUnit, type JsonObject } from "../json.ts";
import type { PackageOptions, TargetOption } from "./options.ts";

export interface PermissionsOptions extends PackageOptions, TargetOption {
  /** Also what `invoke`, `logs`, `list`, `versions`, `promote`, `rollback` and `destroy` with a purge need; default false. */
  readonly operations?: boolean;
  readonly signal?: AbortSignal;
}

export interface PermissionsReport {
  readonly target: string;
  /** In the vendor's own form, for the vendor's own tools; `null` where the target has none. */
  readonly policy: JsonObject | null;
  /** The vendor's own names of what the policy grants, sorted; empty where the target asks for none. */
  readonly actions: readonly string[];
  /** Why: what each kind of resource in the plan can need, by what is done with it. */
  readonly kinds: { readonly [kind: string]: Permissions };
}

/**
 * What checking, planning, deploying, updating, reading back and destroying this plan needs, and nothing else. Offline.
 * @throws what `check` finds
 */
export async function permissions(options: PermissionsOptions): Promise<PermissionsReport> {
  const { prepare } = await import("./prepare.ts");
  const prepared = await prepare(options);
  try {
    const { adapter, asked, resolved } = prepared;
    const { wanted } = asked;
    const actions = neededBy(adapter, wanted, options.operations ?? false);
    const policy = adapter.policy?.({ config: resolved, wanted, actions });
    return {
      target: options.target,
      policy: policy?.document ?? null,
      actions: policy?.actions ?? actions,
      kinds: kindsOf(adapter, wanted),
    };
  } finally {
    await prepared.close();
  }
}

/** Every action that deploying, updating, reading and destroying these resources can call for. Sorted, each once. */
export function neededBy(
  adapter: Pick<Adapter, "kinds" | "permissions">,
  wanted: readonly Resource[],
  operations: boolean,
): string[] {
  const needed = [
    ...Object.values(kindsOf(adapter, wanted)).flatMap(({ read, create, update, delete: remove }) => [
      read,
      create,
      update,
      remove,
    ]),
    ...Object.entries(adapter.permissions ?? {}).map(([name, actions]) =>
      name === "preflight" || operations ? actions : undefined,
    ),
  ];
  return [...new Set(needed.flatMap((list) => list ?? []))].sort(byCodeUnit);
}

function kindsOf(adapter: Pick<Adapter, "kinds">, wanted: readonly Resource[]): PermissionsReport["kinds"] {
  const used = [...new Set(wanted.map(({ kind }) => kind))].sort(byCodeUnit);
  return Object.fromEntries(used.map((kind) => [kind, adapter.kinds[kind]?.permissions ?? {}]));
}
