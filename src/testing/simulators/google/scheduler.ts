/** cloudscheduler.googleapis.com/v1. */
import { type Fields, mustFit } from "./shapes.ts";
import { mustAct } from "./accounts.ts";
import { GoogleStatus, invalid } from "./status.ts";
import { allSeen, type JsonMap, mapOf, now, paged, type Query, remember, seen, textOf, type World } from "./world.ts";

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
  const job = seen(world, "jobs", name, world.lags.job);
  if (job === undefined) throw missing(name);
  return answer(job);
}

export function listJobs(world: World, parent: string, query: Query): JsonMap {
  return paged("jobs", allSeen(world, "jobs", `${parent}/jobs/`, world.lags.list).map(answer), query);
}

export function createJob(world: World, parent: string, body: JsonMap): JsonMap {
  mustFit(body, fields);
  const name = textOf(body["name"]);
  if (!name.startsWith(`${parent}/jobs/`)) throw invalid("job.name", "is not of the parent");
  if (world.jobs.has(name)) throw new GoogleStatus("ALREADY_EXISTS", `Job ${name} already exists.`);
  mustBeWhole(world, body);
  const job = { ...body, state: "ENABLED", userUpdateTime: now(world) };
  remember(world, "jobs", name);
  world.jobs.set(name, job);
  return answer(job);
}

export function patchJob(world: World, name: string, query: Query, body: JsonMap): JsonMap {
  const job = found(world, name);
  mustFit(body, fields);
  const mask = (query["updateMask"] ?? "").split(",").filter((path) => path !== "");
  if (mask.length === 0) throw invalid("updateMask", "none is given: every field would be cleared");
  for (const path of mask) if (fields[path] === undefined) throw invalid("updateMask", `no field ${path}`);
  const after: JsonMap = { ...job, userUpdateTime: now(world) };
  for (const path of mask) after[path] = body[path] ?? null;
  mustBeWhole(world, after);
  remember(world, "jobs", name);
  world.jobs.set(name, after);
  return answer(after);
}

export function resumeJob(world: World, name: string): JsonMap {
  const job = found(world, name);
  if (job["state"] === "ENABLED") throw new GoogleStatus("FAILED_PRECONDITION", "Job is not paused.");
  remember(world, "jobs", name);
  job["state"] = "ENABLED";
  return answer(job);
}

export function deleteJob(world: World, name: string): JsonMap {
  found(world, name);
  remember(world, "jobs", name);
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
  if (email === "") throw invalid("job.httpTarget.oidcToken.serviceAccountEmail", "is empty");
  mustAct(world, email);
}

/** With what the vendor adds to every call, and in other words for the same durations. */
function answer(job: JsonMap): JsonMap {
  const target = mapOf(job["httpTarget"]);
  const headers = { ...mapOf(target["headers"]), "User-Agent": "Google-Cloud-Scheduler" };
  return { ...job, httpTarget: { ...target, headers } };
}

function found(world: World, name: string): JsonMap {
  const job = world.jobs.get(name);
  if (job === undefined) throw missing(name);
  return job;
}

function missing(name: string): GoogleStatus {
  return new GoogleStatus("NOT_FOUND", `Job not found: ${name}`);
}
