/** What a target's own schedules can keep of five POSIX cron fields. The configuration holds only fields that can be read. */
import type { CronLimit } from "../contract.ts";

export interface CronLoss {
  readonly reason: string;
  /** Schedules that together mean the same. */
  readonly nearest: readonly string[];
}

/** Why a target can't keep the schedule; nothing when it can. POSIX fires when either day field matches, once both are restricted. */
export function cronLoss(cron: string, days: CronLimit["days"]): CronLoss | undefined {
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = cron.trim().split(/\s+/);
  if (days === "or" || isAny(dayOfMonth) || isAny(dayOfWeek)) return undefined;
  return {
    reason:
      days === "one"
        ? "it restricts day of month and day of week, which means either of them; the target takes only one of the two"
        : "it restricts day of month and day of week, which means either of them; the target would want both to match",
    nearest: [`${minute} ${hour} ${dayOfMonth} ${month} *`, `${minute} ${hour} * ${month} ${dayOfWeek}`],
  };
}

function isAny(field: string): boolean {
  return field === "*" || field === "*/1";
}
