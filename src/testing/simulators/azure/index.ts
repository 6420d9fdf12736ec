/**
 * Azure as far as a function app on Flex Consumption needs it: Resource Manager, the app's host and its deployment service, and blobs.
 * Strict about what it is sent, and about when. Hosts are named as Azure names them: `management.azure.com` (any other name will
 * do), `APP.azurewebsites.net`, `APP.scm.azurewebsites.net`, `ACCOUNT.blob.core.windows.net`.
 */
import { type Simulator, simulator, type SimulatorOptions } from "../simulator.ts";
import type { Refusal, Surroundings, Vendor, WireAnswer, WireRequest } from "../wire.ts";
import { arm, type Check } from "./arm.ts";
import { answerOf, armError, type Asked, askedIn, type Reply } from "./asked.ts";
import { disturb } from "./disturb.ts";
import { host } from "./host.ts";
import { scm } from "./scm.ts";
import { foreignOf, snapshotOf } from "./snapshot.ts";
import { type App, type AzureLags, type AzureState, Cloud, type Place } from "./state.ts";
import { blobHosts, blobService } from "./storage.ts";
import { operationOf, rates, refusalOf, type Service, serviceOf } from "./traffic.ts";

export type { Account, App, AzureLags, AzureState, Deployment, Thing } from "./state.ts";

export interface AzureSimulatorOptions extends SimulatorOptions, Partial<Place> {
  readonly lags?: AzureLags;
  /** Complaints about a body that is put, by `microsoft.web/sites` and its `api-version`; default none. */
  readonly check?: Check;
}

export interface AzureVendor extends Vendor {
  /** What is there, to furnish it, to look at it and to change it by hand; the same object for good. */
  readonly state: AzureState;
  /** What others added, alone; what of it is in one of our apps goes with the app. */
  foreign(): unknown;
}

/**
 * An empty resource group, `acme` in West Europe of the subscription 11111111-1111-1111-1111-111111111111 unless told otherwise. The
 * token is `arm-token`, for storage `arm-token-storage`. Accounts, containers, identities and components are put into
 * `vendor.state`.
 */
export function azureSimulator(options: AzureSimulatorOptions = {}): Simulator<AzureVendor> {
  return simulator((around) => azureVendor(options, around), options);
}

function azureVendor(options: AzureSimulatorOptions, around: Surroundings): AzureVendor {
  const {
    token = "arm-token",
    subscription = "11111111-1111-1111-1111-111111111111",
    resourceGroup = "acme",
    region = "westeurope",
    appsOnPage = 2,
    lags = {},
    check,
  } = options;
  const cloud = new Cloud({ token, subscription, resourceGroup, region, appsOnPage }, lags, around);
  const { state } = cloud;
  return {
    name: "azure",
    state,
    operation: operationOf,
    answer: (request) => answerOf(replyTo(cloud, request, check)),
    refuse: (refusal: Refusal, request: WireRequest): WireAnswer => answerOf(refusalOf(refusal, request)),
    rates,
    authorities: () => [...[...state.apps.values()].flatMap((app) => [app.host, app.scm]), ...blobHosts(state)],
    snapshot: () => snapshotOf(cloud),
    foreign: () => foreignOf(cloud),
    save: () => structuredClone(state),
    restore: (saved) => void Object.assign(state, structuredClone(saved)),
    disturb: (random) => disturb(cloud, random),
  };
}

function replyTo(cloud: Cloud, request: WireRequest, check: Check | undefined): Reply {
  const asked = askedIn(request);
  if (asked === undefined)
    return armError(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
  const service = serviceOf(request);
  if (service.of === "arm") return arm(cloud, asked, check);
  if (service.of === "blob") return blobService(cloud, asked, service.account);
  return ofApp(cloud, service, asked);
}

function ofApp(cloud: Cloud, { of, app: name }: Service & { readonly app: string }, asked: Asked): Reply {
  const app: App | undefined = cloud.there(cloud.state.apps, name);
  if (app === undefined)
    return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404 Web Site not found.</h1>" };
  return of === "scm" ? scm(cloud, app, asked) : host(cloud, app, asked);
}
