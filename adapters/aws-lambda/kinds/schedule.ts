/** A schedule of EventBridge Scheduler. Has no tags: its description carries the mark. */
import type { GetScheduleCommandOutput, UpdateScheduleCommandInput } from "@aws-sdk/client-scheduler";
import { type Lifecycle, type Live, readMark } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { kinds, type ScheduleProps } from "../resources.ts";
import { uses } from "./services.ts";
import { type Context, given, known, noOutputs, pages } from "./shared.ts";

type Found = Omit<GetScheduleCommandOutput, "$metadata">;

/** Names are cut to 64 characters and end in a digest then; this much of them is always there. */
const uncut = 55;

export const scheduleLifecycle: Lifecycle<ScheduleProps, AwsClient> = {
  fixed: ["Name", "GroupName"],
  after: [kinds.alias, kinds.role],
  permissions: {
    read: ["lambda:GetFunction", "scheduler:GetSchedule", "scheduler:ListSchedules"],
    create: ["iam:PassRole", "scheduler:CreateSchedule"],
    update: ["iam:PassRole", "scheduler:GetSchedule", "scheduler:UpdateSchedule"],
    delete: ["scheduler:DeleteSchedule"],
  },

  async find(cx) {
    if (!(await uses(cx, "scheduler"))) return [];
    const NamePrefix = `${cx.deployment}--`.slice(0, uncut);
    const listed = await pages(
      (NextToken) => cx.client.scheduler.listSchedules({ NamePrefix, ...(NextToken === undefined ? {} : { NextToken }) }, cx),
      ({ Schedules, NextToken }) => ({ items: Schedules, next: NextToken }),
    );
    const found = await Promise.all(
      listed.map(({ Name, GroupName }) => look(cx, { Name: Name ?? "", GroupName: GroupName ?? "default" })),
    );
    return found.flatMap((live) => (live?.mark?.deployment === cx.deployment ? [{ id: live.mark.resource, live }] : []));
  },

  read: (cx, _id, { Name, GroupName }) => look(cx, { Name, GroupName }),

  async create(cx, _id, props) {
    await cx.client.scheduler.createSchedule(settings(props), cx);
    return noOutputs;
  },

  /** Replaces the whole; what fnpkg does not manage stays as it was. */
  async update(cx, _id, props) {
    const { Name, GroupName } = props;
    const { ActionAfterCompletion } = await cx.client.scheduler.getSchedule({ Name, GroupName }, cx);
    await cx.client.scheduler.updateSchedule({ ...settings(props), ...given({ ActionAfterCompletion }) }, cx);
    return noOutputs;
  },

  async delete(cx, _id, { props: { Name, GroupName } }) {
    if (Name === undefined) return;
    await ifThere(cx.client.scheduler.deleteSchedule({ Name, ...given({ GroupName }) }, cx));
  },
};

function settings(props: ScheduleProps): UpdateScheduleCommandInput {
  const { Target, StartDate, EndDate, KmsKeyArn } = props;
  return {
    Name: props.Name,
    GroupName: props.GroupName,
    Description: props.Description,
    State: props.State,
    ScheduleExpression: props.ScheduleExpression,
    ScheduleExpressionTimezone: props.ScheduleExpressionTimezone,
    FlexibleTimeWindow: { ...props.FlexibleTimeWindow },
    ...(StartDate === null ? {} : { StartDate: new Date(StartDate) }),
    ...(EndDate === null ? {} : { EndDate: new Date(EndDate) }),
    ...given({ KmsKeyArn }),
    Target: {
      Arn: known(Target.Arn, "the schedule's function"),
      RoleArn: known(Target.RoleArn, "the schedule's role"),
      Input: Target.Input,
      RetryPolicy: { ...Target.RetryPolicy },
      ...(Target.DeadLetterConfig === null ? {} : { DeadLetterConfig: { ...Target.DeadLetterConfig } }),
    },
  };
}

async function look(
  cx: Context,
  at: { readonly Name: string; readonly GroupName: string },
): Promise<Live<ScheduleProps> | undefined> {
  const found = await ifThere(cx.client.scheduler.getSchedule({ ...at }, cx));
  if (found === undefined) return undefined;
  return { props: propsOf(found, at), outputs: noOutputs, mark: readMark(found.Description), state: "ready" };
}

function propsOf(
  found: Found,
  { Name, GroupName }: { readonly Name: string; readonly GroupName: string },
): Partial<ScheduleProps> {
  const { Target, FlexibleTimeWindow } = found;
  const deadLetter = Target?.DeadLetterConfig?.Arn;
  const props = {
    Name,
    GroupName,
    Description: found.Description ?? "",
    State: found.State ?? "ENABLED",
    ScheduleExpression: found.ScheduleExpression ?? "",
    ScheduleExpressionTimezone: found.ScheduleExpressionTimezone ?? "UTC",
    FlexibleTimeWindow: { Mode: FlexibleTimeWindow?.Mode ?? "OFF" },
    StartDate: found.StartDate?.toISOString() ?? null,
    EndDate: found.EndDate?.toISOString() ?? null,
    KmsKeyArn: found.KmsKeyArn ?? null,
    Target: {
      Arn: Target?.Arn ?? "",
      RoleArn: Target?.RoleArn ?? "",
      Input: Target?.Input ?? "",
      // Scheduler's own defaults, where it answers none.
      RetryPolicy: {
        MaximumRetryAttempts: Target?.RetryPolicy?.MaximumRetryAttempts ?? 185,
        MaximumEventAgeInSeconds: Target?.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
      },
      DeadLetterConfig: deadLetter === undefined || deadLetter === "" ? null : { Arn: deadLetter },
    },
  };
  return props as Partial<ScheduleProps>;
}
