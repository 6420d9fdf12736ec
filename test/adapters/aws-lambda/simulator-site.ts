/** A deployment on the simulated AWS that is driven by hand, in virtual time: what others made there, and the bench. */
import type { Resolved } from "fnpkg/adapter";
import { awsSimulator, type Bench, bench, type SamplePackage, type SimulatorOptions, virtualClock } from "fnpkg/testing";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { config, credentials, region } from "./moto-site.ts";

type Simulated = ReturnType<typeof awsSimulator>;

export interface OnSimulator {
  readonly bench: Bench;
  readonly simulated: Simulated;
  /** Names of the writes since the last time this was asked. */
  written(): string[];
}

/** As at AWS itself: without an endpoint. */
export function simulatedConfig(...[given, more]: Given): Resolved<Section> {
  const { endpoint: _, ...rest } = config({ endpoint: "https://aws.invalid" }, given, more);
  return rest;
}

type Given = Parameters<typeof config> extends [unknown, ...infer Rest] ? Rest : never;
type Options = SimulatorOptions & Parameters<typeof awsSimulator>[0];

export async function onSimulator(pkg: SamplePackage, config: Resolved<Section>, options: Options = {}): Promise<OnSimulator> {
  const clock = virtualClock();
  const simulated = awsSimulator({ region, clock, latencyMs: [20, 80], ...options });
  const { services } = simulated.vendor;
  services.iam.roles.add("thumbnail", ["lambda.amazonaws.com", "scheduler.amazonaws.com"]);
  services.sqs.queues.add("jobs", { VisibilityTimeout: "180" });
  services.sqs.queues.add("dlq");
  services.sns.topics.add("orders");
  services.s3.buckets.add("photos");
  const here: typeof adapter = {
    ...adapter,
    connect: (where, cx) => adapter.connect(where, { ...cx, clock, fetch: simulated.fetch, credentials: () => credentials }),
  };
  let from = 0;
  return {
    simulated,
    bench: await bench({
      name: "aws-lambda",
      open: async () => ({ adapter: here, foreign: async () => undefined, snapshot: async () => simulated.vendor.snapshot() }),
      pkg,
      config,
      changed: config,
      fewer: config,
      secrets: [],
      clock: () => clock,
    }),
    written() {
      const names = simulated.exchanges.slice(from).flatMap(({ name, writes }) => (writes ? [name] : []));
      from = simulated.exchanges.length;
      return names;
    },
  };
}
