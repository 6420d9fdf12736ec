/** A target on the simulated Azure for the tests: what others made there, packages and configurations. */
import type { Resolved, Trigger } from "fnpkg/adapter";
import {
  type AzureLags,
  azureSimulator,
  type AzureSimulatorOptions,
  type AzureVendor,
  type Bench,
  bench,
  sampleConfig,
  samplePackage,
  type SamplePackage,
  type Simulator,
  virtualClock,
  type WireAnswer,
  type WireRequest,
} from "fnpkg/testing";
import type { Section } from "../../../adapters/azure-functions/config.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
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

export type Azure = Simulator<AzureVendor>;

/** So long everything takes, in milliseconds, unless a test says otherwise: nothing is there at once. */
const usual: AzureLags = { plan: 20, site: 20, publish: 20, sync: 20, eventGrid: 20 };

/** What a deployment finds: a group, storage accounts, an identity, a component. */
export function furnished(options: AzureSimulatorOptions = {}): Azure {
  const azure = azureSimulator({ ...armCheck(), lags: usual, ...options });
  const { state } = azure.vendor;
  state.accounts.set("acmehost", { containers: new Set(["packages"]) }).set("acmedata", { containers: new Set(["photos"]) });
  const principalId = "22222222-2222-2222-2222-222222222222";
  state.identities.set(identity.toLowerCase(), { principalId, clientId: "33333333-3333-3333-3333-333333333333" });
  state.principals.set(principalId, 0);
  state.components.set("acme", {
    connectionString: "InstrumentationKey=c0ffee00-secret;IngestionEndpoint=https://in.example/",
    rows: [],
  });
  return azure;
}

/** The adapter, connected to the simulated Azure in this process, as to the real one: no endpoint, and its limits kept. */
export function on({ fetch }: Azure): typeof adapter {
  return { ...adapter, connect: (where, cx) => adapter.connect(where, { credentials, fetch, ...cx }) };
}

/** The same over a socket. */
function behind(endpoint: string): typeof adapter {
  return { ...adapter, connect: (where, cx) => adapter.connect({ ...where, endpoint }, { credentials, ...cx }) };
}

export interface Site extends Bench {
  readonly azure: Azure;
}

interface DeploymentOptions {
  readonly pkg?: SamplePackage;
  readonly azure?: AzureSimulatorOptions;
  /** Beside another one on the same simulated Azure. */
  readonly on?: Site;
  /** On a simulated Azure of the machine's time, over a socket where one is named. */
  readonly door?: { readonly azure: Azure; readonly endpoint?: string };
}

/** A deployment that is driven by hand, in virtual time: the conformance bench without its cases. */
export async function deployment(of: Resolved<Section>, options: DeploymentOptions = {}): Promise<Site> {
  const { door } = options;
  const clock = options.on?.fixture.clock?.() ?? virtualClock();
  const azure = door?.azure ?? options.on?.azure ?? furnished({ ...options.azure, clock });
  const made = await bench({
    name: "azure-functions",
    open: async () => ({
      adapter: door?.endpoint === undefined ? on(azure) : behind(door.endpoint),
      foreign: async () => undefined,
    }),
    pkg: options.pkg ?? eventPackage,
    config: of,
    changed: of,
    fewer: of,
    secrets: [],
    ...(door === undefined ? { clock: () => clock } : {}),
  });
  return { ...made, azure };
}

/** What could change something. */
export function writes({ exchanges }: Azure, from = 0): string[] {
  return exchanges.slice(from).flatMap(({ method, path, writes: may }) => (may ? [`${method} ${path}`] : []));
}

/** Answers of the test's own where `say` has one; the vendor sees nothing of what they answer. */
export function answering({ vendor }: Azure, say: (request: WireRequest) => WireAnswer | undefined): void {
  const answer = vendor.answer.bind(vendor);
  vendor.answer = (request) => say(request) ?? answer(request);
}

export function json(status: number, body: unknown, headers: { readonly [name: string]: string } = {}): WireAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
