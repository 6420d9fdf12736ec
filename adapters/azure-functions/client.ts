/**
 * The connection to Azure: plain REST. The only file that loads @azure/identity, and only where no token and no credential is given.
 */
import { type Clock, type Connecting, FnpkgError, type Located, reasonOf, sharedLimiter } from "fnpkg/adapter";
import type { Answer, ArmApi, BlobApi, Call, Deployment, HostApi, Query, ScmApi } from "./client-api.ts";
import { blobs } from "./client-blobs.ts";
import { type Credential, credentialOf, scopes, type Tokens, tokens } from "./client-credentials.ts";
import { addressOf, isLoopback, type Outgoing, type Send, sender, trusted } from "./client-rest.ts";
import type { Section } from "./config.ts";

/** What the kinds and operations share of one run. */
export interface AzureClient {
  readonly section: Section;
  /** `/subscriptions/S/resourceGroups/G`. */
  readonly group: string;
  readonly arm: ArmApi;
  readonly scm: ScmApi;
  readonly host: HostApi;
  readonly blobs: BlobApi;
  /** In place of the network, where it was handed in. */
  readonly fetch?: typeof globalThis.fetch;
  close(): void;
}

type Where = Pick<Located<Section>, "section" | "endpoint">;

const target = "azure-functions";
const armEndpoint = "https://management.azure.com";

export function connect({ section, endpoint }: Where, { credentials, fetch, clock }: Partial<Connecting> = {}): AzureClient {
  const { send, close } = sender(fetch);
  const token = tokens(credentials === undefined ? undefined : credentialOf(credentials), load);
  const base = trusted(endpoint ?? armEndpoint, "`endpoint`");
  return {
    section,
    group: `/subscriptions/${section.subscription}/resourceGroups/${section.resourceGroup}`,
    arm: arm(send, token, base, pace(section, base, clock)),
    scm: scm(send, token, audience(base), section.scmEndpoint),
    host: hosts(send),
    blobs: blobs(send, token),
    ...(fetch === undefined ? {} : { fetch }),
    close,
  };
}

/** Another cloud's Resource Manager is its own audience; an emulator's is the public one. */
function audience(base: URL): string {
  return isLoopback(base) ? scopes.arm : `${base.origin}/.default`;
}

type Pace = (method: string, signal: AbortSignal) => Promise<void>;

function arm(send: Send, token: Tokens, base: URL, pace: Pace): ArmApi {
  const call = async <Body>(
    method: Outgoing["method"],
    url: URL,
    body: object | undefined,
    call: Call,
  ): Promise<Answer<Body>> => {
    await pace(method, call.signal);
    const headers = {
      accept: "application/json",
      authorization: `Bearer ${await token(audience(base), call.signal)}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const bytes = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    return (await send({ method, url, headers, ...bytes }, call)) as Answer<Body>;
  };
  const at = (path: string, version: string, query: Query = {}): URL => {
    const url = new URL(base.href.replace(/\/+$/, "") + path.split("/").map(encodeURIComponent).join("/"));
    url.searchParams.set("api-version", version);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  };
  return {
    get: async <Body>(path: string, version: string, how: Call, query?: Query) =>
      (await call<Body>("GET", at(path, version, query), undefined, how)).body,
    put: (path, version, body, how) => call("PUT", at(path, version), body, how),
    post: (path, version, body, how) => call("POST", at(path, version), body, how),
    delete: (path, version, how, query) => call("DELETE", at(path, version, query), undefined, how),
    async follow(address, how) {
      const url = URL.canParse(address, base.href) ? new URL(address, base) : base;
      if (url.origin === base.origin) return call("GET", url, undefined, how);
      throw new FnpkgError("E_VENDOR", `Resource Manager names an address at ${url.host}, where no token is sent`, { target });
    },
  };
}

/** learn.microsoft.com/azure/azure-functions/functions-deployment-technologies, "One deploy"; azure-functions-core-tools PublishFunctionAppAction.cs. */
function scm(send: Send, token: Tokens, scope: string, endpoint: string | undefined): ScmApi {
  const call = async (host: string, path: string, outgoing: Omit<Outgoing, "url" | "headers">, how: Call, more = {}) => {
    const base = trusted(endpoint ?? addressOf(host), "the deployment service's address");
    const url = new URL(base.href.replace(/\/+$/, "") + path);
    const headers = { accept: "application/json", authorization: `Bearer ${await token(scope, how.signal)}`, ...more };
    return send({ ...outgoing, url, headers }, how);
  };
  return {
    publish: (host, { file, size }, { signal }) =>
      call(
        host,
        "/api/publish?type=zip&RemoteBuild=false&Deployer=fnpkg",
        { method: "POST", body: { file, size } },
        { signal, patienceMs: 10 * 60_000 },
        { "content-type": "application/zip", "cache-control": "no-cache" },
      ),
    deployment: async (host, id, how) =>
      (await call(host, `/api/deployments/${encodeURIComponent(id)}`, { method: "GET" }, how)).body as Deployment,
    log: async (host, id, how) => {
      const { body } = await call(host, `/api/deployments/${encodeURIComponent(id)}/log`, { method: "GET" }, how);
      return Array.isArray(body) ? (body as { readonly log_time?: string; readonly message?: string }[]) : [];
    },
  };
}

function hosts(send: Send): HostApi {
  const call = (method: "GET" | "POST", host: string, path: string, key: string, body: object | undefined, how: Call) => {
    const base = trusted(addressOf(host), "the app's address");
    const headers = { "x-functions-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const bytes = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    return send({ method, url: new URL(path, base), headers, ...bytes }, how);
  };
  return {
    get: async <Body>(host: string, path: string, key: string, how: Call) =>
      (await call("GET", host, path, key, undefined, how)).body as Body,
    post: (host, path, key, body, how) => call("POST", host, path, key, body, how),
  };
}

/** Environment, workload identity, managed identity, `az`, `azd`, in the order of @azure/identity 4's DefaultAzureCredential. */
async function load(): Promise<Credential> {
  try {
    const { DefaultAzureCredential } = await import("@azure/identity");
    return new DefaultAzureCredential();
  } catch (cause) {
    throw new FnpkgError("E_PEER", `${target} needs the package @azure/identity: ${reasonOf(cause)}`, {
      cause,
      target,
      hint: "Install it (`npm install @azure/identity`), or set AZURE_ACCESS_TOKEN.",
    });
  }
}

/**
 * Token buckets of a subscription: 250 reads and 25 a second more, 200 writes and 10 a second more, deletes as writes
 * (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). An emulator has no such limit.
 */
function pace({ subscription }: Section, base: URL, clock?: Clock): Pace {
  if (isLoopback(base)) return async () => {};
  const bucket = (what: string, calls: number, burst: number) =>
    sharedLimiter(`${target} ${base.host} ${subscription} ${what}`, { calls, perMs: 1000, burst }, clock);
  const reads = bucket("reads", 25, 250);
  const writes = bucket("writes", 10, 200);
  return (method, signal) => (method === "GET" ? reads : writes).take(signal);
}
