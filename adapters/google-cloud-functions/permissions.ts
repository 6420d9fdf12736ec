/**
 * What the deployer is granted: a custom role with the permissions of one plan.
 *
 * Permissions of methods: docs.cloud.google.com/functions/docs/monitoring/audit-logging and each service's own page of access
 * control. The role's form: docs.cloud.google.com/iam/docs/reference/rest/v1/projects.roles.
 */
import type { OperationPermissions, Policy, PolicyInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type FunctionProps, kinds } from "./resources.ts";

const find = ["cloudfunctions.functions.get", "run.services.get"];
const versions = [...find, "run.revisions.list"];
const moves = [...versions, "run.operations.get", "run.services.update"];

export const permissions: OperationPermissions = {
  preflight: [
    "cloudfunctions.functions.get",
    "cloudfunctions.runtimes.list",
    "iam.serviceAccounts.get",
    "pubsub.topics.get",
    "run.revisions.get",
    "storage.buckets.get",
  ],
  invoke: [...find, "iam.serviceAccounts.getOpenIdToken", "run.routes.invoke", "run.services.getIamPolicy"],
  logs: ["cloudfunctions.functions.get", "logging.logEntries.list"],
  list: ["cloudfunctions.functions.list"],
  versions,
  promote: moves,
  rollback: moves,
};

export function policy({ config, wanted, actions }: PolicyInput<Section>): Policy {
  const needed = actions.filter((action) => uses(config, wanted)[action] !== false);
  const document = {
    title: `fnpkg ${config.deployment}`,
    description: `Deploys ${config.deployment} to Google Cloud Functions in ${config.section.region}`,
    stage: "GA",
    includedPermissions: [...needed],
  };
  return { document, actions: needed };
}

/** What only some plans call for. */
function uses(
  { section, identity }: PolicyInput<Section>["config"],
  wanted: PolicyInput<Section>["wanted"],
): { readonly [action: string]: boolean } {
  const fn = wanted.find(({ kind }) => kind === kinds.function)?.props as unknown as FunctionProps | undefined;
  const trigger = fn?.eventTrigger ?? undefined;
  const accounts = [identity, section.buildServiceAccount, section.triggerServiceAccount];
  return {
    "eventarc.triggers.get": trigger !== undefined,
    "iam.serviceAccounts.get": accounts.some((account) => account !== undefined),
    "pubsub.subscriptions.get": trigger !== undefined,
    "pubsub.topics.get": section.createTopics || (trigger?.pubsubTopic ?? null) !== null,
    "pubsub.topics.list": section.createTopics,
    "storage.buckets.get": trigger?.eventFilters.some(({ attribute }) => attribute === "bucket") === true,
  };
}
