/** A function as Google answers it, in the form of props; and the paths in which it is not as wanted. */
import { byCodeUnit, canonical, type Derivation, type Digest, digestOf, type Json } from "fnpkg/adapter";
import type { FunctionJson } from "../client-api.ts";
import { labelsIn } from "../marks.ts";
import type { EventTrigger, FunctionProps } from "../resources.ts";
import { type Bindings, bindingsVariable } from "../translate-bindings.ts";
import { enumName, objects, said, shortName, texts } from "./shared.ts";

type BuildConfig = FunctionProps["buildConfig"];
type ServiceConfig = FunctionProps["serviceConfig"];

/** Names by number, from google/cloud/functions/v2/functions.proto: an answer may hold either. */
const environments = ["", "GEN_1", "GEN_2"];
const ingress = ["", "ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"];
const egress = ["", "PRIVATE_RANGES_ONLY", "ALL_TRAFFIC"];
const directEgress = ["", "VPC_EGRESS_PRIVATE_RANGES_ONLY", "VPC_EGRESS_ALL_TRAFFIC"];
const retries = ["", "RETRY_POLICY_DO_NOT_RETRY", "RETRY_POLICY_RETRY"];
export const states = ["", "ACTIVE", "FAILED", "DEPLOYING", "DELETING", "UNKNOWN"];

/** What the vendor adds by itself (github.com/hashicorp/terraform-provider-google/issues/18399 and others). */
const added = "LOG_EXECUTION_ID";
/**
 * Ours, beside the wanted ones: a revision has no other place that says what it runs. The package's digest, a space, and the
 * digest of all that a revision is made of.
 */
export const revisionVariable = "FNPKG_REVISION";

const compute = /(?:^|\/)\d+(?:-compute@developer|@cloudbuild)\.gserviceaccount\.com$/;

export function propsOf(found: FunctionJson, wanted?: FunctionProps): Partial<FunctionProps> {
  const props: { [key in keyof FunctionProps]: unknown } = {
    name: found.name ?? "",
    description: found.description ?? "",
    environment: enumName(found.environment, environments) ?? "GEN_2",
    kmsKeyName: said(found.kmsKeyName) ?? null,
    labels: labelsIn(found.labels ?? {}, wanted?.labels),
    buildConfig: buildOf(found, wanted?.buildConfig),
    serviceConfig: serviceOf(found, wanted?.serviceConfig),
    eventTrigger: triggerOf(found, wanted?.eventTrigger ?? undefined),
  };
  return props as FunctionProps;
}

function buildOf({ buildConfig = {} }: FunctionJson, wanted?: BuildConfig) {
  return {
    runtime: said(buildConfig["runtime"]) ?? null,
    entryPoint: said(buildConfig["entryPoint"]) ?? null,
    environmentVariables: texts(buildConfig["environmentVariables"]),
    serviceAccount: unless(said(buildConfig["serviceAccount"]), wanted?.serviceAccount, (live) => compute.test(live)),
    workerPool: said(buildConfig["workerPool"]) ?? null,
    dockerRepository: unless(said(buildConfig["dockerRepository"]), wanted?.dockerRepository, (live) =>
      live.endsWith("/repositories/gcf-artifacts"),
    ),
  };
}

function serviceOf(found: FunctionJson, wanted?: ServiceConfig) {
  const config: { readonly [field: string]: unknown } = found.serviceConfig ?? {};
  const connector = said(config["vpcConnector"]) ?? null;
  const direct = objects(config["directVpcNetworkInterface"]);
  return {
    availableMemory: quantity(said(config["availableMemory"]), wanted?.availableMemory),
    availableCpu: quantity(said(config["availableCpu"]), wanted?.availableCpu),
    timeoutSeconds: Number(config["timeoutSeconds"] ?? 60),
    maxInstanceRequestConcurrency: Number(config["maxInstanceRequestConcurrency"] ?? 0) || 1,
    minInstanceCount: Number(config["minInstanceCount"] ?? 0),
    maxInstanceCount: Number(config["maxInstanceCount"] ?? 0),
    environmentVariables: variables(found, wanted),
    secretEnvironmentVariables: objects(config["secretEnvironmentVariables"])
      .map((one) => ({
        key: said(one["key"]) ?? "",
        projectId: project(found, said(one["projectId"]) ?? ""),
        secret: said(one["secret"]) ?? "",
        version: said(one["version"]) ?? "",
      }))
      .toSorted((a, b) => byCodeUnit(a.key, b.key)),
    secretVolumes: objects(config["secretVolumes"])
      .map((one) => ({
        mountPath: said(one["mountPath"]) ?? "",
        projectId: project(found, said(one["projectId"]) ?? ""),
        secret: said(one["secret"]) ?? "",
        versions: objects(one["versions"]).map(({ version, path }) => ({ version: said(version) ?? "", path: said(path) ?? "" })),
      }))
      .toSorted((a, b) => byCodeUnit(a.mountPath, b.mountPath)),
    serviceAccountEmail: unless(said(config["serviceAccountEmail"]), wanted?.serviceAccountEmail, (live) => compute.test(live)),
    ingressSettings: enumName(config["ingressSettings"], ingress) ?? "ALLOW_ALL",
    vpcConnector: connector,
    vpcConnectorEgressSettings: connector === null ? null : (enumName(config["vpcConnectorEgressSettings"], egress) ?? null),
    directVpcNetworkInterface: direct.map((one) => ({
      network: said(one["network"]) ?? "",
      subnetwork: said(one["subnetwork"]) ?? "",
      tags: Array.isArray(one["tags"]) ? (one["tags"] as unknown[]) : [],
    })),
    directVpcEgress: direct.length === 0 ? null : (enumName(config["directVpcEgress"], directEgress) ?? null),
    binaryAuthorizationPolicy: said(config["binaryAuthorizationPolicy"]) ?? null,
  };
}

function variables({ serviceConfig }: FunctionJson, wanted?: ServiceConfig): Record<string, string> {
  const live = texts(serviceConfig?.environmentVariables);
  const hidden = [revisionVariable, added].filter((name) => wanted?.environmentVariables[name] === undefined);
  return Object.fromEntries(Object.entries(live).filter(([name]) => !hidden.includes(name)));
}

function triggerOf(found: FunctionJson, wanted?: EventTrigger) {
  const trigger = found.eventTrigger;
  if (said(trigger?.["eventType"]) === undefined) return null;
  const topic = said(trigger?.["pubsubTopic"]) ?? null;
  const region = said(trigger?.["triggerRegion"]);
  return {
    // Google makes a trigger for a bucket only where the bucket is.
    triggerRegion: unless(region, wanted?.triggerRegion, (live) => topic === null || live === (found.name ?? "").split("/")[3]),
    eventType: said(trigger?.["eventType"]) ?? null,
    eventFilters: objects(trigger?.["eventFilters"])
      .map(({ attribute, value }) => ({ attribute: said(attribute) ?? "", value: said(value) ?? "" }))
      .toSorted((a, b) => byCodeUnit(a.attribute, b.attribute)),
    pubsubTopic: topic,
    serviceAccountEmail: unless(said(trigger?.["serviceAccountEmail"]), wanted?.serviceAccountEmail, (live) =>
      compute.test(live),
    ),
    retryPolicy: enumName(trigger?.["retryPolicy"], retries) ?? "RETRY_POLICY_DO_NOT_RETRY",
  };
}

/** `null` for what the vendor chose where nothing was asked for. */
function unless(
  live: string | undefined,
  wanted: string | null | undefined,
  isDefault: (live: string) => boolean,
): string | null {
  if (live === undefined) return null;
  return live !== wanted && isDefault(live) ? null : live;
}

/** As it is wanted, when it is the same amount in other units: `1Gi` is `1024Mi`, `1000m` is `1`. */
function quantity(live: string | undefined, wanted: string | undefined): string | null {
  if (live === undefined) return null;
  return wanted !== undefined && amount(live) === amount(wanted) ? wanted : live;
}

const units: { readonly [unit: string]: number } = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

function amount(text: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? [];
  return Number.parseFloat(number) * (units[unit] ?? Number.NaN);
}

/** The project's id, where its number stands: the build's name holds that (`projects/NUMBER/locations/…`). */
function project({ name = "", buildConfig }: FunctionJson, live: string): string {
  const number = (buildConfig?.build ?? "").split("/")[1];
  return live !== "" && live === number ? (name.split("/")[1] ?? live) : live;
}

/** Every path of a mask that we manage, with its value; `null` is sent as nothing, which clears it. */
export function fieldsOf(props: Partial<FunctionProps>): Map<string, Json> {
  const fields = new Map<string, Json>();
  const put = (path: string, value: unknown) => fields.set(path, (value ?? null) as Json);
  put("description", props.description);
  put("kmsKeyName", props.kmsKeyName);
  for (const part of ["buildConfig", "serviceConfig"] as const)
    for (const [key, value] of Object.entries(props[part] ?? {})) put(`${part}.${key}`, value);
  // Where it listens can't be changed in place.
  for (const [key, value] of Object.entries(props.eventTrigger ?? {}))
    if (key !== "pubsubTopic" && key !== "triggerRegion") put(`eventTrigger.${key}`, value);
  return fields;
}

/** The paths that must be written so that `live` is as wanted. */
export function changedPaths(wanted: FunctionProps, live: Partial<FunctionProps>): string[] {
  const now = fieldsOf(live);
  return [...fieldsOf(wanted)].flatMap(([path, value]) => (canonical(value) === canonical(now.get(path) ?? null) ? [] : [path]));
}

/** A function's JSON with these fields alone. */
export function bodyOf(name: string, fields: Iterable<readonly [path: string, value: Json]>): FunctionJson {
  const body: { [key: string]: Json | { [key: string]: Json } } = { name };
  for (const [path, value] of fields) {
    if (value === null) continue;
    const [first = "", second] = path.split(".");
    if (second === undefined) body[first] = value;
    else body[first] = { ...(body[first] as { [key: string]: Json } | undefined), [second]: value };
  }
  return body;
}

/** What `revisionVariable` holds. */
export function revisionText(
  { buildConfig, serviceConfig }: Pick<FunctionProps, "buildConfig" | "serviceConfig">,
  { packageDigest, layoutDigest }: Pick<Derivation, "packageDigest" | "layoutDigest">,
): string {
  return `${packageDigest} ${digestOf({ buildConfig, serviceConfig, layoutDigest })}`;
}

/** The package's digest in what `revisionText` made. */
export function packageIn(text: string | undefined): Digest | undefined {
  const found = /^(sha256:[0-9a-f]{64}) /.exec(text ?? "");
  return found === null ? undefined : found[1];
}

/** It answers http: it has no trigger of Google's, and none of Scheduler. */
export function isHttp({ eventTrigger, serviceConfig }: FunctionJson): boolean {
  if (eventTrigger !== undefined && eventTrigger !== null) return false;
  const carried = serviceConfig?.environmentVariables?.[bindingsVariable];
  try {
    return carried === undefined || (JSON.parse(carried) as Partial<Bindings>).triggers?.length === 0;
  } catch {
    return true;
  }
}

export function stateOf({ state, stateMessages = [] }: FunctionJson): string {
  const word = enumName(state, states) ?? "UNKNOWN";
  if (word === "ACTIVE") return "ready";
  const messages = stateMessages.flatMap(({ message }) => (message === undefined || message === "" ? [] : [message]));
  return messages.length === 0 ? word : `${word}: ${messages.join(" ")}`;
}

/** The short name of the newest revision. */
export function revisionOf({ serviceConfig }: FunctionJson): string | undefined {
  const revision = said(serviceConfig?.revision);
  return revision === undefined ? undefined : shortName(revision);
}

export function isIdle({ state }: FunctionJson): boolean {
  const word = enumName(state, states);
  return word !== "DEPLOYING" && word !== "DELETING";
}

/** It has a service that came up once. */
export function hasServed({ serviceConfig }: FunctionJson): boolean {
  return said(serviceConfig?.revision) !== undefined || said(serviceConfig?.uri) !== undefined;
}
