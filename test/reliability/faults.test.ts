/**
 * Whatever goes wrong on the way, a deploy comes to what was wanted: generated packages, configurations, states before and plans of
 * faults, on simulated vendors. FNPKG_PLANS says how many (three times as many where they are cheap), FNPKG_SEED which; a failure prints what to replay.
 */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { aws } from "./aws.ts";
import { azure } from "./azure.ts";
import { google } from "./google.ts";
import { race } from "./race.ts";
import { seenOn } from "./seen.ts";
import { races, stories } from "./story.ts";
import { live } from "./story-run.ts";

const plans = Number(process.env["FNPKG_PLANS"] ?? 40);
const seed = Number(process.env["FNPKG_SEED"] ?? 1);
const most = { seed, endOnFailure: process.env["FNPKG_SHRINK"] === "no" };

vi.setConfig({ testTimeout: 3 * 3_600_000 });

const sites = [aws, google, azure];

describe.each(sites.map((site) => ({ site, name: site.name })))("$name", ({ site }) => {
  const pool = fc.sample(site.wanted, { seed, numRuns: 40 });
  const numRuns = plans * site.share;
  const seen = seenOn(site.name);

  it("comes to what was wanted, whatever goes wrong", async () => {
    expect(pool.length).toBeGreaterThan(0);
    const property = fc.asyncProperty(stories(pool), (story) => live(site, story));
    await fc.assert(property, { ...most, numRuns, examples: seen.stories.map((story) => [story]) });
  });

  it("gives one of two deployers what it wanted, and tells the other", async () => {
    const property = fc.asyncProperty(races(site, pool), (one) => race(site, one));
    await fc.assert(property, { ...most, numRuns: Math.ceil(numRuns / 5), examples: seen.races.map((one) => [one]) });
  });
});
