/** The custom role for a plan is enough for its life, and everything in it is needed. */
import { describe, expect, it, vi } from "vitest";
import type { Resolved, Trigger } from "fnpkg/adapter";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
import { component, config, deployment, eventPackage, httpPackage, identity, triggers } from "./azure-site.ts";

const net =
  "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/core/subnets/functions";
const kept = { storage: { account: "acmehost", container: "packages", keepPackages: 1 } };

/** As the verb does it: what the wanted kinds and the preflight need, through the adapter's policy. */
async function policyOf(of: Resolved<Section>, pkg: typeof httpPackage) {
  const site = await deployment(of, { pkg });
  const wanted = site.wanted(of);
  await site.close();
  const named = wanted.flatMap(({ kind }) => Object.values(adapter.kinds[kind]?.permissions ?? {}).flat() as string[]);
  const actions = [...new Set([...named, ...(adapter.permissions?.preflight ?? [])])].toSorted();
  const policy = adapter.policy?.({ config: of, wanted, actions });
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

/** Deploys, updates and destroys with these actions; the failure, when it comes to one. */
async function life(
  of: readonly Resolved<Section>[],
  pkg: typeof httpPackage,
  allowed: ReadonlySet<string>,
): Promise<Error | undefined> {
  const first = of[0] ?? config();
  const site = await deployment(first, { pkg });
  site.azure.vendor.state.allowed = allowed;
  try {
    for (const one of of) {
      const { failure } = await site.deploy(one);
      if (failure !== undefined) return failure;
    }
    return (await site.destroy({ package: pkg.manifest.name })).failure;
  } finally {
    await site.close();
  }
}

describe("azure-functions' permissions", () => {
  vi.setConfig({ testTimeout: 120_000 });
  const cases: readonly (readonly [string, readonly Trigger[], typeof httpPackage, Partial<Section>, object, object])[] = [
    ["an http function", [triggers.web], httpPackage, {}, {}, {}],
    [
      "a bucket, with roles, kept packages and a log",
      [triggers.photos],
      eventPackage,
      { assignRoles: true, applicationInsights: component, ...kept },
      {},
      { triggers: [triggers.photos, triggers.tick] },
    ],
    [
      "an identity in a network",
      [triggers.jobs],
      eventPackage,
      {},
      { identity, network: { ingress: "public", attach: { resource: "net", id: net } } },
      { network: { ingress: "public" } },
    ],
  ];

  it.each(cases)("of %s are enough, and none too many", async (_, bound, pkg, section, more, changed) => {
    const given = { triggers: bound, ...more };
    const first = config({ ...given, tags: { team: "a" } }, section);
    const second = config({ ...given, memoryMiB: 512, ...changed }, section);
    const { actions, document } = await policyOf(first, pkg);
    expect(await life([first, second], pkg, new Set(actions))).toBeUndefined();
    // What the preflight may not read is left to the deploy; deleting is not refused by a role that may not write the plan.
    const soft = new Set([...(adapter.permissions?.preflight ?? []), "Microsoft.Web/serverfarms/write"]);
    for (const action of actions) {
      const failure = await life([first, second], pkg, new Set(actions.filter((one) => one !== action)));
      if (failure === undefined) expect([...soft], `${action} is not needed`).toContain(action);
      else expect(failure, action).toMatchObject({ code: "E_VENDOR" });
    }
    expect(document).toMatchObject({ IsCustom: true, NotActions: [], NotDataActions: [], Name: "fnpkg thumbnail" });
    const { Actions, DataActions, AssignableScopes } = document as { readonly [key: string]: readonly string[] };
    expect([...(Actions ?? []), ...(DataActions ?? [])].toSorted()).toEqual(actions);
    expect(AssignableScopes?.[0]).toMatch(/resourceGroups\/acme$/);
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("names the groups of everything that the plan touches", async () => {
    const { document } = await policyOf(
      config({ triggers: [triggers.jobs], network: { ingress: "public", attach: { resource: "net", id: net } } }),
      eventPackage,
    );
    expect(document["AssignableScopes"]).toEqual([
      "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/acme",
      "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net",
    ]);
  });
});
