/** iam.googleapis.com/v1 and iamcredentials.googleapis.com/v1: service accounts. */
import { denied, GoogleStatus } from "./status.ts";
import { type JsonMap, mayCaller, shortName, textOf, timeOf, type World } from "./world.ts";

const actAs = "iam.serviceAccounts.actAs";

export function getServiceAccount(world: World, name: string): JsonMap {
  const email = shortName(name);
  if (!world.accounts.has(email)) throw new GoogleStatus("NOT_FOUND", "Unknown service account");
  return { name, email };
}

export function testServiceAccount(world: World, name: string, body: JsonMap): JsonMap {
  const account = world.accounts.get(shortName(name));
  if (account === undefined) throw new GoogleStatus("NOT_FOUND", "Unknown service account");
  const asked = Array.isArray(body["permissions"]) ? body["permissions"].map(textOf) : [];
  const allowed = asked.filter((one) => account.actAs && (world.granted === undefined || world.granted.has(one)));
  return allowed.length === 0 ? {} : { permissions: allowed };
}

export function generateIdToken(world: World, name: string, body: JsonMap): JsonMap {
  if (!world.accounts.has(shortName(name))) throw new GoogleStatus("NOT_FOUND", "Requested entity was not found.");
  return { token: `id-token of ${shortName(name)} for ${textOf(body["audience"])}` };
}

/** The account is there, as far as other services know, and the caller may use it. An empty one is the project's own. */
export function mustAct(world: World, email: string): void {
  if (email === "") return;
  if (!isKnown(world, email)) throw new GoogleStatus("NOT_FOUND", `Service account ${email} does not exist.`);
  const may = mayCaller(world, actAs);
  if (!may || world.accounts.get(email)?.actAs !== true) throw denied(actAs, email);
}

/** Other services hear of a new account late (docs.cloud.google.com/iam/docs/access-change-propagation). */
export function isKnown(world: World, email: string): boolean {
  const account = world.accounts.get(email);
  return account !== undefined && (account.since ?? Number.NEGATIVE_INFINITY) + (world.lags.account ?? 0) <= timeOf(world);
}
