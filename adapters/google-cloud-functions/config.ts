/** The section `targets.google-cloud-functions` of the runtime configuration, and what `raw` may not touch there. */
import type { ReservedPath } from "fnpkg/adapter";
import { z } from "zod";

const serviceAccount = z
  .string()
  .regex(
    /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/,
    "not a service account's email, such as thumbnail@my-project.iam.gserviceaccount.com",
  );

export const config = z.strictObject({
  project: z
    .string()
    .regex(
      /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      "not a project's id: 6 to 30 lower-case letters, digits and hyphens, such as my-project",
    )
    .describe("The project's id, such as `my-project`; not its number."),
  region: z
    .string()
    .regex(/^[a-z]+-[a-z]+\d+$/, "not a Google Cloud region, such as europe-west1")
    .describe("The region of the function and of everything beside it, such as `europe-west1`."),
  buildServiceAccount: serviceAccount
    .optional()
    .describe("The service account that Cloud Build runs as. Default: the project's own, which new organisations give no roles."),
  triggerServiceAccount: serviceAccount
    .optional()
    .describe("The service account that events and schedules call the function with. Default: `identity`."),
  build: z
    .enum(["vendored", "remote"])
    .optional()
    .describe(
      "Whether dependencies travel in the archive or Google's build installs them. Default: by the package's own delivery.",
    ),
  createTopics: z
    .boolean()
    .default(false)
    .describe("Make the Pub/Sub topics that triggers name and that are not there. Default: false."),
});

export type Section = z.output<typeof config>;

const fn = "/cloudfunctions.googleapis.com~1Function";
const job = "/cloudscheduler.googleapis.com~1Job";

const service = "/run.googleapis.com~1Service";
const invokers = "/run.googleapis.com~1ServiceIamPolicy";
const topic = "/pubsub.googleapis.com~1Topic";
const subscription = "/pubsub.googleapis.com~1Subscription";

/** Code, name and entry point always; the rest while the neutral field is written. */
export const reserved: readonly ReservedPath[] = [
  { path: `${fn}/name` },
  { path: `${fn}/environment` },
  { path: `${fn}/buildConfig/source` },
  { path: `${fn}/buildConfig/entryPoint` },
  { path: `${fn}/buildConfig/runtime` },
  { path: `${fn}/buildConfig/environmentVariables` },
  { path: `${fn}/buildConfig/serviceAccount`, fields: ["/targets/google-cloud-functions/buildServiceAccount"] },
  { path: `${fn}/labels` },
  { path: `${fn}/description`, fields: ["/description"] },
  { path: `${fn}/serviceConfig/availableMemory`, fields: ["/memory"] },
  { path: `${fn}/serviceConfig/availableCpu`, fields: ["/cpu"] },
  { path: `${fn}/serviceConfig/timeoutSeconds`, fields: ["/timeout"] },
  { path: `${fn}/serviceConfig/maxInstanceRequestConcurrency`, fields: ["/concurrency"] },
  { path: `${fn}/serviceConfig/minInstanceCount`, fields: ["/instances/min"] },
  { path: `${fn}/serviceConfig/maxInstanceCount`, fields: ["/instances/max"] },
  { path: `${fn}/serviceConfig/environmentVariables`, fields: ["/env", "/secrets", "/services"] },
  { path: `${fn}/serviceConfig/secretEnvironmentVariables`, fields: ["/secrets", "/services"] },
  { path: `${fn}/serviceConfig/serviceAccountEmail`, fields: ["/identity"] },
  { path: `${fn}/serviceConfig/ingressSettings`, fields: ["/network/ingress"] },
  { path: `${fn}/serviceConfig/vpcConnector`, fields: ["/network/attach"] },
  { path: `${fn}/serviceConfig/vpcConnectorEgressSettings`, fields: ["/network/egress"] },
  { path: `${fn}/serviceConfig/directVpcNetworkInterface`, fields: ["/network/attach"] },
  { path: `${fn}/serviceConfig/directVpcEgress`, fields: ["/network/egress"] },
  { path: `${fn}/serviceConfig/allTrafficOnLatestRevision` },
  { path: `${fn}/eventTrigger/eventType`, fields: ["/triggers"] },
  { path: `${fn}/eventTrigger/eventFilters`, fields: ["/triggers"] },
  { path: `${fn}/eventTrigger/pubsubTopic`, fields: ["/triggers"] },
  { path: `${fn}/eventTrigger/retryPolicy`, fields: ["/triggers"] },
  { path: `${fn}/eventTrigger/serviceAccountEmail` },
  { path: `${job}/name` },
  { path: `${job}/httpTarget` },
  { path: `${job}/pubsubTarget` },
  { path: `${job}/appEngineHttpTarget` },
  { path: `${job}/schedule`, fields: ["/triggers"] },
  { path: `${job}/timeZone`, fields: ["/triggers"] },
  { path: `${job}/description` },
  { path: `${service}/name` },
  { path: `${service}/traffic` },
  { path: `${invokers}/resource` },
  { path: `${invokers}/bindings`, fields: ["/triggers"] },
  { path: `${topic}/name` },
  { path: `${topic}/labels` },
  { path: `${subscription}/name` },
  { path: `${subscription}/deadLetterPolicy`, fields: ["/triggers"] },
];
