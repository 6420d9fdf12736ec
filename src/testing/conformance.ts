/**
 * The conformance suite: what every adapter must keep, whatever its target. It takes the test functions, so any runner does:
 *
 *     conformance({ describe, it }, { name: "memory", open, pkg, config, changed, fewer, secrets })
 */
import { limitCases } from "./cases/limits.ts";
import { lifeCases } from "./cases/life.ts";
import { pureCases } from "./cases/pure.ts";
import { safetyCases } from "./cases/safety.ts";
import { trafficCases } from "./cases/traffic.ts";
import { bench } from "./bench.ts";
import type { Case } from "./bench.ts";
import type { Fixture } from "./fixture.ts";

/** The runner's own; any that takes a name and a function. */
export interface TestFunctions {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

const cases = { ...pureCases, ...limitCases, ...lifeCases, ...safetyCases, ...trafficCases } as const;

/** The names of all cases. */
export type CaseName = keyof typeof cases;

/** Cases that the adapter can't keep, each with its reason. A deviation that holds no more fails, so that it is taken off. */
export type Deviations = { readonly [name in CaseName]?: string };

export function conformance<Section, Client extends object>(
  { describe, it }: TestFunctions,
  fixture: Fixture<Section, Client>,
  deviations: Deviations = {},
): void {
  describe(`${fixture.name} keeps the adapter contract`, () => {
    for (const [name, run] of Object.entries(cases) as [CaseName, Case][]) {
      const reason = deviations[name];
      if (reason === undefined) it(name, () => withBench(fixture, run));
      else it(`${name} - deviates: ${reason}`, () => mustFail(name, withBench(fixture, run)));
    }
  });
}

async function withBench<Section, Client extends object>(fixture: Fixture<Section, Client>, run: Case): Promise<void> {
  const on = await bench(fixture);
  try {
    await run(on);
  } finally {
    await on.close();
  }
}

async function mustFail(name: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch {
    return;
  }
  throw new Error(`"${name}" holds: take it off the deviations`);
}
