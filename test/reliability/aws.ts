/** AWS Lambda: functions with an address or an HTTP API, and those that queues, topics, buckets and schedules call. */
import fc from "fast-check";
import type { Trigger } from "fnpkg/adapter";
import { awsSimulator } from "fnpkg/testing";
import { adapter } from "../../adapters/aws-lambda/index.ts";
import { credentials, eventPackage, httpPackage, region, triggers } from "../adapters/aws-lambda/moto-site.ts";
import { simulatedConfig } from "../adapters/aws-lambda/simulator-site.ts";
import { furnish } from "../testing/simulators/aws-deployed.ts";
import { lagging, settings, type Site, type Wanted } from "./site.ts";

const named: { readonly [name: string]: Trigger } = triggers;
const [http, events] = [0, 1];
const lists = [
  ...[["web"], []].map((list) => ({ package: http, triggers: list })),
  ...fc.sample(fc.subarray(["jobs", "orders", "photos", "tick"]), { seed: 1, numRuns: 8 }).map((list) => ({
    package: events,
    triggers: list,
  })),
];

type Simulated = ReturnType<typeof awsSimulator>;

export const aws: Site = {
  name: "aws-lambda",
  share: 1,
  packages: [httpPackage, eventPackage],
  wanted: fc.tuple(fc.constantFrom(...lists), settings([256, 512, 1024])).map(([list, more]): Wanted => ({ ...list, ...more })),
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
  config: ({ triggers: list, word, memoryMiB, tags }) =>
    simulatedConfig(
      {
        triggers: list.flatMap((name) => named[name] ?? []),
        env: word === undefined ? {} : { WORD: word },
        sensitive: word === undefined ? [] : [word],
        memoryMiB,
        tags,
      },
      { keepVersions: 1 },
    ),
  classOf: () => "any",
  left: /^\/(iam|logs|sqs)\/.*not undefined$|\/tags\/fnpkg:adapter: /,
  plain,
  // Code, settings, tags, and waiting between them.
  writesOfStep: 4,
  secrets: [credentials.secretAccessKey],
  foreign: ({ simulator }) => (simulator as Simulated).vendor.foreign(),
};

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
