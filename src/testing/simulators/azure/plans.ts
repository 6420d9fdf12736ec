/** Plans: https://learn.microsoft.com/rest/api/appservice/app-service-plans */
import { armError, type Asked, missing, type Reply, underWay, webError } from "./asked.ts";
import { type App, type Cloud, type Json, type Thing } from "./state.ts";

/** Regions as answers spell them. */
const spelled: { readonly [region: string]: string } = { westeurope: "West Europe", northeurope: "North Europe" };

export function spelledRegion(location: unknown): unknown {
  return spelled[String(location)] ?? location;
}

export function plans(cloud: Cloud, asked: Asked, name: string | undefined): Reply {
  const all = cloud.state.plans;
  if (name === undefined) {
    const value = [...all.values()].flatMap((plan) => shown(cloud, plan) ?? []);
    return { status: 200, body: { value, nextLink: null } };
  }
  const id = `${cloud.group}/providers/Microsoft.Web/serverfarms/${name}`;
  const key = name.toLowerCase();
  const plan = cloud.there(all, key);
  if (asked.method === "GET") {
    const value = shown(cloud, all.get(key));
    return value === undefined ? missing(id, cloud.place.resourceGroup) : { status: 200, body: value };
  }
  if (asked.method === "DELETE") {
    if (plan === undefined) return { status: 204 };
    const [app] = appsOn(cloud, plan.id);
    if (app !== undefined) {
      const message = `Server farm '${name}' cannot be deleted because it has web app(s) ${app.name} assigned to it.`;
      return webError(409, "Conflict", message);
    }
    cloud.remove(all, key);
    return { status: 200 };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  if (plan?.gone !== undefined) return webError(409, "Conflict", `Server farm '${name}' is being deleted.`);
  const body = asked.body as Json;
  const sku = body["sku"] as { readonly name?: string } | undefined;
  if (sku?.name !== "FC1") return webError(400, "BadRequest", "The sku is not one of Flex Consumption.");
  const value = {
    id,
    name,
    type: "Microsoft.Web/serverfarms",
    kind: body["kind"] ?? "functionapp",
    location: spelledRegion(body["location"]),
    tags: body["tags"] ?? {},
    sku: { name: "FC1", tier: "FlexConsumption", size: "FC1", family: "FC", capacity: 0 },
    properties: { ...(body["properties"] as Json), status: "Ready" },
  };
  const readyAt = plan === undefined ? cloud.after("plan") : cloud.now;
  const thing = cloud.write(all, key, { id, name, value, readyAt }, () => ({}));
  if (plan !== undefined) return { status: 200, body: withState(cloud, thing, value) };
  return { status: 202, headers: underWay(cloud, asked, readyAt), body: withState(cloud, thing, value) };
}

function shown(cloud: Cloud, plan: Thing | undefined): Json | undefined {
  const value = cloud.read(plan);
  return value === undefined || plan === undefined ? undefined : withState(cloud, plan, value);
}

function withState(cloud: Cloud, plan: Thing, value: Json): Json {
  const provisioningState = plan.gone !== undefined ? "Deleting" : cloud.isBusy(plan) ? "InProgress" : "Succeeded";
  return { ...value, properties: { ...(value["properties"] as Json), provisioningState } };
}

export function appsOn(cloud: Cloud, plan: string): App[] {
  return cloud.all(cloud.state.apps).filter((app) => farmOf(app) === plan.toLowerCase());
}

export function planOf(cloud: Cloud, farm: string): Thing | undefined {
  return cloud.all(cloud.state.plans).find(({ id }) => id.toLowerCase() === farm);
}

/** The id of the plan that an app stands on, in lower case. */
export function farmOf({ value }: Pick<Thing, "value">): string {
  const { serverFarmId = "" } = value["properties"] as { readonly serverFarmId?: string };
  return serverFarmId.toLowerCase();
}
