/** The library's own verbs on the simulated Azure behind a socket: a deployment's whole life at the public door, with nothing of a key in what it says. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  deploy,
  destroy,
  type FunctionConfig,
  invoke,
  list,
  pack,
  permissions,
  plan,
  rollback,
  status,
  versions,
} from "../../../src/index.ts";
import type { Listening } from "fnpkg/testing";
import { type Azure, credentials, furnished, subscription, writes } from "./azure-site.ts";

vi.setConfig({ testTimeout: 60_000 });
let azure: Azure;
let door: Listening;
let folder: string;
let file: string;

beforeAll(async () => {
  azure = furnished();
  door = await azure.listen();
  folder = await mkdtemp(join(tmpdir(), "fnpkg-azure-door-"));
  file = join(folder, "hello.fnpkg");
  await pack({ folder: "examples/hello", out: file });
});
afterAll(async () => {
  await door.close();
  await rm(folder, { recursive: true, force: true });
});

function config(): FunctionConfig {
  return {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: "hello",
    package: { name: "acme/hello", version: "^1.0" },
    env: { GREETING: "Good morning" },
    memory: "512Mi",
    runtime: "22",
    triggers: [{ name: "web", type: "http", auth: "key" }],
    targets: {
      "azure-functions": {
        subscription,
        resourceGroup: "acme",
        region: "westeurope",
        app: "acme-hello",
        storage: { account: "acmehost", container: "packages" },
        assignRoles: true,
        endpoint: door.endpoint,
      },
    },
  };
}

it("deploys, says what is there, calls it, and leaves nothing", async () => {
  const said: unknown[] = [];
  const at = { config: config(), target: "azure-functions", credentials } as const;
  const { plan: planned } = await plan({ ...at, package: file });
  expect(planned.steps.map(({ action, id }) => `${action} ${id}`)).toEqual([
    "create plan",
    "create app",
    "create settings",
    "create role-blobs-storage",
    "create role-queues-storage",
    "create role-tables-storage",
    "create code",
  ]);
  const receipt = await deploy({ ...at, package: file, plan: planned.digest, onEvent: (event) => said.push(event) });
  const app = azure.vendor.state.apps.get("acme-hello");
  const url = `http://${door.addressOf("acme-hello.azurewebsites.net")}`;
  expect(receipt).toMatchObject({ target: "azure-functions", deployment: "hello", url });
  expect(receipt.archiveSha256).toMatch(/^[0-9a-f]{64}$/);

  const before = azure.exchanges.length;
  await deploy({ ...at, package: file, onEvent: (event) => said.push(event) });
  expect(writes(azure, before)).toEqual([]);

  const now = await status({ ...at, package: file });
  expect(now).toMatchObject({ state: "ready", drift: [], packageDigest: planned.packageDigest });
  expect(await list(at)).toMatchObject([{ deployment: "hello", package: "acme/hello", state: "ready" }]);
  const answer = await invoke({ ...at, invocation: { type: "http", method: "GET", path: "/", headers: [], body: undefined } });
  expect(answer).toMatchObject({ type: "http", status: 200 });
  await expect(versions(at)).rejects.toMatchObject({ code: "E_CAPABILITY" });
  await expect(rollback(at)).rejects.toMatchObject({ code: "E_CAPABILITY" });
  await expect(deploy({ ...at, package: file, traffic: 0.1 })).rejects.toMatchObject({ code: "E_CAPABILITY" });

  const granted = await permissions({ config: config(), target: "azure-functions", package: file });
  expect(granted.policy).toMatchObject({ IsCustom: true, Actions: granted.actions, DataActions: [] });

  const gone = await destroy({ ...at, onEvent: (event) => said.push(event) });
  expect(gone.removed).toHaveLength(7);
  const { apps, plans, roleAssignments } = azure.vendor.state;
  expect([apps.size, plans.size, roleAssignments.size]).toEqual([0, 0, 0]);
  const text = JSON.stringify([said, receipt, now, answer, granted, gone, planned]);
  for (const secret of ["arm-token", app?.keys.master ?? "?", app?.keys.default ?? "?", "Good morning"])
    expect(text).not.toContain(secret);
});

it("says what to do when the token is not taken", async () => {
  const other = { getToken: async () => ({ token: "expired-token", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const failure = await deploy({ config: config(), target: "azure-functions", package: file, credentials: other }).catch(
    (cause: unknown) => cause,
  );
  expect(failure).toMatchObject({ code: "E_VENDOR", hint: expect.stringContaining("az login") as unknown });
  expect(JSON.stringify(failure)).not.toContain("expired-token");
});
