import { describe, expect, test } from "vitest";
import { type Derivation, markText, readMark, type Trigger } from "fnpkg/adapter";
import { derivationIn, labelsAfter, labelsFor, labelsIn, markIn } from "../../../adapters/google-cloud-functions/marks.ts";
import { type FunctionProps, kinds } from "../../../adapters/google-cloud-functions/resources.ts";
import { translate } from "../../../adapters/google-cloud-functions/translate.ts";
import type { Bindings } from "../../../adapters/google-cloud-functions/translate-bindings.ts";
import { googleCron, googleEvery } from "../../../adapters/google-cloud-functions/translate-cron.ts";
import { holdsToGoldens, only } from "../translate-suite.ts";
import {
  account,
  cases,
  content,
  embedded,
  type Given,
  inputOf,
  jobs,
  lock,
  of,
  referenced,
  tick,
  translated,
  web,
} from "./translate-cases.ts";

const functionOf = (given: Given) => only(translated(given), kinds.function).props as unknown as FunctionProps;

holdsToGoldens({ goldens: "google", cases, content, translate, inputOf });

test("what was set and is taken out again is named with what it goes back to", () => {
  const [least, most] = ["http-least", "http-full"].map((name) => functionOf(cases[name] as Given));
  const keysOf = (value: unknown, at = ""): string[] =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? [at]
      : Object.entries(value).flatMap(([key, inner]) => keysOf(inner, `${at}/${key}`));
  // Labels and variables are maps, where what is missing is not wanted.
  const named = (props: unknown) => keysOf(props).filter((key) => !/\/(labels|environmentVariables)\b/.test(key));
  expect(named(least)).toEqual(named(most));
});

describe("cpu is said, by memory", () => {
  test.each([
    [128, "0.083"],
    [200, "0.167"],
    [512, "0.333"],
    [513, "0.583"],
    [1024, "0.583"],
    [1025, "1"],
    [2048, "1"],
    [3000, "2"],
    [8192, "2"],
    [16_384, "4"],
    [20_000, "8"],
  ])("%d MiB: %s", (memoryMiB, cpu) => {
    expect(functionOf({ triggers: [web], memoryMiB }).serviceConfig).toMatchObject({
      availableMemory: `${memoryMiB}Mi`,
      availableCpu: cpu,
    });
  });
});

describe("the build", () => {
  const variables = (given: Partial<Given>) => functionOf({ triggers: [web], ...given }).buildConfig.environmentVariables;
  const vendored = { GOOGLE_NODE_RUN_SCRIPTS: "", GOOGLE_VENDOR_NPM_DEPENDENCIES: "true" };
  const remote = { GOOGLE_NODE_RUN_SCRIPTS: "", NPM_CONFIG_IGNORE_SCRIPTS: "true" };
  test("installs what the package references, unless the configuration says otherwise; it runs no scripts", () => {
    expect(variables({})).toEqual(vendored);
    expect(variables({ dependencies: embedded })).toEqual(vendored);
    expect(variables({ dependencies: referenced })).toEqual(remote);
    expect(variables({ dependencies: referenced, section: { build: "vendored" } })).toEqual(vendored);
    expect(variables({ dependencies: embedded, section: { build: "remote" } })).toEqual(remote);
    expect(variables({ section: { build: "remote" } })).toEqual(vendored);
  });
  test("reads npm's lock file alone", () => {
    const pnpm = { ...referenced, lock: { ...lock, format: "pnpm-9" } };
    expect(variables({ dependencies: pnpm })).toEqual(vendored);
  });
});

describe("who may call", () => {
  const members = (given: Given) =>
    (only(translated(given), kinds.invokers).props["bindings"] as { members: unknown }[]).map((binding) => binding.members);
  test.each<[string, Given, unknown[]]>([
    ["everybody", { triggers: [web] }, ["allUsers"]],
    ["nobody by this policy", { triggers: [{ ...web, auth: "identity" }] }, []],
    [
      "each caller once",
      { triggers: [{ ...web, auth: "identity", callers: ["user:b@a.com", "user:a@a.com", "user:b@a.com"] }] },
      ["user:a@a.com", "user:b@a.com"],
    ],
    ["events, as the identity", { triggers: [jobs], identity: account }, [`serviceAccount:${account}`]],
    ["events, as whom the vendor chose", { triggers: [jobs] }, [{ "Fn::GetAtt": ["function", "invoker"] }]],
    ["schedules", { triggers: [tick], section: { triggerServiceAccount: account } }, [`serviceAccount:${account}`]],
  ])("%s", (_, given, wanted) => {
    expect(members(given)).toEqual([wanted]);
  });
});

describe("events", () => {
  const events = (trigger: Trigger) => functionOf({ triggers: [trigger] }).eventTrigger;
  test("are tried again unless told not to", () => {
    expect(events(jobs)?.retryPolicy).toBe("RETRY_POLICY_RETRY");
    expect(events({ ...jobs, retry: { deadLetter: of.topic("d") } })?.retryPolicy).toBe("RETRY_POLICY_RETRY");
    expect(events({ ...jobs, retry: { attempts: 0 } })?.retryPolicy).toBe("RETRY_POLICY_DO_NOT_RETRY");
  });
  test("are dead letters after the first delivery and the retries", () => {
    expect(translated({ triggers: [jobs] }).map(({ kind }) => kind)).not.toContain(kinds.subscription);
    const policy = (retry: object) =>
      only(translated({ triggers: [{ ...jobs, retry }] }), kinds.subscription).props["deadLetterPolicy"];
    expect(policy({ attempts: 9, deadLetter: of.topic("d") })).toEqual({
      deadLetterTopic: of.topic("d").id,
      maxDeliveryAttempts: 10,
    });
    expect(policy({ deadLetter: of.topic("d") })).toMatchObject({ maxDeliveryAttempts: 5 });
  });
  test("the entry file is told the sources by their full names", () => {
    const variables = functionOf(cases["queue-and-schedules"] as Given).serviceConfig.environmentVariables;
    expect(JSON.parse(variables["FNPKG_BINDINGS"] ?? "") as Bindings).toEqual({
      function: "thumbnail",
      level: "debug",
      region: "europe-west1",
      timeout: 120,
      triggers: [
        ["jobs", "projects/acme-shop/topics/jobs"],
        ["tick", "projects/acme-shop/locations/europe-west1/jobs/thumbnail-prod--tick"],
        ["hourly", "projects/acme-shop/locations/europe-west1/jobs/thumbnail-prod--hourly"],
      ],
    });
  });
});

describe("schedules", () => {
  test.each([
    ["*/5 * * * *", "*/5 * * * *"],
    [" 0  9\t1 jan mon-fri ", "0 9 1 JAN 1,2,3,4,5"],
    ["0 9 1,15 * 5", "0 9 1,15 * 5"],
    ["0 9 * * 7", "0 9 * * 0"],
    ["0 9 * * 5-7", "0 9 * * 0,5,6"],
    ["0 9 * * 1-7/2", "0 9 * * 0,1,3,5"],
    ["0 9 * * */2", "0 9 * * */2"],
  ])("%j is %j", (given, wanted) => {
    expect(googleCron(given)).toBe(wanted);
  });
  test.each([
    [60, "* * * * *"],
    [300, "*/5 * * * *"],
    [1800, "*/30 * * * *"],
    [3600, "0 * * * *"],
    [6 * 3600, "0 */6 * * *"],
    [24 * 3600, "0 0 * * *"],
  ])("every %d seconds is %j", (seconds, wanted) => {
    expect(googleEvery(seconds)).toBe(wanted);
  });
  test("an interval stands in no zone, and a short timeout is waited for as the vendor must", () => {
    const job = only(
      translated({ timeoutSeconds: 5, triggers: [{ type: "schedule", name: "t", everySeconds: 60, timezone: "Asia/Tokyo" }] }),
      kinds.job,
    );
    expect(job.props).toMatchObject({ timeZone: "UTC", attemptDeadline: "15s" });
  });
});

describe("raw", () => {
  test.each([
    [{ "storage.googleapis.com/Bucket": {} }, "this deployment has no storage.googleapis.com/Bucket"],
    [{ "cloudfunctions.googleapis.com/Function": { url: "x" } }, "does not manage url"],
  ])("what is not managed is refused: %j", (raw, message) => {
    expect(() => translated({ triggers: [web], raw })).toThrow(message);
  });
});

describe("marks", () => {
  const derivation: Derivation = {
    packageDigest: `sha256:${"0".repeat(64)}`,
    configDigest: `sha256:${"f".repeat(64)}`,
    layoutDigest: `sha256:${"0123456789abcdef".repeat(4)}`,
    archiveSha256: "fedcba9876543210".repeat(4),
    adapter: "google-cloud-functions@1",
  };
  test.each(["acme/thumbnail", "a", "a.b_c__d-e/f", `${"a.".repeat(60)}a/b/c`])("are read back from labels: %s", (name) => {
    const mark = { deployment: "thumb-dev", package: name, resource: "function" };
    const labels = labelsFor(mark, { team: "media" }, derivation);
    expect(markIn(labels)).toEqual(mark);
    expect(derivationIn(labels)).toEqual(derivation);
    for (const [key, value] of Object.entries(labels)) {
      expect(key).toMatch(/^[a-z][a-z0-9_-]{0,62}$/);
      expect(value).toMatch(/^[a-z0-9_-]{0,63}$/);
    }
  });
  test("fit beside as many tags as the limits take", () => {
    const tags = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`key-${i}`, "v"]));
    const longest = `${"a.".repeat(63)}aa`;
    expect(longest).toHaveLength(128);
    const labels = labelsFor({ deployment: "d", package: longest, resource: "function" }, tags, derivation);
    expect(Object.keys(labels).length).toBeLessThanOrEqual(64);
    expect(labelsIn(labels)).toEqual(Object.fromEntries(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  });
  test("others' labels are kept and not seen; ours that are no longer wanted go", () => {
    const mark = { deployment: "d", package: "a.b/c", resource: "function" };
    const live = {
      ...labelsFor(mark, { team: "media", cost: "1" }, derivation),
      "goog-managed-by": "cloudfunctions",
      theirs: "x",
    };
    expect(labelsIn(live)).toEqual({ cost: "1", team: "media" });
    expect(labelsIn(live, { theirs: "y" })).toEqual({ cost: "1", team: "media", theirs: "x" });
    const after = labelsAfter(live, labelsFor({ ...mark, package: "a" }, { team: "web" }));
    expect(after).toEqual({
      ...labelsFor({ ...mark, package: "a" }, { team: "web" }),
      "goog-managed-by": "cloudfunctions",
      theirs: "x",
    });
  });
  test.each([{}, { team: "media" }, { "fnpkg-deployment": "d" }])("there are none in %j", (labels) => {
    expect(markIn(labels)).toBeNull();
    expect(derivationIn(labels)).toBeUndefined();
  });
  test("are read back from one line", () => {
    const mark = { deployment: "thumb-dev", package: "acme/thumb", resource: "trigger-tick" };
    expect(readMark(markText(mark))).toEqual(mark);
    for (const other of [undefined, "", "fnpkg:a:b", "made by hand", "fnpkg:a:b:c:d"]) expect(readMark(other)).toBeNull();
  });
});
