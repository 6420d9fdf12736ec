/** A role that the app's identity is given. Nothing of it can be changed. */
import { type JsonObject, type Lifecycle, type Live, readMark } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type RoleAssignmentProps } from "../resources.ts";
import { scopesOf } from "./settings.ts";
import { alike, type Context, listed, text } from "./shared.ts";
import { versions } from "./versions.ts";

interface RoleAssignment {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: {
    readonly roleDefinitionId?: string;
    readonly principalId?: string;
    readonly principalType?: string;
    readonly description?: string | null;
    readonly scope?: string;
  };
}

export const roleAssignmentLifecycle: Lifecycle<RoleAssignmentProps, AzureClient> = {
  after: [kinds.settings],
  fixed: ["scope", "name", "properties"],
  permissions: {
    read: ["Microsoft.Authorization/roleAssignments/read"],
    create: ["Microsoft.Authorization/roleAssignments/write"],
    delete: ["Microsoft.Authorization/roleAssignments/delete"],
  },

  async find(cx) {
    const found = await Promise.all(
      (await scopesOf(cx, kinds.roleAssignment)).map(async (scope) => {
        const all = await ifThere(listed<RoleAssignment>(cx, path(scope), versions.authorization, { $filter: "atScope()" }));
        return (all ?? []).flatMap((one) => {
          const mark = readMark(one.properties?.description ?? undefined);
          return mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(scope, one) }] : [];
        });
      }),
    );
    // What is given above is listed with everything below it.
    const seen = new Set<string | undefined>();
    return found.flat().filter(({ live }) => !seen.has(live.props.name) && seen.add(live.props.name));
  },

  async read(cx, _id, props) {
    if (text(props.properties.principalId) === undefined) return undefined;
    const found = await ifThere(cx.client.arm.get<RoleAssignment>(path(props.scope, props.name), versions.authorization, cx));
    return found === undefined ? undefined : liveOf(props.scope, found, props);
  },

  async create(cx, _id, { scope, name, properties }) {
    await cx.client.arm.put(path(scope, name), versions.authorization, { properties: { ...properties } }, cx);
    return {};
  },

  async delete(cx: Context, _id, { props: { scope, name } }) {
    if (scope === undefined || name === undefined) return;
    await ifThere(cx.client.arm.delete(path(scope, name), versions.authorization, cx));
  },
};

function path(scope: string, name?: string): string {
  return `${scope}/providers/Microsoft.Authorization/roleAssignments${name === undefined ? "" : `/${name}`}`;
}

function liveOf(
  asked: string,
  { name = "", properties = {} }: RoleAssignment,
  wanted?: RoleAssignmentProps,
): Live<RoleAssignmentProps> {
  const { roleDefinitionId = "", principalId = "", principalType = "", description, scope = asked } = properties;
  const props = { scope, name, properties: { roleDefinitionId, principalId, principalType, description: description ?? "" } };
  return {
    props: alike(wanted as unknown as JsonObject | undefined, props) as unknown as RoleAssignmentProps,
    outputs: {},
    mark: readMark(description ?? undefined),
    state: "ready",
  };
}
