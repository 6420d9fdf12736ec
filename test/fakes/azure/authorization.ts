/** Role assignments on a scope: https://learn.microsoft.com/rest/api/authorization/role-assignments */
import type { Asked, Reply } from "./http.ts";
import { armError, type AzureState, type Json, missing } from "./state.ts";

export function authorization(state: AzureState, asked: Asked, scope: string, rest: readonly string[]): Reply {
  const [, name] = rest;
  const place = `${scope}/providers/Microsoft.Authorization/roleAssignments`;
  if (name === undefined) {
    // At the scope, and what is given above it.
    const all = [...state.roleAssignments.values()].filter(({ value }) =>
      scope.toLowerCase().startsWith(String((value["properties"] as Json)["scope"]).toLowerCase()),
    );
    return { status: 200, body: { value: all.map(({ value }) => value), nextLink: null } };
  }
  const key = `${place}/${name}`.toLowerCase();
  const found = state.roleAssignments.get(key);
  if (asked.method === "GET")
    return found === undefined ? missing(`${place}/${name}`, state.options.resourceGroup) : { status: 200, body: found.value };
  if (asked.method === "DELETE") {
    if (found === undefined) return { status: 204 };
    state.roleAssignments.delete(key);
    return { status: 200, body: found.value };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  const { properties } = asked.body as { readonly properties: Json };
  const principal = String(properties["principalId"]);
  const tries = state.principals.get(principal);
  if (tries === undefined) return armError(400, "PrincipalNotFound", `Principal ${principal} does not exist in the directory.`);
  if (tries > 0) {
    state.principals.set(principal, tries - 1);
    return armError(400, "PrincipalNotFound", `Principal ${principal} does not exist in the directory.`);
  }
  const same = (one: Json) => one["principalId"] === principal && one["roleDefinitionId"] === properties["roleDefinitionId"];
  if (
    [...state.roleAssignments.values()].some(
      ({ id, value }) =>
        id.toLowerCase() !== key && id.toLowerCase().startsWith(place.toLowerCase()) && same(value["properties"] as Json),
    )
  )
    return armError(409, "RoleAssignmentExists", "The role assignment already exists.");
  if (found !== undefined && !same(found.value["properties"] as Json))
    return armError(
      400,
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    );
  const id = `${place}/${name}`;
  const thing = state.write(state.roleAssignments, key, id, name, {
    id,
    name,
    type: "Microsoft.Authorization/roleAssignments",
    properties: { ...properties, scope },
  });
  thing.lagging = 0;
  return { status: 201, body: thing.value };
}
