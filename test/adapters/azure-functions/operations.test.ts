/** Invoke, logs, list, rollback and purge, on the simulated Azure. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cx, LogLine } from "fnpkg/adapter";
import { type Listening, samplePackage } from "fnpkg/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { contextOf } from "../../../src/engine/index.ts";
import type { AzureClient } from "../../../adapters/azure-functions/client.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
import { lineOf } from "../../../adapters/azure-functions/operations-logs.ts";
import { answering, component, config, credentials, deployment, httpPackage, type Site, triggers } from "./azure-site.ts";

const { operations } = adapter;
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const site of open.splice(0)) await site.close();
});

async function deployed(
  of: ReturnType<typeof config>,
  pkg?: typeof httpPackage,
): Promise<{ readonly site: Site; readonly cx: Cx<AzureClient> }> {
  const site = await deployment(of, pkg === undefined ? {} : { pkg });
  open.push(site);
  expect((await site.deploy(of)).failure).toBeUndefined();
  return { site, cx: await context(site, of) };
}

async function context(site: Site, of: ReturnType<typeof config>, door?: Listening): Promise<Cx<AzureClient>> {
  const { signal } = new AbortController();
  const clock = site.fixture.clock?.();
  const client = await (door === undefined
    ? adapter.connect(of, { signal, credentials, fetch: site.azure.fetch })
    : adapter.connect({ ...of, endpoint: door.endpoint }, { signal, credentials }));
  const timing = clock === undefined || door !== undefined ? {} : { clock };
  return contextOf({ client, deployment: of.deployment, package: "acme/sample", ...timing });
}

/** The same site, over a socket. */
async function opened(site: Site, of: ReturnType<typeof config>): Promise<Cx<AzureClient>> {
  const door = await site.azure.listen();
  open.push(door);
  return context(site, of, door);
}

const keeping = { storage: { account: "acmehost", container: "packages", keepPackages: 2 } };

/** Two packages, one after the other, both kept. */
async function twice() {
  const of = config({ triggers: [triggers.web] }, keeping);
  const { site, cx } = await deployed(of, httpPackage);
  const serving = () => site.azure.vendor.state.apps.get("thumbnail")?.deployments.at(-1)?.sha256;
  const first = serving();
  const later = samplePackage({ signature: { type: "http" }, files: { "index.js": "export default () => 2;\n" } });
  expect((await (await deployment(of, { pkg: later, on: site })).deploy(of)).failure).toBeUndefined();
  expect(serving()).not.toBe(first);
  return { site, cx, serving, first, later };
}

const call = {
  type: "http",
  method: "POST",
  path: "/a%20b?c=1&c=2",
  headers: [["x-mine", "1"]],
  body: Buffer.from("hello"),
} as const;

describe("azure-functions' operations", () => {
  vi.setConfig({ testTimeout: 60_000 });

  it("calls an open function without a key, and one with a key with the app's", async () => {
    for (const trigger of [triggers.web, triggers.keyed]) {
      const of = config({ triggers: [trigger] });
      const { site, cx: inside } = await deployed(of, httpPackage);
      const answers = [];
      for (const cx of [inside, await opened(site, of)]) {
        const answer = await operations.invoke(cx, call);
        expect(answer).toMatchObject({ type: "http", status: 200 });
        expect(answer.type === "http" && Buffer.from(answer.body).toString()).toBe("POST /a b?c=1&c=2 hello");
        expect(answer.type === "http" && answer.headers).toContainEqual(["x-two", "1"]);
        answers.push(answer);
      }
      const asked = site.azure.exchanges.some(({ path }) => path.endsWith("/listkeys"));
      expect(asked).toBe(trigger.auth === "key");
      const keys = site.azure.vendor.state.apps.get("thumbnail")?.keys;
      expect(JSON.stringify(answers)).not.toContain(keys?.default);
    }
  });

  it("hands an event to the admin endpoint, and says where nothing answers", async () => {
    const { site, cx } = await deployed(config({ triggers: [triggers.tick, triggers.photos] }));
    const event = { specversion: "1.0", id: "1", source: "/test", type: "t", data: { a: 1 } };
    expect(await operations.invoke(cx, { type: "event", event })).toEqual({ type: "event", ok: true, failures: [] });
    expect(site.azure.vendor.state.apps.get("thumbnail")?.admitted).toEqual([
      { function: "photos", input: JSON.stringify(event) },
    ]);
    await operations.invoke(cx, { type: "event", event: { ...event, type: "dev.fnpkg.schedule.fired.v1" } });
    expect(site.azure.vendor.state.apps.get("thumbnail")?.admitted[1]).toMatchObject({ function: "tick" });
    await expect(operations.invoke(cx, call)).rejects.toMatchObject({ code: "E_TRIGGER" });
    expect((await site.destroy()).failure).toBeUndefined();
    await expect(operations.invoke(cx, { type: "event", event })).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });

  it("reads the log where a component keeps one, and says so where none does", async () => {
    const of = config({ triggers: [triggers.tick] }, { applicationInsights: component });
    const { site, cx } = await deployed(of);
    const app = site.azure.vendor.state.apps.get("thumbnail");
    expect(app?.settings["APPLICATIONINSIGHTS_CONNECTION_STRING"]).toContain("InstrumentationKey");
    expect((await site.status(of)).drift).toEqual([]);
    let query = "";
    answering(site.azure, ({ url, body }) => {
      if (url.pathname.endsWith("/query")) ({ query } = JSON.parse(Buffer.from(body).toString()) as { query: string });
      return undefined;
    });
    site.azure.vendor.state.components
      .get("acme")
      ?.rows.push(
        ["1", "2026-11-22T12:00:00Z", 1, "Host started"],
        ["2", "2026-11-22T12:00:01Z", 1, '{"time":"2026-11-22T12:00:01.500Z","level":"warn","message":"low","left":3}'],
      );
    const lines: LogLine[] = [];
    for await (const line of operations.logs(cx, { follow: false, tail: 1 })) lines.push(line);
    expect(lines).toEqual([{ time: "2026-11-22T12:00:01.500Z", level: "warn", message: "low", left: 3 }]);
    expect(query).toContain("cloud_RoleName =~ 'thumbnail'");
    const without = await deployed(config({ triggers: [triggers.tick] }));
    await expect(operations.logs(without.cx, { follow: false })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "E_CAPABILITY",
      hint: expect.stringContaining("applicationInsights") as unknown,
    });
    expect(lineOf("2026-11-22T12:00:00Z", 3, "{broken")).toEqual({
      time: "2026-11-22T12:00:00.000Z",
      level: "error",
      message: "{broken",
    });
  });

  it("lists what is marked, over pages", async () => {
    const { site, cx } = await deployed(config({ triggers: [triggers.web] }), httpPackage);
    const app = site.azure.vendor.state.apps.get("thumbnail");
    for (const name of ["a", "b", "c"])
      if (app !== undefined) site.azure.vendor.state.apps.set(name, { ...app, name, value: { ...app.value, name, tags: {} } });
    expect(await operations.list(cx)).toMatchObject([{ deployment: "thumbnail", package: "acme/sample", state: "ready" }]);
  });

  it("publishes a kept package again, by digest and one back, and purges", async () => {
    const { site, cx, serving, first, later } = await twice();
    const app = site.azure.vendor.state.apps.get("thumbnail");
    expect(site.azure.vendor.state.blobs.size).toBe(2);

    await operations.rollback?.(cx, {});
    expect(serving()).toBe(first);
    expect(app?.value["tags"]).toMatchObject({ "fnpkg:derivation": expect.stringContaining(httpPackage.digest) as unknown });
    await operations.rollback?.(cx, { digest: later.digest });
    expect(serving()).not.toBe(first);
    await expect(operations.rollback?.(cx, { digest: `sha256:${"0".repeat(64)}` })).rejects.toMatchObject({
      code: "E_NOT_DEPLOYED",
    });
    await operations.purge?.(cx);
    expect(site.azure.vendor.state.blobs.size).toBe(0);
  });

  it("goes back from what was served when a rollback was killed, not from what it had begun", async () => {
    const { site, cx, serving, first } = await twice();
    const [tags, name] = [
      site.azure.vendor.state.apps.get("thumbnail")?.value["tags"] as { [tag: string]: string },
      "fnpkg:published",
    ];
    // As it stands between the first write of a rollback and its publishing.
    delete tags[name];
    await operations.rollback?.(cx, {});
    expect(serving()).toBe(first);
  });

  it("takes the folder of a rollback that was killed away, and no other's", async () => {
    const { cx } = await twice();
    const { pid = 1 } = spawnSync(process.execPath, ["--version"]);
    const [gone, running] = [pid, process.pid].map((of) => mkdtempSync(join(tmpdir(), `fnpkg-rollback-${of}-`)));
    await operations.rollback?.(cx, {});
    expect([gone, running].map((folder) => existsSync(folder ?? ""))).toEqual([false, true]);
    rmSync(running ?? "", { recursive: true });
  });

  it("does not go back to an archive that registers other triggers, and writes nothing", async () => {
    const of = config({ triggers: [triggers.jobs, triggers.tick] }, keeping);
    const { site } = await deployed(of);
    const other = config({ triggers: [triggers.jobs, triggers.photos] }, keeping);
    expect((await (await deployment(other, { on: site })).deploy(other)).failure).toBeUndefined();
    const before = site.azure.vendor.snapshot();
    await expect(operations.rollback?.(await context(site, other), {})).rejects.toMatchObject({
      code: "E_CAPABILITY",
      message: expect.stringContaining("other triggers: jobs, tick, not jobs, photos") as unknown,
    });
    expect(site.azure.vendor.snapshot()).toEqual(before);
  });

  it("has no versions, and keeps nothing unless it is told to", async () => {
    const { cx } = await deployed(config({ triggers: [triggers.tick] }));
    for (const refused of [
      operations.versions?.(cx),
      operations.promote?.(cx, "1"),
      operations.rollback?.(cx, {}),
      operations.rollback?.(cx, { version: "1" }),
    ])
      await expect(refused).rejects.toMatchObject({
        code: "E_CAPABILITY",
        message: expect.stringContaining("Flex Consumption") as unknown,
      });
  });
});
