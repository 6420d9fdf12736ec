/** The target's limits as data. */
import assert from "node:assert/strict";
import type { Case } from "../bench.ts";

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

export const limitCases = {
  "limits say where they come from": async ({ adapter }) => {
    const { rows, runtimes, platforms, traffic } = adapter.limits;
    const ids = rows.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)], "ids of limits are unique");
    const sourced = [...rows, ...platforms, ...Object.values(runtimes).flat(), ...(traffic === undefined ? [] : [traffic])];
    for (const { source, checked } of sourced) {
      assert.notEqual(source, "", "every row names its source");
      assert.match(checked, DAY, "every row names the day it was looked up");
    }
    for (const row of rows) {
      assert.notEqual(row.field, "", `${row.id} names a fact`);
      if (row.type === "range") assert.ok((row.min ?? -Infinity) <= (row.max ?? Infinity), `${row.id}: min is not above max`);
      if (row.type === "choice") assert.ok(row.values.length > 0, `${row.id} has values`);
      if (row.type === "missing") assert.notEqual(row.instead, "", `${row.id} says what to do instead`);
    }
  },
  "runtimes are named once and end on a day": async ({ adapter }) => {
    for (const [profile, versions] of Object.entries(adapter.limits.runtimes)) {
      const names = versions.map(({ version }) => version);
      assert.deepEqual(names, [...new Set(names)], `${profile}: each version once`);
      for (const { until } of versions) if (until !== undefined) assert.match(until, DAY);
    }
  },
} satisfies Record<string, Case>;
