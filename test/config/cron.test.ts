import { describe, expect, test } from "vitest";
import { brief, codes, events, HEAD, manifest, resolve } from "./setup.ts";

const schedule = (keys: string) =>
  resolve(`${HEAD}triggers: [{ name: tick, type: schedule, ${keys} }]\n`, {
    manifest: manifest({}, { signature: events("dev.fnpkg.schedule.fired.v1") }),
  });

describe("cron", () => {
  test.each([
    "* * * * *",
    "*/5 * * * *",
    "0 0 1 1 *",
    "0-30/10,45 8-18 * * MON-FRI",
    "0 0 * jan,DEC sun",
    "0 0 * * 0",
    "0 0 * * 7",
    "0 0 * * 5-7",
    "0 0 29 2 *",
    "0 0 31 2 1",
    "59 23 31 12 6",
    "0 0 13 * 5",
    "00 08 * * *",
  ])("%s is kept", async (cron) => {
    const { resolved, problems } = await schedule(`cron: "${cron}"`);
    expect(problems).toEqual([]);
    expect(resolved?.triggers).toEqual([{ type: "schedule", name: "tick", cron, timezone: "UTC" }]);
  });
  test.each([
    "",
    "* * * *",
    "* * * * * *",
    "0 * * * * ?",
    "@daily",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 0 *",
    "* * * 13 *",
    "* * * * 8",
    "*/0 * * * *",
    "*/60 * * * *",
    "5/10 * * * *",
    "30-10 * * * *",
    "* * * * FRI-MON",
    "* * L * *",
    "* * ? * *",
    "* * 15W * *",
    "* * * * 1#2",
    "* * * FOO *",
    "MON * * * *",
    "1,,2 * * * *",
    ", * * * *",
    "-1 * * * *",
    "1- * * * *",
    "1.5 * * * *",
    "0 0 31 2 *",
    "0 0 30,31 2 *",
    "0 0 31 4,6,9,11 *",
  ])("%j is E_CRON", async (cron) => {
    const { problems } = await schedule(`cron: "${cron}"`);
    expect(cron === "" ? ["E_CRON"] : codes(problems)).toEqual(["E_CRON"]);
    expect(problems).toHaveLength(1);
  });
  test("both, neither", async () => {
    expect(brief((await schedule('cron: "* * * * *", every: 5m')).problems)).toEqual(["E_CRON /triggers/0/every:5"]);
    expect(brief((await schedule("data: {}")).problems)).toEqual(["E_CRON /triggers/0/cron:5"]);
  });
  test("every", async () => {
    expect((await schedule("every: 5m, data: { a: [1, null] }")).resolved?.triggers).toEqual([
      { type: "schedule", name: "tick", everySeconds: 300, timezone: "UTC", data: { a: [1, null] } },
    ]);
    for (const every of ["0s", "5", "1h", "-1m"])
      expect(codes((await schedule(`every: "${every}"`)).problems), every).toEqual(["E_SCHEMA"]);
  });
});

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Etc/GMT+1"])("%s", async (zone) => {
    expect((await schedule(`every: 5m, timezone: ${zone}`)).problems).toEqual([]);
  });
  test.each(["Europe/Berlln", "europe/berlin", "+01:00", "Mars/Olympus", "utc", "GMT+1 "])("%j is E_TIMEZONE", async (zone) => {
    expect(codes((await schedule(`every: 5m, timezone: "${zone}"`)).problems)).toEqual(["E_TIMEZONE"]);
  });
  test("the right writing is offered", async () => {
    expect((await schedule("every: 5m, timezone: Europe/Berln")).problems[0]?.message).toContain('did you mean "Europe/Berlin"?');
    expect((await schedule("every: 5m, timezone: europe/berlin")).problems[0]?.message).toContain('"Europe/Berlin"');
  });
});
