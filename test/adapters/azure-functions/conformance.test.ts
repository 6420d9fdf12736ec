/** The adapter keeps the contract, on the simulated Azure and in virtual time. */
import { conformance, type Fixture, virtualClock } from "fnpkg/testing";
import { describe, it, vi } from "vitest";
import type { AzureClient } from "../../../adapters/azure-functions/client.ts";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import type { PlanProps, SiteProps } from "../../../adapters/azure-functions/resources.ts";
import { config, eventPackage, furnished, on, triggers } from "./azure-site.ts";

const all = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick];
const env = { WORD: "correct-horse" };
const roles = { assignRoles: true };
const shared = virtualClock();

const fixture: Fixture<Section, AzureClient> = {
  name: "azure-functions",
  async open() {
    const azure = furnished({ clock: shared });
    const { state } = azure.vendor;
    const target = on(azure);
    return {
      adapter: target,
      /** By hand: a plan and an app without marks. */
      async foreign({ props }) {
        const { name, location, kind, identity, properties } = props as unknown as SiteProps;
        const client = await target.connect(config(), { signal: new AbortController().signal });
        const call = { signal: new AbortController().signal };
        const sku: PlanProps["sku"] = { name: "FC1", tier: "FlexConsumption" };
        const plan = { location, kind: "functionapp", sku, properties: { reserved: true, zoneRedundant: false } };
        await client.arm.put(`${client.group}/providers/Microsoft.Web/serverfarms/${name}-plan`, "2024-11-01", plan, call);
        for (const made of state.plans.values()) made.readyAt = 0;
        const { functionAppConfig, serverFarmId } = properties;
        const { deployment, runtime } = functionAppConfig;
        const { userAssignedIdentityResourceId: _none, ...authentication } = deployment.storage.authentication;
        const storage = { ...deployment.storage, authentication };
        const scaleAndConcurrency = { instanceMemoryMB: 512, maximumInstanceCount: 40 };
        const body = {
          location,
          kind,
          identity,
          properties: { serverFarmId, functionAppConfig: { deployment: { storage }, runtime, scaleAndConcurrency } },
        };
        await client.arm.put(`${client.group}/providers/Microsoft.Web/sites/${name}`, "2024-11-01", body, call);
        for (const made of state.apps.values()) made.readyAt = 0;
        client.close();
      },
      async drift() {
        const app = state.apps.get("thumbnail");
        if (app !== undefined) app.settings = { ...app.settings, WORD: "changed-by-hand" };
      },
      snapshot: async () => azure.vendor.snapshot(),
    };
  },
  pkg: eventPackage,
  config: config({ env, triggers: all }, roles),
  changed: config({ env: { WORD: "battery-staple" }, memoryMiB: 4096, triggers: all }, roles),
  fewer: config({ env, triggers: all.slice(0, 2) }, roles),
  secrets: ["correct-horse", "battery-staple", "arm-token", "c0ffee00-secret"],
  clock: () => shared,
  mostFaults: Infinity,
};

vi.setConfig({ testTimeout: 120_000 });
conformance({ describe, it }, fixture);
