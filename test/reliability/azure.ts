/** Azure Functions: functions that answer http, and those that queues, topics, containers and schedules call. */
import fc from "fast-check";
import type { Trigger } from "fnpkg/adapter";
import { config, eventPackage, furnished, httpPackage, on, triggers } from "../adapters/azure-functions/azure-site.ts";
import { lagging, settings, type Site, type Wanted } from "./site.ts";

const named: { readonly [name: string]: Trigger } = triggers;
const [http, events] = [0, 1];
const lists = [
  ...[["web"], ["keyed"]].map((list) => ({ package: http, triggers: list })),
  ...fc.sample(fc.subarray(["jobs", "orders", "photos", "tick"], { minLength: 1 }), { seed: 1, numRuns: 8 }).map((list) => ({
    package: events,
    triggers: list,
  })),
];

type Simulated = ReturnType<typeof furnished>;

export const azure: Site = {
  name: "azure-functions",
  share: 3,
  packages: [httpPackage, eventPackage],
  wanted: fc.tuple(fc.constantFrom(...lists), settings([512, 2048, 4096])).map(([list, more]): Wanted => ({ ...list, ...more })),
  open({ seed, latencyMs, lagMs, blindMs }, clock) {
    const working = ["plan", "site", "publish", "sync", "keys", "principal", "eventGrid", "delete"];
    const lags = { ...lagging(working, lagMs), ...lagging(["read", "role"], blindMs) };
    const simulator = furnished({ seed, latencyMs, clock, lags });
    return { simulator, clock, adapter: on(simulator) };
  },
  config: ({ triggers: list, word, memoryMiB, tags }) =>
    config(
      {
        triggers: list.flatMap((name) => named[name] ?? []),
        env: word === undefined ? {} : { WORD: word },
        sensitive: word === undefined ? [] : [word],
        memoryMiB,
        tags,
      },
      { assignRoles: true },
    ),
  classOf: () => "any",
  left: /^\/plans\/.*not undefined$/,
  writesOfStep: 3,
  secrets: ["arm-token", "c0ffee00-secret"],
  foreign: ({ simulator }) => (simulator as Simulated).vendor.foreign(),
};
