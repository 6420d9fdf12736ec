/** A job of Cloud Scheduler. Has no labels: its description carries the mark. */
import { canonical, type Json, type Lifecycle, type Live, readMark } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { JobJson } from "../client-api.ts";
import { GoogleError, ifThere, isExisting } from "../errors.ts";
import { type JobProps, kinds } from "../resources.ts";
import { type Context, enumName, known, noOutputs, pages, said, texts } from "./shared.ts";

const methods = ["", "POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"];
const jobStates = ["", "ENABLED", "PAUSED", "DISABLED", "UPDATE_FAILED"];
/** Fields that are written one by one; the target whole. */
const fields = ["description", "schedule", "timeZone", "attemptDeadline", "retryConfig", "httpTarget"] as const;

export const jobLifecycle: Lifecycle<JobProps, GoogleClient> = {
  after: [kinds.function, kinds.service, kinds.invokers],
  fixed: ["name"],
  permissions: {
    read: ["cloudscheduler.jobs.get", "cloudscheduler.jobs.list"],
    create: ["cloudscheduler.jobs.create", "iam.serviceAccounts.actAs"],
    update: ["cloudscheduler.jobs.enable", "cloudscheduler.jobs.update", "iam.serviceAccounts.actAs"],
    delete: ["cloudscheduler.jobs.delete"],
  },

  async find(cx) {
    const found = await jobs(cx);
    return found.flatMap((job) => {
      const live = liveOf(job);
      return live.mark?.deployment === cx.deployment ? [{ id: live.mark.resource, live }] : [];
    });
  },

  async read(cx, _id, props) {
    const found = await ifThere(cx.client.scheduler.getJob(props.name, cx));
    return found === undefined ? undefined : liveOf(found, props);
  },

  async create(cx, id, props) {
    const parent = props.name.slice(0, props.name.lastIndexOf("/jobs/"));
    try {
      await cx.client.scheduler.createJob(parent, bodyOf(props), cx);
    } catch (cause) {
      // The answer to an earlier one was lost; another's is the engine's to refuse.
      const found = isExisting(cause) ? await cx.client.scheduler.getJob(props.name, cx) : undefined;
      if (found === undefined || canonical(readMark(found.description)) !== canonical(readMark(props.description))) throw cause;
      await this.update?.(cx, id, props, liveOf(found, props));
    }
    return noOutputs;
  },

  async update(cx, _id, props, live) {
    const mask = fields.filter((field) => canonical(live.props[field] ?? null) !== canonical(props[field] as Json));
    if (mask.length > 0) {
      const body = bodyOf(props);
      await cx.client.scheduler.patchJob(
        props.name,
        { name: props.name, ...Object.fromEntries(mask.map((field) => [field, body[field]])) },
        mask,
        cx,
      );
    }
    if (live.state !== "ready") await cx.client.scheduler.resumeJob(props.name, cx);
    return noOutputs;
  },

  async delete(cx, _id, { props: { name } }) {
    if (name !== undefined) await ifThere(cx.client.scheduler.deleteJob(name, cx));
  },
};

/** All of the region; none where the project doesn't use the API. */
async function jobs(cx: Context): Promise<readonly JobJson[]> {
  try {
    return (await ifThere(pages((token) => cx.client.scheduler.listJobs(cx.client.parent, token, cx)))) ?? [];
  } catch (cause) {
    if (cause instanceof GoogleError && cause.reason === "SERVICE_DISABLED") return [];
    throw cause;
  }
}

function bodyOf(props: JobProps): JobJson {
  const { name, description, schedule, timeZone, attemptDeadline, retryConfig, httpTarget } = props;
  const { oidcToken } = httpTarget;
  return {
    name,
    description,
    schedule,
    timeZone,
    attemptDeadline,
    retryConfig: { ...retryConfig },
    httpTarget: {
      httpMethod: httpTarget.httpMethod,
      headers: httpTarget.headers,
      body: httpTarget.body,
      uri: known(httpTarget.uri, "the job's address"),
      oidcToken: {
        serviceAccountEmail: oidcToken.serviceAccountEmail,
        audience: known(oidcToken.audience, "the job's audience"),
      },
    },
  };
}

function liveOf(job: JobJson, wanted?: JobProps): Live<JobProps> {
  const { retryConfig = {}, httpTarget } = job;
  const state = enumName(job.state, jobStates) ?? "ENABLED";
  const props: { [key in keyof JobProps]: unknown } = {
    name: job.name ?? "",
    description: job.description ?? "",
    schedule: job.schedule ?? "",
    timeZone: job.timeZone ?? "UTC",
    attemptDeadline: duration(job.attemptDeadline, "180s"),
    retryConfig: {
      retryCount: Number(retryConfig["retryCount"] ?? 0),
      // Scheduler's own defaults, where it answers none (google/cloud/scheduler/v1/job.proto).
      maxRetryDuration: duration(retryConfig["maxRetryDuration"], "0s"),
      minBackoffDuration: duration(retryConfig["minBackoffDuration"], "5s"),
      maxBackoffDuration: duration(retryConfig["maxBackoffDuration"], "3600s"),
      maxDoublings: Number(retryConfig["maxDoublings"] ?? 5),
    },
    httpTarget: {
      uri: httpTarget?.uri ?? "",
      httpMethod: enumName(httpTarget?.httpMethod, methods) ?? "POST",
      headers: headersOf(texts(httpTarget?.headers), wanted),
      body: httpTarget?.body ?? "",
      oidcToken: {
        serviceAccountEmail: httpTarget?.oidcToken?.serviceAccountEmail ?? "",
        audience: said(httpTarget?.oidcToken?.audience) ?? httpTarget?.uri ?? "",
      },
    },
  };
  return {
    props: props as Partial<JobProps>,
    outputs: noOutputs,
    mark: readMark(job.description),
    state: state === "ENABLED" ? "ready" : state,
  };
}

/** Under the names that are wanted; without what Scheduler adds. */
function headersOf(live: Record<string, string>, wanted: JobProps | undefined): Record<string, string> {
  const names = new Map(Object.keys(wanted?.httpTarget.headers ?? {}).map((name) => [name.toLowerCase(), name]));
  const entries = Object.entries(live).flatMap(([name, value]): [string, string][] => {
    const asked = names.get(name.toLowerCase());
    if (asked !== undefined) return [[asked, value]];
    return /^(user-agent|content-length|host|x-cloudscheduler.*|x-google.*|x-appengine.*)$/i.test(name) ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** `3.500s` and `3.5s` are the same. */
function duration(value: unknown, otherwise: string): string {
  const seconds = Number.parseFloat(typeof value === "string" ? value : otherwise);
  return `${seconds}s`;
}
