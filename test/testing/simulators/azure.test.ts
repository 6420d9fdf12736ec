/** The simulated Azure itself: what it does in time, what it keeps to, and that it is the same again. */
import { azureSimulator, type AzureLags, type AzureVendor, type Simulator, seededRandom, virtualClock } from "fnpkg/testing";
import { describe, expect, it } from "vitest";
import {
  arm,
  config,
  credentials,
  deployment,
  furnished,
  httpPackage,
  triggers,
} from "../../adapters/azure-functions/azure-site.ts";
import { adapter } from "../../../adapters/azure-functions/index.ts";
import { contextOf } from "../../../src/engine/index.ts";

const authorization = "Bearer arm-token";
const web = (rest: string) => `https://management.azure.com${arm(`Microsoft.Web/${rest}`)}?api-version=2024-11-01`;
const plan = {
  location: "westeurope",
  kind: "functionapp",
  sku: { name: "FC1", tier: "FlexConsumption" },
  properties: { reserved: true },
};
const site = {
  location: "westeurope",
  kind: "functionapp,linux",
  identity: { type: "SystemAssigned" },
  properties: {
    serverFarmId: arm("Microsoft.Web/serverfarms/p"),
    functionAppConfig: { scaleAndConcurrency: { instanceMemoryMB: 512 } },
  },
};

interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [key: string]: unknown };
}

function caller({ fetch }: Pick<Simulator, "fetch">) {
  return async (method: string, url: string, body?: object): Promise<Said> => {
    const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text.startsWith("{") ? JSON.parse(text) : { text }) as Said["body"],
    };
  };
}

function opened(lags: AzureLags = {}) {
  const clock = virtualClock();
  const azure = azureSimulator({ clock, lags });
  return { clock, azure, ask: caller(azure) };
}

const all = config(
  { env: { A: "1" }, triggers: [triggers.jobs, triggers.photos, triggers.tick], tags: { team: "a" } },
  { assignRoles: true },
);

describe("the simulated Azure's time", () => {
  it("makes a plan, then an app, and says how far it is", async () => {
    const { clock, ask } = opened({ plan: 30_000, site: 4000 });
    const made = await ask("PUT", web("serverfarms/p"), plan);
    expect([made.status, made.body["properties"]]).toMatchObject([202, { provisioningState: "InProgress" }]);
    const place = made.headers.get("location") ?? "";
    expect(place).toMatch(/^https:\/\/management\.azure\.com\/operations\//);
    expect((await ask("PUT", web("sites/a"), site)).status).toBe(409);
    const look = await ask("GET", place);
    expect([look.status, look.headers.get("retry-after")]).toEqual([202, "15"]);
    await clock.sleep(30_000);
    expect((await ask("GET", place)).status).toBe(200);
    expect((await ask("GET", web("serverfarms/p"))).body["properties"]).toMatchObject({ provisioningState: "Succeeded" });
    expect((await ask("PUT", web("sites/a"), site)).status).toBe(202);
    expect((await ask("PUT", web("sites/a/config/appsettings"), { properties: { A: "1" } })).status).toBe(409);
    expect((await ask("GET", web("sites/a"))).body["properties"]).toMatchObject({ inProgressOperationId: "operation" });
    await clock.sleep(4000);
    expect((await ask("PUT", web("sites/a/config/appsettings"), { properties: { A: "1" } })).status).toBe(200);
    expect((await ask("GET", web("sites/a"))).body["properties"]).toMatchObject({
      inProgressOperationId: null,
      defaultHostName: "a.azurewebsites.net",
      enabledHostNames: ["a.azurewebsites.net", "a.scm.azurewebsites.net"],
    });
  });

  it("reads late, keys late, goes late", async () => {
    const { clock, azure, ask } = opened({ read: 5000, keys: 60_000, delete: 10_000 });
    await ask("PUT", web("serverfarms/p"), plan);
    expect((await ask("GET", web("serverfarms/p"))).status).toBe(404);
    await ask("PUT", web("sites/a"), site);
    await clock.sleep(5000);
    expect((await ask("GET", web("serverfarms/p"))).status).toBe(200);
    const settings = async () => (await ask("POST", web("sites/a/config/appsettings/list"))).body["properties"];
    await ask("PUT", web("sites/a/config/appsettings"), { properties: { A: "1" } });
    expect(await settings()).toEqual({});
    await ask("PUT", web("sites/a/config/appsettings"), { properties: { A: "2" } });
    await clock.sleep(5000);
    expect(await settings()).toEqual({ A: "2" });
    expect(await ask("POST", web("sites/a/host/default/listkeys"))).toMatchObject({
      status: 400,
      body: { Message: "Encountered an error (ServiceUnavailable) from host runtime." },
    });
    await clock.sleep(60_000);
    expect((await ask("POST", web("sites/a/host/default/listkeys"))).status).toBe(200);
    expect((await ask("DELETE", web("serverfarms/p"))).status).toBe(409);
    expect((await ask("DELETE", `${web("sites/a")}&deleteEmptyServerFarm=false`)).status).toBe(200);
    expect((await ask("PUT", web("sites/a"), site)).status).toBe(409);
    await clock.sleep(10_000);
    // Gone, and still seen.
    expect((await ask("GET", web("sites/a"))).status).toBe(200);
    await clock.sleep(5000);
    expect((await ask("GET", web("sites/a"))).status).toBe(404);
    expect((await ask("DELETE", web("serverfarms/p"))).status).toBe(200);
    await clock.sleep(15_000);
    await ask("GET", web("serverfarms"));
    expect(azure.vendor.snapshot()).toEqual({ plans: [], apps: [], roles: [], subscriptions: [], blobs: [] });
  });

  it("is what a deploy waits for, no longer and no shorter than it takes", async () => {
    const lags = {
      plan: 60_000,
      site: 45_000,
      publish: 120_000,
      sync: 90_000,
      principal: 30_000,
      eventGrid: 60_000,
      delete: 20_000,
    };
    const slow = await deployment(all, { azure: { lags } });
    try {
      const before = slow.fixture.clock?.().now() ?? 0;
      expect((await slow.deploy(all)).failure).toBeUndefined();
      const took = (slow.fixture.clock?.().now() ?? 0) - before;
      // One after another: the plan, the app, its code twice, the app again for the record, the subscription.
      const least = 60_000 + 45_000 + 120_000 + 90_000 + 45_000 + 60_000;
      expect(took).toBeGreaterThanOrEqual(least);
      expect(took).toBeLessThan(least + 45_000);
      expect((await slow.status(all)).drift).toEqual([]);
    } finally {
      await slow.close();
    }
  });

  it("takes no virtual time where nothing is late", async () => {
    const quick = await deployment(all, { azure: { lags: {} } });
    try {
      const before = quick.fixture.clock?.().now() ?? 0;
      expect((await quick.deploy(all)).failure).toBeUndefined();
      expect((await quick.destroy()).failure).toBeUndefined();
      expect((quick.fixture.clock?.().now() ?? 0) - before).toBeLessThan(1000);
    } finally {
      await quick.close();
    }
  });

  it("lets an invocation wait for a host that is starting", async () => {
    const of = config({ triggers: [triggers.photos] });
    const young = await deployment(of, { azure: { lags: { keys: 40_000 } } });
    try {
      expect((await young.deploy(of)).failure).toBeUndefined();
      const clock = young.fixture.clock?.() ?? virtualClock();
      const client = await adapter.connect(of, {
        signal: new AbortController().signal,
        credentials,
        fetch: young.azure.fetch,
        clock,
      });
      const cx = contextOf({ client, deployment: of.deployment, package: "acme/sample", clock });
      const event = { specversion: "1.0", id: "1", source: "/test", type: "t" };
      expect(await adapter.operations.invoke(cx, { type: "event", event })).toMatchObject({ ok: true });
    } finally {
      await young.close();
    }
  });
});

describe("the simulated Azure's limits", () => {
  it("are Resource Manager's buckets, one for each sort of request, with when to come back", async () => {
    const { clock, ask } = opened();
    for (let call = 0; call < 250; call++) expect((await ask("GET", web("serverfarms"))).status).toBe(200);
    const refused = await ask("GET", web("serverfarms"));
    expect([refused.status, refused.headers.get("retry-after"), refused.body["error"]]).toMatchObject([
      429,
      "1",
      { code: "SubscriptionRequestsThrottled" },
    ]);
    for (let call = 0; call < 200; call++) expect((await ask("PUT", web("serverfarms/p"), plan)).status).toBeLessThan(300);
    expect((await ask("PUT", web("serverfarms/p"), plan)).status).toBe(429);
    expect((await ask("DELETE", web("serverfarms/p"))).status).toBe(200);
    await clock.sleep(1000);
    for (let call = 0; call < 25; call++) expect((await ask("GET", web("serverfarms"))).status).toBe(200);
    expect((await ask("GET", web("serverfarms"))).status).toBe(429);
  });

  it("are honoured: a deploy in an empty bucket comes back when it is told to", async () => {
    const tight = await deployment(all);
    try {
      const ask = caller(tight.azure);
      const spend = async (method: string, path: string, calls: number) => {
        for (let call = 0; call < calls; call++) await ask(method, path);
      };
      await spend("GET", web("serverfarms"), 250);
      await spend("POST", web("sites/none/config/appsettings/list"), 200);
      const from = tight.azure.exchanges.length;
      expect((await tight.deploy(all)).failure).toBeUndefined();
      const made = tight.azure.exchanges.slice(from);
      const refused = made.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      for (const one of refused) {
        const again = made.find(({ index, name, path }) => index > one.index && name === one.name && path === one.path);
        expect((again?.began ?? 0) - one.began, one.name).toBeGreaterThanOrEqual(1000);
      }
    } finally {
      await tight.close();
    }
  });

  it("refuses in each service's own words", async () => {
    const azure = furnished();
    const ask = caller(azure);
    const places = {
      arm: `https://management.azure.com${arm("Microsoft.Storage/storageAccounts/acmehost")}?api-version=2025-06-01`,
      web: web("sites"),
      scm: "https://a.scm.azurewebsites.net/api/deployments/latest",
      host: "https://a.azurewebsites.net/",
      blob: "https://acmehost.blob.core.windows.net/packages/x",
    };
    const said = async (kind: "unavailable" | "internal" | "throttled") => {
      azure.faults = () => (kind === "throttled" ? { kind, afterMs: 2500 } : { kind });
      const all = await Promise.all(Object.values(places).map((url) => ask("GET", url)));
      return all.map(({ status, headers, body }) => [status, headers.get("retry-after"), JSON.stringify(body)]);
    };
    expect(await said("throttled")).toEqual([
      [429, "3", expect.stringContaining('{"error":{"code":"SubscriptionRequestsThrottled"')],
      [429, "3", expect.stringContaining('{"error":{"code":"SubscriptionRequestsThrottled"')],
      [429, "3", expect.stringContaining('{"Message":')],
      [429, "3", expect.stringContaining('{"Message":')],
      [503, "3", expect.stringContaining("<Code>ServerBusy</Code>")],
    ]);
    expect(await said("unavailable")).toEqual([
      [503, null, expect.stringContaining('{"error":{"code":"ServiceUnavailable"')],
      [503, null, expect.stringContaining('{"Code":"ServiceUnavailable","Message":')],
      [503, null, expect.stringContaining("<title>Service Unavailable</title>")],
      [503, null, expect.stringContaining("<title>Service Unavailable</title>")],
      [503, null, expect.stringContaining("<Code>ServerBusy</Code>")],
    ]);
    expect(await said("internal")).toEqual([
      [500, null, expect.stringContaining('{"error":{"code":"InternalServerError"')],
      [500, null, expect.stringContaining('{"Code":"InternalServerError","Message":')],
      [500, null, expect.stringContaining("ExceptionMessage")],
      [500, null, expect.stringContaining("ExceptionMessage")],
      [500, null, expect.stringContaining("<Code>InternalError</Code>")],
    ]);
  });

  it("takes no body that is none", async () => {
    const azure = furnished();
    for (const body of ["{", "null", "[1"]) {
      const headers = { authorization, "content-type": "application/json" };
      expect((await azure.fetch(web("serverfarms/p"), { method: "PUT", headers, body })).status).toBe(400);
    }
    const headers = { authorization, "content-type": "application/zip" };
    const clock = virtualClock();
    const broken = await deployment(all, { azure: { clock } });
    expect((await broken.deploy(all)).failure).toBeUndefined();
    const place = "https://thumbnail.scm.azurewebsites.net/api/publish?type=zip&RemoteBuild=false";
    expect((await broken.azure.fetch(place, { method: "POST", headers, body: Buffer.from("no zip") })).status).toBe(202);
    expect(broken.azure.vendor.state.apps.get("thumbnail")?.deployments.at(-1)).toMatchObject({ fails: true });
    await broken.close();
  });
});

describe("the simulated Azure's state", () => {
  it("is copied, and put back in place", async () => {
    const one = await deployment(all);
    try {
      expect((await one.deploy(all)).failure).toBeUndefined();
      const { vendor } = one.azure;
      const [saved, snapshot, { state }] = [vendor.save(), vendor.snapshot(), vendor];
      expect((await one.destroy()).failure).toBeUndefined();
      expect(vendor.snapshot()).not.toEqual(snapshot);
      for (let round = 0; round < 2; round++) {
        vendor.restore(saved);
        expect(vendor.snapshot()).toEqual(snapshot);
        expect(vendor.state).toBe(state);
        expect((await one.status(all)).drift).toEqual([]);
        // What is done now is not done to the copy.
        expect((await one.destroy()).failure).toBeUndefined();
      }
      // Into another simulator of the same place.
      const other = azureSimulator({ clock: virtualClock(one.fixture.clock?.().now()) });
      other.vendor.restore(saved);
      expect(other.vendor.snapshot()).toEqual(snapshot);
    } finally {
      await one.close();
    }
  });

  it("comes about the same way for the same seed", async () => {
    const run = async (seed: number) => {
      const random = seededRandom(seed);
      const one = await deployment(all, { azure: { seed, latencyMs: [20, 400], bytesPerMs: 100 } });
      one.azure.faults = () => (random() < 0.05 ? { kind: random() < 0.5 ? "unavailable" : "lost" } : undefined);
      const outcome = await one.deploy(all);
      await one.close();
      return JSON.stringify([outcome.failure?.message, one.azure.exchanges, one.azure.vendor.snapshot()]);
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });
});

describe("others in the same resource group", () => {
  const disturbed = async (vendor: AzureVendor, times: number, seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: times }, () => vendor.disturb(random));
  };

  it("do all they can, and say what; what they add is there once, whatever the order", async () => {
    const ends: unknown[] = [];
    const said = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const one = await deployment(all);
      expect((await one.deploy(all)).failure).toBeUndefined();
      for (const what of await disturbed(one.azure.vendor, 150, seed))
        said.add(what.replace(/[0-9a-f-]{36}|[A-Z][\w-]*__\w+| A /g, " N "));
      ends.push(one.azure.vendor.foreign());
      await one.close();
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
    for (const what of [
      "adds an app of theirs with its plan",
      "adds an event subscription of theirs to acmedata",
      "assigns a role of theirs on acmehost",
      "adds a setting of theirs to thumbnail",
      "adds a tag of theirs to thumbnail",
      "gives thumbnail 512 MB",
      "gives thumbnail 2048 MB",
      "removes the event subscription thumbnail--photos",
    ])
      expect([...said]).toContain(what);
    expect([...said].join("\n")).toMatch(
      /changes the setting[\s\S]*deletes the role assignment|deletes the role assignment[\s\S]*changes the setting/,
    );
  });

  it("are left alone by a repair and by a destroy, but for what they put into our app", async () => {
    const one = await deployment(all);
    try {
      expect((await one.deploy(all)).failure).toBeUndefined();
      const goal = one.azure.vendor.snapshot();
      await disturbed(one.azure.vendor, 200, 5);
      const foreign = one.azure.vendor.foreign() as { readonly within: unknown };
      expect((await one.status(all)).drift).not.toEqual([]);
      expect((await one.deploy(all)).failure).toBeUndefined();
      expect((await one.status(all)).drift).toEqual([]);
      expect(one.azure.vendor.foreign()).toEqual(foreign);
      expect((await one.destroy()).failure).toBeUndefined();
      expect(one.azure.vendor.foreign()).toEqual({ ...foreign, within: [] });
      expect(JSON.stringify(one.azure.vendor.snapshot())).not.toContain("thumbnail");
      expect(JSON.stringify(goal)).not.toContain("theirs");
    } finally {
      await one.close();
    }
  });

  it("write while a deploy is under way, which ends as wanted, with theirs in place", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const one = await deployment(all);
      const random = seededRandom(seed);
      one.azure.faults = ({ writes }) => (!writes && random() < 0.1 ? { kind: "disturbed" } : undefined);
      await one.deploy(all);
      expect(one.azure.disturbances.length).toBeGreaterThan(0);
      one.azure.faults = () => undefined;
      expect((await one.deploy(all)).failure).toBeUndefined();
      expect((await one.status(all)).drift, one.azure.disturbances.join("; ")).toEqual([]);
      await one.close();
    }
  });
});

describe("the simulated Azure behind a socket", () => {
  it("names its hosts by where they listen, and is told its own names again", async () => {
    const of = config({ triggers: [triggers.web] }, { storage: { account: "acmezone", container: "packages", keepPackages: 2 } });
    const azure = furnished();
    azure.vendor.state.accounts.set("acmezone", {
      containers: new Set(["packages"]),
      blobEndpoint: "https://acmezone.z10.blob.storage.azure.net/",
    });
    const door = await azure.listen();
    const behind = { ...of, endpoint: door.endpoint };
    const one = await deployment(of, { pkg: httpPackage, door: { azure, endpoint: door.endpoint } });
    try {
      expect((await one.deploy(of)).failure).toBeUndefined();
      const at = door.addressOf("thumbnail.azurewebsites.net");
      expect((await one.status(of)).url).toBe(`http://${at}`);
      expect(await (await fetch(`http://${at}/x?y=1`)).text()).toBe("GET /x?y=1 ");
      expect(door.addressOf("acmezone.z10.blob.storage.azure.net")).toMatch(/^127\.0\.0\.1:/);
      expect([...azure.vendor.state.blobs.keys()]).toEqual([expect.stringMatching(/^acmezone\/packages\/fnpkg\/thumbnail\//)]);
      // Nothing of the sockets is in what it keeps, nor in the calls as it saw them.
      expect(JSON.stringify([azure.vendor.snapshot(), azure.exchanges])).not.toContain("127.0.0.1");
      expect((await one.destroy()).failure).toBeUndefined();
      const client = await adapter.connect(behind, { signal: new AbortController().signal, credentials });
      const cx = contextOf({ client, deployment: of.deployment, package: "acme/sample" });
      await adapter.operations.purge?.(cx);
      expect(azure.vendor.state.blobs.size).toBe(0);
      client.close();
    } finally {
      await one.close();
      await door.close();
    }
  });

  it("answers the same as in this process", async () => {
    const [inside, outside] = [furnished({ lags: {} }), furnished({ lags: {} })];
    const door = await outside.listen();
    const [a, b] = [
      await deployment(all, { door: { azure: inside } }),
      await deployment(all, { door: { azure: outside, endpoint: door.endpoint } }),
    ];
    try {
      for (const one of [a, b]) expect((await one.deploy(all)).failure).toBeUndefined();
      expect(outside.vendor.snapshot()).toEqual(inside.vendor.snapshot());
    } finally {
      for (const one of [a, b]) await one.close();
      await door.close();
    }
  });
});
