/** Every kind of trigger on the simulated AWS, in virtual time: deployed, changed, taken away; what others have there stays as it is. */
import { PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { CreateScheduleCommand } from "@aws-sdk/client-scheduler";
import { SubscribeCommand } from "@aws-sdk/client-sns";
import { TagQueueCommand } from "@aws-sdk/client-sqs";
import type { Resolved } from "fnpkg/adapter";
import { describe, expect, it } from "vitest";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { clients } from "../../testing/simulators/aws-site.ts";
import { arn, eventPackage, httpPackage, role, triggers } from "./moto-site.ts";
import { onSimulator, type OnSimulator, simulatedConfig } from "./simulator-site.ts";

const events = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick, triggers.clicks];

function done<T extends { readonly failure?: Error }>(outcome: T): T {
  if (outcome.failure !== undefined) throw outcome.failure;
  return outcome;
}

/** The log group outlives the deployment, with its lines. */
function withoutGroups({ simulated }: OnSimulator): unknown {
  const { logs: _, ...rest } = simulated.vendor.snapshot() as { readonly [service: string]: unknown };
  return rest;
}

async function lives(
  on: OnSimulator,
  first: Resolved<Section>,
  later: readonly Resolved<Section>[],
  write: string,
): Promise<void> {
  const { bench, written } = on;
  const before = withoutGroups(on);
  for (const config of [first, ...later]) {
    done(await bench.deploy(config));
    const writes = written();
    if (config === first) expect(writes).toContain(write);
    else expect(writes, "the change").not.toEqual([]);
    done(await bench.deploy(config));
    expect(written(), "the same again").toEqual([]);
  }
  done(await bench.destroy());
  expect(withoutGroups(on)).toEqual(before);
  await bench.close();
}

describe("aws-lambda on the simulated AWS", () => {
  it.each<[string, string, (typeof events)[number], object]>([
    [
      "a queue with a dead letter queue",
      "sqs:SetQueueAttributes",
      triggers.jobs,
      { ...triggers.jobs, batch: { size: 7 }, retry: { attempts: 5, deadLetter: triggers.jobs.retry.deadLetter } },
    ],
    [
      "a topic with a filter",
      "sns:Subscribe",
      triggers.orders,
      { ...triggers.orders, filter: { attributes: { kind: ["old"] } } },
    ],
    [
      "object storage",
      "s3:PutBucketNotificationConfiguration",
      triggers.photos,
      { ...triggers.photos, filter: { prefix: "out/" } },
    ],
    ["a schedule", "scheduler:CreateSchedule", triggers.tick, { ...triggers.tick, cron: "0 3 * * *" }],
    ["a stream", "lambda:CreateEventSourceMapping", triggers.clicks, { ...triggers.clicks, batch: { size: 10 } }],
  ])("binds %s, binds it otherwise, and lets it go", async (_, write, trigger, otherwise) => {
    const first = simulatedConfig({ triggers: [trigger] });
    const changed = simulatedConfig({ triggers: [otherwise as typeof trigger] });
    await lives(await onSimulator(eventPackage, first), first, [changed, simulatedConfig({ triggers: [] })], write);
  });

  it("serves http from a URL, then without cross-origin calls", async () => {
    const { cors: _, ...plain } = triggers.web;
    const first = simulatedConfig({ triggers: [triggers.web] });
    await lives(
      await onSimulator(httpPackage, first),
      first,
      [simulatedConfig({ triggers: [plain] })],
      "lambda:CreateFunctionUrlConfig",
    );
  });

  it("serves http from an HTTP API, then for callers who sign", async () => {
    const gateway = { http: "api-gateway" } as const;
    const first = simulatedConfig({ triggers: [triggers.web], tags: { team: "media" } }, gateway);
    const signed = simulatedConfig(
      { triggers: [{ ...triggers.web, cors: undefined, auth: "identity" } as never], tags: {} },
      gateway,
    );
    await lives(await onSimulator(httpPackage, first), first, [signed], "apigateway:CreateStage");
  });

  it("makes its own roles and waits until they are known", async () => {
    const own = { createRole: true, account: "123456789012" };
    const first = simulatedConfig({ triggers: events, identity: undefined } as never, { ...own, schedulerRole: undefined });
    const lags = { role: 8000, function: 2000, mapping: 3000, permission: 4000, provisioned: 5000 };
    await lives(await onSimulator(eventPackage, first, { lags }), first, [], "iam:CreateRole");
  });

  it("leaves alone what others have in the same bucket, topic, queue and group of schedules", async () => {
    const full = simulatedConfig({ triggers: events });
    const on = await onSimulator(eventPackage, full);
    const { services } = on.simulated.vendor;
    services.sqs.queues.add("theirs", {
      Policy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "*", Resource: "*" }],
      }),
    });
    const others = clients(on.simulated);
    const theirs = { Id: "theirs", QueueArn: arn("sqs", "theirs"), Events: ["s3:ObjectTagging:*" as const] };
    const NotificationConfiguration = { QueueConfigurations: [theirs], EventBridgeConfiguration: {} };
    await others.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: "photos", NotificationConfiguration }));
    await others.sns.send(new SubscribeCommand({ TopicArn: arn("sns", "orders"), Protocol: "sqs", Endpoint: theirs.QueueArn }));
    const QueueUrl = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
    await others.sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: "theirs" } }));
    await others.scheduler.send(
      new CreateScheduleCommand({
        Name: "thumbnail--theirs",
        ScheduleExpression: "rate(1 hour)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: theirs.QueueArn, RoleArn: role },
      }),
    );
    for (const client of Object.values(others)) client.destroy();
    on.written();
    await lives(on, full, [simulatedConfig({ triggers: [triggers.jobs] })], "scheduler:CreateSchedule");
  });
});
