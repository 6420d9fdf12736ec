/** The section `targets.azure-functions` of the runtime configuration, and what `raw` may not touch there. */
import type { ReservedPath } from "fnpkg/adapter";
import { z } from "zod";

/** https anywhere, plain http to this machine only. */
const address = /^(https:\/\/[^\s/?#@]+|http:\/\/(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?)(\/[^\s?#]*)?$/;

export const config = z.strictObject({
  subscription: z
    .string()
    .regex(
      /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
      "not a subscription's id, such as 00000000-0000-0000-0000-000000000000",
    )
    .describe("The subscription's id, a GUID."),
  resourceGroup: z
    .string()
    .max(90)
    .regex(
      /^[-\w.()]*[-\w()]$/,
      "not a resource group's name: letters, digits, hyphens, underscores, dots and parentheses, no dot at the end",
    )
    .describe("The resource group, which must exist."),
  region: z
    .string()
    .regex(/^[a-z][a-z0-9]+$/, "not an Azure region's name, such as westeurope")
    .describe("The region's name, such as `westeurope`; it must offer Flex Consumption."),
  app: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]$/,
      "not an app's name: 2 to 60 letters, digits and hyphens, no hyphen at either end",
    )
    .optional()
    .describe("The function app's name, unique in all of Azure. Default: the function's name."),
  plan: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,60}$/, "not a plan's name: 1 to 60 letters, digits and hyphens")
    .optional()
    .describe(
      "A Flex Consumption plan that exists, by its name; one app stands on one plan. Default: a plan of its own, the app's name and `-plan`.",
    ),
  storage: z
    .strictObject({
      account: z
        .string()
        .regex(/^[a-z0-9]{3,24}$/, "not a storage account's name: 3 to 24 lower-case letters and digits")
        .describe("The storage account that the host works with; it must exist in the resource group."),
      container: z
        .string()
        .min(3)
        .max(63)
        .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "not a container's name: 3 to 63 lower-case letters, digits and single hyphens")
        .describe("The blob container in it that holds the archive, which must exist."),
      keepPackages: z
        .int()
        .min(0)
        .max(20)
        .default(0)
        .describe("How many archives are kept in the container for `rollback`; the deployer writes blobs then. Default: 0."),
    })
    .describe("Where the host keeps its state and the archive."),
  scmEndpoint: z
    .string()
    .regex(address, "not an address: https, or http to this machine only")
    .optional()
    .describe("The deployment service's address. Default: the one that the app names."),
  assignRoles: z
    .boolean()
    .default(false)
    .describe("Give the app's identity the roles that storage and triggers need. Default: false, they are given."),
  applicationInsights: z
    .string()
    .regex(
      /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/microsoft\.insights\/components\/[^/]+$/i,
      "not the ARM id of an Application Insights component",
    )
    .optional()
    .describe(
      "The ARM id of the Application Insights component for logs and traces. Default: none, so there are no logs to read.",
    ),
});

export type Section = z.output<typeof config>;

const site = "/Microsoft.Web~1sites";
const settings = "/Microsoft.Web~1sites~1config";

/** Code, name and runtime always; the rest while the neutral field is written. */
export const reserved: readonly ReservedPath[] = [
  { path: `${site}/name` },
  { path: `${site}/location` },
  { path: `${site}/kind` },
  { path: `${site}/tags` },
  { path: `${site}/properties/serverFarmId` },
  { path: `${site}/properties/functionAppConfig/deployment` },
  { path: `${site}/properties/functionAppConfig/runtime` },
  { path: `${site}/properties/functionAppConfig/scaleAndConcurrency/instanceMemoryMB`, fields: ["/memory"] },
  { path: `${site}/properties/functionAppConfig/scaleAndConcurrency/maximumInstanceCount`, fields: ["/instances/max"] },
  { path: `${site}/properties/functionAppConfig/scaleAndConcurrency/alwaysReady`, fields: ["/instances/min"] },
  { path: `${site}/properties/functionAppConfig/scaleAndConcurrency/triggers`, fields: ["/concurrency"] },
  { path: `${site}/properties/siteConfig/appSettings` },
  { path: `${site}/properties/virtualNetworkSubnetId`, fields: ["/network/attach"] },
  { path: `${site}/properties/publicNetworkAccess`, fields: ["/network/ingress"] },
  { path: `${site}/properties/keyVaultReferenceIdentity`, fields: ["/identity"] },
  { path: `${site}/identity`, fields: ["/identity"] },
  { path: settings },
  { path: "/Microsoft.Web~1sites~1extensions" },
  { path: "/Microsoft.Authorization~1roleAssignments" },
  { path: "/Microsoft.Web~1serverfarms/name" },
  { path: "/Microsoft.Web~1serverfarms/location" },
  { path: "/Microsoft.Web~1serverfarms/kind" },
  { path: "/Microsoft.Web~1serverfarms/tags" },
  { path: "/Microsoft.Web~1serverfarms/sku" },
  { path: "/Microsoft.Web~1serverfarms/properties/reserved" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/scope" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/name" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/properties/destination/endpointType" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/properties/destination/properties/resourceId" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/properties/eventDeliverySchema" },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/properties/filter", fields: ["/triggers"] },
  { path: "/Microsoft.EventGrid~1eventSubscriptions/properties/labels" },
];
