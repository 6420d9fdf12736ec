import { describe, expect, test } from "vitest";
import type { Limit, RangeLimit } from "fnpkg/adapter";
import { reserved } from "../../../adapters/aws-lambda/config.ts";
import { limits } from "../../../adapters/aws-lambda/limits.ts";
import { modelsTitle, noModels, readModel } from "../../engine/check-models.ts";

interface Shape {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

const row = <T extends Limit["type"]>(id: string, type: T): Extract<Limit, { type: T }> => {
  const found = limits.rows.find((candidate) => candidate.id === id);
  if (found?.type !== type) throw new Error(`no ${type} row ${id}`);
  return found as Extract<Limit, { type: T }>;
};

describe.skipIf(noModels)(`aws-lambda: ${modelsTitle}`, () => {
  const shapes = (service: string) =>
    (JSON.parse(readModel(`aws/${service}/service-2.json`)) as { shapes: { readonly [name: string]: Shape } }).shapes;

  test.each([
    ["timeout", "Timeout", "min"],
    ["memory", "MemorySize", "min"],
    ["description", "Description", "max"],
    ["ephemeralStorage", "EphemeralStorageSize", "min max"],
    ["network.subnets", "SubnetIds", "max"],
    ["network.securityGroups", "SecurityGroupIds", "max"],
    ["batch.size", "BatchSize", "min max"],
    ["batch.window", "MaximumBatchingWindowInSeconds", "min max"],
    ["maxConcurrency", "MaximumConcurrency", "min max"],
    ["parallelism", "ParallelizationFactor", "min max"],
    ["retry.attempts.async", "MaximumRetryAttempts", "min max"],
    ["retry.attempts.stream", "MaximumRetryAttemptsEventSourceMapping", "max"],
    ["cors.origins", "AllowOriginsList", "max"],
    ["cors.methods", "AllowMethodsList", "max"],
    ["cors.headers", "HeadersList", "max"],
    ["cors.exposeHeaders", "HeadersList", "max"],
    ["cors.maxAge", "MaxAge", "min max"],
  ] as const)("%s is what %s says", (id, shape, sides) => {
    const model = shapes("lambda")[shape];
    const range: RangeLimit = row(id, "range");
    for (const side of sides.split(" ") as ("min" | "max")[]) expect(range[side], side).toBe(model?.[side]);
  });

  test("memory and timeout end before what Managed Instances take", () => {
    expect(row("memory", "range").max).toBeLessThanOrEqual(shapes("lambda")["MemorySize"]?.max ?? 0);
    expect(row("timeout", "range").max).toBeLessThanOrEqual(shapes("lambda")["Timeout"]?.max ?? 0);
    const schema = JSON.parse(readModel("aws-cfn/AWS-Lambda-Function.json")) as { properties: { Timeout: { maximum: number } } };
    expect(row("timeout", "range").max).toBe(schema.properties.Timeout.maximum);
  });

  const words = [
    "A",
    "AB",
    "A1_",
    "_A",
    "1A",
    "A-B",
    "AÄ",
    "a b",
    "subnet-1",
    "subnet-",
    "sg-1A",
    "sg_1",
    "team",
    "a:b",
    "ä",
    "a;b",
    "x".repeat(300),
  ];
  test.each([
    ["env.name", "EnvironmentVariableName"],
    ["network.subnet", "SubnetId"],
    ["network.securityGroup", "SecurityGroupId"],
    ["tag.key", "TagKey"],
    ["tag.value", "TagValue"],
    ["identity", "RoleArn"],
  ])("%s takes nothing that %s refuses", (id, shape) => {
    const model = shapes("lambda")[shape];
    const whole = new RegExp(`^(?:${model?.pattern ?? ""})$`, "u");
    const role = ["arn:aws:iam::123456789012:role/a", "arn:aws-cn:iam::123456789012:role/p/a", "arn:aws:iam::1:role/a", "role/a"];
    for (const word of [...words, ...role]) {
      const taken = row(id, "pattern").pattern.test(word);
      const legal = whole.test(word) && word.length <= (model?.max ?? Infinity) && word.length >= (model?.min ?? 0);
      if (taken) expect(legal, word).toBe(true);
      // An empty id is in the model's pattern only.
      else if (legal && !word.endsWith("-")) expect(taken, word).toBe(true);
    }
  });

  test("days of retention are the log group's", () => {
    const schema = JSON.parse(readModel("aws-cfn/AWS-Logs-LogGroup.json")) as {
      properties: { RetentionInDays: { enum: number[] } };
    };
    expect(row("logs.retentionDays", "choice").values).toEqual(schema.properties.RetentionInDays.enum);
  });

  test("a schedule's zone is as long as the scheduler takes", () => {
    const { max } = shapes("scheduler")["ScheduleExpressionTimezone"] ?? {};
    expect(row("schedule.timezone", "pattern").pattern.test("z".repeat(max ?? 0))).toBe(true);
    expect(row("schedule.timezone", "pattern").pattern.test("z".repeat((max ?? 0) + 1))).toBe(false);
  });

  test("every runtime is one that the service names", () => {
    const names = shapes("lambda")["Runtime"]?.enum ?? [];
    const ids = [
      ...(limits.runtimes.nodejs ?? []).map(({ version }) => `nodejs${version}.x`),
      ...(limits.runtimes.python ?? []).map(({ version }) => `python${version}`),
      ...(limits.runtimes.java ?? []).map(({ version }) => `java${version}`),
      ...(limits.runtimes.go ?? []).map(({ version }) => version),
    ];
    for (const id of ids) expect(names).toContain(id);
  });

  test("reserved paths are properties of their resource", () => {
    for (const { path } of reserved) {
      const [kind = "", property] = path.slice(1).split("/");
      if (property === undefined) continue;
      const file = `aws-cfn/${kind.replaceAll("::", "-")}.json`;
      let text: string;
      try {
        text = readModel(file);
      } catch {
        continue;
      }
      expect(Object.keys((JSON.parse(text) as { properties: object }).properties), path).toContain(property);
    }
  });
});
