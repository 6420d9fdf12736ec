/** A simulated project with what the samples need, and configurations for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpTrigger, ObjectStorageTrigger, QueueTrigger, Resolved, ScheduleTrigger, Trigger } from "fnpkg/adapter";
import {
  type GoogleSimulatorOptions,
  googleSimulator,
  type GoogleVendor,
  sampleConfig,
  samplePackage,
  type Simulator,
  virtualClock,
} from "fnpkg/testing";
import { config as schema, type Section } from "../../../adapters/google-cloud-functions/config.ts";
import { adapter } from "../../../adapters/google-cloud-functions/index.ts";
import { protos } from "./protos.ts";

export const project = "acme-project";
export const region = "europe-west1";
export const account = `thumbnail@${project}.iam.gserviceaccount.com`;
export const functionName = `projects/${project}/locations/${region}/functions/thumbnail`;
export const serviceName = `projects/${project}/locations/${region}/services/thumbnail`;

const folder = process.env["FNPKG_MODELS"] ?? "";
const space = ["google", "cloud", "functions", "v2"];
const check = folder === "" ? {} : { check: protos(readFileSync(join(folder, "google/functions.protos.json"), "utf8"), space) };
/** Bodies are held against the vendor's protos where those are at hand. */
export const modelsTitle = folder === "" ? " (skipped: holding bodies against the protos needs FNPKG_MODELS)" : "";

export type Google = Simulator<GoogleVendor>;

/** In this process. */
export function makeProject(options: GoogleSimulatorOptions = {}): Google {
  const google = googleSimulator({ project, region, ...check, ...options });
  const { world } = google.vendor;
  world.accounts.set(account, { actAs: true });
  for (const name of ["orders", "dead"]) world.topics.set(topicName(name), { name: topicName(name) });
  world.buckets.set("photos", { location: "EUROPE-WEST1" });
  return google;
}

/** On loopback. */
export async function startProject(options: GoogleSimulatorOptions = {}) {
  const google = makeProject(options);
  const { vendor } = google;
  const listening = await google.listen();
  return {
    google,
    vendor,
    world: vendor.world,
    endpoint: listening.endpoint,
    /** Where the service that is there listens. */
    address: () => `http://${listening.addressOf(vendor.authorities().find((host) => host.endsWith(".run.app")) ?? "")}`,
    close: () => listening.close(),
  };
}

export function topicName(name: string): string {
  return `projects/${project}/topics/${name}`;
}

/** One time for engine and project. */
export const clock = virtualClock();

/** The adapter as against Google itself: no endpoint, its limits kept. */
export function adapterOn({ fetch, vendor }: Google): typeof adapter {
  const credentials = { getAccessToken: async () => vendor.world.token };
  return { ...adapter, connect: (where, how) => adapter.connect(where, { clock, ...how, fetch, credentials }) };
}

export const httpPackage = samplePackage({ signature: { type: "http" } });
export const eventPackage = samplePackage({
  signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] },
});

const of = (name: string, id: string) => ({ resource: name, id });
export const triggers = {
  web: { type: "http", name: "web", path: "/{rest*}", auth: "public" },
  closed: { type: "http", name: "web", path: "/{rest*}", auth: "identity", callers: [`serviceAccount:${account}`] },
  tick: { type: "schedule", name: "tick", cron: "0 7 * * *", timezone: "Europe/Berlin", data: { a: 1 } },
  tock: { type: "schedule", name: "tock", everySeconds: 300, timezone: "UTC" },
  orders: {
    type: "queue",
    name: "orders",
    ordered: false,
    source: of("orders", topicName("orders")),
    retry: { attempts: 5, deadLetter: of("dead", topicName("dead")) },
  },
  plain: { type: "queue", name: "orders", ordered: false, source: of("orders", topicName("orders")) },
  fresh: { type: "queue", name: "fresh", ordered: false, source: of("fresh", topicName("fresh")) },
  photos: { type: "object-storage", name: "photos", events: ["created"], source: of("photos", "projects/_/buckets/photos") },
} as const satisfies { readonly [name: string]: HttpTrigger | ScheduleTrigger | QueueTrigger | ObjectStorageTrigger };

type Given = Partial<Omit<Resolved<Section>, "digest" | "section">> & { readonly section?: object };

export function config({ section = {}, ...given }: Given & { readonly triggers: readonly Trigger[] }): Resolved<Section> {
  return sampleConfig<Section>({
    target: "google-cloud-functions",
    section: schema.parse({ project, region, ...section }),
    deployment: "thumbnail",
    function: "thumbnail",
    identity: account,
    base: "/",
    ...given,
  });
}
