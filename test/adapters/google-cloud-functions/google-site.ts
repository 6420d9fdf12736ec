/** A project on loopback with what the samples need, and configurations for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { HttpTrigger, ObjectStorageTrigger, QueueTrigger, Resolved, ScheduleTrigger, Trigger } from "fnpkg/adapter";
import { sampleConfig, samplePackage } from "fnpkg/testing";
import { config as schema, type Section } from "../../../adapters/google-cloud-functions/config.ts";
import { adapter } from "../../../adapters/google-cloud-functions/index.ts";
import { type Google, startGoogle } from "../../fakes/google/server.ts";

export const project = "acme-project";
export const region = "europe-west1";
export const account = `thumbnail@${project}.iam.gserviceaccount.com`;
export const functionName = `projects/${project}/locations/${region}/functions/thumbnail`;
export const serviceName = `projects/${project}/locations/${region}/services/thumbnail`;

const folder = process.env["FNPKG_MODELS"] ?? "";
const models = folder === "" ? {} : { models: readFileSync(join(folder, "google/functions.protos.json"), "utf8") };
/** Bodies are held against the vendor's protos where those are at hand. */
export const modelsTitle = folder === "" ? " (skipped: holding bodies against the protos needs FNPKG_MODELS)" : "";

export async function startProject(): Promise<Google> {
  const google = await startGoogle({ project, region, ...models });
  const { world } = google;
  world.accounts.set(account, { actAs: true });
  for (const name of ["orders", "dead"]) world.topics.set(topicName(name), { name: topicName(name) });
  world.buckets.set("photos", { location: "EUROPE-WEST1" });
  return google;
}

export function topicName(name: string): string {
  return `projects/${project}/topics/${name}`;
}

/** The machine's clock, fifty times as fast: what the fake takes no time for need not be waited for. */
export function quickClock() {
  const [real, faster] = [Date.now(), 50];
  return {
    now: () => real + (Date.now() - real) * faster,
    sleep: (ms: number, signal?: AbortSignal) => wait(ms / faster, undefined, signal === undefined ? undefined : { signal }),
  };
}

/** The adapter, connected to the project with its own token. */
export function adapterOn(google: Pick<Google, "endpoint" | "world">): typeof adapter {
  const credentials = { getAccessToken: async () => google.world.token };
  return { ...adapter, connect: (where, cx) => adapter.connect({ ...where, endpoint: google.endpoint }, { ...cx, credentials }) };
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
