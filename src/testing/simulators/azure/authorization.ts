/** Role assignments on a scope: https://learn.microsoft.com/rest/api/authorization/role-assignments */
import { armError, type Asked, missing, type Reply } from "./asked.ts";
import type { Cloud, Json } from "./state.ts";

export function authorization(cloud: Cloud, asked: Asked, scope: string, rest: readonly string[]): Reply {
  const { roleAssignments, principals } = cloud.state;
  const [, name] = rest;
  const place = `${scope}/providers/Microsoft.Authorization/roleAssignments`;
  if (name === undefined) {
    // At the scope, and what is given above it.
    const all = [...roleAssignments.values()].flatMap((one): Json[] => {
      const seen = cloud.read(one);
      return seen === undefined ? [] : [seen];
    });
    const value = all.filter((one) => scope.toLowerCase().startsWith(String((one["properties"] as Json)["scope"]).toLowerCase()));
    return { status: 200, body: { value, nextLink: null } };
  }
  const id = `${place}/${name}`;
  const key = id.toLowerCase();
  const found = cloud.there(roleAssignments, key);
  if (asked.method === "GET") {
    const value = cloud.read(roleAssignments.get(key));
    return value === undefined ? missing(id, cloud.place.resourceGroup) : { status: 200, body: value };
  }
  if (asked.method === "DELETE") {
    if (found === undefined) return { status: 204 };
    cloud.remove(roleAssignments, key, undefined);
    return { status: 200, body: found.value };
  }
  if (asked.method !== "PUT") return armError(405, "MethodNotAllowed", "The method is not allowed.");
  const { properties } = asked.body as { readonly properties: Json };
  const principal = String(properties["principalId"]);
  const knownAt = principals.get(principal);
  if (knownAt === undefined || cloud.now < knownAt)
    return armError(400, "PrincipalNotFound", `Principal ${principal} does not exist in the directory.`);
  const same = (one: Json) => one["principalId"] === principal && one["roleDefinitionId"] === properties["roleDefinitionId"];
  const twin = cloud
    .all(roleAssignments)
    .some(
      (one) =>
        one.id.toLowerCase() !== key &&
        one.id.toLowerCase().startsWith(place.toLowerCase()) &&
        same(one.value["properties"] as Json),
    );
  if (twin) return armError(409, "RoleAssignmentExists", "The role assignment already exists.");
  if (found !== undefined && !same(found.value["properties"] as Json))
    return armError(
      400,
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    );
  const value = { id, name, type: "Microsoft.Authorization/roleAssignments", properties: { ...properties, scope } };
  cloud.write(roleAssignments, key, { id, name, value, readyAt: cloud.now, seenLag: "role" }, () => ({}));
  return { status: 201, body: value };
}
