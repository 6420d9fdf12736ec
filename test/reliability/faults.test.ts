/**
 * Whatever goes wrong on the way, a deploy comes to what was wanted: generated packages, configurations, states before and plans of
 * faults, on simulated vendors. FNPKG_PLANS says how many for each vendor, FNPKG_SEED which; a failure prints what to replay.
 */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { aws } from "./aws.ts";
import { azure } from "./azure.ts";
import { google } from "./google.ts";
import { race } from "./race.ts";
import { races, stories } from "./story.ts";
import { live } from "./story-run.ts";

const plans = Number(process.env["FNPKG_PLANS"] ?? 100);
const seed = Number(process.env["FNPKG_SEED"] ?? 1);
const most = { numRuns: plans, seed, endOnFailure: process.env["FNPKG_SHRINK"] === "no" };

vi.setConfig({ testTimeout: 3 * 3_600_000 });

describe.each([aws, google, azure].map((site) => ({ site, name: site.name })))("$name", ({ site }) => {
  const pool = fc.sample(site.wanted, { seed, numRuns: 40 });

  it("comes to what was wanted, whatever goes wrong", async () => {
    expect(pool.length).toBeGreaterThan(0);
    await fc.assert(
      fc.asyncProperty(stories(pool), (story) => live(site, story)),
      most,
    );
  });

  it("gives one of two deployers what it wanted, and tells the other", async () => {
    await fc.assert(
      fc.asyncProperty(races(site, pool), (one) => race(site, one)),
      { ...most, numRuns: Math.ceil(plans / 5) },
    );
  });
});
