/** From package and configuration to the wanted resources. */
import { type ContentInfo, type JsonObject, markText, type Resource, type TranslateInput, withRaw } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type CodeProps, descriptionTag, ids, kinds, type PlanProps, type SiteProps } from "./resources.ts";
import { appName, armId, type Config, suffixes, tagsOf } from "./translate-names.ts";
import { objectStorage } from "./translate-object-storage.ts";
import { roles } from "./translate-role.ts";
import { settings } from "./translate-settings.ts";

export function translate({ pkg, config }: TranslateInput<Section>, content: ContentInfo): readonly Resource[] {
  const mark = (id: string) => markText({ deployment: config.deployment, package: pkg.manifest.name, resource: id });
  const given = roles(config, mark);
  const subscriptions = config.triggers.flatMap((trigger) =>
    trigger.type === "object-storage" ? [objectStorage(config, trigger, mark)] : [],
  );
  const resources: readonly Resource<string, object>[] = [
    ...plan(config),
    site(config),
    settings(
      config,
      [...given, ...subscriptions].map(({ kind, props }) => `${props.scope}/providers/${kind}`),
    ),
    ...given,
    code(
      config,
      content,
      given.map(({ id }) => id),
    ),
    ...subscriptions,
  ];
  return withRaw(resources.map(plain), config);
}

/** https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to */
function plan(config: Config): Resource<string, PlanProps>[] {
  if (config.section.plan !== undefined) return [];
  const props: PlanProps = {
    name: planName(config),
    location: config.section.region,
    kind: "functionapp",
    sku: { name: "FC1", tier: "FlexConsumption" },
    tags: tagsOf(config),
    properties: { reserved: true, zoneRedundant: false },
  };
  return [{ kind: kinds.plan, id: ids.plan, props }];
}

function planName(config: Config): string {
  return config.section.plan ?? `${appName(config)}-plan`;
}

function site(config: Config): Resource<string, SiteProps> {
  const { section, identity, network, runtime } = config;
  const { description } = config;
  return {
    kind: kinds.site,
    id: ids.site,
    props: {
      name: appName(config),
      location: section.region,
      kind: "functionapp,linux",
      tags: description === undefined ? tagsOf(config) : { ...tagsOf(config), [descriptionTag]: description },
      identity:
        identity === undefined
          ? { type: "SystemAssigned" }
          : { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
      properties: {
        serverFarmId: armId(config, "Microsoft.Web/serverfarms", planName(config)),
        httpsOnly: true,
        clientAffinityEnabled: false,
        publicNetworkAccess: network.ingress === "internal" ? "Disabled" : "Enabled",
        virtualNetworkSubnetId: typeof network.attach?.id === "string" ? network.attach.id : null,
        keyVaultReferenceIdentity: identity ?? "SystemAssigned",
        functionAppConfig: {
          deployment: {
            storage: {
              type: "blobContainer",
              value: `https://${section.storage.account}.blob.${suffixes(config).storage}/${section.storage.container}`,
              authentication: {
                type: identity === undefined ? "SystemAssignedIdentity" : "UserAssignedIdentity",
                userAssignedIdentityResourceId: identity ?? null,
              },
            },
          },
          runtime: { name: "node", version: runtime ?? "" },
          scaleAndConcurrency: scale(config),
        },
      },
    },
    ...(section.plan === undefined ? { needs: [ids.plan] } : {}),
  };
}

/** The vendor's default: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan */
const defaultInstances = 100;

/** Http calls share instances, every other trigger scales alone, so that each keeps the instances that are asked for. */
function scale({ memoryMiB, instances, concurrency, triggers }: Config) {
  const http = triggers.some(({ type }) => type === "http");
  const warm = instances.min ?? 0;
  const groups = http ? ["http"] : triggers.map(({ name }) => `function:${name}`).toSorted();
  return {
    instanceMemoryMB: memoryMiB,
    maximumInstanceCount: instances.max ?? defaultInstances,
    alwaysReady: warm === 0 ? [] : groups.map((name) => ({ name, instanceCount: warm })),
    triggers: http ? { http: { perInstanceConcurrency: concurrency } } : null,
  };
}

function code(config: Config, content: ContentInfo, needs: readonly string[]): Resource<string, CodeProps> {
  return {
    kind: kinds.code,
    id: ids.code,
    props: { name: `${appName(config)}/onedeploy`, properties: { remoteBuild: false, layout: content.digest } },
    needs: [ids.settings, ...needs],
  };
}

function plain(resource: Resource<string, object>): Resource {
  return { ...resource, props: resource.props as JsonObject };
}
