/** The SDK's own client reads what the simulated Lambda answers, and its states follow the clock. */
import * as Lambda from "@aws-sdk/client-lambda";
import { awsSimulator, type Lags, virtualClock } from "fnpkg/testing";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { account, arn, clients, failure, region } from "./aws-site.ts";
import { zipOf } from "./zip.ts";

const FunctionName = "thumbnail";
const lambdaArn = `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;

function site(lags: Lags = {}) {
  const clock = virtualClock();
  const simulator = awsSimulator({ clock, lags });
  const Role = simulator.vendor.services.iam.roles.add("worker", ["lambda.amazonaws.com"]);
  const all = clients(simulator);
  const send = all.lambda.send.bind(all.lambda);
  const make = (more: Partial<Lambda.CreateFunctionCommandInput> = {}) =>
    send(
      new Lambda.CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: zipOf("one") },
        ...more,
      }),
    );
  const publish = (more: Partial<Lambda.PublishVersionCommandInput> = {}) =>
    send(new Lambda.PublishVersionCommand({ FunctionName, ...more }));
  const configure = (more: Partial<Lambda.UpdateFunctionConfigurationCommandInput>) =>
    send(new Lambda.UpdateFunctionConfigurationCommand({ FunctionName, ...more }));
  const configuration = (Qualifier?: string) =>
    send(new Lambda.GetFunctionConfigurationCommand({ FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) }));
  const alias = (FunctionVersion: string, Name = "live") =>
    send(new Lambda.CreateAliasCommand({ FunctionName, Name, FunctionVersion }));
  return { clock, simulator, all, Role, lambda: all.lambda, make, publish, configure, configuration, alias };
}

describe("functions of the simulated Lambda", () => {
  it("keeps a function with its code's digest and every default", async () => {
    const { make, lambda } = site();
    const made = await make({ Environment: { Variables: { WORD: "a" } }, Tags: { team: "media" } });
    expect(made).toMatchObject({ FunctionArn: lambdaArn, State: "Active", Version: "$LATEST", MemorySize: 128, Timeout: 3 });
    expect(made.CodeSha256).toBe(createHash("sha256").update(zipOf("one")).digest("base64"));
    expect(made.$metadata.httpStatusCode).toBe(201);
    const found = await lambda.send(new Lambda.GetFunctionCommand({ FunctionName }));
    expect(found).toMatchObject({ Tags: { team: "media" }, Configuration: { Environment: { Variables: { WORD: "a" } } } });
    expect(found.Configuration).toMatchObject({
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/thumbnail" },
      EphemeralStorage: { Size: 512 },
      Architectures: ["x86_64"],
    });
    expect(await failure(make())).toEqual(["ResourceConflictException", 409]);
    await lambda.send(new Lambda.DeleteFunctionCommand({ FunctionName }));
    expect(await failure(lambda.send(new Lambda.GetFunctionCommand({ FunctionName })))).toEqual([
      "ResourceNotFoundException",
      404,
    ]);
  });

  it("is made ready first, and takes no change while one is under way", async () => {
    const { clock, make, configure, configuration, publish } = site({ function: 2000 });
    expect(await make()).toMatchObject({ State: "Pending", StateReasonCode: "Creating" });
    expect(await failure(configure({ Timeout: 9 }))).toEqual(["ResourceConflictException", 409]);
    await clock.sleep(2000);
    expect(await configuration()).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
    const { RevisionId } = await configuration();
    expect(await configure({ Timeout: 9 })).toMatchObject({ State: "Active", LastUpdateStatus: "InProgress", Timeout: 9 });
    expect(await failure(publish())).toEqual(["ResourceConflictException", 409]);
    await clock.sleep(2000);
    expect(await failure(configure({ Timeout: 8, RevisionId: RevisionId ?? "" }))).toEqual(["PreconditionFailedException", 412]);
    expect(await publish()).toMatchObject({ State: "Pending", Version: "1", FunctionArn: `${lambdaArn}:1` });
  });

  it("needs a role that Lambda may assume, once everybody knows it", async () => {
    const { clock, all, make } = site({ role: 3000 });
    const { CreateRoleCommand } = await import("@aws-sdk/client-iam");
    const trusted = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trusted] });
    const { Role } = await all.iam.send(new CreateRoleCommand({ RoleName: "late", AssumeRolePolicyDocument }));
    const late = { Role: Role?.Arn ?? "" };
    await expect(make(late)).rejects.toThrow("The role defined for the function cannot be assumed by Lambda.");
    await clock.sleep(3000);
    await make(late);
  });

  it.each<[string, Partial<Lambda.CreateFunctionCommandInput>, string]>([
    ["memory", { MemorySize: 64 }, "ValidationException"],
    ["timeout", { Timeout: 901 }, "ValidationException"],
    ["name", { FunctionName: "no spaces" }, "ValidationException"],
    ["environment", { Environment: { Variables: { BIG: "x".repeat(4096) } } }, "InvalidParameterValueException"],
    ["reserved variable", { Environment: { Variables: { AWS_REGION: "x" } } }, "InvalidParameterValueException"],
    ["code that is no archive", { Code: { ZipFile: Buffer.from("no archive at all, is it") } }, "InvalidParameterValueException"],
    ["empty archive", { Code: { ZipFile: zipOf() } }, "InvalidParameterValueException"],
    ["role of nobody", { Role: `arn:aws:iam::${account}:role/nobody` }, "InvalidParameterValueException"],
    [
      "dead-letter queue that is not there",
      { DeadLetterConfig: { TargetArn: arn("sqs", "gone") } },
      "InvalidParameterValueException",
    ],
    ["tag", { Tags: { "aws:mine": "x" } }, "InvalidParameterValueException"],
  ])("refuses a %s that AWS refuses", async (_, input, name) => {
    const { make } = site();
    expect(await failure(make(input))).toEqual([name, 400]);
  });

  it("publishes a version when something changed since the last one", async () => {
    const { make, publish, configure, configuration, lambda } = site();
    await make();
    const first = await publish({ Description: "first" });
    expect([first.Version, first.Description]).toEqual(["1", "first"]);
    expect(await publish({ Description: "again" })).toMatchObject({ Version: "1", Description: "first" });
    expect(await failure(publish({ CodeSha256: "other" }))).toEqual(["InvalidParameterValueException", 400]);
    await configure({ MemorySize: 256 });
    expect(await publish()).toMatchObject({ Version: "2", MemorySize: 256 });
    expect(await configuration("1")).toMatchObject({ MemorySize: 128, FunctionArn: `${lambdaArn}:1` });
    const remove = (Qualifier: string) => lambda.send(new Lambda.DeleteFunctionCommand({ FunctionName, Qualifier }));
    await remove("1");
    await remove("1");
    expect(await failure(remove("$LATEST"))).toEqual(["InvalidParameterValueException", 400]);
    const { Versions = [] } = await lambda.send(new Lambda.ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions.map(({ Version, State }) => [Version, State])).toEqual([
      ["$LATEST", undefined],
      ["2", undefined],
    ]);
    const ZipFile = zipOf("two");
    const code = await lambda.send(new Lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }));
    expect(code.Version).toBe("3");
    const dry = await lambda.send(new Lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf("three"), DryRun: true }));
    expect(dry.CodeSha256).not.toBe(code.CodeSha256);
    expect((await configuration()).CodeSha256).toBe(code.CodeSha256);
  });

  it("answers a read as it was before the last write for a while", async () => {
    const { clock, make, configuration, configure } = site({ read: 1000 });
    await make();
    expect(await failure(configuration())).toEqual(["ResourceNotFoundException", 404]);
    await clock.sleep(1000);
    await configure({ Timeout: 7 });
    expect((await configuration()).Timeout).toBe(3);
    await clock.sleep(1000);
    expect((await configuration()).Timeout).toBe(7);
  });
});

describe("aliases of the simulated Lambda", () => {
  it("names versions, with a share for a second one", async () => {
    const { make, publish, configure, alias, lambda } = site();
    await make();
    await publish();
    await configure({ Timeout: 9 });
    await publish();
    expect(await failure(alias("7"))).toEqual(["ResourceNotFoundException", 404]);
    const made = await alias("1");
    expect(made).toMatchObject({ AliasArn: `${lambdaArn}:live`, FunctionVersion: "1" });
    expect(await failure(alias("1"))).toEqual(["ResourceConflictException", 409]);
    const update = (more: Partial<Lambda.UpdateAliasCommandInput>) =>
      lambda.send(new Lambda.UpdateAliasCommand({ FunctionName, Name: "live", ...more }));
    const split = (weights: Record<string, number>) => update({ RoutingConfig: { AdditionalVersionWeights: weights } });
    expect((await split({ "2": 0.1 })).RoutingConfig?.AdditionalVersionWeights).toEqual({ "2": 0.1 });
    expect(await failure(split({ "1": 0.1 }))).toEqual(["InvalidParameterValueException", 400]);
    expect(await failure(update({ RevisionId: made.RevisionId ?? "" }))).toEqual(["PreconditionFailedException", 412]);
    const remove = (Qualifier: string) => lambda.send(new Lambda.DeleteFunctionCommand({ FunctionName, Qualifier }));
    await expect(remove("2")).rejects.toThrow("Unable to delete version because the following aliases reference it: [live]");
    expect((await split({})).RoutingConfig).toBeUndefined();
    await remove("2");
  });

  it("keeps provisioned concurrency, URL, asynchronous settings and policy until it goes", async () => {
    const { clock, make, publish, alias, lambda } = site({ provisioned: 5000 });
    await make();
    await publish();
    await alias("1");
    const at = { FunctionName, Qualifier: "live" };
    const provisioned = () => lambda.send(new Lambda.GetProvisionedConcurrencyConfigCommand(at));
    expect(await failure(provisioned())).toEqual(["ProvisionedConcurrencyConfigNotFoundException", 404]);
    const put = (ProvisionedConcurrentExecutions: number) =>
      lambda.send(new Lambda.PutProvisionedConcurrencyConfigCommand({ ...at, ProvisionedConcurrentExecutions }));
    expect((await put(2)).Status).toBe("IN_PROGRESS");
    await clock.sleep(5000);
    expect(await provisioned()).toMatchObject({ Status: "READY", AvailableProvisionedConcurrentExecutions: 2 });
    const reserve = (ReservedConcurrentExecutions: number) =>
      lambda.send(new Lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    expect(await failure(reserve(901))).toEqual(["InvalidParameterValueException", 400]);
    await reserve(2);
    expect(await failure(put(3))).toEqual(["InvalidParameterValueException", 400]);

    const url = await lambda.send(new Lambda.CreateFunctionUrlConfigCommand({ ...at, AuthType: "NONE" }));
    expect(url.FunctionUrl).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.eu-west-1\.on\.aws\/$/);
    const asyncs = await lambda.send(new Lambda.PutFunctionEventInvokeConfigCommand({ ...at, MaximumRetryAttempts: 1 }));
    expect(asyncs.FunctionArn).toBe(`${lambdaArn}:live`);

    const allow = { ...at, StatementId: "web", Action: "lambda:InvokeFunctionUrl", Principal: "*" };
    const permit = () => lambda.send(new Lambda.AddPermissionCommand({ ...allow, FunctionUrlAuthType: "NONE" }));
    await permit();
    expect(await failure(permit())).toEqual(["ResourceConflictException", 409]);
    const { Policy = "" } = await lambda.send(new Lambda.GetPolicyCommand(at));
    expect(JSON.parse(Policy)).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [
        {
          Sid: "web",
          Effect: "Allow",
          Principal: "*",
          Action: "lambda:InvokeFunctionUrl",
          Resource: `${lambdaArn}:live`,
          Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
        },
      ],
    });
    await lambda.send(new Lambda.DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect(await failure(lambda.send(new Lambda.GetFunctionUrlConfigCommand(at)))).toEqual(["ResourceNotFoundException", 404]);
    await alias("1");
    expect(await failure(lambda.send(new Lambda.GetPolicyCommand(at)))).toEqual(["ResourceNotFoundException", 404]);
  });
});

describe("event source mappings of the simulated Lambda", () => {
  it("are made, changed and removed in time, and take nothing in between", async () => {
    const { clock, all, make, lambda } = site({ mapping: 4000 });
    const { CreateQueueCommand } = await import("@aws-sdk/client-sqs");
    await make({ Timeout: 60 });
    const create = (more: Partial<Lambda.CreateEventSourceMappingCommandInput> = {}) =>
      lambda.send(new Lambda.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arn("sqs", "jobs"), ...more }));
    await expect(create()).rejects.toThrow("AWS.SimpleQueueService.NonExistentQueue");
    await all.sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
    await expect(create()).rejects.toThrow("Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds");
    await lambda.send(new Lambda.UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 30 }));
    const { UUID = "", State } = await create({ Tags: { team: "media" } });
    expect(State).toBe("Creating");
    expect(await failure(create())).toEqual(["ResourceConflictException", 409]);
    const update = (more: object) => lambda.send(new Lambda.UpdateEventSourceMappingCommand({ UUID, ...more }));
    expect(await failure(update({ BatchSize: 5 }))).toEqual(["ResourceInUseException", 400]);
    await clock.sleep(4000);
    const found = await lambda.send(new Lambda.GetEventSourceMappingCommand({ UUID }));
    expect(found).toMatchObject({ State: "Enabled", BatchSize: 10, FunctionArn: lambdaArn });
    expect(found.LastModified).toBeInstanceOf(Date);
    expect(await failure(update({ BatchSize: 11 }))).toEqual(["InvalidParameterValueException", 400]);
    expect((await update({ Enabled: false })).State).toBe("Disabling");
    await clock.sleep(4000);
    const tags = await lambda.send(new Lambda.ListTagsCommand({ Resource: found.EventSourceMappingArn ?? "" }));
    expect(tags.Tags).toEqual({ team: "media" });
    const remove = () => lambda.send(new Lambda.DeleteEventSourceMappingCommand({ UUID }));
    expect((await remove()).State).toBe("Deleting");
    expect(await failure(remove())).toEqual(["ResourceInUseException", 400]);
    await clock.sleep(4000);
    expect(await failure(remove())).toEqual(["ResourceNotFoundException", 404]);
  });
});

describe("calls of the simulated Lambda", () => {
  it("answers what the test says, with the function's failure as AWS has it", async () => {
    const { make, lambda, simulator } = site();
    await make();
    const { lambda: service } = simulator.vendor.services;
    service.respond = ({ version, event }) => ({ version, event });
    const call = () => lambda.send(new Lambda.InvokeCommand({ FunctionName, Payload: Buffer.from(`{"a":1}`) }));
    const answer = await call();
    expect([answer.StatusCode, answer.FunctionError, answer.Payload?.transformToString()]).toEqual([
      200,
      undefined,
      '{"version":"$LATEST","event":{"a":1}}',
    ]);
    service.respond = () => {
      throw new RangeError("too far");
    };
    const failed = await call();
    expect(failed.FunctionError).toBe("Unhandled");
    expect(JSON.parse(failed.Payload?.transformToString() ?? "")).toMatchObject({
      errorType: "RangeError",
      errorMessage: "too far",
    });
  });

  it("answers at a public function's own address, over loopback too", async () => {
    const { make, publish, alias, lambda, simulator } = site();
    await make();
    await publish();
    await alias("1");
    const at = { FunctionName, Qualifier: "live" };
    const { FunctionUrl = "" } = await lambda.send(new Lambda.CreateFunctionUrlConfigCommand({ ...at, AuthType: "NONE" }));
    simulator.vendor.services.lambda.respond = ({ event }) => ({
      statusCode: 201,
      headers: { "x-path": (event as { rawPath: string }).rawPath },
      body: "made",
    });
    expect((await simulator.fetch(`${FunctionUrl}a/b`)).status).toBe(403);
    const allow = { ...at, StatementId: "web", Action: "lambda:InvokeFunctionUrl", Principal: "*" };
    await lambda.send(new Lambda.AddPermissionCommand({ ...allow, FunctionUrlAuthType: "NONE" }));
    const listening = await simulator.listen();
    try {
      const address = `http://${listening.addressOf(new URL(FunctionUrl).host)}/a/b`;
      for (const answer of [await simulator.fetch(`${FunctionUrl}a/b`), await fetch(address)])
        expect([answer.status, answer.headers.get("x-path"), await answer.text()]).toEqual([201, "/a/b", "made"]);
    } finally {
      await listening.close();
    }
  });
});
