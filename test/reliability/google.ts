/** Google Cloud Functions: functions that answer http, and those that events and schedules call. */
import fc from "fast-check";
import type { Trigger } from "fnpkg/adapter";
import {
  adapterOn,
  config,
  eventPackage,
  httpPackage,
  makeProject,
  triggers,
} from "../adapters/google-cloud-functions/google-site.ts";
import { lagging, settings, type Site, type Wanted } from "./site.ts";

const named: { readonly [name: string]: Trigger } = triggers;
const http = 0;
const lists = [
  ...[["web"], ["closed"], []].map((list) => ({ package: http, triggers: list })),
  ...[
    ["fresh"],
    ["orders"],
    ["photos"],
    ["plain", "tick"],
    ["tick"],
    ["tick", "tock"],
    ["fresh", "tick", "tock"],
    ["orders", "tock"],
  ].map((list) => ({ package: 1, triggers: list })),
];

export const google: Site = {
  name: "google-cloud-functions",
  share: 3,
  packages: [httpPackage, eventPackage],
  wanted: fc.tuple(fc.constantFrom(...lists), settings([256, 512, 1024])).map(([list, more]): Wanted => ({ ...list, ...more })),
  open({ seed, latencyMs, lagMs, blindMs }, clock) {
    const lags = {
      ...lagging(["build", "service", "trigger", "delete", "account", "invoker"], lagMs),
      ...lagging(["read", "list", "policy", "job"], blindMs),
    };
    const simulator = makeProject({ seed, latencyMs, clock, lags });
    return { simulator, clock, adapter: adapterOn(simulator) };
  },
  config: ({ triggers: list, word, memoryMiB, tags }) =>
    config({
      section: { createTopics: true },
      triggers: list.flatMap((name) => named[name] ?? []),
      env: word === undefined ? {} : { WORD: word },
      sensitive: word === undefined ? [] : [word],
      memoryMiB,
      tags,
    }),
  classOf: ({ triggers: list }) => list.find((name) => ["fresh", "orders", "plain", "photos"].includes(name)) ?? "http",
  left: /^\/topics\/.*not undefined$/,
  // An address for the code, the code, the function.
  writesOfStep: 3,
  secrets: ["ya29.correct-token", "X-Goog-Signature", "signed-"],
  foreign: ({ simulator }) => (simulator.vendor as ReturnType<typeof makeProject>["vendor"]).foreign(),
};
