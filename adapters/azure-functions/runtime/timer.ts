/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer */
import { scheduleFired, scheduleFiredType } from "fnpkg/runtime";
import type { Registration } from "../translate-bindings.ts";
import { bodyOf, fields, parsed, timeOf } from "./read.ts";
import { attempt, isNative, nativeEvent, type Source, written } from "./records.ts";

const native = "Microsoft.Web.TimerFired";

export const timer: Source = (_call, data, bound, trigger) => [
  attempt(() => {
    const info = fields(parsed(written(bodyOf(data))));
    const scheduledTime = scheduledOf(info, trigger, Date.now());
    const vendorSource = bound.sources.get(trigger.name) ?? "azure:timer";
    if (isNative(native, scheduleFiredType, bound)) {
      const id = `${trigger.name}/${scheduledTime.toISOString()}`;
      return nativeEvent({ id, source: vendorSource, type: native, time: scheduledTime.toISOString(), data: info });
    }
    return scheduleFired({ function: bound.function, trigger: trigger.name, vendorSource, scheduledTime, data: trigger.data });
  }),
];

/** A timer fires within this time of its due. */
const earlyMs = 1000;

/**
 * What is due. While a call runs the status still names it as the next one (azure-webjobs-sdk-extensions, TimerListener.cs); for
 * intervals below a minute the host keeps none, and one that is still to come means a call by hand.
 */
function scheduledOf(info: ReturnType<typeof fields>, { every }: Registration, now: number): Date {
  const status = fields(info["ScheduleStatus"] ?? info["scheduleStatus"]);
  const next = timeOf(status["Next"] ?? status["next"]);
  if (next !== undefined && Date.parse(next) <= now + earlyMs && Date.parse(next) > 0) return new Date(next);
  const step = every !== undefined && every < 60 ? every * 1000 : 1000;
  return new Date(Math.floor((now + earlyMs / 2) / step) * step);
}
