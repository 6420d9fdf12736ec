/** Resource Manager: who asks, what they may, and which provider answers. */
import { actionsOf } from "./actions.ts";
import { armError, type Asked, lookAgain, missing, type Reply } from "./asked.ts";
import { authorization } from "./authorization.ts";
import { eventGrid } from "./event-grid.ts";
import { plans } from "./plans.ts";
import { sites } from "./sites.ts";
import type { Cloud } from "./state.ts";
import { storage } from "./storage.ts";

/** What is wrong with a body that was sent, by the vendor's own schemas. */
export type Check = (kind: string, version: string, body: object, path: string) => readonly string[];

/** `api-version`s that are spoken here. */
const versions: { readonly [provider: string]: string } = {
  "microsoft.web": "2024-11-01",
  "microsoft.eventgrid": "2025-02-15",
  "microsoft.authorization": "2022-04-01",
  "microsoft.storage": "2025-06-01",
  "microsoft.managedidentity": "2023-01-31",
};

export function arm(cloud: Cloud, asked: Asked, check: Check | undefined): Reply {
  const { token, subscription } = cloud.place;
  if (asked.headers["authorization"] !== `Bearer ${token}`)
    return armError(401, "InvalidAuthenticationToken", "The access token is invalid.");
  if (asked.path.startsWith("/operations/")) return operation(cloud, asked);
  const needed = actionsOf(asked);
  if (needed === undefined) return armError(404, "InvalidResourceType", `There is no ${asked.method} ${asked.path}.`);
  const refused = needed.find((action) => cloud.state.allowed?.has(action) === false);
  if (refused !== undefined) {
    const message = `The client 'deployer' with object id '1' does not have authorization to perform action '${refused}' over scope '${asked.path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
    return armError(403, "AuthorizationFailed", message);
  }
  if (asked.path.startsWith("/providers/")) return stacks(cloud, asked);
  if (!asked.path.toLowerCase().startsWith(`/subscriptions/${subscription}/`.toLowerCase()))
    return armError(404, "SubscriptionNotFound", "The subscription could not be found.");
  return provider(cloud, asked, check);
}

function provider(cloud: Cloud, asked: Asked, check: Check | undefined): Reply {
  const { resourceGroup, region } = cloud.place;
  const parts = asked.path.split("/").filter((part) => part !== "");
  if ((parts[3] ?? "").toLowerCase() !== resourceGroup.toLowerCase())
    return armError(404, "ResourceGroupNotFound", `Resource group '${parts[3]}' could not be found.`);
  if (parts.length === 4) {
    const properties = { provisioningState: "Succeeded" };
    return { status: 200, body: { id: cloud.group, name: parts[3], location: region, properties } };
  }
  const at = parts.lastIndexOf("providers");
  const name = (parts[at + 1] ?? "").toLowerCase();
  const rest = parts.slice(at + 2);
  const version = asked.query.get("api-version") ?? "";
  if (versions[name] !== undefined && version !== versions[name])
    return armError(400, "InvalidApiVersionParameter", `The api-version '${version}' is invalid for ${name}.`);
  if (asked.method === "PUT") {
    if (typeof asked.body !== "object" || asked.body === null)
      return armError(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
    const types = rest.filter((_, index) => index % 2 === 0).join("/");
    const wrong = check?.(`${name}/${types}`.toLowerCase(), version, asked.body, asked.path) ?? [];
    if (wrong.length > 0) return armError(400, "InvalidRequestContent", wrong.join("; "));
  }
  const scope = `/${parts.slice(0, at).join("/")}`;
  if (name === "microsoft.web") {
    const [type, resource, ...more] = rest;
    return type?.toLowerCase() === "serverfarms" ? plans(cloud, asked, resource) : sites(cloud, asked, resource, more);
  }
  if (name === "microsoft.eventgrid") return eventGrid(cloud, asked, scope, rest);
  if (name === "microsoft.authorization") return authorization(cloud, asked, scope, rest);
  if (name === "microsoft.storage") return storage(cloud, asked, rest);
  if (name === "microsoft.managedidentity") {
    const found = cloud.state.identities.get(asked.path.toLowerCase());
    return found === undefined
      ? missing(asked.path, resourceGroup)
      : { status: 200, body: { id: asked.path, properties: found } };
  }
  if (name === "microsoft.insights") return insights(cloud, asked, rest);
  return armError(404, "InvalidResourceNamespace", `The resource namespace '${name}' is invalid.`);
}

function operation({ state, now }: Cloud, asked: Asked): Reply {
  const id = asked.path.slice("/operations/".length);
  const found = state.operations.get(id);
  if (found === undefined) return armError(404, "OperationNotFound", "The operation could not be found.");
  const done = now >= found.until;
  if (asked.query.has("status")) return { status: 200, body: { status: done ? "Succeeded" : "InProgress" } };
  if (done) return { status: 200, body: {} };
  return { status: 202, headers: lookAgain(asked, id, found.until - now) };
}

function insights({ state, place }: Cloud, asked: Asked, rest: readonly string[]): Reply {
  const [, name, verb] = rest;
  const found = state.components.get(String(name));
  if (found === undefined) return missing(asked.path, place.resourceGroup);
  if (verb === undefined) return { status: 200, body: { name, properties: { ConnectionString: found.connectionString } } };
  const columns = ["id", "time", "level", "message"].map((column) => ({ name: column, type: "string" }));
  return { status: 200, body: { tables: [{ name: "PrimaryResult", columns, rows: found.rows }] } };
}

/** What of Flex Consumption a region offers: https://learn.microsoft.com/rest/api/appservice/provider/get-function-app-stacks-for-location */
function stacks({ place }: Cloud, asked: Asked): Reply {
  const sku = (version: string) => ({
    skuCode: "FC1",
    instanceMemoryMB: [
      { size: 512, isDefault: false },
      { size: 2048, isDefault: true },
      { size: 4096, isDefault: false },
    ],
    maximumInstanceCount: { lowestMaximumInstanceCount: 1, highestMaximumInstanceCount: 1000, defaultValue: 100 },
    functionAppConfigProperties: { runtime: { name: "node", version } },
  });
  const offers = asked.path.toLowerCase().includes(`/locations/${place.region}/`);
  const minorVersions = ["22", "20"].map((version) => ({
    value: version,
    stackSettings: {
      linuxRuntimeSettings: { runtimeVersion: `Node|${version}`, Sku: offers ? [sku(version)] : [{ skuCode: "Y1" }] },
    },
  }));
  return {
    status: 200,
    body: { value: [{ name: "node", properties: { majorVersions: [{ minorVersions }] } }], nextLink: null },
  };
}
