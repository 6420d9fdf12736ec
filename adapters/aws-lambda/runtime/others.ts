/** Events that come as a whole: schedules, EventBridge, a CloudEvent from an invocation, and whatever else calls. */
import { type CloudEvent, eventFromJson, scheduleFired, scheduleFiredType } from "fnpkg/runtime";
import type { ScheduleInput } from "../translate-schedule.ts";
import { type Fields, fields, text } from "./read.ts";
import { type Bound, isNative, nativeEvent, type Source, timeOf } from "./records.ts";

/** The event, of whatever kind; `arn` and `id` are the invocation's. */
export function single(event: unknown, bound: Bound, { arn, id }: { readonly arn: string; readonly id: string }): CloudEvent {
  const given = fields(event);
  if (given["fnpkg"] === "schedule") return fired(given, bound, arn);
  if (typeof given["specversion"] === "string") return eventFromJson(event);
  if (typeof given["detail-type"] === "string" && typeof given["source"] === "string") return bridged(given, id);
  return nativeEvent({ id, source: arn, type: "com.amazonaws.lambda.invoke", data: event });
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function fired(given: Partial<ScheduleInput>, bound: Bound, arn: string): CloudEvent {
  const scheduledTime = timeOf(given.scheduledTime);
  const trigger = text(given.trigger);
  if (scheduledTime === undefined || trigger === undefined) throw new TypeError("a schedule called without its time or its name");
  const vendorSource = text(given.schedule) ?? arn;
  const native = "com.amazonaws.scheduler.fired";
  if (isNative(native, scheduleFiredType, bound)) {
    return nativeEvent({
      id: `${trigger}/${scheduledTime}`,
      source: vendorSource,
      type: native,
      time: scheduledTime,
      data: given,
    });
  }
  return scheduleFired({
    function: bound.function,
    trigger,
    vendorSource,
    scheduledTime: new Date(scheduledTime),
    data: given.data,
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
function bridged(given: Fields, id: string): CloudEvent {
  return nativeEvent({
    id: text(given["id"]) ?? id,
    source: text(given["source"]) ?? "aws.events",
    type: `com.amazonaws.events.${String(given["detail-type"])}`,
    time: timeOf(given["time"]),
    data: given,
  });
}

/** A record of a service that no trigger is for. */
export const unknown: Source = {
  convert(record, _bound, index) {
    const service = (text(record["eventSource"]) ?? text(record["EventSource"]) ?? "aws:unknown").replace(/^aws:/, "");
    return nativeEvent({
      id: text(record["eventID"]) ?? text(record["eventId"]) ?? String(index),
      source: text(record["eventSourceARN"]) ?? `aws:${service}`,
      type: `com.amazonaws.${service}.${text(record["eventName"]) ?? "record"}`,
      time: timeOf(record["eventTime"]),
      data: record,
    });
  },
};
