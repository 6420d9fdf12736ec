/** The function's settings at run time (https://docs.cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions#ServiceConfig). */
import type { Json, Resolved } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import type { FunctionProps, NetworkInterface } from "./resources.ts";
import { bindings, bindingsVariable } from "./translate-bindings.ts";
import { idOf, locationOf } from "./translate-names.ts";

type Config = Resolved<Section>;
type ServiceConfig = FunctionProps["serviceConfig"];

export function serviceConfig(config: Config): ServiceConfig {
  return {
    availableMemory: `${config.memoryMiB}Mi`,
    availableCpu: String(config.cpu ?? defaultCpu(config.memoryMiB)),
    timeoutSeconds: config.timeoutSeconds,
    maxInstanceRequestConcurrency: config.concurrency,
    minInstanceCount: config.instances.min ?? 0,
    // The vendor's own default: https://docs.cloud.google.com/run/docs/configuring/max-instances
    maxInstanceCount: config.instances.max ?? 100,
    environmentVariables: {
      ...config.env,
      [bindingsVariable]: bindings(config),
      // Calls reach the entry file as they came, events and schedules alike; by itself an event trigger makes it `cloudevent`.
      FUNCTION_SIGNATURE_TYPE: "http",
    },
    secretEnvironmentVariables: secrets(config),
    secretVolumes: [],
    serviceAccountEmail: config.identity ?? null,
    ingressSettings: config.network.ingress === "internal" ? "ALLOW_INTERNAL_ONLY" : "ALLOW_ALL",
    ...network(config),
    binaryAuthorizationPolicy: null,
  };
}

/** vCPU by memory; between two sizes as with the larger (https://docs.cloud.google.com/functions/docs/configuring/memory). */
const sizes = [
  [128, 0.083],
  [256, 0.167],
  [512, 0.333],
  [1024, 0.583],
  [2048, 1],
  [4096, 2],
  [8192, 2],
  [16_384, 4],
] as const;

/** Said, not left open: so that a `cpu` that is taken out of the configuration goes back, and the plan shows to what. */
function defaultCpu(memoryMiB: number): number {
  return sizes.find(([memory]) => memoryMiB <= memory)?.[1] ?? 8;
}

function secrets({ secrets }: Config): ServiceConfig["secretEnvironmentVariables"] {
  return Object.entries(secrets)
    .map(([key, { ref, version }]) => {
      const [, projectId = "", , secret = ""] = idOf(ref).split("/");
      return { key, projectId, secret, version: version ?? "latest" };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** https://docs.cloud.google.com/functions/docs/networking/connecting-vpc: a connector, or straight into a network. */
function network(
  config: Config,
): Pick<ServiceConfig, "vpcConnector" | "vpcConnectorEgressSettings" | "directVpcNetworkInterface" | "directVpcEgress"> {
  const none = { vpcConnector: null, vpcConnectorEgressSettings: null, directVpcNetworkInterface: [], directVpcEgress: null };
  const { attach, egress } = config.network;
  if (attach === undefined) return none;
  const all = egress === "all";
  if (typeof attach.id === "string") {
    const full = attach.id.includes("/") ? attach.id : `${locationOf(config)}/connectors/${attach.id}`;
    return { ...none, vpcConnector: full, vpcConnectorEgressSettings: all ? "ALL_TRAFFIC" : "PRIVATE_RANGES_ONLY" };
  }
  return {
    ...none,
    directVpcNetworkInterface: [interfaceOf(attach.id)],
    directVpcEgress: all ? "VPC_EGRESS_ALL_TRAFFIC" : "VPC_EGRESS_PRIVATE_RANGES_ONLY",
  };
}

function interfaceOf(id: Json): NetworkInterface {
  const { network, subnetwork } = id as { readonly network: string; readonly subnetwork: string };
  return { network, subnetwork, tags: [] };
}
