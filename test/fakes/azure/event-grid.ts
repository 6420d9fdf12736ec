/** Event subscriptions on a scope: https://learn.microsoft.com/rest/api/eventgrid/controlplane/event-subscriptions */
import type { Asked, Reply } from "./http.ts";
import { armError, type AzureState, type Json, missing } from "./state.ts";

export function eventGrid(state: AzureState, asked: Asked, scope: string, rest: readonly string[]): Reply {
  const [, name] = rest;
  const account = /\/storageAccounts\/([^/]+)$/i.exec(scope)?.[1];
  if (account === undefined || !state.accounts.has(account)) return missing(scope, state.options.resourceGroup);
  const place = `${scope}/providers/Microsoft.EventGrid/eventSubscriptions`;
  if (name === undefined) {
    const all = [...state.eventSubscriptions.values()].filter(({ id }) => id.toLowerCase().startsWith(`${place}/`.toLowerCase()));
    return { status: 200, body: { value: all.flatMap((one) => state.read(one) ?? []) } };
  }
  const key = `${place}/${name}`.toLowerCase();
  const found = state.eventSubscriptions.get(key);
  if (asked.method === "GET") {
    const value = state.read(found);
    if (value === undefined) return missing(`${place}/${name}`, state.options.resourceGroup);
    const provisioningState = (found?.pending ?? 0) > 0 ? "Creating" : "Succeeded";
    return { status: 200, body: { ...value, properties: { ...(value["properties"] as Json), provisioningState } } };
  }
  if (asked.method === "DELETE") {
    if (found === undefined) return { status: 204 };
    state.eventSubscriptions.delete(key);
    return { status: 202, headers: { location: `/operations/${state.begin(undefined)}` } };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  const { properties } = asked.body as {
    readonly properties: Json & { readonly destination?: { readonly properties?: { readonly resourceId?: string } } };
  };
  const resource = properties.destination?.properties?.resourceId ?? "";
  const [, app = "", called = ""] = /\/sites\/([^/]+)\/functions\/([^/]+)$/i.exec(resource) ?? [];
  const there = state.apps
    .get(app.toLowerCase())
    ?.functions.some((one) => one.name === called && one.bindings.some(({ type }) => type === "eventGridTrigger"));
  if (there !== true) {
    return armError(
      400,
      "InvalidRequest",
      `Destination endpoint not found. Resource details: resourceId: ${resource}. Resource should pre-exist before attempting this operation.`,
    );
  }
  const id = `${place}/${name}`;
  const thing = state.write(state.eventSubscriptions, key, id, name, {
    id,
    name,
    type: "Microsoft.EventGrid/eventSubscriptions",
    properties: { topic: scope, ...properties },
  });
  const operation = state.begin(thing);
  return {
    status: 201,
    headers: { "azure-asyncoperation": `/operations/${operation}?status` },
    body: { ...thing.value, properties: { ...(thing.value["properties"] as Json), provisioningState: "Creating" } },
  };
}
