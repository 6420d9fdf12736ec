/** The adapter keeps the contract against AWS as it is with time: states that last, roles that are not known yet, limits. */
import { CreateFunctionCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { type AwsSimulatorOptions, awsSimulator, conformance, type Fixture, virtualClock } from "fnpkg/testing";
import { describe, it, vi } from "vitest";
import { type AwsClient, connect } from "../../../adapters/aws-lambda/client.ts";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import type { FunctionProps } from "../../../adapters/aws-lambda/resources.ts";
import { furnish } from "../../testing/simulators/aws-deployed.ts";
import { clients } from "../../testing/simulators/aws-site.ts";
import { zipOf } from "../../testing/simulators/zip.ts";
import { credentials, eventPackage, role, triggers } from "./moto-site.ts";
import { simulatedConfig as config } from "./simulator-site.ts";

const all = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick];
const env = { WORD: "correct-horse" };
const clock = virtualClock();

const slow: AwsSimulatorOptions = {
  latencyMs: [20, 80],
  lags: { function: 3000, role: 5000, mapping: 4000, provisioned: 5000, permission: 2000 },
};

/** Reads answer for a while what was before. */
const behind: AwsSimulatorOptions = { latencyMs: [20, 80], lags: { read: 1000 } };

/** What others did is seen by every read from then on. */
const shownToAll = () => clock.sleep(60_000);

function fixture(name: string, options: AwsSimulatorOptions): Fixture<Section, AwsClient> {
  return {
    name,
    async open() {
      const simulator = awsSimulator({ clock, ...options });
      furnish(simulator.vendor);
      await shownToAll();
      const { lambda } = clients(simulator);
      return {
        adapter: {
          ...adapter,
          connect: async (where) => connect(where, { fetch: simulator.fetch, credentials, clock }),
        },
        async foreign({ props }) {
          const { FunctionName, Runtime, Handler } = props as unknown as FunctionProps;
          const input = {
            FunctionName,
            Runtime: Runtime as "nodejs24.x",
            Handler,
            Role: role,
            Code: { ZipFile: zipOf("other") },
          };
          await lambda.send(new CreateFunctionCommand(input));
          await shownToAll();
        },
        async drift() {
          await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "thumbnail", MemorySize: 3008 }));
          await shownToAll();
        },
        // The log group stays after a destroy.
        snapshot: async () => ({ ...(simulator.vendor.snapshot() as object), logs: [] }),
      };
    },
    pkg: eventPackage,
    config: config({ env, triggers: all }),
    changed: config({ env: { WORD: "battery-staple" }, memoryMiB: 1024, triggers: all }),
    fewer: config({ env, triggers: all.slice(0, 2) }),
    secrets: ["correct-horse", "battery-staple"],
    clock: () => clock,
    mostFaults: Number(process.env["FNPKG_FAULTS"] ?? 2),
  };
}

vi.setConfig({ testTimeout: 120_000 });
describe("on the simulated AWS", () => {
  conformance({ describe, it }, fixture("aws-lambda, everything takes its time", slow));
  conformance({ describe, it }, fixture("aws-lambda, reads lag behind writes", behind));
});
