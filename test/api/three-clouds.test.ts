/** One sealed package, one configuration, three clouds, one call. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployAll, destroy, pack, readDeployments } from "../../src/index.ts";
import type { Listening } from "fnpkg/testing";
import { type Azure, credentials as azureToken, furnished, subscription } from "../adapters/azure-functions/azure-site.ts";
import { furnish } from "../adapters/aws-lambda/moto-site.ts";
import { account, project, region, startProject } from "../adapters/google-cloud-functions/google-site.ts";
import { type Moto, startMoto } from "../emulators/moto.ts";
import { needsTool, tool } from "../emulators/tools.ts";

const clouds = ["aws-lambda", "google-cloud-functions", "azure-functions"];
let moto: Moto;
let google: Awaited<ReturnType<typeof startProject>>;
let azure: Azure;
let azureDoor: Listening;
let folder: string;
let digest: string;

describe.skipIf(tool("moto_server") === undefined)(`a configuration that names three clouds${needsTool("moto_server")}`, () => {
  vi.setConfig({ testTimeout: 120_000 });
  beforeAll(async () => {
    azure = furnished();
    [moto, google, azureDoor, folder] = await Promise.all([
      startMoto({ plain: true }),
      startProject(),
      azure.listen(),
      mkdtemp(join(tmpdir(), "fnpkg-clouds-")),
    ]);
    await furnish(moto);
    ({ digest } = await pack({ folder: "examples/hello", out: join(folder, "hello.fnpkg") }));
    for (const name of ["first", "second"]) await writeFile(join(folder, `${name}.json`), JSON.stringify(configOf(name)));
  });
  afterAll(async () => {
    await Promise.all([moto.close(), google.close(), azureDoor.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const credentials = () => ({
    "google-cloud-functions": { getAccessToken: async () => google.world.token },
    "azure-functions": azureToken,
  });
  const configOf = (name: string) => ({
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: name,
    package: { name: "acme/hello" },
    env: { GREETING: "Hello" },
    memory: "2048Mi",
    runtime: "22",
    triggers: [{ name: "web", type: "http", auth: "public" }],
    identity: { "aws-lambda": "arn:aws:iam::123456789012:role/thumbnail", "google-cloud-functions": account },
    targets: {
      "aws-lambda": { region: "eu-west-1", endpoint: moto.endpoint },
      "google-cloud-functions": { project, region, endpoint: google.endpoint },
      "azure-functions": {
        subscription,
        resourceGroup: "acme",
        region: "westeurope",
        app: `acme-${name}`,
        storage: { account: "acmehost", container: "packages" },
        assignRoles: true,
        endpoint: azureDoor.endpoint,
      },
    },
  });
  const deployed = async (tasks: Parameters<typeof deployAll>[0]["tasks"]) => deployAll({ tasks, credentials: credentials() });
  const tasksOf = (name: string) =>
    clouds.map((target) => ({ package: join(folder, "hello.fnpkg"), config: join(folder, `${name}.json`), target }));

  it("deploys to all, one receipt each, and finds all unchanged", async () => {
    const first = await deployed(tasksOf("first"));
    if (first.error !== undefined) throw first.error;
    expect(first.results.map(({ receipt, changed }) => [receipt?.target, receipt?.packageDigest, changed])).toEqual(
      clouds.map((target) => [target, digest, true]),
    );
    for (const { receipt } of first.results) expect(receipt?.url).toMatch(/^https?:\/\//);
    const second = await deployed(tasksOf("first"));
    expect(second.results.map(({ changed, error }) => [changed, error])).toEqual(clouds.map(() => [false, undefined]));
  });

  it("lets one target fail by itself, and goes on with it the next time", async () => {
    const container = azure.vendor.state.accounts.get("acmehost")?.containers;
    container?.delete("packages");
    const { results, error } = await deployed(tasksOf("second"));
    expect(results.map(({ error: failed }) => failed?.code !== undefined)).toEqual([false, false, true]);
    expect(error?.problems.every(({ target }) => target === "azure-functions")).toBe(true);
    container?.add("packages");
    const again = await deployed(tasksOf("second"));
    expect(again.results.map(({ changed, error: failed }) => [changed, failed])).toEqual([
      [false, undefined],
      [false, undefined],
      [true, undefined],
    ]);
  });

  it("deploys a list of functions to all, and takes every one away", async () => {
    const list = ["first", "second"].map((name) => ({ package: "hello.fnpkg", config: `${name}.json`, targets: clouds }));
    await writeFile(join(folder, "all.json"), JSON.stringify(list));
    const { results } = await deployed(await readDeployments(join(folder, "all.json")));
    expect(results.map(({ error }) => error)).toEqual(Array.from({ length: 6 }, () => undefined));
    for (const { config, target } of [...tasksOf("first"), ...tasksOf("second")]) {
      const own: { readonly [target: string]: unknown } = credentials();
      await destroy({ config, target, ...(own[target] === undefined ? {} : { credentials: own[target] }) });
    }
    const left = await deployed(tasksOf("first"));
    expect(left.results.map(({ changed }) => changed)).toEqual([true, true, true]);
  });
});
