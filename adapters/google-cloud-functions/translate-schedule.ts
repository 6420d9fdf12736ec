/** A job of Cloud Scheduler that calls the function by http. */
import { markText, type Resolved, type Resource, type ScheduleTrigger } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, type JobProps, kinds } from "./resources.ts";
import { googleCron, googleEvery } from "./translate-cron.ts";
import { callingAccount, jobName, serviceUri } from "./translate-names.ts";

/** The body of the call; the entry file knows it by `fnpkg`. When it came due is in a header that Scheduler adds. */
export interface ScheduleCall {
  readonly fnpkg: "schedule";
  readonly trigger: string;
  readonly data?: unknown;
}

export function schedule(config: Resolved<Section>, trigger: ScheduleTrigger, packageName: string): Resource<string, JobProps> {
  const id = ids.trigger(trigger.name);
  const props: JobProps = {
    name: jobName(config, trigger.name),
    description: markText({ deployment: config.deployment, package: packageName, resource: id }),
    schedule: trigger.cron === undefined ? googleEvery(trigger.everySeconds ?? 60) : googleCron(trigger.cron),
    // An interval has no zone: a change to summer time would stretch or skip one.
    timeZone: trigger.cron === undefined ? "UTC" : trigger.timezone,
    // 15 s is the least (https://docs.cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs).
    attemptDeadline: `${Math.max(15, config.timeoutSeconds)}s`,
    // The vendor's own defaults: a call that failed is not tried again.
    retryConfig: {
      retryCount: 0,
      maxRetryDuration: "0s",
      minBackoffDuration: "5s",
      maxBackoffDuration: "3600s",
      maxDoublings: 5,
    },
    httpTarget: {
      uri: serviceUri,
      httpMethod: "POST",
      headers: { "Content-Type": "application/json" },
      body: base64(callOf(trigger)),
      // The limits hold that there is an account.
      oidcToken: { serviceAccountEmail: callingAccount(config) ?? "", audience: serviceUri },
    },
  };
  return { kind: kinds.job, id, props, needs: [ids.invokers] };
}

function callOf({ name, data }: ScheduleTrigger): ScheduleCall {
  return { fnpkg: "schedule", trigger: name, ...(data === undefined ? {} : { data }) };
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}
