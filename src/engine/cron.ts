/** What a target's own schedules can keep of five POSIX cron fields. Fields that can't be read are the configuration's own problem. */
import type { CronLimit } from "../contract.ts";

export interface CronLoss {
  readonly reason: string;
  /** Schedules that together mean the same. */
  readonly nearest: readonly string[];
}

/** Why a target can't keep the schedule; nothing when it can. POSIX fires when either day field matches, once both are restricted. */
export function cronLoss(cron: string, days: CronLimit["days"]): CronLoss | undefined {
  const fields = cron.trim().split(/\s+/);
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = fields;
  if (fields.length !== 5 || days === "or" || isAny(dayOfMonth) || isAny(dayOfWeek)) return undefined;
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
