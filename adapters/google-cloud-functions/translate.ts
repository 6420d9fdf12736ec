/** From package and configuration to the wanted resources. */
import { type ContentInfo, type JsonObject, type Resource, type TranslateInput, withRaw } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { delivery, entryPoint } from "./layout.ts";
import { type FunctionProps, ids, kinds } from "./resources.ts";
import { eventTrigger, sourceOf, subscription, topics } from "./translate-event.ts";
import { invokers, service } from "./translate-http.ts";
import { functionName, labelsOf } from "./translate-names.ts";
import { schedule } from "./translate-schedule.ts";
import { serviceConfig } from "./translate-service.ts";

type Input = TranslateInput<Section>;

export function translate(input: Input, _content: ContentInfo): readonly Resource[] {
  const { pkg, config } = input;
  const resources: Resource<string, object>[] = [
    ...topics(config),
    theFunction(input),
    service(input.traffic),
    invokers(config),
    ...subscription(config),
    ...config.triggers.flatMap((trigger) => (trigger.type === "schedule" ? [schedule(config, trigger, pkg.manifest.name)] : [])),
  ];
  return withRaw(resources.map(plain), config);
}

function theFunction(input: Input): Resource<string, FunctionProps> {
  const { config } = input;
  const source = sourceOf(config);
  const made = config.section.createTopics && source !== undefined && source.type !== "object-storage";
  return {
    kind: kinds.function,
    id: ids.function,
    props: {
      name: functionName(config),
      description: config.description ?? "",
      environment: "GEN_2",
      kmsKeyName: null,
      labels: labelsOf(config),
      buildConfig: buildConfig(input),
      serviceConfig: serviceConfig(config),
      eventTrigger: eventTrigger(config),
    },
    ...(made ? { needs: [ids.topic(source.name)] } : {}),
  };
}

/** What the build reads: GoogleCloudPlatform/buildpacks 1b2b1488, pkg/nodejs/npm.go. */
const variables = {
  // Empty: it runs neither `build` nor `gcp-build`.
  none: { GOOGLE_NODE_RUN_SCRIPTS: "" },
  vendored: { GOOGLE_VENDOR_NPM_DEPENDENCIES: "true" },
  // npm's own: nothing of a dependency is executed where it is unpacked.
  remote: { NPM_CONFIG_IGNORE_SCRIPTS: "true" },
} as const;

function buildConfig(input: Input): FunctionProps["buildConfig"] {
  const { config } = input;
  const { project, buildServiceAccount } = config.section;
  return {
    runtime: `nodejs${config.runtime ?? ""}`,
    entryPoint,
    environmentVariables: { ...variables.none, ...variables[delivery(input)] },
    serviceAccount: buildServiceAccount === undefined ? null : `projects/${project}/serviceAccounts/${buildServiceAccount}`,
    workerPool: null,
    dockerRepository: null,
  };
}

function plain(resource: Resource<string, object>): Resource {
  return { ...resource, props: resource.props as JsonObject };
}
