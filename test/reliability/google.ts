/** Google Cloud Functions: functions that answer http, and those that events and schedules call. */
import {
  adapterOn,
  config,
  eventPackage,
  httpPackage,
  makeProject,
  triggers,
} from "../adapters/google-cloud-functions/google-site.ts";
import { lagging, partsOf, type Site, wanted } from "./site.ts";

export const google: Site = {
  name: "google-cloud-functions",
  share: 3,
  packages: [httpPackage, eventPackage],
  wanted: wanted(
    [["web"], ["closed"], []],
    [
      ["fresh"],
      ["orders"],
      ["photos"],
      ["plain", "tick"],
      ["tick"],
      ["tick", "tock"],
      ["fresh", "tick", "tock"],
      ["orders", "tock"],
    ],
    [256, 512, 1024],
  ),
  open({ seed, latencyMs, lagMs, blindMs }, clock) {
    const lags = {
      ...lagging(["build", "service", "trigger", "delete", "account", "invoker"], lagMs),
      ...lagging(["read", "list", "policy", "job"], blindMs),
    };
    const simulator = makeProject({ seed, latencyMs, clock, lags });
    return { simulator, clock, adapter: adapterOn(simulator) };
  },
  config: (one) => config({ section: { createTopics: true }, ...partsOf(triggers, one) }),
  classOf: ({ triggers: list }) => list.find((name) => ["fresh", "orders", "plain", "photos"].includes(name)) ?? "http",
  left: /^\/topics\/.*not undefined$/,
  // An address for the code, the code, the function.
  writesOfStep: 3,
  secrets: ["ya29.correct-token", "X-Goog-Signature", "signed-"],
  foreign: ({ simulator }) => (simulator.vendor as ReturnType<typeof makeProject>["vendor"]).foreign(),
};
