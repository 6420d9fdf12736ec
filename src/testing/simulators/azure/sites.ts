/**
 * Apps on Flex Consumption: https://learn.microsoft.com/rest/api/appservice/web-apps. A PUT replaces tags and configuration and keeps the
 * settings that it does not name; a PATCH knows neither `functionAppConfig` nor tags (SitePatchResource, @azure/arm-appservice 19.0.0);
 * deleting the last app of a plan deletes the plan unless told not to.
 */
import { armError, type Asked, missing, type Reply, underWay, webError } from "./asked.ts";
import { appsOn, farmOf, planOf, spelledRegion } from "./plans.ts";
import { putSettings, settings } from "./settings.ts";
import { type App, type Cloud, functionsOf, type Json } from "./state.ts";

export function sites(cloud: Cloud, asked: Asked, name: string | undefined, more: readonly string[]): Reply {
  if (name === undefined) return list(cloud, asked);
  const { apps } = cloud.state;
  const key = name.toLowerCase();
  const app = cloud.there(apps, key);
  const absent = missing(idOf(cloud, name), cloud.place.resourceGroup);
  const what = `${asked.method} ${more.join("/").toLowerCase()}`;
  if (what === "PUT ") return put(cloud, asked, name, app);
  if (what === "DELETE ") return remove(cloud, asked, app);
  if (what === "GET ") {
    const found = apps.get(key);
    const value = cloud.read(found);
    return value === undefined || found === undefined ? absent : { status: 200, body: shown(cloud, found, value, true) };
  }
  if (app === undefined) return absent;
  if (what === "PATCH ") return patch(cloud, asked, app);
  if (what === "POST config/appsettings/list") return settings(cloud, app);
  if (what === "PUT config/appsettings") return putSettings(cloud, asked, app);
  if (what === "GET functions") return functions(cloud, app);
  if (what === "POST host/default/listkeys") return keys(cloud, app);
  if (what === "DELETE networkconfig/virtualnetwork") {
    app.value = { ...app.value, properties: { ...(app.value["properties"] as Json), virtualNetworkSubnetId: null } };
    return { status: 200 };
  }
  return armError(404, "InvalidResourceType", `There is no ${what}.`);
}

function list(cloud: Cloud, asked: Asked): Reply {
  const all = [...cloud.state.apps.values()].flatMap((app) => {
    const value = cloud.read(app);
    return value === undefined ? [] : [shown(cloud, app, value, false)];
  });
  const { appsOnPage: page } = cloud.place;
  const skip = Number(asked.query.get("$skipToken") ?? 0);
  const address = `${asked.origin}${asked.path}?api-version=${asked.query.get("api-version")}&$skipToken=${skip + page}`;
  return { status: 200, body: { value: all.slice(skip, skip + page), nextLink: skip + page < all.length ? address : null } };
}

function put(cloud: Cloud, asked: Asked, name: string, found: App | undefined): Reply {
  const { state } = cloud;
  const body = asked.body as Json;
  const properties = (body["properties"] ?? {}) as Json;
  const { siteConfig, ...given } = properties;
  const farm = farmOf({ value: { properties } });
  const plan = planOf(cloud, farm);
  if (plan === undefined)
    return webError(400, "BadRequest", `Cannot find serverFarm with name ${farm.slice(farm.lastIndexOf("/") + 1)}.`);
  if (cloud.isBusy(plan)) return webError(409, "Conflict", "The plan is being made.");
  if (appsOn(cloud, plan.id).some((app) => app !== found))
    return webError(409, "Conflict", "A Flex Consumption plan holds one app.");
  if (found === undefined && state.taken.has(name.toLowerCase()))
    return webError(409, "Conflict", `Website with given name ${name} already exists.`);
  if (cloud.isBusy(found) || found?.gone !== undefined) return busy();
  if (given["functionAppConfig"] === undefined)
    return webError(400, "BadRequest", "functionAppConfig is required on Flex Consumption.");
  const identity = (body["identity"] ?? { type: "None" }) as { readonly type: string; readonly userAssignedIdentities?: Json };
  const assigned = Object.keys(identity.userAssignedIdentities ?? {});
  const unknown = assigned.find((id) => !state.identities.has(id.toLowerCase()));
  if (unknown !== undefined) return armError(400, "FailedIdentityOperation", `Resource '${unknown}' was not found.`);
  const id = idOf(cloud, name);
  const principalId = found?.principalId ?? cloud.uuid();
  const own = identity.type.includes("SystemAssigned");
  if (own && !state.principals.has(principalId)) state.principals.set(principalId, cloud.after("principal"));
  const value: Json = {
    id,
    name,
    type: "Microsoft.Web/sites",
    kind: body["kind"],
    location: spelledRegion(body["location"]),
    tags: body["tags"] ?? {},
    identity: {
      type: identity.type,
      ...(own ? { principalId, tenantId: "00000000-0000-0000-0000-0000000000ff" } : {}),
      ...(assigned.length === 0 ? {} : { userAssignedIdentities: identitiesOf(cloud, assigned) }),
    },
    properties: {
      ...(found?.value["properties"] as Json | undefined),
      virtualNetworkSubnetId: null,
      ...given,
      state: "Running",
      enabled: true,
    },
  };
  const readyAt = cloud.after("site");
  const app = cloud.write(state.apps, name.toLowerCase(), { id, name, value, readyAt }, () => newApp(cloud, name, principalId));
  const named = (siteConfig as { readonly appSettings?: readonly { name: string; value: string }[] } | undefined)?.appSettings;
  if (named !== undefined) app.settings = Object.fromEntries(named.map((one) => [one.name, one.value]));
  return { status: 202, headers: underWay(cloud, asked, readyAt), body: shown(cloud, app, value, true) };
}

/** As answers spell their ids. */
function identitiesOf({ state }: Cloud, ids: readonly string[]): Json {
  return Object.fromEntries(
    ids.map((id) => [id.replace("/resourceGroups/", "/resourcegroups/"), state.identities.get(id.toLowerCase())]),
  );
}

export function newApp(cloud: Cloud, name: string, principalId: string) {
  return {
    madeAt: cloud.now,
    settings: {},
    settingsBefore: undefined,
    deployments: [],
    keys: { master: cloud.next("master-key"), default: cloud.next("default-key") },
    principalId,
    host: `${name.toLowerCase()}.azurewebsites.net`,
    scm: `${name.toLowerCase()}.scm.azurewebsites.net`,
    admitted: [],
  };
}

function patch(cloud: Cloud, asked: Asked, app: App): Reply {
  const { functionAppConfig: _dropped, ...properties } = ((asked.body as Json)["properties"] ?? {}) as Json;
  app.value = { ...app.value, properties: { ...(app.value["properties"] as Json), ...properties } };
  return { status: 200, body: shown(cloud, app, app.value, true) };
}

function remove(cloud: Cloud, asked: Asked, app: App | undefined): Reply {
  if (app === undefined) return { status: 204 };
  const { apps, plans, principals } = cloud.state;
  const plan = planOf(cloud, farmOf(app));
  const last = plan !== undefined && appsOn(cloud, plan.id).length === 1;
  cloud.remove(apps, app.name.toLowerCase());
  // Its own identity goes with it; what was assigned to that stays, and leads nowhere.
  principals.delete(app.principalId);
  if (last && asked.query.get("deleteEmptyServerFarm") !== "false") cloud.remove(plans, plan.name.toLowerCase());
  return { status: 200 };
}

function busy(): Reply {
  return webError(409, "Conflict", "Cannot modify this web app because another operation is in progress.");
}

/** Settings are never in it; a list leaves out more. */
function shown(cloud: Cloud, app: App, value: Json, whole: boolean): Json {
  const properties = value["properties"] as Json;
  return {
    ...value,
    properties: {
      ...properties,
      ...(whole ? {} : { functionAppConfig: null }),
      inProgressOperationId: cloud.isBusy(app) || app.gone !== undefined ? "operation" : null,
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

function functions(cloud: Cloud, app: App): Reply {
  const value = functionsOf(app, cloud.now, cloud.lag("sync")).map(({ name, bindings }) => ({
    id: `${app.id}/functions/${name}`,
    name: `${app.name}/${name}`,
    type: "Microsoft.Web/sites/functions",
    properties: { name, config: { name, bindings }, isDisabled: false, language: "node" },
  }));
  return { status: 200, body: { value, nextLink: null } };
}

/** The host itself is asked: https://github.com/Azure/azure-cli/issues/20892 */
function keys(cloud: Cloud, app: App): Reply {
  if (cloud.now < app.madeAt + cloud.lag("keys"))
    return webError(400, "BadRequest", "Encountered an error (ServiceUnavailable) from host runtime.");
  const events = functionsOf(app, cloud.now).some(({ bindings }) => bindings.some(({ type }) => type === "eventGridTrigger"));
  const systemKeys = events ? { eventgrid_extension: `${app.keys.master}-eg` } : {};
  return { status: 200, body: { masterKey: app.keys.master, functionKeys: { default: app.keys.default }, systemKeys } };
}

function idOf(cloud: Cloud, name: string): string {
  return `${cloud.group}/providers/Microsoft.Web/sites/${name}`;
}
