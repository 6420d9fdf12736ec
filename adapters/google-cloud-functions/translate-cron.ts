/**
 * Five POSIX fields as Cloud Scheduler has them, which are the same but for names in capitals and Sunday, which is 0 here
 * (https://docs.cloud.google.com/scheduler/docs/configuring/cron-job-schedules). Both day fields count as POSIX has it.
 */

const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** The configuration's schema has read the fields. */
export function googleCron(cron: string): string {
  const [minute = "*", hour = "*", dayOfMonth = "*", month = "*", dayOfWeek = "*"] = cron
    .trim()
    .toUpperCase()
    .split(/[ \t]+/);
  return `${minute} ${hour} ${dayOfMonth} ${month} ${weekdays(dayOfWeek)}`;
}

/** An interval that the limits take: minutes that divide an hour, or hours that divide a day. */
export function googleEvery(seconds: number): string {
  const minutes = seconds / 60;
  if (minutes === 1) return "* * * * *";
  if (minutes < 60) return `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (hours === 1) return "0 * * * *";
  return hours < 24 ? `0 */${hours} * * *` : "0 0 * * *";
}

/** Lists and ranges as single days, since a range may end in 7. */
function weekdays(text: string): string {
  if (text.startsWith("*")) return text;
  const found = text.split(",").flatMap((item) => {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to = from] = range.split("-");
    const values: number[] = [];
    for (let day = numberOf(from); day <= numberOf(to); day += Number(step)) values.push(day % 7);
    return values;
  });
  return [...new Set(found)].toSorted((a, b) => a - b).join(",");
}

function numberOf(text: string): number {
  const index = days.indexOf(text);
  return index < 0 ? Number(text) : index;
}
