/** Calls of Cloud Scheduler; when one came due is in a header of its own. */
import { scheduleFired } from "fnpkg/runtime";
import type { ScheduleCall } from "../translate-schedule.ts";
import type { Bound, Found, Posted } from "./found.ts";
import { type Fields, text, timeOf } from "./read.ts";

const service = "//cloudscheduler.googleapis.com/";

export function schedule(call: Fields, { headers }: Posted, bound: Bound): Found | undefined {
  const { fnpkg, trigger: name, data } = call as Partial<ScheduleCall>;
  const trigger = text(name);
  if (fnpkg !== "schedule" || trigger === undefined) return undefined;
  const job = [...bound.triggers].find(([, bound]) => bound === trigger)?.[0] ?? `jobs/${trigger}`;
  // Not there when someone runs the job by hand.
  const due = timeOf(headers.find(([header]) => header.toLowerCase() === "x-cloudscheduler-scheduletime")?.[1]);
  const scheduledTime = due === undefined ? new Date() : new Date(due);
  return {
    trigger,
    event: () => scheduleFired({ function: bound.function, trigger, vendorSource: `${service}${job}`, scheduledTime, data }),
  };
}
