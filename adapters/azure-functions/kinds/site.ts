/** The anchor: the app with its tags, which say what was deployed. Its settings and its code are kinds of their own. */
import type { Json, JsonObject, Lifecycle, Live } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { ids, kinds, markTags, type SiteProps, type Tags } from "../resources.ts";
import { appOf, idle, ourSites, outputsOf, putSite, type Site, siteNamed, sitePath, stateOf } from "./app.ts";
import { derivationIn, derivationTags, markIn, markOf, publishedIn, tagsIn, tagsWith } from "./marks.ts";
import { alike, answered, type Context, given, regionName } from "./shared.ts";
import { versions } from "./versions.ts";

export const siteLifecycle: Lifecycle<SiteProps, AzureClient> = {
  anchor: true,
  after: [kinds.plan],
  fixed: ["name", "location", "kind"],
  whole: ["/tags", "/identity/userAssignedIdentities"],
  volatile: ["PrincipalId", "ClientId", "url"],
  permissions: {
    // Also what finds former triggers and roles, whatever this deployment has now.
    read: [
      "Microsoft.Web/serverfarms/read",
      "Microsoft.Web/sites/config/list/action",
      "Microsoft.Web/sites/functions/read",
      "Microsoft.Web/sites/publish/action",
      "Microsoft.Web/sites/read",
    ],
    create: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
      "Microsoft.Web/serverfarms/join/action",
      "Microsoft.Web/sites/write",
    ],
    update: [
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
      "Microsoft.Web/serverfarms/join/action",
      "Microsoft.Web/sites/networkConfig/delete",
      "Microsoft.Web/sites/write",
    ],
    delete: ["Microsoft.Web/sites/delete"],
  },
  lock: ({ name }) => `app ${name}`,

  async find(cx) {
    return (await ourSites(cx)).map((site) => ({ id: markIn(site.tags ?? {})?.resource ?? ids.site, live: liveOf(cx, site) }));
  },

  async read(cx, _id, props) {
    const site = await siteNamed(cx, props.name);
    return site === undefined ? undefined : liveOf(cx, site, props);
  },

  async create(cx, id, props) {
    await put(cx, id, props, undefined);
    return known(cx, props);
  },

  async update(cx, id, props) {
    const site = answered(await idle(cx, props.name), `the app ${props.name}`);
    if (props.properties.virtualNetworkSubnetId === null && (site.properties?.virtualNetworkSubnetId ?? null) !== null)
      await ifThere(cx.client.arm.delete(`${sitePath(cx, props.name)}/networkConfig/virtualNetwork`, versions.web, cx));
    await put(cx, id, props, site);
    return known(cx, props);
  },

  async delete(cx, _id, live) {
    const name = live.props.name ?? appOf(cx);
    // Without it the plan goes with its last app, and it may be someone else's.
    await ifThere(cx.client.arm.delete(sitePath(cx, name), versions.web, cx, { deleteEmptyServerFarm: "false" }));
    await cx.until(`the app ${name} to be gone`, async () => ((await siteNamed(cx, name)) === undefined ? true : undefined));
  },
};

/**
 * What was published is on record as long as it is what is wanted. Otherwise it is taken off before the code changes, so that whoever
 * is stopped in between publishes again, whatever is wanted then.
 */
async function put(cx: Context, id: string, props: SiteProps, live: Site | undefined): Promise<void> {
  const { name, location, kind, identity } = props;
  const before = live?.tags ?? {};
  const published = publishedIn(before);
  const stays = published !== undefined && (cx.derivation === undefined || cx.derivation.layoutDigest === published.layout);
  const recorded: Tags = {
    ...(cx.derivation === undefined ? pick(before, [markTags.derivation, markTags.adapter]) : derivationTags(cx.derivation)),
    ...(stays ? pick(before, [markTags.published]) : {}),
  };
  const tags = { ...tagsWith(before, markOf(cx, id), props.tags), ...recorded };
  const body = given(props.properties as unknown as Json) as JsonObject;
  await putSite(cx, name, { location, kind, tags, identity, properties: body }, live);
}

function pick(tags: Tags, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (tags[key] === undefined ? [] : [[key, tags[key]]])));
}

/** So many looks, over half a minute, what comes a moment after the app is waited for. */
const patience = 28;

/** A new identity's principal, and the hosts, may come a moment after the app. */
function known(cx: Context, { name }: SiteProps): Promise<{ [name: string]: string }> {
  let looks = 0;
  return cx.until(`the app ${name} to be known`, async () => {
    const site = await siteNamed(cx, name);
    if (site === undefined || (site.properties?.inProgressOperationId ?? null) !== null) return undefined;
    const outputs = outputsOf(site);
    const complete = ["HostName", "ScmHostName", "PrincipalId"].every((output) => outputs[output] !== undefined);
    return complete || ++looks > patience ? outputs : undefined;
  });
}

function liveOf(cx: Context, site: Site, wanted?: SiteProps): Live<SiteProps> {
  const tags = site.tags ?? {};
  const derivation = derivationIn(tags);
  const state = stateOf(site);
  // A deploy has the code to end it with; whoever only looks is told.
  const half = cx.content === undefined && derivation !== undefined && publishedIn(tags)?.layout !== derivation.layoutDigest;
  return {
    props: propsOf(site, wanted),
    outputs: outputsOf(site),
    mark: markIn(tags),
    ...(derivation === undefined ? {} : { derivation }),
    state: state === "ready" && half ? "code not published" : state,
  };
}

function propsOf(site: Site, wanted: SiteProps | undefined): Partial<SiteProps> {
  const { name = "", kind = "", identity, properties = {} } = site;
  const assigned = Object.keys(identity?.userAssignedIdentities ?? {});
  const { functionAppConfig } = properties as { readonly functionAppConfig?: JsonObject };
  const props = {
    name,
    location: regionName(site.location),
    kind: ["functionapp", "linux"].every((word) => kind.split(",").includes(word)) ? "functionapp,linux" : kind,
    tags: tagsIn(site.tags ?? {}, wanted?.tags),
    identity: {
      type: (identity?.type ?? "None").replaceAll(" ", ""),
      ...(assigned.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(assigned.map((id) => [id, {}])) }),
    },
    properties: {
      ...properties,
      httpsOnly: properties["httpsOnly"] === true,
      clientAffinityEnabled: properties["clientAffinityEnabled"] === true,
      publicNetworkAccess: properties["publicNetworkAccess"] === "Disabled" ? "Disabled" : "Enabled",
      virtualNetworkSubnetId: blank(properties.virtualNetworkSubnetId),
      keyVaultReferenceIdentity: blank(properties["keyVaultReferenceIdentity"]) ?? "SystemAssigned",
      ...(functionAppConfig === undefined ? {} : { functionAppConfig: configOf(functionAppConfig) }),
    },
  };
  return alike(wanted as unknown as JsonObject | undefined, props as unknown as JsonObject) as unknown as Partial<SiteProps>;
}

function configOf(config: JsonObject): JsonObject {
  const scale = (config["scaleAndConcurrency"] ?? {}) as JsonObject;
  const ready = (scale["alwaysReady"] ?? []) as readonly { readonly name: string; readonly instanceCount: number }[];
  return {
    ...config,
    scaleAndConcurrency: {
      ...scale,
      alwaysReady: ready
        .map(({ name, instanceCount }) => ({ name, instanceCount }))
        .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      triggers: scale["triggers"] ?? null,
    },
  };
}

function blank(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
