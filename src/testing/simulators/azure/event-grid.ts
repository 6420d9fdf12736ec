/** Event subscriptions on a scope: https://learn.microsoft.com/rest/api/eventgrid/controlplane/event-subscriptions */
import { armError, type Asked, missing, type Reply } from "./asked.ts";
import { type Cloud, functionsOf, type Json, type Thing } from "./state.ts";

export function eventGrid(cloud: Cloud, asked: Asked, scope: string, rest: readonly string[]): Reply {
  const { accounts, apps, eventSubscriptions } = cloud.state;
  const [, name] = rest;
  const account = /\/storageAccounts\/([^/]+)$/i.exec(scope)?.[1];
  if (account === undefined || !accounts.has(account)) return missing(scope, cloud.place.resourceGroup);
  const place = `${scope}/providers/Microsoft.EventGrid/eventSubscriptions`;
  if (name === undefined) {
    const here = [...eventSubscriptions.values()].filter(({ id }) => id.toLowerCase().startsWith(`${place}/`.toLowerCase()));
    return { status: 200, body: { value: here.flatMap((one) => shown(cloud, one) ?? []) } };
  }
  const id = `${place}/${name}`;
  const key = id.toLowerCase();
  const found = cloud.there(eventSubscriptions, key);
  if (asked.method === "GET") {
    const value = shown(cloud, eventSubscriptions.get(key));
    return value === undefined ? missing(id, cloud.place.resourceGroup) : { status: 200, body: value };
  }
  if (asked.method === "DELETE") {
    if (found === undefined) return { status: 204 };
    const operation = cloud.begin(cloud.remove(eventSubscriptions, key));
    return { status: 202, headers: { location: `${asked.origin}/operations/${operation}` } };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  if (found?.gone !== undefined) return armError(409, "Conflict", "The event subscription is being deleted.");
  const { properties } = asked.body as {
    readonly properties: Json & { readonly destination?: { readonly properties?: { readonly resourceId?: string } } };
  };
  const resource = properties.destination?.properties?.resourceId ?? "";
  const [, app = "", called = ""] = /\/sites\/([^/]+)\/functions\/([^/]+)$/i.exec(resource) ?? [];
  const host = cloud.there(apps, app.toLowerCase());
  const functions = host === undefined ? [] : functionsOf(host, cloud.now, cloud.lag("sync"));
  if (!functions.some((one) => one.name === called && one.bindings.some(({ type }) => type === "eventGridTrigger"))) {
    return armError(
      400,
      "InvalidRequest",
      `Destination endpoint not found. Resource details: resourceId: ${resource}. Resource should pre-exist before attempting this operation.`,
    );
  }
  const value = { id, name, type: "Microsoft.EventGrid/eventSubscriptions", properties: { topic: scope, ...properties } };
  const readyAt = cloud.after("eventGrid");
  const thing = cloud.write(eventSubscriptions, key, { id, name, value, readyAt }, () => ({}));
  const operation = cloud.begin(readyAt);
  return {
    status: 201,
    headers: { "azure-asyncoperation": `${asked.origin}/operations/${operation}?status` },
    body: withState(thing.value, "Creating"),
  };
}

function shown(cloud: Cloud, found: Thing | undefined): Json | undefined {
  const value = cloud.read(found);
  if (value === undefined) return undefined;
  return withState(value, found?.gone !== undefined ? "Deleting" : cloud.isBusy(found) ? "Creating" : "Succeeded");
}

function withState(value: Json, provisioningState: string): Json {
  return { ...value, properties: { ...(value["properties"] as Json), provisioningState } };
}
