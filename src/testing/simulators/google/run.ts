/** run.googleapis.com/v2: the services behind functions, their revisions and policies. */
import { isKnown } from "./accounts.ts";
import { begin } from "./operations.ts";
import { mustFit, type Fields } from "./shapes.ts";
import { GoogleStatus, invalid } from "./status.ts";
import {
  addressOf,
  copyOf,
  type JsonMap,
  listOf,
  next,
  now,
  type Operation,
  paged,
  type Policy,
  type Query,
  remember,
  seen,
  shortName,
  textOf,
  type World,
} from "./world.ts";

const latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const byRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";

/** https://docs.cloud.google.com/run/docs/reference/rest/v2/projects.locations.services, as far as it can be changed here. */
const serviceFields: Fields = {
  name: "string",
  etag: "string",
  description: "string",
  invokerIamDisabled: "boolean",
  traffic: { list: { type: { oneOf: [latest, byRevision] }, revision: "string", percent: "number", tag: "string" } },
};
const policyFields: Fields = {
  version: "number",
  etag: "string",
  auditConfigs: { list: {} },
  bindings: {
    list: {
      role: "string",
      members: "strings",
      condition: { object: { title: "string", description: "string", expression: "string", location: "string" } },
    },
  },
};

export function makeService(world: World, name: string): void {
  if (world.services.has(name)) return;
  remember(world, "services", name);
  remember(world, "policies", name);
  world.services.set(name, {
    name,
    uri: addressOf(world, name),
    traffic: [{ type: latest, percent: 100 }],
    createTime: now(world),
  });
  world.policies.set(name, { version: 1, etag: etag(world), bindings: [] });
}

/** What serves stays as it is, but where the newest is asked for. */
export function newRevision(
  world: World,
  service: string,
  env: readonly { readonly name: string; readonly value: string }[],
  all: boolean,
): string {
  const found = world.services.get(service) ?? {};
  const number = String(Number(found["generations"] ?? 1)).padStart(5, "0");
  const revision = `${shortName(service)}-${number}-${suffix(next(world))}`;
  const name = `${service}/revisions/${revision}`;
  world.revisions.set(name, { name, createTime: now(world), containers: [{ env: env.map((one) => ({ ...one })) }] });
  remember(world, "services", service);
  Object.assign(found, {
    latestReadyRevision: name,
    latestCreatedRevision: name,
    generations: Number(number) + 1,
    etag: etag(world),
  });
  found["terminalCondition"] = { type: "Ready", state: "CONDITION_SUCCEEDED" };
  if (all) found["traffic"] = [{ type: latest, percent: 100 }];
  return revision;
}

export function removeService(world: World, name: string): void {
  remember(world, "services", name);
  remember(world, "policies", name);
  world.services.delete(name);
  world.policies.delete(name);
  for (const revision of world.revisions.keys()) if (revision.startsWith(`${name}/revisions/`)) world.revisions.delete(revision);
}

export function getService(world: World, name: string): JsonMap {
  const live = seen(world, "services", name, world.lags.read);
  if (live === undefined) throw missing(name);
  const { generations: _, ...service } = live;
  return service;
}

export function patchService(world: World, name: string, query: Query, body: JsonMap): JsonMap {
  const service = found(world, name);
  const mask = (query["updateMask"] ?? "").split(",").filter((path) => path !== "");
  if (mask.length === 0) throw invalid("updateMask", "none is given: every field would be cleared");
  mustFit(body, serviceFields);
  for (const path of mask) if (serviceFields[path] === undefined) throw invalid("updateMask", `no field ${path}`);
  if (textOf(body["etag"]) !== "" && body["etag"] !== service["etag"])
    throw new GoogleStatus("ABORTED", "Conflict for resource: the etag provided is not the current one.");
  if (mask.includes("traffic")) mustAddUp(world, name, listOf(body["traffic"]));
  remember(world, "services", name);
  for (const path of mask) service[path] = body[path] ?? null;
  service["etag"] = etag(world);
  service["reconciling"] = true;
  return begin(world, { target: name, stages: [["SERVICE", world.lags.service ?? 0]], work: { kind: "serve" } });
}

/** What a change of a service ends in. */
export function endChange(world: World, { target }: Operation): NonNullable<Operation["ended"]> {
  const service = world.services.get(target);
  if (service === undefined) return { error: { code: 5, message: `Resource '${target}' was not found` } };
  remember(world, "services", target);
  delete service["reconciling"];
  const { generations: _, ...response } = copyOf(service);
  return { response };
}

export function listRevisions(world: World, service: string, query: Query): JsonMap {
  found(world, service);
  return paged("revisions", revisionsOf(world, service), query);
}

export function getRevision(world: World, name: string): JsonMap {
  const revision = world.revisions.get(name);
  if (revision === undefined) throw new GoogleStatus("NOT_FOUND", `Resource '${name}' was not found`);
  return revision;
}

/** A read may answer what was before a change (docs.cloud.google.com/iam/docs/access-change-propagation). */
export function getIamPolicy(world: World, name: string): JsonMap {
  found(world, name);
  const policy = seen(world, "policies", name, world.lags.policy) ?? world.policies.get(name);
  return (policy ?? {}) as JsonMap;
}

export function setIamPolicy(world: World, name: string, body: JsonMap): JsonMap {
  found(world, name);
  mustFit(body, { policy: { object: policyFields } });
  const policy = body["policy"] as unknown as Policy;
  const before = world.policies.get(name);
  if (policy.etag !== undefined && policy.etag !== before?.etag)
    throw new GoogleStatus("ABORTED", "There were concurrent policy changes. Please retry the whole read-modify-write.");
  for (const { members } of policy.bindings ?? [])
    for (const member of members) {
      const email = /^serviceAccount:(.*)$/.exec(member)?.[1];
      if (email !== undefined && !isKnown(world, email))
        throw new GoogleStatus("INVALID_ARGUMENT", `Service account ${email} does not exist.`);
    }
  const after = { ...policy, etag: etag(world) };
  putPolicy(world, name, after);
  return after as unknown as JsonMap;
}

export function putPolicy(world: World, service: string, policy: Policy): void {
  remember(world, "policies", service);
  world.policies.set(service, policy);
}

/** Whether a caller may call the service, by what has effect now; nothing: one without a name. */
export function mayCall(world: World, service: string, member: string | undefined): boolean {
  if (world.services.get(service)?.["invokerIamDisabled"] === true) return true;
  const bindings = seen(world, "policies", service, world.lags.invoker)?.bindings ?? [];
  const members = bindings.filter(({ role }) => role === "roles/run.invoker").flatMap((binding) => binding.members);
  return members.includes("allUsers") || (member !== undefined && members.includes(member));
}

function mustAddUp(world: World, service: string, traffic: readonly JsonMap[]): void {
  const sum = traffic.reduce((total, { percent }) => total + Number(percent ?? 0), 0);
  if (sum !== 100) throw invalid("traffic", `the percentages are ${sum}, not 100`);
  for (const { type, revision, percent } of traffic) {
    if (!Number.isInteger(Number(percent ?? 0))) throw invalid("traffic.percent", "is no whole number");
    if (type === byRevision && !world.revisions.has(`${service}/revisions/${textOf(revision)}`))
      throw invalid("traffic.revision", `Revision '${textOf(revision)}' not found`);
    if (type === latest && revision !== undefined) throw invalid("traffic.revision", "is for a revision by name");
  }
}

function revisionsOf(world: World, service: string): JsonMap[] {
  return [...world.revisions].filter(([name]) => name.startsWith(`${service}/revisions/`)).map(([, one]) => one);
}

function found(world: World, name: string): JsonMap {
  const service = world.services.get(name);
  if (service === undefined) throw missing(name);
  return service;
}

function missing(name: string): GoogleStatus {
  return new GoogleStatus("NOT_FOUND", `Resource '${name}' of kind 'SERVICE' was not found`);
}

export function etag(world: World): string {
  return Buffer.from(`etag-${next(world)}`).toString("base64");
}

function suffix(number: number): string {
  return [0, 1, 2].map((place) => String.fromCharCode(97 + (Math.floor(number / 26 ** place) % 26))).join("");
}
