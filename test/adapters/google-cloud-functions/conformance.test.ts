/** The adapter keeps the contract, against a simulated project that refuses what Google refuses. */
import { conformance, type Fixture } from "fnpkg/testing";
import { describe, it } from "vitest";
import type { GoogleClient } from "../../../adapters/google-cloud-functions/client.ts";
import type { Section } from "../../../adapters/google-cloud-functions/config.ts";
import { makeTrigger } from "../../../src/testing/simulators/google/eventarc.ts";
import { addressOf, type JsonMap } from "../../../src/testing/simulators/google/world.ts";
import {
  account,
  adapterOn,
  clock,
  config,
  eventPackage,
  functionName,
  httpPackage,
  makeProject,
  modelsTitle,
  region,
  topicName,
  triggers,
} from "./google-site.ts";

const env = { WORD: "correct-horse" };
const base = (
  eventTrigger: JsonMap | undefined,
): Omit<Fixture<Section, GoogleClient>, "name" | "pkg" | "config" | "changed" | "fewer"> => ({
  async open() {
    const google = makeProject({ clock });
    const { world } = google.vendor;
    return {
      adapter: adapterOn(google),
      async foreign() {
        const [service, revision] = [functionName.replace("functions", "services"), "thumbnail-00001-abc"];
        world.functions.set(functionName, {
          name: functionName,
          environment: "GEN_2",
          state: "ACTIVE",
          labels: { "deployment-tool": "cli-gcloud" },
          buildConfig: { runtime: "nodejs22", entryPoint: "other" },
          serviceConfig: { service, uri: addressOf(world, service), revision, serviceAccountEmail: account },
          ...(eventTrigger === undefined
            ? {}
            : { eventTrigger: { ...eventTrigger, trigger: makeTrigger(world, functionName, eventTrigger) } }),
        });
        world.services.set(service, { name: service, latestReadyRevision: revision, etag: "a" });
        world.revisions.set(`${service}/revisions/${revision}`, { name: `${service}/revisions/${revision}` });
        world.policies.set(service, { etag: "p", bindings: [{ role: "roles/run.viewer", members: ["user:a@example.com"] }] });
      },
      async drift() {
        const fn = world.functions.get(functionName);
        Object.assign(fn?.["serviceConfig"] ?? {}, { availableMemory: "3008Mi" });
      },
      snapshot: async () => google.vendor.snapshot(),
    };
  },
  secrets: ["correct-horse", "battery-staple", "ya29.correct-token", "X-Goog-Signature", "signed-"],
  clock: () => clock,
  mostFaults: Infinity,
});

const deviations = {
  "rollback ends a split and goes to what served before":
    "the function itself can't go back, so a deploy of the former configuration makes another revision",
} as const;

describe(`google-cloud-functions over http${modelsTitle}`, () => {
  conformance(
    { describe, it },
    {
      ...base(undefined),
      name: "google-cloud-functions, http",
      pkg: httpPackage,
      config: config({ env, triggers: [triggers.web] }),
      changed: config({ env: { WORD: "battery-staple" }, memoryMiB: 1024, triggers: [triggers.web] }),
      fewer: config({ env, triggers: [] }),
    },
    {
      ...deviations,
      "a removed trigger is gone": "an http trigger is who may call the service, and no thing of its own",
    },
  );
});

describe(`google-cloud-functions, events${modelsTitle}`, () => {
  const all = [triggers.orders, triggers.tick, triggers.tock];
  conformance(
    { describe, it },
    {
      ...base({
        eventType: "google.cloud.pubsub.topic.v1.messagePublished",
        pubsubTopic: topicName("orders"),
        triggerRegion: region,
      }),
      name: "google-cloud-functions, events and schedules",
      pkg: eventPackage,
      config: config({ env, triggers: all, tags: { team: "media" } }),
      changed: config({ env: { WORD: "battery-staple" }, memoryMiB: 1024, triggers: all, tags: { team: "media" } }),
      fewer: config({ env, triggers: all.slice(0, 2), tags: { team: "media" } }),
    },
    deviations,
  );
});
