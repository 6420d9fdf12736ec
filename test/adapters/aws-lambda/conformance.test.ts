/** The adapter keeps the contract, with the real SDKs against moto. */
import { CreateFunctionCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { conformance, type Fixture } from "fnpkg/testing";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import type { AwsClient } from "../../../adapters/aws-lambda/client.ts";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import type { FunctionProps } from "../../../adapters/aws-lambda/resources.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { clients, config, eventPackage, furnish, role, triggers } from "./moto-site.ts";
import { snapshot } from "./moto-snapshot.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
let moto: Moto;
const address = {
  get endpoint() {
    return moto.endpoint;
  },
};

describe.skipIf(noMoto)(`aws-lambda on moto${needs}`, () => {
  beforeAll(async () => void (moto = await startMoto()));
  afterAll(() => moto.close());

  // Configurations are made before moto listens; where it does is put in when the adapter connects.
  const here: typeof adapter = {
    ...adapter,
    connect: (where, cx) => adapter.connect({ ...where, endpoint: address.endpoint }, cx),
  };
  const nowhere = { endpoint: "http://127.0.0.1:1" };
  const all = [triggers.jobs, triggers.orders, triggers.photos, triggers.tick];
  const env = { WORD: "correct-horse" };
  const fixture: Fixture<Section, AwsClient> = {
    name: "aws-lambda",
    async open() {
      await furnish(moto);
      return {
        adapter: here,
        async foreign({ props }) {
          const { FunctionName, Runtime, Handler } = props as unknown as FunctionProps;
          const Code = { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") };
          const input = { FunctionName, Runtime: Runtime as "nodejs24.x", Handler, Role: role, Code };
          await clients(moto).lambda.send(new CreateFunctionCommand(input));
        },
        async drift() {
          await clients(moto).lambda.send(
            new UpdateFunctionConfigurationCommand({ FunctionName: "thumbnail", MemorySize: 3008 }),
          );
        },
        // The log group stays after a destroy.
        snapshot: async () => ({ ...(await snapshot(moto)), groups: [] }),
      };
    },
    pkg: eventPackage,
    config: config(nowhere, { env, triggers: all }),
    changed: config(nowhere, { env: { WORD: "battery-staple" }, memoryMiB: 1024, triggers: all }),
    fewer: config(nowhere, { env, triggers: all.slice(0, 2) }),
    secrets: ["correct-horse", "battery-staple"],
    mostFaults: Number(process.env["FNPKG_FAULTS"] ?? 2),
  };
  vi.setConfig({ testTimeout: 400_000 });
  conformance({ describe, it }, fixture);
});
