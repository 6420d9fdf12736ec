import { isOurKey, keyPrints, markText, readMark } from "fnpkg/adapter";
import { describe, expect, test } from "vitest";
import type { ScheduleInput } from "../../../adapters/aws-lambda/translate-schedule.ts";
import { kinds, statementId, versionPackage } from "../../../adapters/aws-lambda/resources.ts";
import { translate } from "../../../adapters/aws-lambda/translate.ts";
import { holdsToGoldens, only } from "../translate-suite.ts";
import { cases, content, type Given, inputOf, of, translated, web } from "./translate-cases.ts";

holdsToGoldens({ goldens: "aws", cases, content, translate, inputOf });

test("everything that calls calls the alias", () => {
  const alias = { "Fn::GetAtt": ["alias", "AliasArn"] };
  const resources = translated(cases["events-full"] as Given);
  for (const { kind, props } of resources) {
    if (kind === kinds.permission || kind === kinds.eventSourceMapping) expect(props["FunctionName"], kind).toEqual(alias);
    if (kind === kinds.subscription) expect(props["Endpoint"]).toEqual(alias);
    if (kind === kinds.bucketNotification) expect(props["LambdaFunctionArn"]).toEqual(alias);
    if (kind === kinds.schedule) expect((props["Target"] as { Arn: unknown }).Arn).toEqual(alias);
  }
});

test("a share of the traffic changes the alias alone", () => {
  const [all, shared] = [{}, { traffic: 0.25 }].map((more) => translated({ triggers: [web], ...more }));
  const differing = (shared ?? []).filter((one, index) => JSON.stringify(one) !== JSON.stringify(all?.[index]));
  expect(differing.map(({ kind }) => kind)).toEqual([kinds.alias]);
});

describe("the version's description", () => {
  const described = (given: Partial<Given>, code = content) =>
    only(translate(inputOf({ triggers: [web], ...given }), code), kinds.version).props["Description"] as string;

  test("names the package, and follows code and versioned settings alone", () => {
    const base = described({});
    expect(versionPackage(base)).toBe(inputOf({ triggers: [web] }).pkg.digest);
    expect(described({ memoryMiB: 1024 })).not.toBe(base);
    expect(described({ env: { A1: "x" } })).not.toBe(base);
    expect(described({}, { ...content, digest: `sha256:${"d".repeat(64)}` })).not.toBe(base);
    expect(described({ raw: { "AWS::Lambda::Function": { SnapStart: { ApplyOn: "PublishedVersions" } } } })).not.toBe(base);
    expect(described({ tags: { team: "x" } })).toBe(base);
    expect(described({ instances: { min: 1, max: 5 } })).toBe(base);
  });
});

describe("raw", () => {
  test("null stays, so that what is managed is named", () => {
    const resources = translated({ triggers: [web], raw: { "AWS::Lambda::Function": { Layers: null } } });
    expect(only(resources, kinds.function).props).toHaveProperty("Layers", null);
  });
  test.each([
    [{ "AWS::SQS::Queue": {} }, "this deployment has no AWS::SQS::Queue"],
    [{ "AWS::Lambda::Function": { RecursiveLoop: "Allow" } }, "does not manage RecursiveLoop"],
  ])("what is not managed is refused: %j", (raw, message) => {
    expect(() => translated({ triggers: [web], raw })).toThrow(message);
  });
});

describe("names", () => {
  test("one that is too long is cut and told apart by its digest", () => {
    const tick = (name: string) => ({ type: "schedule", name, everySeconds: 60, timezone: "UTC" }) as const;
    const section = { schedulerRole: "arn:aws:iam::123456789012:role/s" };
    const long = "f".repeat(45);
    const [one, two] = ["a".repeat(30) + "1", "a".repeat(30) + "2"].map((name) =>
      String(only(translated({ deployment: long, section, triggers: [tick(name)] }), kinds.schedule).props["Name"]),
    );
    expect(one).toHaveLength(64);
    expect(two).toHaveLength(64);
    expect(one).not.toBe(two);
    expect(only(translated({ section, triggers: [tick("t")] }), kinds.schedule).props["Name"]).toBe("thumbnail-prod--t");
  });
});

describe("marks", () => {
  test("are read back from one line", () => {
    const mark = { deployment: "thumb-dev", package: "acme/thumb", resource: "trigger-tick" };
    expect(readMark(markText(mark))).toEqual(mark);
    for (const other of [undefined, "", "fnpkg:a:b", "made by hand", "fnpkg:a:b:c:d"]) expect(readMark(other)).toBeNull();
  });
  test("a statement's id is what IAM takes, for the longest names too", () => {
    const resources = translated({
      triggers: [{ ...web, name: `a${"b".repeat(31)}`, auth: "identity", callers: ["210987654321"] }],
    });
    for (const { id } of resources.filter(({ kind }) => kind === kinds.permission)) {
      expect(statementId(id)).toMatch(/^[a-zA-Z0-9-_]{1,100}$/);
    }
  });
  test("42 keys' prints fit into one tag", () => {
    const keys = Array.from({ length: 42 }, (_, i) => `key-${i}`);
    const prints = keyPrints(keys);
    expect(prints.length).toBeLessThanOrEqual(256);
    for (const key of keys) expect(isOurKey(key, prints)).toBe(true);
    expect(isOurKey("other", prints)).toBe(false);
  });
});

describe("a schedule's input", () => {
  test("placeholders are filled around the data, never in it", () => {
    const data = { text: "<aws.scheduler.execution-id>", list: [1, "a<b"] };
    const props = only(
      translated({
        section: { schedulerRole: "arn:aws:iam::123456789012:role/s" },
        triggers: [{ type: "schedule", name: "tick", everySeconds: 60, timezone: "UTC", data }],
      }),
      kinds.schedule,
    ).props;
    const filled = (props["Target"] as { Input: string }).Input.replaceAll(/<aws\.scheduler\.[a-z-]+>/g, "FILLED");
    expect(JSON.parse(filled) as ScheduleInput).toEqual({
      fnpkg: "schedule",
      trigger: "tick",
      scheduledTime: "FILLED",
      execution: "FILLED",
      schedule: "FILLED",
      data,
    });
  });
});

describe("async settings", () => {
  test("are there for what is called asynchronously, and follow the retry of topics and buckets", () => {
    expect(translated({ triggers: [web] }).some(({ kind }) => kind === kinds.eventInvokeConfig)).toBe(false);
    expect(
      translated({ triggers: [{ type: "queue", name: "q", source: of.queue("q"), ordered: false }] }).some(
        ({ kind }) => kind === kinds.eventInvokeConfig,
      ),
    ).toBe(false);
    const one = (attempts: number) =>
      only(
        translated({ triggers: [{ type: "topic", name: "t", source: of.topic("t"), retry: { attempts } }] }),
        kinds.eventInvokeConfig,
      ).props["MaximumRetryAttempts"];
    expect([one(0), one(2)]).toEqual([0, 2]);
  });
});
