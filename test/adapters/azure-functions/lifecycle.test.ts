/** A deployment's life on the simulated Azure, request by request. */
import { describe, expect, it, vi } from "vitest";
import type { AzureLags } from "fnpkg/testing";
import { arm, config, deployment, eventPackage, httpPackage, identity, type Site, triggers, writes } from "./azure-site.ts";

const sites = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/acme/providers/Microsoft.Web/sites";

async function on<T>(
  of: ReturnType<typeof config>,
  work: (site: Site) => Promise<T>,
  { lags, pkg = eventPackage }: { readonly lags?: AzureLags; readonly pkg?: typeof eventPackage } = {},
): Promise<T> {
  const site = await deployment(of, { pkg, ...(lags === undefined ? {} : { azure: { lags } }) });
  try {
    return await work(site);
  } finally {
    await site.close();
  }
}

/** A plan that someone else makes, and that is ready. */
async function theirPlan({ azure }: Site, name: string, body: object): Promise<void> {
  await azure.fetch(`https://management.azure.com${arm("Microsoft.Web/serverfarms")}/${name}?api-version=2024-11-01`, {
    method: "PUT",
    headers: { authorization: "Bearer arm-token", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const plan = azure.vendor.state.plans.get(name);
  if (plan !== undefined) plan.readyAt = 0;
}

async function done(outcome: Promise<{ readonly failure?: Error; readonly events: readonly unknown[] }>) {
  const { failure, events } = await outcome;
  expect(failure).toBeUndefined();
  return events;
}

describe("azure-functions' life", () => {
  vi.setConfig({ testTimeout: 60_000 });

  it("makes plan, app, settings, roles, code and subscription in that order, and then only reads", async () => {
    const of = config({ env: { A: "1" }, triggers: [triggers.photos] }, { assignRoles: true });
    await on(of, async (site) => {
      await done(site.deploy(of));
      const made = writes(site.azure).map((line) => line.replace(sites, "").replace(/^(\w+) .*\/providers\//, "$1 "));
      const kindsOf = made.map((line) => line.replace(/thumbnail(-plan)?|[0-9a-f-]{36}$/g, "N"));
      expect(kindsOf).toEqual([
        "PUT Microsoft.Web/serverfarms/N",
        "PUT /N",
        "PUT /N/config/appsettings",
        ...Array<string>(3).fill("PUT Microsoft.Authorization/roleAssignments/N"),
        "POST /api/publish",
        "PUT /N",
        "PUT Microsoft.EventGrid/eventSubscriptions/N--photos",
      ]);
      const before = site.azure.exchanges.length;
      const events = await done(site.deploy(of));
      expect(JSON.stringify(events)).toContain('"unchanged"');
      expect(writes(site.azure, before)).toEqual([]);
    });
  });

  it("answers where an http function is, and nothing for others", async () => {
    const http = config({ triggers: [triggers.web] });
    await on(
      http,
      async (site) => {
        await done(site.deploy(http));
        expect((await site.status(http)).url).toBe("https://thumbnail.azurewebsites.net");
      },
      { pkg: httpPackage },
    );
    const events = config({ triggers: [triggers.tick] });
    await on(events, async (site) => {
      await done(site.deploy(events));
      expect((await site.status(events)).url).toBeNull();
    });
  });

  it("leaves what others set in the app, and takes away what it set before", async () => {
    const first = config({ env: { A: "1", B: "2" }, triggers: [triggers.tick], tags: { team: "a", cost: "1" } });
    const second = config({ env: { A: "1" }, triggers: [triggers.tick], tags: { team: "a" } });
    await on(first, async (site) => {
      await done(site.deploy(first));
      const app = site.azure.vendor.state.apps.get("thumbnail");
      if (app === undefined) throw new Error("no app");
      app.settings = { ...app.settings, THEIRS: "kept" };
      app.value = { ...app.value, tags: { ...(app.value["tags"] as object), "hidden-link: theirs": "kept" } };
      await done(site.deploy(second));
      expect(app.settings).toMatchObject({ A: "1", THEIRS: "kept" });
      expect(app.settings).not.toHaveProperty("B");
      expect(app.value["tags"]).toMatchObject({ team: "a", "hidden-link: theirs": "kept" });
      expect(app.value["tags"]).not.toHaveProperty("cost");
    });
  });

  it("writes the settings again when someone else's write took them away", async () => {
    const of = config({ env: { A: "1" }, triggers: [triggers.tick] });
    await on(of, async (site) => {
      let lost = false;
      site.azure.faults = ({ name }) => {
        const app = site.azure.vendor.state.apps.get("thumbnail");
        if (!lost && name === "POST Microsoft.Web/sites/config/list" && app?.settings["A"] !== undefined) {
          lost = true;
          const { A: _gone, ...rest } = app.settings;
          app.settings = { ...rest, THEIRS: "kept" };
        }
        return undefined;
      };
      await done(site.deploy(of));
      expect(lost).toBe(true);
      expect(site.azure.vendor.state.apps.get("thumbnail")?.settings).toMatchObject({ A: "1", THEIRS: "kept" });
    });
  });

  it("spares a plan that someone else made, and takes its own marks off", async () => {
    const of = config({ triggers: [triggers.tick] });
    await on(of, async (site) => {
      const body = {
        location: "westeurope",
        kind: "functionapp",
        sku: { name: "FC1", tier: "FlexConsumption" },
        tags: { theirs: "1" },
        properties: { reserved: true },
      };
      await theirPlan(site, "thumbnail-plan", body);
      expect((await site.deploy(of)).failure?.code).toBe("E_NOT_OURS");
      await done(site.deploy(of, { adopt: true }));
      await done(site.destroy());
      const left = site.azure.vendor.state.plans.get("thumbnail-plan");
      expect(left?.value["tags"]).toEqual({ theirs: "1" });
      expect(site.azure.vendor.state.apps.size).toBe(0);
    });
  });

  it("stands on a plan that the configuration names, and leaves it", async () => {
    const own = config({ triggers: [triggers.tick] });
    await on(own, async (site) => {
      const body = {
        location: "westeurope",
        kind: "functionapp",
        sku: { name: "FC1", tier: "FlexConsumption" },
        properties: { reserved: true },
      };
      await theirPlan(site, "shared", body);
      const of = config({ triggers: [triggers.tick] }, { plan: "shared" });
      await done(site.deploy(of));
      await done(site.destroy());
      expect([...site.azure.vendor.state.plans.keys()]).toEqual(["shared"]);
    });
  });

  it("is patient: late reads, late identities, late functions, slow operations", async () => {
    const of = config({ env: { A: "1" }, triggers: [triggers.photos, triggers.tick] }, { assignRoles: true });
    const slow = { plan: 40_000, site: 20_000, publish: 60_000, sync: 90_000, eventGrid: 30_000, delete: 20_000 };
    const lags = { ...slow, principal: 45_000, role: 10_000, read: 5000 };
    await on(
      of,
      async (site) => {
        await done(site.deploy(of));
        expect((await site.status(of)).drift).toEqual([]);
        await done(site.destroy());
        expect(await site.owned()).toEqual([]);
      },
      { lags },
    );
  });

  it("waits for a deployment that is under way", async () => {
    const of = config({ triggers: [triggers.tick] });
    await on(of, async (site) => {
      await done(site.deploy(of));
      const app = site.azure.vendor.state.apps.get("thumbnail");
      const until = (site.fixture.clock?.().now() ?? 0) + 5000;
      app?.deployments.push({ id: "theirs", until, fails: false, sha256: "theirs", functions: [] });
      // Something else is published: that is drift, and ours is published again.
      expect((await site.status(of)).drift).toMatchObject([{ path: "/properties/layout" }]);
      await done(site.deploy(of));
      expect(app?.deployments.at(-1)?.id).not.toBe("theirs");
      expect((await site.status(of)).drift).toEqual([]);
    });
  });

  it("tells why a deployment failed, without keys, and what is on record stays true", async () => {
    const of = config({ triggers: [triggers.tick] });
    await on(of, async (site) => {
      site.azure.vendor.state.failing.add("host.json");
      const { failure, events } = await site.deploy(of);
      expect(failure).toMatchObject({
        code: "E_VENDOR",
        message: expect.stringContaining("The package can't be used.") as unknown,
      });
      expect(JSON.stringify([failure, failure?.stack, events])).not.toContain("c2VjcmV0");
      expect((await site.status(of)).state).toBe("code not published");
      site.azure.vendor.state.failing.clear();
      await done(site.deploy(of));
    });
  });

  it("runs as an identity of its own choice in a network, and leaves the network again", async () => {
    const attach = {
      resource: "net",
      id: "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/core/subnets/functions",
    };
    const inside = config({ identity, triggers: [triggers.jobs], network: { ingress: "public", attach } }, { assignRoles: true });
    const outside = config({ identity, triggers: [triggers.jobs] }, { assignRoles: true });
    await on(inside, async (site) => {
      await done(site.deploy(inside));
      const app = site.azure.vendor.state.apps.get("thumbnail");
      expect(app?.settings["AzureWebJobsStorage__clientId"]).toBe("33333333-3333-3333-3333-333333333333");
      expect((await site.status(inside)).drift).toEqual([]);
      await done(site.deploy(outside));
      expect(app?.value["properties"]).toMatchObject({ virtualNetworkSubnetId: null });
      await done(site.destroy());
      expect(site.azure.vendor.state.roleAssignments.size).toBe(0);
    });
  });

  it("names what the region, the group and the account lack before anything is written", async () => {
    const of = config(
      { runtime: "24", triggers: [triggers.tick] },
      { region: "northeurope", storage: { account: "nowhere", container: "packages", keepPackages: 0 } },
    );
    await on(of, async (site) => {
      const { failure } = await site.deploy(of);
      expect(failure?.problems.map(({ code, pointer }) => [code, pointer])).toEqual([
        ["E_RESOURCE", "/targets/azure-functions/storage/account"],
        ["E_TARGET_LIMIT", "/targets/azure-functions/region"],
      ]);
      expect(writes(site.azure)).toEqual([]);
    });
    const old = config(
      { runtime: "24", identity: `${identity}-gone`, triggers: [triggers.tick] },
      { plan: "gone", storage: { account: "acmehost", container: "gone", keepPackages: 0 } },
    );
    await on(old, async (site) => {
      const { failure } = await site.deploy(old);
      expect(failure?.problems.map(({ code, pointer }) => [code, pointer])).toEqual([
        ["E_RESOURCE", "/targets/azure-functions/plan"],
        ["E_RESOURCE", "/targets/azure-functions/storage/container"],
        ["E_RESOURCE", "/identity/azure-functions"],
        ["E_RUNTIME", "/runtime"],
      ]);
    });
  });

  it("says that the app's name is taken", async () => {
    const of = config({ triggers: [triggers.tick] });
    await on(of, async (site) => {
      site.azure.vendor.state.taken.add("thumbnail");
      const { failure } = await site.deploy(of);
      expect(failure).toMatchObject({ code: "E_VENDOR", hint: expect.stringContaining("Choose another as `app`") as unknown });
    });
  });
});
