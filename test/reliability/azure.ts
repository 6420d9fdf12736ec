/** Azure Functions: functions that answer http, and those that queues, topics, containers and schedules call. */
import { config, eventPackage, furnished, httpPackage, on, triggers } from "../adapters/azure-functions/azure-site.ts";
import { lagging, partsOf, type Site, someOf, wanted } from "./site.ts";

type Simulated = ReturnType<typeof furnished>;

export const azure: Site = {
  name: "azure-functions",
  share: 3,
  packages: [httpPackage, eventPackage],
  wanted: wanted([["web"], ["keyed"]], someOf(["jobs", "orders", "photos", "tick"], 1), [512, 2048, 4096]),
  open({ seed, latencyMs, lagMs, blindMs }, clock) {
    const working = ["plan", "site", "publish", "sync", "keys", "principal", "eventGrid", "delete"];
    const lags = { ...lagging(working, lagMs), ...lagging(["read", "role"], blindMs) };
    const simulator = furnished({ seed, latencyMs, clock, lags });
    return { simulator, clock, adapter: on(simulator) };
  },
  config: (one) => config(partsOf(triggers, one), { assignRoles: true }),
  classOf: () => "any",
  left: /^\/plans\/.*not undefined$/,
  writesOfStep: 3,
  secrets: ["arm-token", "c0ffee00-secret"],
  foreign: ({ simulator }) => (simulator as Simulated).vendor.foreign(),
};
