/**
 * Which action each request needs: https://learn.microsoft.com/azure/role-based-access-control/permissions/web-and-mobile (Microsoft.Web),
 * …/permissions/integration (Microsoft.EventGrid), …/permissions/storage, …/permissions/management-and-governance
 * (Microsoft.Authorization, Microsoft.Resources), …/permissions/monitor (Microsoft.Insights), …/permissions/identity.
 * An app on a plan joins it, an identity is assigned, a subnet is joined, a function that events are pointed at is written.
 */
import type { Asked } from "./asked.ts";

type Row = readonly [method: string, path: RegExp, actions: readonly string[]];

const rows: readonly Row[] = [
  ["GET", /\/Microsoft\.Web\/serverfarms(\/[^/]+)?$/i, ["Microsoft.Web/serverfarms/read"]],
  ["PUT", /\/Microsoft\.Web\/serverfarms\/[^/]+$/i, ["Microsoft.Web/serverfarms/write"]],
  ["DELETE", /\/Microsoft\.Web\/serverfarms\/[^/]+$/i, ["Microsoft.Web/serverfarms/delete"]],
  ["GET", /\/Microsoft\.Web\/sites(\/[^/]+)?$/i, ["Microsoft.Web/sites/read"]],
  ["PUT", /\/Microsoft\.Web\/sites\/[^/]+$/i, ["Microsoft.Web/sites/write", "Microsoft.Web/serverfarms/join/action"]],
  ["DELETE", /\/Microsoft\.Web\/sites\/[^/]+$/i, ["Microsoft.Web/sites/delete"]],
  ["POST", /\/config\/appsettings\/list$/i, ["Microsoft.Web/sites/config/list/action"]],
  ["PUT", /\/config\/appsettings$/i, ["Microsoft.Web/sites/config/write"]],
  ["GET", /\/Microsoft\.Web\/sites\/[^/]+\/functions$/i, ["Microsoft.Web/sites/functions/read"]],
  ["POST", /\/host\/default\/listkeys$/i, ["Microsoft.Web/sites/host/listkeys/action"]],
  ["DELETE", /\/networkConfig\/virtualNetwork$/i, ["Microsoft.Web/sites/networkConfig/delete"]],
  ["GET", /\/Microsoft\.EventGrid\/eventSubscriptions(\/[^/]+)?$/i, ["Microsoft.EventGrid/eventSubscriptions/read"]],
  [
    "PUT",
    /\/Microsoft\.EventGrid\/eventSubscriptions\/[^/]+$/i,
    ["Microsoft.EventGrid/eventSubscriptions/write", "Microsoft.Web/sites/functions/write"],
  ],
  ["DELETE", /\/Microsoft\.EventGrid\/eventSubscriptions\/[^/]+$/i, ["Microsoft.EventGrid/eventSubscriptions/delete"]],
  ["GET", /\/Microsoft\.Authorization\/roleAssignments(\/[^/]+)?$/i, ["Microsoft.Authorization/roleAssignments/read"]],
  ["PUT", /\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i, ["Microsoft.Authorization/roleAssignments/write"]],
  ["DELETE", /\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i, ["Microsoft.Authorization/roleAssignments/delete"]],
  ["GET", /\/Microsoft\.Storage\/storageAccounts\/[^/]+$/i, ["Microsoft.Storage/storageAccounts/read"]],
  ["GET", /\/blobServices\/default\/containers\/[^/]+$/i, ["Microsoft.Storage/storageAccounts/blobServices/containers/read"]],
  [
    "GET",
    /\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/[^/]+$/i,
    ["Microsoft.ManagedIdentity/userAssignedIdentities/read"],
  ],
  ["GET", /\/microsoft\.insights\/components\/[^/]+$/i, ["Microsoft.Insights/components/read"]],
  ["POST", /\/microsoft\.insights\/components\/[^/]+\/query$/i, ["Microsoft.Insights/components/query/read"]],
  ["GET", /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i, ["Microsoft.Resources/subscriptions/resourceGroups/read"]],
  // Every tenant reads them, and an operation is who began it.
  ["GET", /^\/providers\/Microsoft\.Web\/locations\/[^/]+\/functionAppStacks$/i, []],
  ["GET", /^\/operations\/[^/]+$/, []],
];

/** Nothing: there is no such request. */
export function actionsOf({ method, path, body }: Pick<Asked, "method" | "path" | "body">): readonly string[] | undefined {
  const found = rows.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
  if (found === undefined || method !== "PUT" || !/\/sites\/[^/]+$/i.test(path)) return found;
  const { identity, properties } = (body ?? {}) as {
    readonly identity?: { readonly userAssignedIdentities?: object };
    readonly properties?: { readonly virtualNetworkSubnetId?: string | null };
  };
  return [
    ...found,
    ...(identity?.userAssignedIdentities === undefined ? [] : ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"]),
    ...((properties?.virtualNetworkSubnetId ?? null) === null ? [] : ["Microsoft.Network/virtualNetworks/subnets/join/action"]),
  ];
}
