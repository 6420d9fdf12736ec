/** AWS Lambda: functions with an address or an HTTP API, and those that queues, topics, buckets and schedules call. */
import { awsSimulator } from "fnpkg/testing";
import { adapter } from "../../adapters/aws-lambda/index.ts";
import { credentials, eventPackage, httpPackage, region, triggers } from "../adapters/aws-lambda/moto-site.ts";
import { simulatedConfig } from "../adapters/aws-lambda/simulator-site.ts";
import { furnish } from "../testing/simulators/aws-deployed.ts";
import { lagging, partsOf, type Site, someOf, wanted } from "./site.ts";

type Simulated = ReturnType<typeof awsSimulator>;

export const aws: Site = {
  name: "aws-lambda",
  share: 1,
  packages: [httpPackage, eventPackage],
  wanted: wanted([["web"], []], someOf(["jobs", "orders", "photos", "tick"], 0), [256, 512, 1024]),
  open({ seed, latencyMs, lagMs, blindMs }, clock) {
    const working = ["function", "role", "mapping", "provisioned", "permission"];
    const lags = { ...lagging(working, lagMs), ...lagging(["read"], blindMs) };
    const simulator = awsSimulator({ region, seed, latencyMs, clock, lags });
    furnish(simulator.vendor);
    const here: typeof adapter = {
      ...adapter,
      connect: (where, how) => adapter.connect(where, { ...how, clock, credentials: () => credentials }),
    };
    return { simulator, clock, adapter: here };
  },
  config: (one) => simulatedConfig(partsOf(triggers, one), { keepVersions: 1 }),
  classOf: () => "any",
  left: /^\/(iam|logs|sqs)\/.*not undefined$|\/tags\/fnpkg:adapter: /,
  plain,
  // Code, settings, tags, and waiting between them.
  writesOfStep: 4,
  secrets: [credentials.secretAccessKey],
  foreign({ simulator }, verb) {
    const { lambda, ...rest } = ((simulator as Simulated).vendor.foreign() ?? {}) as Theirs;
    const { thumbnail, ...functions } = lambda?.functions ?? {};
    return { ...rest, lambda: { ...lambda, functions: verb === "destroy" ? functions : { ...functions, thumbnail } } };
  },
};

interface Theirs {
  readonly lambda?: { readonly functions?: { readonly [name: string]: unknown } };
}

interface Snapshot {
  readonly sqs: readonly { readonly attributes: { readonly [name: string]: string } }[];
  readonly lambda: {
    readonly mappings: readonly { readonly state: string }[];
    readonly functions: {
      readonly [name: string]: {
        readonly versions: readonly { readonly number: string }[];
        readonly aliases: { readonly [name: string]: { readonly version: string } };
      };
    };
  };
}

/** Logs stay after a destroy. A mapping that is on its way out goes by itself. A version is what an alias names, whatever its number; one more at most is kept. Others write the policies of queues. */
function plain(snapshot: unknown): unknown {
  const { lambda, sqs, ...rest } = snapshot as Snapshot;
  const functions = Object.entries(lambda.functions).map(([name, { versions, aliases, ...more }]) => {
    const serving = Object.entries(aliases).map(([alias, { version, ...how }]) => {
      const { number: _, ...what } = versions.find(({ number }) => number === version) ?? { number: "" };
      return [alias, { ...how, ...what }];
    });
    return [name, { ...more, serving: Object.fromEntries(serving) as unknown, tooMany: versions.length > 2 }];
  });
  const queues = sqs.map(({ attributes, ...queue }) => ({ ...queue, attributes: { ...attributes, Policy: undefined } }));
  const mappings = lambda.mappings.filter(({ state }) => state !== "Deleting");
  return { ...rest, sqs: queues, logs: [], lambda: { ...lambda, mappings, functions: Object.fromEntries(functions) as unknown } };
}
