import { Cron } from "croner";
import { describe, expect, test } from "vitest";
import { awsCron, awsRate } from "../../../adapters/aws-lambda/translate-cron.ts";

test.each([
  ["*/5 * * * *", "cron(0/5 * * * ? *)"],
  ["0 6 * * *", "cron(0 6 * * ? *)"],
  ["0 0 1 1 *", "cron(0 0 1 1 ? *)"],
  ["30 8-17 * * 1-5", "cron(30 8-17 ? * 2-6 *)"],
  ["0 0 * * 0", "cron(0 0 ? * 1 *)"],
  ["0 0 * * 7", "cron(0 0 ? * 1 *)"],
  ["0 0 * * SUN,sat", "cron(0 0 ? * 1,7 *)"],
  ["0 0 * * 5-7", "cron(0 0 ? * 1,6,7 *)"],
  ["0 0 * * */2", "cron(0 0 ? * 1,3,5,7 *)"],
  ["0 0 * * 0-7", "cron(0 0 ? * 1-7 *)"],
  ["0 0 */2 * *", "cron(0 0 1/2 * ? *)"],
  ["10-30/5 0 * JAN-mar *", "cron(10,15,20,25,30 0 * 1-3 ? *)"],
  ["*/1 */1 */1 */1 */1", "cron(* * * * ? *)"],
  ["0,1,2,10 0 31 */3 *", "cron(0-2,10 0 31 1/3 ? *)"],
])("%s is %s", (posix, aws) => {
  expect(awsCron(posix)).toBe(aws);
});

test.each([
  [60, "rate(1 minute)"],
  [300, "rate(5 minutes)"],
  [86_400, "rate(1440 minutes)"],
])("every %i s is %s", (seconds, rate) => {
  expect(awsRate(seconds)).toBe(rate);
});

/** Reads AWS's six fields by the words of its documentation; another way than they were written. */
function awsMatches(expression: string, at: Date): boolean {
  const [minutes = "", hours = "", day = "", month = "", week = "", year = ""] = expression.slice(5, -1).split(" ");
  const inField = (field: string, value: number, max: number): boolean =>
    field === "*" ||
    field === "?" ||
    field.split(",").some((item) => {
      const [from = "", step] = item.split("/");
      if (step !== undefined) return value >= Number(from) && (value - Number(from)) % Number(step) === 0 && value <= max;
      const [low, high = low] = from.split("-").map(Number);
      return value >= (low ?? 0) && value <= (high ?? 0);
    });
  return (
    [day, week].filter((field) => field === "?").length === 1 &&
    year === "*" &&
    inField(minutes, at.getUTCMinutes(), 59) &&
    inField(hours, at.getUTCHours(), 23) &&
    inField(day, at.getUTCDate(), 31) &&
    inField(month, at.getUTCMonth() + 1, 12) &&
    inField(week, at.getUTCDay() + 1, 7)
  );
}

describe("fires exactly when the five fields do", () => {
  const fields = [
    "*/7 */5 */3 * *",
    "3,50-59 0-6/2 * 2,11 *",
    "0 0 29 2 *",
    "15 12 * */4 1,3-5",
    "*/15 23 * * 6-7",
    "59 23 31 12 *",
  ];
  test.each(fields)("%s", (posix) => {
    const aws = awsCron(posix);
    expect(aws.length).toBeLessThanOrEqual(256);
    const job = new Cron(posix, { timezone: "UTC", paused: true });
    let next = new Date("2027-12-01T00:00:00Z");
    for (let count = 0; count < 60; count++) {
      const fired = job.nextRun(next);
      if (fired === null) break;
      expect(awsMatches(aws, fired), fired.toISOString()).toBe(true);
      // The minute before fires for both or for neither.
      const before = new Date(fired.getTime() - 60_000);
      expect(awsMatches(aws, before), before.toISOString()).toBe(job.match(before));
      next = fired;
    }
  });
});
