/** The simulated account as a whole: who may ask, how often, what others do, and its state. */
import { GetFunctionCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { type AwsSimulatorOptions, awsSimulator, seededRandom, virtualClock, wireFaults } from "fnpkg/testing";
import { describe, expect, it } from "vitest";
import { type AwsClient, connect } from "../../../adapters/aws-lambda/client.ts";
import { clients, failure, region } from "./aws-site.ts";
import { furnish, ours } from "./aws-deployed.ts";

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

describe("the simulated AWS", () => {
  it("answers nobody who does not sign, in each service's words", async () => {
    const { fetch } = awsSimulator();
    const at = async (address: string, init: RequestInit = {}) => {
      const answer = await fetch(address, init);
      return [answer.status, answer.headers.get("x-amzn-errortype") ?? /<Code>(\w+)/.exec(await answer.text())?.[1]];
    };
    expect(await at(`https://lambda.${region}.amazonaws.com/2015-03-31/functions`)).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
    expect(await at("https://iam.amazonaws.com/", { method: "POST", body: "Action=ListRoles" })).toEqual([
      403,
      "MissingAuthenticationToken",
    ]);
    expect(await at(`https://photos.s3.${region}.amazonaws.com/`)).toEqual([403, "AccessDenied"]);
    expect((await fetch("https://elsewhere.example/")).status).toBe(404);
  });

  it("limits Lambda's control plane, and says when to come back", async () => {
    const clock = virtualClock();
    const { lambda } = clients(awsSimulator({ clock }));
    const asked = await Promise.all(Array.from({ length: 16 }, () => failure(lambda.send(new ListFunctionsCommand({})))));
    expect(asked.filter((one) => one !== undefined)).toEqual([["TooManyRequestsException", 429]]);
    const again = lambda.send(new ListFunctionsCommand({}));
    await expect(again).rejects.toMatchObject({ retryAfterSeconds: "1", Reason: "CallerRateLimitExceeded" });
    const one = () => failure(lambda.send(new GetFunctionCommand({ FunctionName: "gone" })));
    expect(await one()).toEqual(["ResourceNotFoundException", 404]);
    await clock.sleep(1000);
    await lambda.send(new ListFunctionsCommand({}));
  });

  it.each([
    ["throttled", "lambda", ["TooManyRequestsException", 429]],
    ["internal", "lambda", ["ServiceException", 500]],
    ["throttled", "iam", ["Throttling", 400]],
    ["unavailable", "iam", ["ServiceUnavailable", 503]],
  ] as const)("is %s in the words of %s", async (kind, service, said) => {
    const fault = kind === "throttled" ? { kind, afterMs: 1000 } : { kind };
    const { lambda, iam } = clients(awsSimulator({ faults: wireFaults([{ ...fault, at: 0 }]) }));
    const ask = () =>
      service === "iam" ? iam.send(new GetRoleCommand({ RoleName: "a" })) : lambda.send(new ListFunctionsCommand({}));
    expect(await failure(ask())).toEqual(said);
  });

  it("is saved and restored as a whole", async () => {
    const simulator = awsSimulator();
    furnish(simulator.vendor);
    const empty = simulator.vendor.snapshot();
    const saved = simulator.vendor.save();
    await ours(simulator);
    const deployed = simulator.vendor.snapshot();
    expect(deployed).not.toEqual(empty);
    const later = simulator.vendor.save();
    simulator.vendor.restore(saved);
    expect(simulator.vendor.snapshot()).toEqual(empty);
    simulator.vendor.restore(later);
    expect(simulator.vendor.snapshot()).toEqual(deployed);
  });

  it("answers an adapter's client in process and over loopback alike", async () => {
    const ask = async (client: AwsClient) => {
      const never = { signal: new AbortController().signal };
      const missing = await failure(client.lambda.getFunction({ FunctionName: "gone" }, never));
      const { Account } = await client.sts.getCallerIdentity({}, never);
      await client.close();
      return [missing, Account];
    };
    const options: AwsSimulatorOptions = { limited: false };
    const section = { region, http: "function-url", alias: "live", createRole: false, keepVersions: 5 } as const;
    const inside = await ask(connect({ section }, { fetch: awsSimulator(options).fetch, credentials }));
    const listening = await awsSimulator(options).listen();
    try {
      const outside = await ask(connect({ section, endpoint: listening.endpoint }, { credentials }));
      expect(outside).toEqual(inside);
      expect(inside).toEqual([["ResourceNotFoundException", 404], "123456789012"]);
    } finally {
      await listening.close();
    }
  });
});

describe("somebody else in the simulated account", () => {
  it("does the same for the same seed, and adds nothing twice", async () => {
    const run = async (seed: number, times: number) => {
      const simulator = awsSimulator();
      furnish(simulator.vendor);
      await ours(simulator);
      const random = seededRandom(seed);
      const done = Array.from({ length: times }, () => simulator.vendor.disturb(random));
      return { done, vendor: simulator.vendor };
    };
    const [one, two, other] = [await run(1, 200), await run(1, 200), await run(2, 400)];
    expect(one.done).toEqual(two.done);
    expect(one.vendor.snapshot()).toEqual(two.vendor.snapshot());
    // After so many everything of theirs is there, whatever the order was.
    expect(one.vendor.foreign()).toEqual(other.vendor.foreign());
    expect(JSON.stringify(one.vendor.foreign())).not.toContain("by-us");
    for (const word of ["theirs-report", "theirs-team", "theirs-monitoring", "theirs-files", "theirs-send", "theirs-worker"])
      expect(JSON.stringify(one.vendor.foreign())).toContain(word);
    expect(new Set(one.done.map((words) => words.split(" ")[0]))).toEqual(
      new Set(["made", "tagged", "let", "looked", "changed", "removed"]),
    );
  });

  it("changes and removes things of ours", async () => {
    const simulator = awsSimulator();
    furnish(simulator.vendor);
    await ours(simulator);
    const random = seededRandom(3);
    for (let step = 0; step < 100; step++) simulator.vendor.disturb(random);
    const { lambda } = simulator.vendor.snapshot() as {
      lambda: { functions: { thumbnail: { latest: { settings: { MemorySize: number } } } }; mappings: unknown[] };
    };
    expect(lambda.functions.thumbnail.latest.settings.MemorySize).toBe(1769);
    expect(lambda.mappings).toEqual([]);
  });
});
