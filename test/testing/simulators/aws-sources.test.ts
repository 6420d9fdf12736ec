/** The SDK's own clients read what the simulated object storage, scheduler and HTTP APIs answer. */
import * as Gateway from "@aws-sdk/client-apigatewayv2";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import * as S3 from "@aws-sdk/client-s3";
import * as Scheduler from "@aws-sdk/client-scheduler";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { awsSimulator, type Simulator, virtualClock } from "fnpkg/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, arn, type Clients, clients, failure, trust } from "./aws-site.ts";

let all: Clients;
let simulated: Simulator;
beforeEach(() => {
  simulated = awsSimulator();
  all = clients(simulated);
});
afterEach(() => {
  for (const client of Object.values(all)) client.destroy();
});

describe("s3 of the simulated AWS", () => {
  const Bucket = "photos";
  const own = { LocationConstraint: "eu-west-1" as const };
  beforeEach(() => all.s3.send(new S3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: own })));

  it.each(["in the host's name", "in the path"])("keeps objects of a bucket that is named %s", async (where) => {
    const listening = where === "in the path" ? await simulated.listen() : undefined;
    const { s3 } = listening === undefined ? all : clients(listening);
    try {
      const Key = "in/a b&c.jpg";
      await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: "hello", Metadata: { who: "me" }, ContentType: "text/plain" }));
      // The adapter's own handler hands out no streams, and asks for none.
      const found = listening === undefined ? undefined : await s3.send(new S3.GetObjectCommand({ Bucket, Key }));
      expect(await found?.Body?.transformToString()).toBe(listening === undefined ? undefined : "hello");
      expect(await s3.send(new S3.HeadObjectCommand({ Bucket, Key }))).toMatchObject({
        ContentLength: 5,
        ContentType: "text/plain",
        Metadata: { who: "me" },
      });
      const only = new S3.PutObjectCommand({ Bucket, Key, Body: "again", IfNoneMatch: "*" });
      expect(await failure(s3.send(only))).toEqual(["PreconditionFailed", 412]);
      await s3.send(new S3.DeleteObjectCommand({ Bucket, Key }));
      await s3.send(new S3.DeleteObjectCommand({ Bucket, Key }));
      expect(await failure(s3.send(new S3.HeadObjectCommand({ Bucket, Key })))).toEqual(["NotFound", 404]);
      expect(await failure(s3.send(new S3.GetObjectCommand({ Bucket, Key })))).toEqual(["NoSuchKey", 404]);
    } finally {
      if (listening !== undefined) s3.destroy();
      await listening?.close();
    }
  });

  it("lists objects in pages, under a prefix, and in folders", async () => {
    const keys = ["a/1", "a/2", "a/é&3", "b/1", "c"];
    for (const Key of keys) await all.s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: "x" }));
    const first = await all.s3.send(new S3.ListObjectsV2Command({ Bucket, Prefix: "a/", MaxKeys: 2 }));
    expect([first.Contents?.map(({ Key }) => Key), first.IsTruncated]).toEqual([["a/1", "a/2"], true]);
    const rest = new S3.ListObjectsV2Command({ Bucket, Prefix: "a/", ContinuationToken: first.NextContinuationToken });
    expect(await all.s3.send(rest)).toMatchObject({ Contents: [{ Key: "a/é&3", Size: 1 }], IsTruncated: false });
    const folders = await all.s3.send(new S3.ListObjectsV2Command({ Bucket, Delimiter: "/" }));
    expect(folders).toMatchObject({ Contents: [{ Key: "c" }], CommonPrefixes: [{ Prefix: "a/" }, { Prefix: "b/" }] });
    expect(await failure(all.s3.send(new S3.DeleteBucketCommand({ Bucket })))).toEqual(["BucketNotEmpty", 409]);
  });

  it("says where a bucket is, and that there is none", async () => {
    expect(await all.s3.send(new S3.GetBucketLocationCommand({ Bucket }))).toMatchObject(own);
    const make = (name: string, more: object) => failure(all.s3.send(new S3.CreateBucketCommand({ Bucket: name, ...more })));
    expect(await make(Bucket, { CreateBucketConfiguration: own })).toEqual(["BucketAlreadyOwnedByYou", 409]);
    expect(await make("other", { CreateBucketConfiguration: { LocationConstraint: "us-west-2" } })).toEqual([
      "IllegalLocationConstraintException",
      400,
    ]);
    expect(await failure(all.s3.send(new S3.GetBucketLocationCommand({ Bucket: "gone" })))).toEqual(["NoSuchBucket", 404]);
    const damaged = new S3.PutObjectCommand({ Bucket, Key: "a", Body: "x", ChecksumSHA256: `${"A".repeat(43)}=` });
    expect(await failure(all.s3.send(damaged))).toEqual(["BadDigest", 400]);
  });

  it("takes a document of notifications as a whole, and none that overlap or lead nowhere", async () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "sqs:SendMessage", Resource: "*" }],
    });
    await all.sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes: { Policy: policy } }));
    await all.sqs.send(new CreateQueueCommand({ QueueName: "closed" }));
    const put = (NotificationConfiguration: S3.NotificationConfiguration) =>
      all.s3.send(new S3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    const read = async () => {
      const { $metadata: _, ...found } = await all.s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket }));
      return found;
    };
    const entry = (Id: string, event: S3.Event, prefix: string, queue = "jobs"): S3.QueueConfiguration => ({
      Id,
      QueueArn: arn("sqs", queue),
      Events: [event],
      Filter: { Key: { FilterRules: [{ Name: "prefix", Value: prefix }] } },
    });
    const both = [entry("one", "s3:ObjectCreated:*", "in/"), entry("two", "s3:ObjectRemoved:*", "in/")];
    await put({ QueueConfigurations: both, EventBridgeConfiguration: {} });
    expect(await read()).toMatchObject({ QueueConfigurations: [{ Id: "one" }, { Id: "two" }], EventBridgeConfiguration: {} });
    const refused = async (...QueueConfigurations: S3.QueueConfiguration[]) => {
      const { message } = (await put({ QueueConfigurations }).catch((cause: unknown) => cause)) as Error;
      return message;
    };
    expect(await refused(entry("one", "s3:ObjectCreated:*", "in/"), entry("two", "s3:ObjectCreated:Put", "in/deep/"))).toMatch(
      /^Configuration is ambiguously defined/,
    );
    expect(await refused(entry("one", "s3:ObjectCreated:*", "", "closed"))).toMatch(
      /^Unable to validate the following destination/,
    );
    expect(await refused(entry("one", "s3:ObjectCreated:*", "", "gone"))).toMatch(
      /^Unable to validate the following destination/,
    );
    const LambdaFunctionConfigurations = [
      { LambdaFunctionArn: arn("lambda", "function:gone"), Events: ["s3:ObjectCreated:*" as const] },
    ];
    expect(await failure(put({ LambdaFunctionConfigurations }))).toEqual(["InvalidArgument", 400]);
    expect(await read()).toMatchObject({ QueueConfigurations: [{ Id: "one" }, { Id: "two" }] });
    await put({});
    expect(await read()).toEqual({});
  });
});

describe("the scheduler of the simulated AWS", () => {
  const RoleArn = `arn:aws:iam::${account}:role/scheduler`;
  const target = { Arn: arn("sqs", "jobs"), RoleArn, Input: '{"a":1}' };
  const given = {
    Name: "tick",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    ScheduleExpression: "rate(5 minutes)",
    Target: target,
  };
  const make = (more: object = {}) => all.scheduler.send(new Scheduler.CreateScheduleCommand({ ...given, ...more }));
  beforeEach(async () => {
    const AssumeRolePolicyDocument = trust("scheduler.amazonaws.com");
    await all.iam.send(new CreateRoleCommand({ RoleName: "scheduler", AssumeRolePolicyDocument }));
    await all.iam.send(new CreateRoleCommand({ RoleName: "lambda", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") }));
    await all.sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  });

  it("keeps a schedule, replaces it whole, lists and deletes it", async () => {
    const StartDate = new Date("2027-01-01T00:00:00Z");
    const { ScheduleArn } = await make({ Description: "first", StartDate, ClientToken: "one" });
    expect(await make({ Description: "first", StartDate, ClientToken: "one" })).toMatchObject({ ScheduleArn });
    expect(await failure(make())).toEqual(["ConflictException", 409]);
    const get = () => all.scheduler.send(new Scheduler.GetScheduleCommand({ Name: "tick", GroupName: "default" }));
    expect(await get()).toMatchObject({
      Arn: ScheduleArn,
      StartDate,
      ActionAfterCompletion: "NONE",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 } },
    });
    const ScheduleExpression = "cron(*/5 8-17 ? * MON-FRI *)";
    await all.scheduler.send(new Scheduler.UpdateScheduleCommand({ ...given, ScheduleExpression, State: "DISABLED" }));
    const now = await get();
    expect(now).toMatchObject({ ScheduleExpression, State: "DISABLED" });
    expect([now.Description, now.StartDate]).toEqual([undefined, undefined]);
    for (const Name of ["tick-2", "tick-3", "tock"]) await make({ Name });
    const list = (NextToken?: string) =>
      all.scheduler.send(new Scheduler.ListSchedulesCommand({ NamePrefix: "tick", MaxResults: 2, NextToken }));
    const first = await list();
    expect(first.Schedules).toMatchObject([
      { Name: "tick", State: "DISABLED" },
      { Name: "tick-2", Target: { Arn: target.Arn } },
    ]);
    expect((await list(first.NextToken)).Schedules).toMatchObject([{ Name: "tick-3" }]);
    await all.scheduler.send(new Scheduler.DeleteScheduleCommand({ Name: "tick" }));
    expect(await failure(get())).toEqual(["ResourceNotFoundException", 404]);
  });

  it.each([
    ["an expression of five fields", { ScheduleExpression: "cron(* * * * *)" }],
    ["both days", { ScheduleExpression: "cron(0 0 1 * MON *)" }],
    ["a minute 60", { ScheduleExpression: "cron(60 0 1 * ? *)" }],
    ["a rate of nothing", { ScheduleExpression: "rate(0 minutes)" }],
    ["an unknown time zone", { ScheduleExpressionTimezone: "Europe/Nowhere" }],
    ["a flexible window without a length", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }],
    ["a role of another service's", { Target: { ...target, RoleArn: RoleArn.replace("scheduler", "lambda") } }],
    ["no such role", { Target: { ...target, RoleArn: `${RoleArn}-gone` } }],
    ["no such target", { Target: { ...target, Arn: arn("sqs", "gone") } }],
    ["too many attempts", { Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 186 } } }],
  ])("takes no schedule with %s", async (_, more) => {
    expect(await failure(make(more))).toEqual(["ValidationException", 400]);
  });

  it("knows no group that nobody made", async () => {
    expect(await failure(make({ GroupName: "gone" }))).toEqual(["ResourceNotFoundException", 404]);
  });

  it("is not let in by a role that is new", async () => {
    const clock = virtualClock();
    const slow = clients(awsSimulator({ clock, lags: { role: 5000, read: 1000 } }));
    const AssumeRolePolicyDocument = trust("scheduler.amazonaws.com");
    await slow.iam.send(new CreateRoleCommand({ RoleName: "scheduler", AssumeRolePolicyDocument }));
    await slow.sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
    const create = () => slow.scheduler.send(new Scheduler.CreateScheduleCommand(given));
    const get = () => slow.scheduler.send(new Scheduler.GetScheduleCommand({ Name: "tick" }));
    expect(await failure(create())).toEqual(["ValidationException", 400]);
    await clock.sleep(5000);
    await create();
    expect(await failure(get())).toEqual(["ResourceNotFoundException", 404]);
    await clock.sleep(1000);
    expect(await get()).toMatchObject({ Name: "tick" });
  });
});

describe("HTTP APIs of the simulated AWS", () => {
  const api = (more: object = {}) =>
    all.gateway.send(new Gateway.CreateApiCommand({ Name: "web", ProtocolType: "HTTP", Tags: { a: "1" }, ...more }));
  const integration = (ApiId: string | undefined, more: object = {}) =>
    all.gateway.send(
      new Gateway.CreateIntegrationCommand({
        ApiId,
        IntegrationType: "AWS_PROXY",
        IntegrationUri: arn("lambda", "function:thumbnail:live"),
        PayloadFormatVersion: "2.0",
        ...more,
      }),
    );

  it("keeps an API with all that stands in it", async () => {
    const { ApiId, ApiEndpoint } = await api({ CorsConfiguration: { AllowOrigins: ["https://app.acme.com"], MaxAge: 60 } });
    expect(ApiEndpoint).toBe(`https://${ApiId}.execute-api.eu-west-1.amazonaws.com`);
    const { IntegrationId } = await integration(ApiId);
    const Target = `integrations/${IntegrationId}`;
    const route = (RouteKey: string, more: object = {}) =>
      all.gateway.send(new Gateway.CreateRouteCommand({ ApiId, RouteKey, Target, ...more }));
    const { RouteId } = await route("$default");
    expect(await failure(route("$default"))).toEqual(["ConflictException", 409]);
    expect(await failure(route("FETCH /"))).toEqual(["BadRequestException", 400]);
    expect(await failure(route("GET /", { Target: "integrations/gone" }))).toEqual(["BadRequestException", 400]);
    const stage = () => all.gateway.send(new Gateway.CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
    await stage();
    expect(await failure(stage())).toEqual(["ConflictException", 409]);

    await all.gateway.send(new Gateway.UpdateApiCommand({ ApiId, Description: "two" }));
    await all.gateway.send(new Gateway.DeleteCorsConfigurationCommand({ ApiId }));
    const tag = (path: string) => `arn:aws:apigateway:eu-west-1::/apis/${ApiId}${path}`;
    await all.gateway.send(new Gateway.TagResourceCommand({ ResourceArn: tag("/stages/$default"), Tags: { b: "2" } }));
    await all.gateway.send(new Gateway.UntagResourceCommand({ ResourceArn: tag(""), TagKeys: ["a"] }));
    const [found] = (await all.gateway.send(new Gateway.GetApisCommand({}))).Items ?? [];
    expect(found).toMatchObject({ ApiId, Name: "web", Description: "two", Tags: {}, DisableExecuteApiEndpoint: false });
    expect([found?.CorsConfiguration, found?.CreatedDate]).toEqual([undefined, expect.any(Date)]);
    expect((await all.gateway.send(new Gateway.GetStagesCommand({ ApiId }))).Items).toMatchObject([
      { AutoDeploy: true, Tags: { b: "2" } },
    ]);
    expect((await all.gateway.send(new Gateway.GetRoutesCommand({ ApiId }))).Items).toMatchObject([
      { RouteId, AuthorizationType: "NONE" },
    ]);

    const remove = () => all.gateway.send(new Gateway.DeleteIntegrationCommand({ ApiId, IntegrationId }));
    expect(await failure(remove())).toEqual(["ConflictException", 409]);
    await all.gateway.send(new Gateway.DeleteRouteCommand({ ApiId, RouteId }));
    await remove();
    await all.gateway.send(new Gateway.DeleteApiCommand({ ApiId }));
    expect(await failure(all.gateway.send(new Gateway.GetIntegrationsCommand({ ApiId })))).toEqual(["NotFoundException", 404]);
    expect(await failure(remove())).toEqual(["NotFoundException", 404]);
  });

  it("answers APIs in pages", async () => {
    for (let index = 0; index < 30; index++) await api({ Name: `web-${index}` });
    const first = await all.gateway.send(new Gateway.GetApisCommand({}));
    const { NextToken } = first;
    const second = await all.gateway.send(new Gateway.GetApisCommand({ NextToken }));
    expect([first.Items?.length, second.Items?.length, second.NextToken]).toEqual([25, 5, undefined]);
  });

  it.each([
    ["without a payload's version", { PayloadFormatVersion: undefined }],
    ["that waits too long", { TimeoutInMillis: 30_001 }],
    ["to nothing", { IntegrationUri: "somewhere" }],
  ])("takes no integration %s", async (_, more) => {
    const { ApiId } = await api();
    expect(await failure(integration(ApiId, more))).toEqual(["BadRequestException", 400]);
  });
});

it("is the same again after it was saved and restored", async () => {
  await all.sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  await all.gateway.send(new Gateway.CreateApiCommand({ Name: "web", ProtocolType: "HTTP" }));
  const [saved, before] = [simulated.vendor.save(), simulated.vendor.snapshot()];
  await all.sqs.send(new CreateQueueCommand({ QueueName: "more" }));
  expect(simulated.vendor.snapshot()).not.toEqual(before);
  simulated.vendor.restore(saved);
  expect(simulated.vendor.snapshot()).toEqual(before);
});
