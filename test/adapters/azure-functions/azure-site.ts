/** A target on the fake for the tests: what others made there, packages and configurations. */
import type { Resolved, Trigger } from "fnpkg/adapter";
import { type Bench, bench, type Fixture, sampleConfig, samplePackage, type SamplePackage } from "fnpkg/testing";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
import { FakeAzure, type FakeOptions } from "../../fakes/azure/index.ts";
import { armCheck } from "./arm-schemas.ts";

export const subscription = "11111111-1111-1111-1111-111111111111";
const group = `/subscriptions/${subscription}/resourceGroups/acme`;
export const arm = (rest: string) => `${group}/providers/${rest}`;
export const identity = arm("Microsoft.ManagedIdentity/userAssignedIdentities/thumbnail");
export const component = arm("microsoft.insights/components/acme");
const ref = (resource: string, id: string) => ({ resource, id: arm(id) });

export const credentials = {
  getToken: async (scope: string | string[]) => ({
    token: String(scope).includes("storage") ? "arm-token-storage" : "arm-token",
    expiresOnTimestamp: Date.now() + 3_600_000,
  }),
};

export const httpPackage = samplePackage({ signature: { type: "http" } });
export const eventPackage = samplePackage({
  signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] },
});

export const triggers = {
  web: { type: "http", name: "web", path: "/{rest*}", auth: "public" },
  keyed: { type: "http", name: "web", path: "/{rest*}", auth: "key" },
  jobs: {
    type: "queue",
    name: "jobs",
    source: ref("jobs", "Microsoft.Storage/storageAccounts/acmedata/queueServices/default/queues/jobs"),
    ordered: false,
  },
  orders: {
    type: "topic",
    name: "orders",
    source: ref("orders", "Microsoft.ServiceBus/namespaces/acme/topics/orders/subscriptions/thumb"),
  },
  photos: {
    type: "object-storage",
    name: "photos",
    source: ref("photos", "Microsoft.Storage/storageAccounts/acmedata/blobServices/default/containers/photos"),
    events: ["created", "deleted"],
    filter: { prefix: "in/", suffix: ".jpg" },
  },
  tick: { type: "schedule", name: "tick", cron: "*/5 * * * *", timezone: "UTC" },
} as const satisfies { readonly [name: string]: Trigger };

type Given = Partial<Omit<Resolved<Section>, "digest" | "section" | "target">>;

export function config(given: Given = {}, more: Partial<Section> = {}): Resolved<Section> {
  const { storage, ...rest } = more;
  return sampleConfig<Section>({
    target: "azure-functions",
    section: {
      subscription,
      resourceGroup: "acme",
      region: "westeurope",
      assignRoles: false,
      storage: { account: "acmehost", container: "packages", keepPackages: 0, ...storage },
      ...rest,
    },
    deployment: "thumbnail",
    function: "thumbnail",
    memoryMiB: 2048,
    runtime: "22",
    ...given,
  });
}

/** What a deployment finds: a group, storage accounts, an identity, a component. */
export async function furnished(options: FakeOptions = {}): Promise<FakeAzure> {
  const fake = await new FakeAzure({ ...armCheck(), ...options }).start();
  const { state } = fake;
  state.accounts.set("acmehost", { containers: new Set(["packages"]) }).set("acmedata", { containers: new Set(["photos"]) });
  const principalId = "22222222-2222-2222-2222-222222222222";
  state.identities.set(identity.toLowerCase(), { principalId, clientId: "33333333-3333-3333-3333-333333333333" });
  state.principals.set(principalId, 0);
  state.components.set("acme", {
    connectionString: "InstrumentationKey=c0ffee00-secret;IngestionEndpoint=https://in.example/",
    rows: [],
  });
  return fake;
}

/** The adapter, connected to a fake wherever it listens. */
export function on(fake: FakeAzure): typeof adapter {
  return { ...adapter, connect: (where, cx) => adapter.connect({ ...where, endpoint: fake.endpoint }, { credentials, ...cx }) };
}

export interface Site extends Bench {
  readonly fake: FakeAzure;
}

/** A deployment that is driven by hand: the conformance bench without its cases. */
export async function deployment(
  of: Resolved<Section>,
  options: {
    readonly pkg?: SamplePackage;
    readonly fake?: FakeOptions;
    readonly on?: FakeAzure;
    readonly clock?: Fixture<Section, object>["clock"];
  } = {},
): Promise<Site> {
  const fake = options.on ?? (await furnished(options.fake));
  const made = await bench({
    name: "azure-functions",
    open: async () => ({ adapter: on(fake), foreign: async () => undefined, close: () => fake.close() }),
    pkg: options.pkg ?? eventPackage,
    config: of,
    changed: of,
    fewer: of,
    secrets: [],
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  return { ...made, fake };
}

/** What could change something: everything but reads. */
export function writes({ exchanges }: FakeAzure): string[] {
  return exchanges.flatMap(({ method, path }) =>
    method === "GET" || method === "HEAD" || /\/(list|listkeys|query)$/.test(path) ? [] : [`${method} ${path}`],
  );
}
