/** What once came out wrong, run first each time. */
import type { Race } from "./race.ts";
import type { Story } from "./story.ts";

interface Seen {
  readonly stories: readonly Story[];
  readonly races: readonly Race[];
}

const none: Seen = { stories: [], races: [] };

export function seenOn(site: string): Seen {
  return seen[site] ?? none;
}

const seen: { readonly [site: string]: Seen } = {
  "aws-lambda": {
    stories: [
      // Somebody takes the bucket's permission away, which told of the notification.
      {
        manner: { seed: 616984, latencyMs: 0, lagMs: 0, blindMs: 8000 },
        before: { package: 1, triggers: ["jobs", "photos"], memoryMiB: 1024, tags: {}, word: "battery-staple" },
        wanted: { package: 0, triggers: [], memoryMiB: 1024, tags: { team: "media" } },
        verb: "deploy",
        faults: [
          { kind: "reset", at: 46, times: 1 },
          { kind: "truncated", at: 87, times: 9 },
          { kind: "truncated", at: 72, times: 1 },
          { kind: "unavailable", at: 60, times: 4 },
          { kind: "disturbed", at: 67, times: 4 },
          { kind: "truncated", at: 30, times: 1 },
        ],
      },
      // Ends between the tag that says which tags are ours, and the one that goes.
      {
        manner: { seed: 422755, latencyMs: 20, lagMs: 8000, blindMs: 8000 },
        before: {
          package: 1,
          triggers: ["orders", "tick"],
          memoryMiB: 256,
          tags: { team: "shop", stage: "test" },
          word: "battery-staple",
        },
        wanted: { package: 1, triggers: ["jobs", "orders"], memoryMiB: 256, tags: { team: "media" }, word: "battery-staple" },
        verb: "deploy",
        faults: [
          { kind: "truncated", at: 6, times: 1 },
          { kind: "disturbed", at: 60, times: 1 },
          { kind: "duplicate", at: 9, times: 1 },
          { kind: "unavailable", at: 55, times: 7 },
          { kind: "unavailable", at: 73, times: 1 },
          { kind: "lost", at: 88, times: 1 },
        ],
      },
      // Somebody changes the memory before the new function is at rest.
      {
        manner: { seed: 755830, latencyMs: 200, lagMs: 0, blindMs: 0 },
        before: undefined,
        wanted: {
          package: 0,
          triggers: [],
          memoryMiB: 256,
          tags: { team: "shop", stage: "test" },
          word: "correct-horse",
        },
        verb: "deploy",
        faults: [
          { kind: "slow", ms: 500, at: 46, times: 1 },
          { kind: "disturbed", at: 9, times: 1 },
          { kind: "reset", at: 5, times: 1 },
          { kind: "slow", ms: 90000, at: 6, times: 1 },
        ],
      },
    ],
    races: [
      // One is overtaken while it reads back, which takes long.
      {
        manner: { seed: 884421, latencyMs: 50, lagMs: 0, blindMs: 0 },
        before: { package: 1, triggers: [], memoryMiB: 1024, tags: {} },
        first: { package: 1, triggers: ["jobs", "tick"], memoryMiB: 512, tags: {}, word: "correct-horse" },
        second: { package: 1, triggers: [], memoryMiB: 1024, tags: {}, word: "battery-staple" },
        laterMs: 622,
      },
      // The one that counts is about to change a mapping that the other takes away.
      {
        manner: { seed: 916443, latencyMs: 50, lagMs: 700, blindMs: 0 },
        before: { package: 1, triggers: ["jobs", "tick"], memoryMiB: 512, tags: { team: "media" }, word: "battery-staple" },
        first: { package: 0, triggers: [], memoryMiB: 256, tags: { team: "media" }, word: "battery-staple" },
        second: { package: 1, triggers: ["jobs", "photos"], memoryMiB: 512, tags: {}, word: "battery-staple" },
        laterMs: 2996,
      },
      // A bucket's notification is made after the other looked, and its permission taken away by the other.
      {
        manner: { seed: 896847, latencyMs: 50, lagMs: 700, blindMs: 0 },
        before: { package: 1, triggers: ["jobs", "orders"], memoryMiB: 512, tags: {} },
        first: { package: 1, triggers: ["jobs", "photos"], memoryMiB: 256, tags: {}, word: "battery-staple" },
        second: { package: 1, triggers: [], memoryMiB: 1024, tags: { team: "media" } },
        laterMs: 2941,
      },
    ],
  },
  "azure-functions": {
    stories: [],
    races: [
      // The one that lost reads back what it wrote before the other, and waits for the rest.
      {
        manner: { seed: 268491, latencyMs: 50, lagMs: 700, blindMs: 0 },
        before: { package: 1, triggers: ["jobs", "photos"], memoryMiB: 512, tags: { team: "media" } },
        first: { package: 1, triggers: ["tick"], memoryMiB: 2048, tags: { team: "media" }, word: "correct-horse" },
        second: { package: 1, triggers: ["jobs", "orders"], memoryMiB: 2048, tags: { team: "media" }, word: "battery-staple" },
        laterMs: 1325,
      },
      // Both write the app's tags again once their code is published.
      {
        manner: { seed: 17, latencyMs: 50, lagMs: 0, blindMs: 0 },
        before: { package: 1, triggers: ["tick"], memoryMiB: 4096, tags: { team: "media" }, word: "battery-staple" },
        first: { package: 1, triggers: ["jobs", "photos"], memoryMiB: 2048, tags: { team: "media" } },
        second: { package: 0, triggers: ["keyed"], memoryMiB: 512, tags: { team: "media" }, word: "correct-horse" },
        laterMs: 412,
      },
      // One hears that it lost while it still writes, and so counts.
      {
        manner: { seed: 407563, latencyMs: 50, lagMs: 0, blindMs: 0 },
        before: {
          package: 1,
          triggers: ["jobs", "orders", "photos"],
          memoryMiB: 4096,
          tags: { team: "media" },
          word: "correct-horse",
        },
        first: { package: 1, triggers: ["jobs", "orders"], memoryMiB: 2048, tags: { team: "media" }, word: "battery-staple" },
        second: { package: 1, triggers: ["jobs", "orders", "photos"], memoryMiB: 4096, tags: {}, word: "correct-horse" },
        laterMs: 3,
      },
    ],
  },
};
