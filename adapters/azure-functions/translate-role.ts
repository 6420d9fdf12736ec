/**
 * What `assignRoles` gives the app's identity: what host, triggers and Application Insights need, and nothing else. Role ids:
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles. A Key Vault is not among them: a secret's address
 * does not tell the vault's ARM id.
 */
import { digestOf, type Resource } from "fnpkg/adapter";
import { ids, kinds, type RoleAssignmentProps } from "./resources.ts";
import { type Config, getAtt, idOf, onServiceBus, storageId, upTo } from "./translate-names.ts";

const definitions = {
  blobs: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  queues: "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  tables: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  receiver: "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
  records: "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
  telemetry: "3913510d-42f4-4e42-8a64-420c390055eb",
} as const;

type Role = keyof typeof definitions;

interface Grant {
  readonly role: Role;
  readonly on: string;
  readonly scope: string;
}

export function roles(config: Config, mark: (id: string) => string): Resource<string, RoleAssignmentProps>[] {
  if (!config.section.assignRoles) return [];
  const seen = new Set<string>();
  return grants(config).flatMap(({ role, on, scope }) => {
    const key = `${role} ${scope.toLowerCase()}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const id = ids.role(role, on);
    const props: RoleAssignmentProps = {
      scope,
      name: uuid([config.deployment, config.section.subscription, config.section.resourceGroup, role, scope]),
      properties: {
        roleDefinitionId: `/subscriptions/${config.section.subscription}/providers/Microsoft.Authorization/roleDefinitions/${definitions[role]}`,
        principalId: getAtt(ids.site, "PrincipalId"),
        principalType: "ServicePrincipal",
        description: mark(id),
      },
    };
    return [{ kind: kinds.roleAssignment, id, props, needs: [ids.settings] }];
  });
}

function grants(config: Config): Grant[] {
  const storage = storageId(config);
  const { applicationInsights } = config.section;
  const host = (["blobs", "queues", "tables"] as const).map((role) => ({ role, on: "storage", scope: storage }));
  const sources = config.triggers.flatMap((trigger): Grant[] => {
    const on = trigger.name;
    switch (trigger.type) {
      case "queue": {
        const id = idOf(trigger.source);
        // On the account, as the host makes a queue beside it for what failed too often.
        if (!onServiceBus(id)) return [{ role: "queues", on, scope: upTo(id, "storageAccounts") }];
        return [{ role: "receiver", on, scope: id }];
      }
      case "topic":
        return [{ role: "receiver", on, scope: idOf(trigger.source) }];
      case "stream":
        return [{ role: "records", on, scope: idOf(trigger.source) }];
      default:
        return [];
    }
  });
  const insights: Grant[] =
    applicationInsights === undefined ? [] : [{ role: "telemetry", on: "insights", scope: applicationInsights }];
  return [...host, ...sources, ...insights];
}

/** The same for the same parts; in the form of a version 8 UUID (RFC 9562). */
function uuid(parts: readonly string[]): string {
  const hex = digestOf(parts).slice("sha256:".length);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
