/**
 * Which request is which method of which API, and what each asks of its caller.
 *
 * Permissions: docs.cloud.google.com/functions/docs/monitoring/audit-logging, docs.cloud.google.com/run/docs/reference/iam/permissions,
 * docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs, docs.cloud.google.com/pubsub/docs/access-control,
 * docs.cloud.google.com/eventarc/docs/access-control, docs.cloud.google.com/storage/docs/access-control/iam-json,
 * docs.cloud.google.com/logging/docs/access-control, docs.cloud.google.com/build/docs/iam-roles-permissions.
 */
import * as accounts from "./accounts.ts";
import * as eventarc from "./eventarc.ts";
import * as functions from "./functions.ts";
import { getOperation } from "./operations.ts";
import * as others from "./others.ts";
import * as pubsub from "./pubsub.ts";
import * as run from "./run.ts";
import * as scheduler from "./scheduler.ts";
import { type JsonMap, type Query, shortName, type World } from "./world.ts";

export interface Request {
  /** The resource, or the parent of those that are meant. */
  readonly name: string;
  readonly query: Query;
  readonly body: JsonMap;
}

export interface Route {
  /** The host. */
  readonly api: string;
  /** As in the REST reference: `functions.create`. */
  readonly method: string;
  /** Nothing: anyone may. */
  readonly permission: string | undefined;
  readonly writes: boolean;
  answer(world: World, request: Request): JsonMap;
}

interface Line extends Route {
  readonly verb: string;
  /** What is in brackets is the resource's name. */
  readonly path: RegExp;
}

const at = "projects/[^/]+/locations/[^/]+";
const account = "projects/-/serviceAccounts/[^/:]+";

type Given = readonly [
  verb: string,
  path: string,
  method: string,
  permission: string | undefined,
  answer: Route["answer"],
  reads?: "reads",
];

function api(host: string, version: string, given: readonly Given[]): Line[] {
  return given.map(([verb, path, method, permission, answer, reads]) => ({
    api: host,
    verb,
    path: new RegExp(`^/${version}/${path}$`),
    method,
    permission,
    writes: verb !== "GET" && reads === undefined,
    answer,
  }));
}

const cloudfunctions = api("cloudfunctions.googleapis.com", "v2", [
  [
    "GET",
    `(${at})/functions`,
    "functions.list",
    "cloudfunctions.functions.list",
    (w, { name, query }) => functions.listFunctions(w, name, query),
  ],
  [
    "POST",
    `(${at})/functions`,
    "functions.create",
    "cloudfunctions.functions.create",
    (w, { name, query, body }) => functions.createFunction(w, name, query, body),
  ],
  [
    "POST",
    `(${at})/functions:generateUploadUrl`,
    "functions.generateUploadUrl",
    "cloudfunctions.functions.generateUploadUrl",
    (w, { name, body }) => functions.generateUploadUrl(w, name, body),
  ],
  [
    "GET",
    `(${at}/functions/[^/:]+)`,
    "functions.get",
    "cloudfunctions.functions.get",
    (w, { name }) => functions.getFunction(w, name),
  ],
  [
    "PATCH",
    `(${at}/functions/[^/:]+)`,
    "functions.patch",
    "cloudfunctions.functions.update",
    (w, { name, query, body }) => functions.patchFunction(w, name, query, body),
  ],
  [
    "DELETE",
    `(${at}/functions/[^/:]+)`,
    "functions.delete",
    "cloudfunctions.functions.delete",
    (w, { name }) => functions.deleteFunction(w, name),
  ],
  [
    "GET",
    `(${at})/runtimes`,
    "runtimes.list",
    "cloudfunctions.runtimes.list",
    (w, { name, query }) => functions.listRuntimes(w, name, query),
  ],
  ["GET", `(${at}/operations/[^/:]+)`, "operations.get", "cloudfunctions.operations.get", (w, { name }) => getOperation(w, name)],
]);
const cloudrun = api("run.googleapis.com", "v2", [
  ["GET", `(${at}/services/[^/:]+)`, "services.get", "run.services.get", (w, { name }) => run.getService(w, name)],
  [
    "PATCH",
    `(${at}/services/[^/:]+)`,
    "services.patch",
    "run.services.update",
    (w, { name, query, body }) => run.patchService(w, name, query, body),
  ],
  [
    "GET",
    `(${at}/services/[^/:]+)/revisions`,
    "revisions.list",
    "run.revisions.list",
    (w, { name, query }) => run.listRevisions(w, name, query),
  ],
  [
    "GET",
    `(${at}/services/[^/:]+/revisions/[^/:]+)`,
    "revisions.get",
    "run.revisions.get",
    (w, { name }) => run.getRevision(w, name),
  ],
  [
    "GET",
    `(${at}/services/[^/:]+):getIamPolicy`,
    "services.getIamPolicy",
    "run.services.getIamPolicy",
    (w, { name }) => run.getIamPolicy(w, name),
  ],
  [
    "POST",
    `(${at}/services/[^/:]+):setIamPolicy`,
    "services.setIamPolicy",
    "run.services.setIamPolicy",
    (w, { name, body }) => run.setIamPolicy(w, name, body),
  ],
  ["GET", `(${at}/operations/[^/:]+)`, "operations.get", "run.operations.get", (w, { name }) => getOperation(w, name)],
]);
const cloudscheduler = api("cloudscheduler.googleapis.com", "v1", [
  ["GET", `(${at})/jobs`, "jobs.list", "cloudscheduler.jobs.list", (w, { name, query }) => scheduler.listJobs(w, name, query)],
  [
    "POST",
    `(${at})/jobs`,
    "jobs.create",
    "cloudscheduler.jobs.create",
    (w, { name, body }) => scheduler.createJob(w, name, body),
  ],
  ["GET", `(${at}/jobs/[^/:]+)`, "jobs.get", "cloudscheduler.jobs.get", (w, { name }) => scheduler.getJob(w, name)],
  [
    "PATCH",
    `(${at}/jobs/[^/:]+)`,
    "jobs.patch",
    "cloudscheduler.jobs.update",
    (w, { name, query, body }) => scheduler.patchJob(w, name, query, body),
  ],
  [
    "POST",
    `(${at}/jobs/[^/:]+):resume`,
    "jobs.resume",
    "cloudscheduler.jobs.enable",
    (w, { name }) => scheduler.resumeJob(w, name),
  ],
  ["DELETE", `(${at}/jobs/[^/:]+)`, "jobs.delete", "cloudscheduler.jobs.delete", (w, { name }) => scheduler.deleteJob(w, name)],
]);
const topics = api("pubsub.googleapis.com", "v1", [
  [
    "GET",
    "(projects/[^/]+)/topics",
    "topics.list",
    "pubsub.topics.list",
    (w, { name, query }) => pubsub.listTopics(w, name, query),
  ],
  ["GET", "(projects/[^/]+/topics/[^/:]+)", "topics.get", "pubsub.topics.get", (w, { name }) => pubsub.getTopic(w, name)],
  [
    "PUT",
    "(projects/[^/]+/topics/[^/:]+)",
    "topics.create",
    "pubsub.topics.create",
    (w, { name, body }) => pubsub.createTopic(w, name, body),
  ],
  [
    "PATCH",
    "(projects/[^/]+/topics/[^/:]+)",
    "topics.patch",
    "pubsub.topics.update",
    (w, { name, body }) => pubsub.patchTopic(w, name, body),
  ],
  [
    "DELETE",
    "(projects/[^/]+/topics/[^/:]+)",
    "topics.delete",
    "pubsub.topics.delete",
    (w, { name }) => pubsub.deleteTopic(w, name),
  ],
  [
    "GET",
    "(projects/[^/]+/subscriptions/[^/:]+)",
    "subscriptions.get",
    "pubsub.subscriptions.get",
    (w, { name }) => pubsub.getSubscription(w, name),
  ],
  [
    "PATCH",
    "(projects/[^/]+/subscriptions/[^/:]+)",
    "subscriptions.patch",
    "pubsub.subscriptions.update",
    (w, { name, body }) => pubsub.patchSubscription(w, name, body),
  ],
]);
const rest = [
  ...api("eventarc.googleapis.com", "v1", [
    ["GET", `(${at}/triggers/[^/:]+)`, "triggers.get", "eventarc.triggers.get", (w, { name }) => eventarc.getTrigger(w, name)],
  ]),
  ...api("storage.googleapis.com", "storage/v1", [
    ["GET", "b/([^/]+)", "buckets.get", "storage.buckets.get", (w, { name }) => others.getBucket(w, name)],
  ]),
  ...api("iam.googleapis.com", "v1", [
    [
      "GET",
      `(${account})`,
      "serviceAccounts.get",
      "iam.serviceAccounts.get",
      (w, { name }) => accounts.getServiceAccount(w, name),
    ],
    [
      "POST",
      `(${account}):testIamPermissions`,
      "serviceAccounts.testIamPermissions",
      undefined,
      (w, { name, body }) => accounts.testServiceAccount(w, name, body),
      "reads",
    ],
  ]),
  ...api("iamcredentials.googleapis.com", "v1", [
    [
      "POST",
      `(${account}):generateIdToken`,
      "serviceAccounts.generateIdToken",
      "iam.serviceAccounts.getOpenIdToken",
      (w, { name, body }) => accounts.generateIdToken(w, name, body),
      "reads",
    ],
  ]),
  ...api("cloudbuild.googleapis.com", "v1", [
    [
      "GET",
      `(${at}/builds/[^/:]+)`,
      "builds.get",
      "cloudbuild.builds.get",
      (w, { name }) => others.getBuild(w, `projects/${w.number}/locations/${w.region}/builds/${shortName(name)}`),
    ],
  ]),
  ...api("logging.googleapis.com", "v2", [
    ["POST", "entries:list()", "entries.list", "logging.logEntries.list", (w, { body }) => others.listEntries(w, body), "reads"],
  ]),
];

const lines = [...cloudfunctions, ...cloudrun, ...cloudscheduler, ...topics, ...rest];
const hosts = new Set(lines.map((line) => line.api));

/** At an API's own host that API alone, at any other all of them: behind one address a path is enough, but for `operations`. */
export function routeOf(
  world: Pick<World, "operations">,
  { method, url }: { readonly method: string; readonly url: URL },
): { readonly route: Route; readonly name: string } | undefined {
  const { hostname, pathname } = url;
  const known = hosts.has(hostname) ? hostname : undefined;
  for (const line of lines) {
    if (line.verb !== method || (known !== undefined && line.api !== known)) continue;
    const found = line.path.exec(pathname)?.[1];
    if (found === undefined) continue;
    const name = decodeURIComponent(found);
    if (line.method === "operations.get" && !isOf(world, line.api, name, known === undefined)) continue;
    return { route: line, name };
  }
  return undefined;
}

/** Cloud Run's operations are those of services; what is not known is Cloud Functions' to miss. */
function isOf({ operations }: Pick<World, "operations">, host: string, name: string, any: boolean): boolean {
  const target = operations.get(name)?.target;
  if (target === undefined) return !any || host === "cloudfunctions.googleapis.com";
  return target.includes("/services/") === (host === "run.googleapis.com");
}
