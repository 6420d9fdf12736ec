/** A schedule of EventBridge Scheduler. */
import type { Resolved, Resource, ScheduleTrigger } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { ids, kinds, type ScheduleProps } from "./resources.ts";
import { awsCron, awsRate } from "./translate-cron.ts";
import { aliasArn, fit, getAtt } from "./translate-names.ts";

/** What Scheduler hands to the function; the entry file knows it by `fnpkg`. */
export interface ScheduleInput {
  readonly fnpkg: "schedule";
  readonly trigger: string;
  /** RFC 3339, the same when a call is tried again. */
  readonly scheduledTime: string;
  /** Of this attempt. */
  readonly execution: string;
  /** The schedule's ARN. */
  readonly schedule: string;
  readonly data?: unknown;
}

export function schedule(
  config: Resolved<Section>,
  trigger: ScheduleTrigger,
  mark: (id: string) => string,
): Resource<string, ScheduleProps> {
  const { section, deployment } = config;
  const id = ids.trigger(trigger.name);
  const props: ScheduleProps = {
    Name: fit(`${deployment}--${trigger.name}`, 64),
    GroupName: "default",
    Description: mark(id),
    State: "ENABLED",
    ScheduleExpression: trigger.cron === undefined ? awsRate(trigger.everySeconds ?? 60) : awsCron(trigger.cron),
    ScheduleExpressionTimezone: trigger.timezone,
    FlexibleTimeWindow: { Mode: "OFF" },
    StartDate: null,
    EndDate: null,
    KmsKeyArn: null,
    Target: {
      Arn: aliasArn,
      RoleArn: section.createRole ? getAtt(ids.schedulerRole, "Arn") : (section.schedulerRole ?? ""),
      Input: input(trigger),
      // The vendor's defaults, said because an update that leaves them out would reset them anyway.
      RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
      DeadLetterConfig: null,
    },
  };
  return { kind: kinds.schedule, id, props };
}

/**
 * JSON with the placeholders that Scheduler fills in
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html). In the configuration's own
 * data "<" is escaped, so that a text there is never taken for one.
 */
function input({ name, data }: ScheduleTrigger): string {
  const around: ScheduleInput = {
    fnpkg: "schedule",
    trigger: name,
    scheduledTime: "<aws.scheduler.scheduled-time>",
    execution: "<aws.scheduler.execution-id>",
    schedule: "<aws.scheduler.schedule-arn>",
  };
  const text = JSON.stringify(around);
  if (data === undefined) return text;
  return `${text.slice(0, -1)},"data":${JSON.stringify(data).replaceAll("<", "\\u003c")}}`;
}
