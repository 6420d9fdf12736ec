/** Which address is which method of which API. */
import * as eventarc from "./eventarc.ts";
import * as functions from "./functions.ts";
import * as others from "./others.ts";
import type { Method } from "./permissions.ts";
import type { Protos } from "./protos.ts";
import * as pubsub from "./pubsub.ts";
import * as run from "./run.ts";
import * as scheduler from "./scheduler.ts";
import { type JsonMap, shortName, type Request, type World } from "./world.ts";

export interface Route {
  readonly api: string;
  readonly method: Method;
  answer(world: World, request: Request, protos: Protos | undefined): JsonMap;
}

interface Line extends Omit<Route, "answer"> {
  readonly verb: string;
  readonly path: RegExp;
  answer(world: World, request: Request & { readonly name: string }, protos: Protos | undefined): JsonMap;
}

const at = "projects/[^/]+/locations/[^/]+";
const line = (api: string, verb: string, path: string, method: Method, answer: Line["answer"]): Line => ({
  api,
  verb,
  path: new RegExp(`^${path}$`),
  method,
  answer,
});
const cloudfunctions = (verb: string, path: string, method: Method, answer: Line["answer"]) =>
  line("cloudfunctions.googleapis.com", verb, `/v2/${path}`, method, answer);
const cloudrun = (verb: string, path: string, method: Method, answer: Line["answer"]) =>
  line("run.googleapis.com", verb, `/v2/${path}`, method, answer);
const cloudscheduler = (verb: string, path: string, method: Method, answer: Line["answer"]) =>
  line("cloudscheduler.googleapis.com", verb, `/v1/${path}`, method, answer);
const topics = (verb: string, path: string, method: Method, answer: Line["answer"]) =>
  line("pubsub.googleapis.com", verb, `/v1/${path}`, method, answer);

/** The part in brackets is the resource's name. */
const lines: readonly Line[] = [
  cloudfunctions("GET", `(${at})/functions`, "listFunctions", (w, { name, query }) => functions.listFunctions(w, name, query)),
  cloudfunctions("POST", `(${at})/functions`, "createFunction", (w, { name, query, body }, p) =>
    functions.createFunction(w, name, query, body, p),
  ),
  cloudfunctions("POST", `(${at})/functions:generateUploadUrl`, "generateUploadUrl", (w, { name, body }, p) =>
    functions.generateUploadUrl(w, name, body, p),
  ),
  cloudfunctions("GET", `(${at}/functions/[^/:]+)`, "getFunction", (w, { name }) => functions.getFunction(w, name)),
  cloudfunctions("PATCH", `(${at}/functions/[^/:]+)`, "patchFunction", (w, { name, query, body }, p) =>
    functions.patchFunction(w, name, query, body, p),
  ),
  cloudfunctions("DELETE", `(${at}/functions/[^/:]+)`, "deleteFunction", (w, { name }) => functions.deleteFunction(w, name)),
  cloudfunctions("GET", `(${at})/runtimes`, "listRuntimes", (w, { name, query }) => functions.listRuntimes(w, name, query)),
  cloudfunctions("GET", `(${at}/operations/[^/:]+)`, "getOperation", (w, { name }) => functions.getOperation(w, name)),
  cloudrun("GET", `(${at}/services/[^/:]+)`, "getService", (w, { name }) => run.getService(w, name)),
  cloudrun("PATCH", `(${at}/services/[^/:]+)`, "patchService", (w, { name, query, body }) =>
    run.patchService(w, name, query, body),
  ),
  cloudrun("GET", `(${at}/services/[^/:]+)/revisions`, "listRevisions", (w, { name, query }) =>
    run.listRevisions(w, name, query),
  ),
  cloudrun("GET", `(${at}/services/[^/:]+/revisions/[^/:]+)`, "getRevision", (w, { name }) => run.getRevision(w, name)),
  cloudrun("GET", `(${at}/services/[^/:]+):getIamPolicy`, "getIamPolicy", (w, { name }) => run.getIamPolicy(w, name)),
  cloudrun("POST", `(${at}/services/[^/:]+):setIamPolicy`, "setIamPolicy", (w, { name, body }) =>
    run.setIamPolicy(w, name, body),
  ),
  cloudscheduler("GET", `(${at})/jobs`, "listJobs", (w, { name, query }) => scheduler.listJobs(w, name, query)),
  cloudscheduler("POST", `(${at})/jobs`, "createJob", (w, { name, body }) => scheduler.createJob(w, name, body)),
  cloudscheduler("GET", `(${at}/jobs/[^/:]+)`, "getJob", (w, { name }) => scheduler.getJob(w, name)),
  cloudscheduler("PATCH", `(${at}/jobs/[^/:]+)`, "patchJob", (w, { name, query, body }) =>
    scheduler.patchJob(w, name, query, body),
  ),
  cloudscheduler("POST", `(${at}/jobs/[^/:]+):resume`, "resumeJob", (w, { name }) => scheduler.resumeJob(w, name)),
  cloudscheduler("DELETE", `(${at}/jobs/[^/:]+)`, "deleteJob", (w, { name }) => scheduler.deleteJob(w, name)),
  topics("GET", "(projects/[^/]+)/topics", "listTopics", (w, { name, query }) => pubsub.listTopics(w, name, query)),
  topics("GET", "(projects/[^/]+/topics/[^/:]+)", "getTopic", (w, { name }) => pubsub.getTopic(w, name)),
  topics("PUT", "(projects/[^/]+/topics/[^/:]+)", "createTopic", (w, { name, body }) => pubsub.createTopic(w, name, body)),
  topics("PATCH", "(projects/[^/]+/topics/[^/:]+)", "patchTopic", (w, { name, body }) => pubsub.patchTopic(w, name, body)),
  topics("DELETE", "(projects/[^/]+/topics/[^/:]+)", "deleteTopic", (w, { name }) => pubsub.deleteTopic(w, name)),
  topics("GET", "(projects/[^/]+/subscriptions/[^/:]+)", "getSubscription", (w, { name }) => pubsub.getSubscription(w, name)),
  topics("PATCH", "(projects/[^/]+/subscriptions/[^/:]+)", "patchSubscription", (w, { name, body }) =>
    pubsub.patchSubscription(w, name, body),
  ),
  line("eventarc.googleapis.com", "GET", `/v1/(${at}/triggers/[^/:]+)`, "getTrigger", (w, { name }) =>
    eventarc.getTrigger(w, name),
  ),
  line("storage.googleapis.com", "GET", "/storage/v1/b/([^/]+)", "getBucket", (w, { name }) => others.getBucket(w, name)),
  line("iam.googleapis.com", "GET", "/v1/(projects/-/serviceAccounts/[^/:]+)", "getServiceAccount", (w, { name }) =>
    others.getServiceAccount(w, name),
  ),
  line(
    "iam.googleapis.com",
    "POST",
    "/v1/(projects/-/serviceAccounts/[^/:]+):testIamPermissions",
    "testServiceAccount",
    (w, { name, body }) => others.testServiceAccount(w, name, body),
  ),
  line(
    "iamcredentials.googleapis.com",
    "POST",
    "/v1/(projects/-/serviceAccounts/[^/:]+):generateIdToken",
    "generateIdToken",
    (w, { name, body }) => others.generateIdToken(w, name, body),
  ),
  line("cloudbuild.googleapis.com", "GET", `/v1/(${at}/builds/[^/:]+)`, "getBuild", (w, { name }) =>
    others.getBuild(w, `projects/${w.number}/locations/${w.region}/builds/${shortName(name)}`),
  ),
  line("logging.googleapis.com", "POST", "/v2/entries:list()", "listEntries", (w, { body }) => others.listEntries(w, body)),
];

export function routeOf({ method, path }: Pick<Request, "method" | "path">): Route | undefined {
  for (const found of lines) {
    const name = found.verb === method ? found.path.exec(path)?.[1] : undefined;
    if (name === undefined) continue;
    return {
      api: found.api,
      method: found.method,
      answer: (world, request, protos) => found.answer(world, { ...request, name: decodeURIComponent(name) }, protos),
    };
  }
  return undefined;
}
