import { describe, expect, test } from "vitest";
import type { Limit, When } from "fnpkg/adapter";
import { cronLoss } from "../../src/engine/cron.ts";
import type { Fact, FactSet } from "../../src/engine/fact.ts";
import { evaluate, holds, unknownFields } from "../../src/engine/limits.ts";
import { nearestOf, outsideOf, takenBy } from "../../src/engine/limit-values.ts";

const base = { id: "row", field: "memory", source: "https://vendor.example", checked: "2026-11-22" } as const;
const fact = (field: string, value: Fact["value"], scope = ""): Fact => ({ field, value, scope, pointer: `/${field}` });
const set: FactSet = {
  signature: "cloudevent",
  triggers: new Map([
    ["jobs", "queue"],
    ["tick", "schedule"],
  ]),
  facts: [
    fact("memory", 512),
    fact("profile", "nodejs"),
    fact("batch.size", 11, "jobs"),
    fact("ordered", true, "jobs"),
    fact("queue.source", "arn:q", "jobs"),
  ],
};

describe("conditions", () => {
  test.each<[string, When, string, boolean]>([
    ["no condition", {}, "", true],
    ["the signature", { signature: "http" }, "", false],
    ["a function's fact: one trigger is of the type", { trigger: "queue" }, "", true],
    ["a function's fact: no trigger is of the type", { trigger: ["http", "topic"] }, "", false],
    ["a trigger's fact: its own type", { trigger: "queue" }, "jobs", true],
    ["a trigger's fact: another's type", { trigger: "queue" }, "tick", false],
    ["a number within", { fact: { field: "memory", min: 512, max: 512 } }, "", true],
    ["a number below", { fact: { field: "memory", min: 513 } }, "", false],
    ["a number above", { fact: { field: "memory", max: 511 } }, "", false],
    ["one of", { fact: { field: "profile", is: ["java"] } }, "", false],
    ["a text that matches", { fact: { field: "queue.source", matches: /^arn/ } }, "jobs", true],
    ["absent, and it is", { fact: { field: "cpu", absent: true } }, "", true],
    ["absent, and it is there", { fact: { field: "memory", absent: true } }, "", false],
    ["there", { fact: { field: "memory" } }, "jobs", true],
    ["a function's row sees the triggers' facts", { fact: { field: "ordered", is: [true] } }, "", true],
    ["a trigger's row sees no other trigger's", { fact: { field: "ordered", is: [true] } }, "tick", false],
    ["all of several", { fact: [{ field: "memory" }, { field: "cpu" }] }, "", false],
  ])("%s", (_, when, scope, expected) => {
    expect(holds(when, { scope }, set)).toBe(expected);
  });
});

describe("values", () => {
  test.each<[Limit, number | string, unknown[]]>([
    [{ ...base, type: "range", min: 128, max: 1024 }, 127, [128]],
    [{ ...base, type: "range", min: 128, max: 1024 }, 1025, [1024]],
    [{ ...base, type: "range", min: 0, max: 1000, step: 60 }, 90, [60, 120]],
    [{ ...base, type: "range", min: 60, step: 60 }, 59, [60]],
    [{ ...base, type: "range", min: 0, max: 100, step: 60 }, 101, [60]],
    [{ ...base, type: "range", min: 0, max: 100, step: 60 }, 70, [60]],
    [{ ...base, type: "range", min: 0.08, max: 1, step: 0.001 }, 0.0805, [0.08, 0.081]],
    [{ ...base, type: "range", min: 1, max: 2 }, Number.NaN, [1, 2]],
    [{ ...base, type: "choice", values: [512, 2048, 4096] }, 1024, [512, 2048]],
    [{ ...base, type: "choice", values: [512, 2048, 4096] }, 8192, [4096]],
    [{ ...base, type: "choice", values: ["GET", "POST"] }, "PSOT", ["POST"]],
    [{ ...base, type: "choice", values: ["UTC", "Etc/UTC"] }, "Europe/Berlin", ["UTC", "Etc/UTC"]],
  ])("%j: nearest to %s", (row, value, expected) => {
    if (row.type !== "range" && row.type !== "choice") throw new Error("no such case");
    expect(outsideOf(row, value)).toBe(true);
    expect(nearestOf(row, value)).toEqual(expected);
    for (const legal of nearestOf(row, value)) expect(outsideOf(row, legal)).toBe(false);
  });

  test.each([
    [{ ...base, type: "range", min: 1, max: 1 }, "1 only"],
    [{ ...base, type: "range", min: 60, step: 60, unit: "s" }, "at least 60s in steps of 60s"],
    [{ ...base, type: "range", max: 5 }, "at most 5"],
    [{ ...base, type: "choice", values: [512, 2048], unit: "MiB" }, "512Mi or 2048Mi"],
  ] as const)("%j in words", (row, words) => {
    expect(takenBy(row)).toBe(words);
  });
});

describe("ratios", () => {
  const row: Limit = { ...base, type: "ratio", field: "cpu", of: "memory", per: 1769, digits: 2 };
  const with_ = (memory: number, cpu: number): FactSet => ({ ...set, facts: [fact("memory", memory), fact("cpu", cpu)] });

  test.each([
    [1769, 1],
    [884, 0.5],
    [3538, 2],
    [512, 0.29],
    [10_240, 5.79],
  ])("%i MiB are %d cpu", (memory, cpu) => {
    expect(evaluate("t", [row], with_(memory, cpu))).toEqual([]);
    expect(evaluate("t", [row], with_(memory, cpu + 0.02))).toMatchObject([{ code: "E_TARGET_LIMIT", nearest: [cpu] }]);
  });
});

describe("a part that must be the same", () => {
  const row: Limit = {
    ...base,
    type: "same",
    field: "queue.source",
    pattern: /^arn:([^:]+):/,
    part: "region",
    of: "section.region",
  };
  const with_ = (source: string): FactSet => ({
    ...set,
    facts: [
      { field: "section.region", value: "north", pointer: "/targets/t/region", scope: "" },
      { field: "queue.source", value: source, pointer: "/resources/jobs/t", scope: "jobs" },
    ],
  });

  test("is told with the other fact's value", () => {
    expect(evaluate("t", [row], with_("arn:north:jobs"))).toEqual([]);
    expect(evaluate("t", [row], with_("jobs"))).toEqual([]);
    const found = evaluate("t", [row], with_("arn:south:jobs"));
    expect(found).toMatchObject([{ code: "E_TARGET_LIMIT", pointer: "/resources/jobs/t" }]);
    expect(found[0]?.message).toContain('its region is "south", region is "north"');
    const hidden = evaluate("t", [row], with_("arn:south:jobs"), ["/resources/jobs"]);
    expect(JSON.stringify(hidden)).not.toContain("south");
  });
});

describe("cron", () => {
  test("any field alone can be kept everywhere", () => {
    for (const days of ["or", "and", "one"] as const) {
      expect(cronLoss("*/5 * * * *", days)).toBeUndefined();
      expect(cronLoss("0 3 1,15 * *", days)).toBeUndefined();
      // What can't be read is told once, where the configuration is bound.
      expect(cronLoss("@daily", days)).toBeUndefined();
      expect(cronLoss("0 3 1 * MON 2027", days)).toBeUndefined();
      expect(cronLoss("0 3 * * MON-FRI", days)).toBeUndefined();
      expect(cronLoss("0 3 13 * */1", days)).toBeUndefined();
    }
  });

  test("both day fields mean either, which takes two schedules", () => {
    expect(cronLoss("0 3 13 * 5", "or")).toBeUndefined();
    expect(cronLoss("0 3 13 * 5", "one")?.nearest).toEqual(["0 3 13 * *", "0 3 * * 5"]);
    expect(cronLoss("0 3 */2 1-6 5", "and")?.nearest).toEqual(["0 3 */2 1-6 *", "0 3 * 1-6 5"]);
  });
});

test("a table's typing errors are found", () => {
  expect(unknownFields([{ ...base, type: "range", field: "memroy", when: { fact: { field: "section.http" } } }])).toEqual([
    'memroy (did you mean "memory"?)',
  ]);
});
