/** cloudscheduler.googleapis.com/v1. */
import { type Fields, mustFit } from "./shapes.ts";
import { denied, invalid, Status } from "./status.ts";
import { copyOf, type JsonMap, mapOf, now, paged, textOf, type World } from "./world.ts";

type Query = { readonly [name: string]: string };

/** https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
const fields: Fields = {
  name: "string",
  description: "string",
  schedule: "string",
  timeZone: "string",
  attemptDeadline: "string",
  retryConfig: {
    object: {
      retryCount: "number",
      maxRetryDuration: "string",
      minBackoffDuration: "string",
      maxBackoffDuration: "string",
      maxDoublings: "number",
    },
  },
  httpTarget: {
    object: {
      uri: "string",
      httpMethod: { oneOf: ["POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] },
      headers: "map",
      body: "string",
      oidcToken: { object: { serviceAccountEmail: "string", audience: "string" } },
    },
  },
};

export function getJob(world: World, name: string): JsonMap {
  return answer(found(world, name));
}

export function listJobs(world: World, parent: string, query: Query): JsonMap {
  const all = [...world.jobs].filter(([name]) => name.startsWith(`${parent}/jobs/`)).map(([, job]) => answer(job));
  return paged("jobs", all, query);
}

export function createJob(world: World, parent: string, body: JsonMap): JsonMap {
  mustFit(body, fields);
  const name = textOf(body["name"]);
  if (!name.startsWith(`${parent}/jobs/`)) throw invalid("job.name", "is not of the parent");
  if (world.jobs.has(name)) throw new Status("ALREADY_EXISTS", `Job ${name} already exists.`);
  mustBeWhole(world, body);
  const job = { ...copyOf(body), state: "ENABLED", userUpdateTime: now(world) };
  world.jobs.set(name, job);
  return answer(job);
}

export function patchJob(world: World, name: string, query: Query, body: JsonMap): JsonMap {
  const job = found(world, name);
  mustFit(body, fields);
  const mask = (query["updateMask"] ?? "").split(",").filter((path) => path !== "");
  if (mask.length === 0) throw invalid("updateMask", "none is given: every field would be cleared");
  for (const path of mask) if (fields[path] === undefined) throw invalid("updateMask", `no field ${path}`);
  const after = copyOf(job);
  for (const path of mask) after[path] = copyOf(body[path] ?? null);
  mustBeWhole(world, after);
  world.jobs.set(name, after);
  return answer(after);
}

export function resumeJob(world: World, name: string): JsonMap {
  const job = found(world, name);
  if (job["state"] === "ENABLED") throw new Status("FAILED_PRECONDITION", "Job is not paused.");
  job["state"] = "ENABLED";
  return answer(job);
}

export function deleteJob(world: World, name: string): JsonMap {
  found(world, name);
  world.jobs.delete(name);
  return {};
}

function mustBeWhole(world: World, job: JsonMap): void {
  if (!/^(\S+ ){4}\S+$|^every /.test(textOf(job["schedule"])))
    throw invalid("job.schedule", `'${textOf(job["schedule"])}' is no schedule`);
  const deadline = Number.parseFloat(textOf(job["attemptDeadline"]));
  if (deadline < 15 || deadline > 1800) throw invalid("job.attemptDeadline", "is not within 15s and 1800s");
  const target = mapOf(job["httpTarget"]);
  if (!/^https?:/.test(textOf(target["uri"]))) throw invalid("job.httpTarget.uri", "is no address");
  const email = textOf(mapOf(target["oidcToken"])["serviceAccountEmail"]);
  const account = world.accounts.get(email);
  if (account === undefined) throw new Status("NOT_FOUND", `Service account ${email} does not exist.`);
  world.used.add("iam.serviceAccounts.actAs");
  if (!account.actAs || (world.granted !== undefined && !world.granted.has("iam.serviceAccounts.actAs")))
    throw denied("iam.serviceAccounts.actAs", email);
}

/** With what the vendor adds to every call, and in other words for the same durations. */
function answer(job: JsonMap): JsonMap {
  const target = mapOf(job["httpTarget"]);
  const headers = { ...mapOf(target["headers"]), "User-Agent": "Google-Cloud-Scheduler" };
  return copyOf({ ...job, httpTarget: { ...target, headers } });
}

function found(world: World, name: string): JsonMap {
  const job = world.jobs.get(name);
  if (job === undefined) throw new Status("NOT_FOUND", `Job not found: ${name}`);
  return job;
}
