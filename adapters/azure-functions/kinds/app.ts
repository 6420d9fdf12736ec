/** The app as Resource Manager answers it, and how it is written: everything hangs on it. */
import { FnpkgError, type Mark } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { addressOf } from "../client-rest.ts";
import { ifThere } from "../errors.ts";
import { kinds, markTags, type Tags } from "../resources.ts";
import { markIn } from "./marks.ts";
import { finished } from "./operation.ts";
import { answered, type Context, isObject, listed, together } from "./shared.ts";
import { versions } from "./versions.ts";

/** https://learn.microsoft.com/azure/templates/microsoft.web/2024-11-01/sites, and what only answers hold. */
export interface Site {
  readonly id?: string;
  readonly name?: string;
  readonly location?: string;
  readonly kind?: string;
  readonly tags?: Tags | null;
  readonly identity?: SiteIdentity | null;
  readonly properties?: SiteAnswer;
}

interface SiteIdentity {
  readonly type?: string;
  readonly principalId?: string;
  readonly userAssignedIdentities?: {
    readonly [id: string]: { readonly principalId?: string; readonly clientId?: string };
  } | null;
}

interface SiteAnswer {
  readonly state?: string;
  readonly enabled?: boolean;
  readonly inProgressOperationId?: string | null;
  readonly defaultHostName?: string;
  readonly hostNameSslStates?: readonly { readonly name?: string; readonly hostType?: string }[] | null;
  readonly enabledHostNames?: readonly string[] | null;
  readonly virtualNetworkSubnetId?: string | null;
  readonly functionAppConfig?: { readonly scaleAndConcurrency?: { readonly triggers?: object | null } | null } | null;
  readonly [property: string]: unknown;
}

export function sitePath({ client }: Pick<Context, "client">, name: string): string {
  return `${client.group}/providers/${kinds.site}${name === "" ? "" : `/${name}`}`;
}

/** The name that the configuration gives the app. */
export function appOf({ client, deployment }: Pick<Context, "client" | "deployment">): string {
  return client.section.app ?? deployment;
}

export function siteNamed(cx: Context, name: string): Promise<Site | undefined> {
  return together(cx, `app ${name}`, () => ifThere(cx.client.arm.get<Site>(sitePath(cx, name), versions.web, cx)));
}

/** Every app of the resource group. */
export async function allSites(cx: Context): Promise<readonly Site[]> {
  return (await together(cx, "apps", () => ifThere(listed<Site>(cx, sitePath(cx, ""), versions.web)))) ?? [];
}

/** This deployment's apps, whatever they are called: one, unless it was renamed. */
export function ourSites(cx: Context): Promise<readonly Site[]> {
  return together(cx, "our apps", async () => {
    const is = ({ tags }: Site) => markIn(tags ?? {})?.deployment === cx.deployment;
    const [all, named] = await Promise.all([allSites(cx), siteNamed(cx, appOf(cx))]);
    const others = all.filter((site) => is(site) && site.name?.toLowerCase() !== appOf(cx).toLowerCase());
    // A list tells less of each than the app itself.
    const found = await Promise.all(others.map(({ name = "" }) => siteNamed(cx, name)));
    return [named, ...found].flatMap((site) => (site !== undefined && is(site) ? [site] : []));
  });
}

/** The mark of something that lives in an app: the app's. */
export function markWithin(site: Site | undefined, id: string): Mark | null {
  const mark = markIn(site?.tags ?? {});
  return mark === null ? null : { ...mark, resource: id };
}

/** `thumbnail` of `thumbnail/appsettings`. */
export function appIn(name: string): string {
  return name.split("/")[0] ?? name;
}

/** Properties that others may have set, and that a write without them might take away. */
const others = [
  "clientCertEnabled",
  "clientCertExclusionPaths",
  "clientCertMode",
  "endToEndEncryptionEnabled",
  "hostNamesDisabled",
  "ipMode",
  "outboundVnetRouting",
] as const;

export interface SiteBody {
  readonly location: string;
  readonly kind: string;
  readonly tags: Tags;
  readonly identity: object;
  readonly properties: object;
}

/** The derivation's tag that a write of this client took the place of: reads that lag behind still show it. */
const replaced = new WeakMap<AzureClient, Map<string, string>>();

/** True when the tags say that another deploy has written the app since this one did. */
export function isOvertaken({ client }: Pick<Context, "client">, name: string, live: Tags, ours: Tags): boolean {
  const now = live[markTags.derivation];
  return now !== undefined && now !== ours[markTags.derivation] && now !== replaced.get(client)?.get(name);
}

/**
 * Writes the whole app. Always a PUT: a PATCH drops `functionAppConfig` and tags (SitePatchResource of the API has neither); it leaves
 * the settings as they are when it names none.
 */
export async function putSite(cx: Context, name: string, body: SiteBody, live: Site | undefined): Promise<void> {
  const kept = Object.fromEntries(
    others.flatMap((key) => {
      const value = live?.properties?.[key];
      return value === undefined || value === null || value === false || value === "" ? [] : [[key, value]];
    }),
  );
  const enabled = live?.properties?.enabled === false ? { enabled: true } : {};
  const known = replaced.get(cx.client) ?? new Map<string, string>();
  replaced.set(cx.client, known.set(name, live?.tags?.[markTags.derivation] ?? ""));
  const answer = await cx.client.arm.put<Site>(
    sitePath(cx, name),
    versions.web,
    { ...body, properties: { ...kept, ...enabled, ...body.properties } },
    cx,
  );
  await finished(cx, `the app ${name} to be ready`, answer);
}

/** The app with other tags, and everything else as it is. */
export async function retag(cx: Context, name: string, change: (live: Tags) => Tags): Promise<void> {
  const site = answered(await idle(cx, name), `the app ${name}`);
  const { location = "", kind = "", identity, properties = {} } = site;
  const { serverFarmId, httpsOnly, clientAffinityEnabled, publicNetworkAccess, virtualNetworkSubnetId } = properties;
  const { keyVaultReferenceIdentity, functionAppConfig } = properties;
  const named = { serverFarmId, httpsOnly, clientAffinityEnabled, publicNetworkAccess, virtualNetworkSubnetId };
  const all = { ...named, keyVaultReferenceIdentity, functionAppConfig };
  await putSite(
    cx,
    name,
    {
      location,
      kind,
      tags: change(site.tags ?? {}),
      identity: identityBody(identity),
      properties: Object.fromEntries(
        Object.entries(all).flatMap(([key, value]) => (value === null || value === undefined ? [] : [[key, clean(value)]])),
      ),
    },
    site,
  );
}

/** An answered identity as a request has it: without ids of principals. */
function identityBody(identity: SiteIdentity | null | undefined): object {
  const ids = Object.keys(identity?.userAssignedIdentities ?? {});
  return {
    type: identity?.type ?? "None",
    ...(ids.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) }),
  };
}

/** Without what is null. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (!isObject(value as never)) return value;
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([key, inner]) => (inner === null ? [] : [[key, clean(inner)]])),
  );
}

/** The app once no change is under way; what a run that was stopped began is waited for. */
export async function idle(cx: Context, name: string): Promise<Site | undefined> {
  let missing = 0;
  const found = await cx.until(`the app ${name} to be idle`, async () => {
    const site = await siteNamed(cx, name);
    // A new app may be seen a moment late.
    if (site === undefined) return ++missing > 3 ? { site } : undefined;
    return (site.properties?.inProgressOperationId ?? null) === null ? { site } : undefined;
  });
  return found.site;
}

/** Running, and no change under way. */
export function stateOf({ properties = {} }: Site): string {
  if ((properties.inProgressOperationId ?? null) !== null) return "changing";
  const { state = "Running" } = properties;
  return state === "Running" ? "ready" : state;
}

export function outputsOf(site: Site): { [name: string]: string } {
  const { id = "", identity, properties = {} } = site;
  const assigned = Object.values(identity?.userAssignedIdentities ?? {})[0];
  const principal = assigned?.principalId ?? identity?.principalId;
  const { defaultHostName: host } = properties;
  const scm = scmHost(site);
  const http = (properties.functionAppConfig?.scaleAndConcurrency?.triggers ?? null) !== null;
  return {
    Id: id,
    ...(principal === undefined ? {} : { PrincipalId: principal }),
    ...(assigned?.clientId === undefined ? {} : { ClientId: assigned.clientId }),
    ...(host === undefined ? {} : { HostName: host }),
    ...(scm === undefined ? {} : { ScmHostName: scm }),
    ...(host === undefined || !http ? {} : { url: addressOf(host) }),
  };
}

/** The host that the app names for its deployments: it is not to be made of the app's name, which may carry a hash. */
function scmHost({ properties = {} }: Site): string | undefined {
  const named = properties.hostNameSslStates?.find(({ hostType }) => hostType === "Repository")?.name;
  return named ?? properties.enabledHostNames?.find((host) => host.includes(".scm."));
}

/** Not asked for where the configuration names the service. @throws FnpkgError E_VENDOR */
export function mustHaveScm({ client }: Pick<Context, "client">, site: Site): string {
  const host = scmHost(site);
  if (host !== undefined) return host;
  if (client.section.scmEndpoint !== undefined) return "";
  throw new FnpkgError("E_VENDOR", `the app ${site.name ?? ""} names no host for its deployments`, { target: "azure-functions" });
}
