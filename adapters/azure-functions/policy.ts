/** A custom role that lets a deployer do what a plan needs: https://learn.microsoft.com/azure/role-based-access-control/custom-roles */
import { byCodeUnit, type Json, type Policy, type PolicyInput, type Resolved } from "fnpkg/adapter";
import type { Section } from "./config.ts";

type Config = Resolved<Section>;

/** What is only called for where the configuration says so. */
const unless: readonly (readonly [action: RegExp, calledFor: (config: Config) => boolean])[] = [
  [/^Microsoft\.ManagedIdentity\//, ({ identity }) => identity !== undefined],
  [/^Microsoft\.Network\//, ({ network }) => network.attach !== undefined],
  [/\/networkConfig\//, ({ network }) => network.attach !== undefined],
  [/^Microsoft\.Insights\//, ({ section }) => section.applicationInsights !== undefined],
  [/\/containers\/blobs\//, ({ section }) => section.storage.keepPackages > 0],
];

const isData = (action: string) => /\/containers\/blobs\//.test(action);

export function policy({ config, wanted, actions }: PolicyInput<Section>): Policy {
  const needed = actions.filter((action) => unless.every(([of, calledFor]) => !of.test(action) || calledFor(config)));
  const named = [
    ...wanted.flatMap(({ props }) => (typeof props["scope"] === "string" ? [props["scope"]] : [])),
    ...(config.identity === undefined ? [] : [config.identity]),
    ...(typeof config.network.attach?.id === "string" ? [config.network.attach.id] : []),
    ...(config.section.applicationInsights === undefined ? [] : [config.section.applicationInsights]),
  ];
  const own = `/subscriptions/${config.section.subscription}/resourceGroups/${config.section.resourceGroup}`;
  const document = {
    Name: `fnpkg ${config.deployment}`,
    IsCustom: true,
    Description: `Deploys ${config.deployment} with fnpkg.`,
    Actions: needed.filter((action) => !isData(action)),
    NotActions: [] as Json[],
    DataActions: needed.filter(isData),
    NotDataActions: [] as Json[],
    AssignableScopes: scopes(own, named),
  };
  return { document, actions: needed };
}

/** The resource groups of all that is named, the configured one first. */
function scopes(own: string, ids: readonly string[]): string[] {
  const groups = ids.flatMap((id) => /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0] ?? []);
  const others = new Map(groups.map((group) => [group.toLowerCase(), group]));
  others.delete(own.toLowerCase());
  return [own, ...[...others.values()].toSorted(byCodeUnit)];
}
