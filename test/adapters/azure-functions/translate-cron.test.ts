import { expect, test } from "vitest";
import { everyNcrontab, ncrontab } from "../../../adapters/azure-functions/translate-cron.ts";

test.each([
  ["* * * * *", "0 * * * * *"],
  ["*/5 8-17 * * MON-FRI", "0 */5 8-17 * * 1-5"],
  ["0 3 * * 7", "0 0 3 * * 0"],
  ["0 3 * * 5-7", "0 0 3 * * 0,5,6"],
  ["0 3 * * sun,wed", "0 0 3 * * 0,3"],
  ["15,45 */6 1 jan-mar *", "0 15,45 */6 1 1-3 *"],
  ["10-40/10 0 */2 * *", "0 10,20,30,40 0 */2 * *"],
  ["*/1 */1 */1 */1 */1", "0 * * * * *"],
  ["0 0 * * */2", "0 0 0 * * 0,2,4,6"],
])("%s is %s", (cron, expected) => {
  expect(ncrontab(cron)).toBe(expected);
});

test.each([
  [1, "* * * * * *"],
  [15, "*/15 * * * * *"],
  [60, "0 * * * * *"],
  [300, "0 */5 * * * *"],
  [3600, "0 0 * * * *"],
  [43_200, "0 0 */12 * * *"],
  [86_400, "0 0 0 * * *"],
])("every %d seconds is %s", (seconds, expected) => {
  expect(everyNcrontab(seconds)).toBe(expected);
});
