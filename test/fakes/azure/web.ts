/**
 * Microsoft.Web as far as a function app on Flex Consumption needs it: https://learn.microsoft.com/rest/api/appservice. A PUT replaces
 * tags and configuration and keeps the settings that it does not name; a PATCH knows neither `functionAppConfig` nor tags
 * (SitePatchResource, @azure/arm-appservice 19.0.0); deleting the last app of a plan deletes the plan unless told not to.
 */
import type { Asked, Reply } from "./http.ts";
import { type App, armError, type AzureState, type Json, missing, type Thing, webError } from "./state.ts";

/** Regions as answers spell them. */
const spelled: { readonly [region: string]: string } = { westeurope: "West Europe", northeurope: "North Europe" };

export interface WebHooks {
  /** A new app's own host and its deployment host. */
  open(app: App): Promise<void>;
  close(app: App): Promise<void>;
}

export async function web(state: AzureState, asked: Asked, rest: readonly string[], hooks: WebHooks): Promise<Reply> {
  const [type, name, ...more] = rest;
  if (type?.toLowerCase() === "serverfarms") return plans(state, asked, name);
  if (type?.toLowerCase() === "sites")
    return name === undefined ? listSites(state, asked) : site(state, asked, name, more, hooks);
  return armError(404, "InvalidResourceType", `The resource type '${type}' could not be found.`);
}

function plans(state: AzureState, asked: Asked, name: string | undefined): Reply {
  if (name === undefined)
    return { status: 200, body: { value: [...state.plans.values()].flatMap((plan) => state.read(plan) ?? []), nextLink: null } };
  const key = name.toLowerCase();
  const plan = state.plans.get(key);
  if (asked.method === "GET") {
    const value = state.read(plan);
    return value === undefined
      ? missing(idOf(state, "serverfarms", name), state.options.resourceGroup)
      : { status: 200, body: planBody(value, plan) };
  }
  if (asked.method === "DELETE") {
    if (plan === undefined) return { status: 204 };
    if (appsOn(state, plan.id).length > 0)
      return webError(
        409,
        "Conflict",
        `Server farm '${name}' cannot be deleted because it has web app(s) ${appsOn(state, plan.id)[0]?.name} assigned to it.`,
      );
    state.plans.delete(key);
    return { status: 200 };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  const body = asked.body as Json;
  const sku = body["sku"] as { readonly name?: string; readonly tier?: string };
  if (sku?.name !== "FC1") return webError(400, "BadRequest", "The sku is not one of Flex Consumption.");
  const fresh = plan === undefined;
  const id = idOf(state, "serverfarms", name);
  const thing = state.write(state.plans, key, id, name, {
    id,
    name,
    type: "Microsoft.Web/serverfarms",
    kind: body["kind"] ?? "functionapp",
    location: spelled[String(body["location"])] ?? body["location"],
    tags: body["tags"] ?? {},
    sku: { name: "FC1", tier: "FlexConsumption", size: "FC1", family: "FC", capacity: 0 },
    properties: { ...(body["properties"] as Json), status: "Ready" },
  });
  if (!fresh) return { status: 200, body: planBody(thing.value, thing) };
  const operation = state.begin(thing);
  return { status: 202, headers: { location: `/operations/${operation}` }, body: planBody(thing.value, thing) };
}

function planBody(value: Json, plan: Thing | undefined): Json {
  const state = (plan?.pending ?? 0) > 0 ? "InProgress" : "Succeeded";
  return { ...value, properties: { ...(value["properties"] as Json), provisioningState: state } };
}

function listSites(state: AzureState, asked: Asked): Reply {
  const all = [...state.apps.values()].flatMap((app) => {
    const value = state.read(app);
    return value === undefined ? [] : [siteBody(app, value, false)];
  });
  // Two a page.
  const skip = Number(asked.query.get("$skipToken") ?? 0);
  const next =
    skip + 2 < all.length ? `${asked.path}?api-version=${asked.query.get("api-version")}&$skipToken=${skip + 2}` : null;
  return { status: 200, body: { value: all.slice(skip, skip + 2), nextLink: next } };
}

async function site(state: AzureState, asked: Asked, name: string, more: readonly string[], hooks: WebHooks): Promise<Reply> {
  const key = name.toLowerCase();
  const app = state.apps.get(key);
  const sub = more.join("/").toLowerCase();
  if (sub === "") {
    if (asked.method === "PUT") return putSite(state, asked, name, app, hooks);
    if (asked.method === "PATCH") return patchSite(state, asked, app, name);
  }
  const absent = missing(idOf(state, "sites", name), state.options.resourceGroup);
  if (asked.method === "DELETE" && sub === "") {
    if (app === undefined) return { status: 204 };
    state.apps.delete(key);
    const plan = planOf(state, app);
    if (asked.query.get("deleteEmptyServerFarm") !== "false" && plan !== undefined && appsOn(state, plan.id).length === 0)
      state.plans.delete(plan.name.toLowerCase());
    await hooks.close(app);
    return { status: 200 };
  }
  if (app === undefined) return absent;
  if (asked.method === "GET" && sub === "") {
    const value = state.read(app);
    return value === undefined ? absent : { status: 200, body: siteBody(app, value, true) };
  }
  if (app.pending > 0) app.pending--;
  if (sub === "config/appsettings/list" && asked.method === "POST")
    return { status: 200, body: settingsBody(app, readSettings(app)) };
  if (sub === "config/appsettings" && asked.method === "PUT") return putSettings(state, asked, app);
  if (sub === "functions" && asked.method === "GET") return functions(app);
  if (sub === "host/default/listkeys" && asked.method === "POST") {
    const systemKeys = app.functions.some(({ bindings }) => bindings.some(({ type }) => type === "eventGridTrigger"))
      ? { eventgrid_extension: `${app.keys.master}-eg` }
      : {};
    return { status: 200, body: { masterKey: app.keys.master, functionKeys: { default: app.keys.default }, systemKeys } };
  }
  if (sub === "networkconfig/virtualnetwork" && asked.method === "DELETE") {
    const { virtualNetworkSubnetId: _gone, ...properties } = app.value["properties"] as Json;
    app.value = { ...app.value, properties: { ...properties, virtualNetworkSubnetId: null } };
    return { status: 200 };
  }
  return armError(404, "InvalidResourceType", `There is no ${asked.method} of ${sub}.`);
}

async function putSite(state: AzureState, asked: Asked, name: string, found: App | undefined, hooks: WebHooks): Promise<Reply> {
  const body = asked.body as Json;
  const properties = (body["properties"] ?? {}) as Json;
  const { siteConfig, ...given } = properties;
  const farm = String(properties["serverFarmId"] ?? "").toLowerCase();
  const plan = [...state.plans.values()].find(({ id }) => id.toLowerCase() === farm);
  if (plan === undefined)
    return webError(400, "BadRequest", `Cannot find serverFarm with name ${farm.slice(farm.lastIndexOf("/") + 1)}.`);
  if (plan.pending > 0) return webError(409, "Conflict", "The plan is being made.");
  if (appsOn(state, plan.id).some((app) => app !== found))
    return webError(409, "Conflict", "A Flex Consumption plan holds one app.");
  if (found === undefined && state.taken.has(name.toLowerCase()))
    return webError(409, "Conflict", `Website with given name ${name} already exists.`);
  if ((found?.pending ?? 0) > 0)
    return webError(409, "Conflict", "Cannot modify this web app because another operation is in progress.");
  if (given["functionAppConfig"] === undefined)
    return webError(400, "BadRequest", "functionAppConfig is required on Flex Consumption.");
  const identity = (body["identity"] ?? { type: "None" }) as { readonly type: string; readonly userAssignedIdentities?: Json };
  const assigned = Object.keys(identity.userAssignedIdentities ?? {});
  const unknown = assigned.find((id) => !state.identities.has(id.toLowerCase()));
  if (unknown !== undefined) return armError(400, "FailedIdentityOperation", `Resource '${unknown}' was not found.`);
  const fresh = found === undefined;
  const id = idOf(state, "sites", name);
  const principalId = found?.principalId ?? state.uuid();
  if (identity.type.includes("SystemAssigned") && !state.principals.has(principalId))
    state.principals.set(principalId, state.options.principalTries);
  const value: Json = {
    id,
    name,
    type: "Microsoft.Web/sites",
    kind: body["kind"],
    location: spelled[String(body["location"])] ?? body["location"],
    tags: body["tags"] ?? {},
    identity: {
      type: identity.type,
      ...(identity.type.includes("SystemAssigned") ? { principalId, tenantId: "00000000-0000-0000-0000-0000000000ff" } : {}),
      ...(assigned.length === 0
        ? {}
        : {
            userAssignedIdentities: Object.fromEntries(
              assigned.map((one) => [
                one.replace("/resourceGroups/", "/resourcegroups/"),
                state.identities.get(one.toLowerCase()),
              ]),
            ),
          }),
    },
    properties: {
      ...(found?.value["properties"] as Json | undefined),
      virtualNetworkSubnetId: null,
      ...given,
      state: "Running",
      enabled: true,
    },
  };
  const thing = state.write(state.apps, name.toLowerCase(), id, name, value);
  const app = thing as App;
  if (fresh) {
    const facts = {
      settings: {},
      settingsBefore: undefined,
      functions: [],
      functionsBefore: undefined,
      deployments: [],
      keys: { master: `master-${state.next("key")}`, default: `default-${state.next("key")}` },
      principalId,
      host: "",
      scm: "",
      admitted: [],
    };
    Object.assign(app, facts);
    await hooks.open(app);
  }
  const settings = (siteConfig as { readonly appSettings?: readonly { name: string; value: string }[] } | undefined)?.appSettings;
  if (settings !== undefined) app.settings = Object.fromEntries(settings.map((one) => [one.name, one.value]));
  const operation = state.begin(app);
  return { status: 202, headers: { location: `/operations/${operation}`, "retry-after": "0" }, body: siteBody(app, value, true) };
}

function patchSite(state: AzureState, asked: Asked, app: App | undefined, name: string): Reply {
  if (app === undefined) return missing(idOf(state, "sites", name), state.options.resourceGroup);
  const { functionAppConfig: _dropped, ...properties } = ((asked.body as Json)["properties"] ?? {}) as Json;
  app.value = { ...app.value, properties: { ...(app.value["properties"] as Json), ...properties } };
  return { status: 200, body: siteBody(app, app.value, true) };
}

/** Settings are never in it; a list leaves out more. */
function siteBody(app: App, value: Json, whole: boolean): Json {
  const properties = value["properties"] as Json;
  return {
    ...value,
    properties: {
      ...properties,
      ...(whole ? {} : { functionAppConfig: null }),
      inProgressOperationId: app.pending > 0 ? "operation" : null,
      defaultHostName: app.host,
      enabledHostNames: [app.host, app.scm],
      hostNameSslStates: [
        { name: app.host, sslState: "Disabled", hostType: "Standard" },
        { name: app.scm, sslState: "Disabled", hostType: "Repository" },
      ],
      siteConfig: { numberOfWorkers: 1, linuxFxVersion: "", appSettings: null },
    },
  };
}

function readSettings(app: App): { [name: string]: string } {
  const before = app.settingsBefore;
  if (before === undefined || before.lagging <= 0) return app.settings;
  before.lagging--;
  return before.value;
}

function putSettings(state: AzureState, asked: Asked, app: App): Reply {
  if (app.pending > 0) return webError(409, "Conflict", "Cannot modify this web app because another operation is in progress.");
  const { properties = {} } = asked.body as { readonly properties?: { [name: string]: string } };
  const wrong = Object.keys(properties).find((name) =>
    /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|SCM_DO_BUILD|ENABLE_ORYX)/.test(
      name,
    ),
  );
  if (wrong !== undefined)
    return webError(
      400,
      "BadRequest",
      `The following app setting (Site.SiteConfig.AppSettings.${wrong}) for Flex Consumption sites is invalid.`,
    );
  app.settingsBefore = { value: app.settings, lagging: state.options.lag };
  app.settings = { ...properties };
  return { status: 200, body: settingsBody(app, app.settings) };
}

function settingsBody(app: App, properties: Json): Json {
  return { id: `${app.id}/config/appsettings`, name: "appsettings", type: "Microsoft.Web/sites/config", properties };
}

function functions(app: App): Reply {
  const before = app.functionsBefore;
  if (before !== undefined && before.syncs > 0) before.syncs--;
  const shown = before !== undefined && before.syncs > 0 ? before.value : app.functions;
  const value = shown.map(({ name, bindings }) => ({
    id: `${app.id}/functions/${name}`,
    name: `${app.name}/${name}`,
    type: "Microsoft.Web/sites/functions",
    properties: { name, config: { name, bindings }, isDisabled: false, language: "node" },
  }));
  return { status: 200, body: { value, nextLink: null } };
}

function appsOn(state: AzureState, plan: string): App[] {
  return [...state.apps.values()].filter(
    ({ value }) => String((value["properties"] as Json)["serverFarmId"]).toLowerCase() === plan.toLowerCase(),
  );
}

function planOf(state: AzureState, app: App): Thing | undefined {
  const farm = String((app.value["properties"] as Json)["serverFarmId"]).toLowerCase();
  return [...state.plans.values()].find(({ id }) => id.toLowerCase() === farm);
}

function idOf(state: AzureState, type: string, name: string): string {
  return `${state.group}/providers/Microsoft.Web/${type}/${name}`;
}
