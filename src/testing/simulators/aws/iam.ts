/** IAM: roles and what hangs on them. */
import type { AskedOf } from "./asks.ts";
import { letsIn } from "./iam-documents.ts";
import { policyHandlers } from "./iam-policies.ts";
import { type Role, roleHandlers } from "./iam-roles.ts";
import { objectIn } from "./inputs.ts";
import { serviceOf } from "./operations.ts";
import type { Account, Service } from "./service.ts";
import { type Shelf, things } from "./things.ts";
import { query } from "./wires.ts";

export interface Iam extends Service {
  readonly roles: {
    /** A role that the services named may assume, as if it had been there long; its ARN. */
    add(name: string, services: readonly string[]): string;
  };
  readonly policies: {
    /** A managed policy of the account, to attach; its ARN. */
    add(name: string): string;
  };
}

interface State {
  readonly roles: Shelf<Role>;
  readonly policies: Set<string>;
}

export function iam(account: Account): Iam & AskedOf["iam"] {
  const cell = { now: { roles: new Map(), policies: new Set() } as State };
  const roles = things<Role>(account, () => cell.now.roles);
  // Which policies AWS has, nobody lists: one of AWS's own is there.
  const isManaged = (arn: string) => /^arn:aws[a-z-]*:iam::aws:policy\//.test(arn) || cell.now.policies.has(arn);
  const handlers = { ...roleHandlers(account, roles), ...policyHandlers(roles, isManaged) };
  const byArn = (arn: string) => {
    const role = roles.get(arn.slice(arn.lastIndexOf("/") + 1));
    return role?.arn === arn ? role : undefined;
  };
  return {
    ...serviceOf({
      name: "iam",
      protocol: query("https://iam.amazonaws.com/doc/2010-05-08/"),
      handlers,
      cell,
      snapshot: () => ({
        roles: roles.all().map(([name, { id: _id, created: _created, trust, inline, ...role }]) => ({
          name,
          ...role,
          trust: objectIn(trust),
          inline: Object.fromEntries(Object.entries(inline).map(([policy, document]) => [policy, objectIn(document)])),
        })),
        policies: [...cell.now.policies].toSorted(),
      }),
    }),
    roles: {
      add(name, services) {
        const Statement = [{ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" }];
        const trust = JSON.stringify({ Version: "2012-10-17", Statement });
        const arn = `arn:aws:iam::${account.id}:role/${name}`;
        const id = `AROA${account.next().toString(36).toUpperCase().padStart(17, "A")}`;
        const role: Role = {
          ...{ id, arn, trust, path: "/", created: 0, description: undefined, maxSessionSeconds: 3600, boundary: undefined },
          ...{ tags: {}, inline: {}, attached: [] },
        };
        cell.now.roles.set(name, { value: role, before: role, at: 0 });
        return arn;
      },
    },
    policies: {
      add(name) {
        const arn = `arn:aws:iam::${account.id}:policy/${name}`;
        cell.now.policies.add(arn);
        return arn;
      },
    },
    exists: (arn) => byArn(arn) !== undefined,
    assumable(arn, by) {
      const role = byArn(arn);
      if (role === undefined || account.around.now() < role.created + (account.lags.role ?? 0)) return false;
      return letsIn(role.trust, by, account.id);
    },
  };
}
