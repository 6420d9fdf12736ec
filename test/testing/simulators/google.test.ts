/** The simulated Google Cloud: what takes time takes it, what is limited is, and the same seed is the same day. */
import {
  bench,
  type Bench,
  googleSimulator,
  type GoogleLags,
  randomWireFaults,
  seededRandom,
  virtualClock,
  wireFaults,
} from "fnpkg/testing";
import { describe, expect, it } from "vitest";
import type { GoogleClient } from "../../../adapters/google-cloud-functions/client.ts";
import type { Section } from "../../../adapters/google-cloud-functions/config.ts";
import {
  account,
  adapterOn,
  config,
  eventPackage,
  functionName,
  type Google,
  httpPackage,
  makeProject,
  project,
  region,
  serviceName,
  topicName,
  triggers,
} from "../../adapters/google-cloud-functions/google-site.ts";

const apis = {
  functions: "cloudfunctions.googleapis.com/v2",
  run: "run.googleapis.com/v2",
  jobs: "cloudscheduler.googleapis.com/v1",
};
const parent = `projects/${project}/locations/${region}`;
type Json = { readonly [field: string]: unknown };

/** One call of an API as a client sends it. */
async function ask(google: Google, method: string, address: string, body?: object) {
  const headers = { authorization: `Bearer ${google.vendor.world.token}`, "content-type": "application/json" };
  const answer = await google.fetch(`https://${address}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Json };
}

function started(options: Parameters<typeof makeProject>[0] = {}) {
  const clock = virtualClock();
  const google = makeProject({ clock, ...options });
  return { clock, google, world: google.vendor.world };
}

const all = [triggers.orders, triggers.tick, triggers.tock];
const wanted = config({ env: { WORD: "a" }, triggers: all, tags: { team: "media" } });
const changed = config({ env: { WORD: "b" }, memoryMiB: 1024, triggers: all, tags: { team: "media" } });
const web = config({ env: { WORD: "a" }, triggers: [triggers.closed] });

/** Deployments on a project, with its clock. */
async function deployer({ google, clock }: ReturnType<typeof started>, first = wanted): Promise<Bench> {
  return bench<Section, GoogleClient>({
    name: "google",
    open: async () => ({
      adapter: adapterOn(google),
      foreign: async () => undefined,
      snapshot: async () => google.vendor.snapshot(),
    }),
    pkg: first === web ? httpPackage : eventPackage,
    config: first,
    changed,
    fewer: first,
    secrets: [],
    clock: () => clock,
  });
}

async function deployed(on: Bench, what = wanted): Promise<void> {
  const { failure } = await on.deploy(what);
  if (failure !== undefined) throw failure;
}

/** A function as the API takes it, with its archive where it is looked for. */
async function functionOn(google: Google): Promise<object> {
  const { json } = await ask(google, "POST", `${apis.functions}/${parent}/functions:generateUploadUrl`, {});
  const { uploadUrl, storageSource } = json as { readonly uploadUrl: string; readonly storageSource: object };
  const body = Buffer.from("PK");
  await google.fetch(uploadUrl, { method: "PUT", body, headers: { "content-type": "application/zip" } });
  return { buildConfig: { runtime: "nodejs24", entryPoint: "fnpkg", source: { storageSource } }, serviceConfig: {} };
}

const create = async (google: Google, id = "thumbnail") =>
  ask(google, "POST", `${apis.functions}/${parent}/functions?functionId=${id}`, await functionOn(google));
const list = async (google: Google) => Object.keys((await ask(google, "GET", `${apis.functions}/${parent}/functions`)).json);

describe("what takes time", () => {
  it("is over when somebody looks after it, stage by stage", async () => {
    const { google, clock } = started({ lags: { build: 60_000, service: 30_000, delete: 5000 } });
    const { json } = await create(google);
    const look = async () => {
      const { metadata, done } = (await ask(google, "GET", `${apis.functions}/${String(json["name"])}`)).json;
      return [done, ...(metadata as { readonly stages: { readonly state: number }[] }).stages.map(({ state }) => state)];
    };
    const state = async () => (await ask(google, "GET", `${apis.functions}/${functionName}`)).json["state"];
    expect(await look()).toEqual([false, 3, 2, 1]);
    await clock.sleep(60_000);
    expect([await look(), await state()]).toEqual([[false, 3, 3, 2], "DEPLOYING"]);
    expect((await ask(google, "DELETE", `${apis.functions}/${functionName}`)).status).toBe(409);
    await clock.sleep(30_000);
    expect([await look(), await state()]).toEqual([[true, 3, 3, 3], "ACTIVE"]);
    await ask(google, "DELETE", `${apis.functions}/${functionName}`);
    expect(await state()).toBe("DELETING");
    await clock.sleep(5000);
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).status).toBe(404);
  });

  it("without lags is over at the next look", async () => {
    const { google } = started();
    expect((await create(google)).json["done"]).toBe(false);
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).json["state"]).toBe("ACTIVE");
  });

  it("leaves reads behind for as long as it says", async () => {
    const { google, clock } = started({ lags: { list: 2000, policy: 1000, read: 500 } });
    await create(google);
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).status).toBe(404);
    await clock.sleep(500);
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).status).toBe(200);
    expect(await list(google)).toEqual([]);
    await clock.sleep(1500);
    expect(await list(google)).toEqual(["functions"]);

    const policy = async () => (await ask(google, "GET", `${apis.run}/${serviceName}:getIamPolicy`)).json;
    const { etag } = await policy();
    const bindings = [{ role: "roles/run.invoker", members: ["allUsers"] }];
    const set = (before: unknown) =>
      ask(google, "POST", `${apis.run}/${serviceName}:setIamPolicy`, { policy: { etag: before, bindings } });
    expect((await set(etag)).status).toBe(200);
    expect((await policy())["bindings"]).toEqual([]);
    // What was read late is refused when it is written.
    expect((await set(etag)).json["error"]).toMatchObject({ status: "ABORTED" });
    await clock.sleep(1000);
    expect((await policy())["bindings"]).toEqual(bindings);
  });

  it("makes new accounts and callers known late", async () => {
    const on = started({ lags: { account: 5000, invoker: 3000 } });
    const { google, clock, world } = on;
    world.accounts.set(account, { actAs: true, since: clock.now() });
    const bench = await deployer(on, web);
    await deployed(bench, web);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(5000);
    const uri = `https://${google.vendor.authorities().find((host) => host.endsWith(".run.app")) ?? ""}`;
    const call = () => google.fetch(uri, { headers: { authorization: `Bearer id-token of ${account} for ${uri}` } });
    await clock.sleep(3000);
    expect((await call()).status).toBe(200);
    world.policies.clear();
    expect((await call()).status).toBe(403);
    await bench.close();
  });

  it.each<readonly [string, GoogleLags]>([
    ["builds and services", { build: 90_000, service: 20_000, trigger: 30_000, delete: 10_000 }],
    ["reads", { read: 2000, list: 10_000, policy: 7000, job: 3000 }],
    [
      "everything",
      { build: 90_000, service: 20_000, trigger: 30_000, delete: 10_000, read: 2000, list: 10_000, policy: 7000, job: 3000 },
    ],
  ])("is waited for by a deploy, a change and a destroy: %s", async (_, lags) => {
    const on = started({ lags });
    const bench = await deployer(on);
    const before = on.google.vendor.snapshot();
    for (const what of [wanted, changed, wanted]) {
      await deployed(bench, what);
      await on.clock.sleep(15_000);
      expect((await bench.status(what)).drift).toEqual([]);
    }
    expect((await bench.destroy()).failure).toBeUndefined();
    expect(on.google.vendor.snapshot()).toEqual(before);
    await bench.close();
  });
});

describe("limits", () => {
  it("are refused with when to come back, which is kept to the millisecond", async () => {
    const { google, clock } = started();
    for (let index = 0; index < 60; index++) await ask(google, "DELETE", `${apis.functions}/${functionName}`);
    const { status, headers, json } = await create(google);
    expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
    const { details, status: code } = json["error"] as {
      readonly status: string;
      readonly details: readonly { readonly retryDelay: string }[];
    };
    expect([code, details[0]?.retryDelay]).toEqual(["RESOURCE_EXHAUSTED", "1s"]);
    await clock.sleep(999);
    expect((await create(google)).status).toBe(429);
    await clock.sleep(1);
    expect((await create(google)).status).toBe(200);
    // Reads and uploads are none of these.
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).status).toBe(200);
  });

  it("that others have used up are waited for", async () => {
    const on = started();
    for (let index = 0; index < 60; index++) await ask(on.google, "DELETE", `${apis.functions}/${functionName}`);
    const bench = await deployer(on);
    await deployed(bench);
    expect(on.google.exchanges.some(({ name, status }) => name === "functions.create" && status === 429)).toBe(true);
    expect(on.clock.elapsed()).toBeGreaterThanOrEqual(1000);
    await bench.close();
  });

  it("of one deployer alone are kept by it: none of a hundred changes is refused", async () => {
    const on = started();
    const bench = await deployer(on);
    for (let index = 0; index < 34; index++) {
      await deployed(bench);
      await deployed(bench, changed);
      expect((await bench.destroy()).failure).toBeUndefined();
    }
    const writes = on.google.exchanges.filter(({ name }) => /^functions\.(?:create|patch|delete)$/.test(name));
    expect(writes.length).toBeGreaterThan(100);
    expect(on.google.exchanges.filter(({ status }) => status === 429)).toEqual([]);
    await bench.close();
  });

  it("are off where they are not wanted", async () => {
    const { google } = started({ limited: false });
    for (let index = 0; index < 70; index++) await ask(google, "DELETE", `${apis.functions}/${functionName}`);
    expect(google.exchanges.every(({ status }) => status === 404)).toBe(true);
  });
});

it("a state is kept and put back, with what is under way", async () => {
  const { google, clock, world } = started({ lags: { build: 1000 } });
  await create(google);
  const [saved, then] = [google.vendor.save(), google.vendor.snapshot()];
  expect(then).toEqual(google.vendor.snapshot());
  expect(world.pending).toHaveLength(1);
  await clock.sleep(1000);
  await ask(google, "DELETE", `${apis.functions}/${functionName}`);
  expect(google.vendor.snapshot()).not.toEqual(then);
  for (let twice = 0; twice < 2; twice++) {
    google.vendor.restore(saved);
    expect(google.vendor.snapshot()).toEqual(then);
    expect((await ask(google, "GET", `${apis.functions}/${functionName}`)).json["state"]).toBe("ACTIVE");
  }
  const other = googleSimulator({ clock });
  other.vendor.restore(saved);
  expect(other.vendor.snapshot()).toEqual(then);
});

describe("another writer", () => {
  it("does what state and chance say, each of it once as well as twice and in any order", async () => {
    const on = started();
    const bench = await deployer(on);
    await deployed(bench);
    await deployed(bench, changed);
    const { vendor } = on.google;
    const saved = vendor.save();
    const seeds = Array.from({ length: 100 }, (_, seed) => seed);
    const said = seeds.map((seed) => {
      vendor.restore(saved);
      return vendor.disturb(seededRandom(seed));
    });
    expect(new Set(said).size).toBeGreaterThan(12);
    vendor.restore(saved);
    expect(vendor.foreign()).toEqual(vendor.foreign());
    const end = (order: readonly number[]) => {
      vendor.restore(saved);
      for (const seed of order) vendor.disturb(seededRandom(seed));
      return vendor.foreign();
    };
    expect(end(seeds.toReversed())).toEqual(end([...seeds, ...seeds]));
    await bench.close();
  });

  it("keeps what is theirs, and ours is put right", async () => {
    const on = started();
    const bench = await deployer(on);
    await deployed(bench);
    const clean = on.google.vendor.snapshot();
    const chance = seededRandom(7);
    const told = new Set<string>();
    for (let round = 0; round < 40; round++) {
      for (let times = 0; times < 3; times++) told.add(on.google.vendor.disturb(chance));
      const theirs = on.google.vendor.foreign();
      await deployed(bench);
      expect((await bench.status(wanted)).drift).toEqual([]);
      expect(on.google.vendor.foreign(), [...told].join("; ")).toEqual(theirs);
    }
    expect(told.size).toBeGreaterThan(10);
    // Theirs alone stand between now and then.
    expect(JSON.stringify(clean)).not.toContain("theirs");
    expect((await bench.destroy()).failure).toBeUndefined();
    const left = on.google.vendor.snapshot() as { readonly [kind: string]: object };
    expect(Object.keys(left["functions"] ?? {})).toEqual([`${parent}/functions/theirs-function`]);
    expect(Object.keys(left["jobs"] ?? {})).toEqual([`${parent}/jobs/theirs-job`]);
    expect(Object.keys(left["topics"] ?? {})).toEqual(["dead", "orders", "theirs-topic"].map(topicName));
    await bench.close();
  });

  it("comes between two calls of a deploy", async () => {
    const { calls } = await (async () => {
      const bench = await deployer(started());
      const outcome = await bench.deploy(wanted, { at: "client" });
      await bench.close();
      return outcome;
    })();
    for (let at = 0; at < calls.length; at += 3) {
      const on = started({ seed: at, faults: wireFaults([{ kind: "disturbed", at }]) });
      const bench = await deployer(on);
      await bench.deploy(wanted);
      expect(on.google.disturbances).toHaveLength(1);
      const theirs = on.google.vendor.foreign();
      await deployed(bench);
      expect((await bench.status(wanted)).drift, on.google.disturbances.join()).toEqual([]);
      expect(on.google.vendor.foreign()).toEqual(theirs);
      await bench.close();
    }
  });
});

describe("a seed", () => {
  const day = async (seed: number) => {
    const on = started({
      seed,
      latencyMs: [20, 400],
      bytesPerMs: 100,
      faults: randomWireFaults(seed, 0.08),
      lags: { build: 30_000, policy: 2000 },
    });
    const bench = await deployer(on);
    const { failure } = await bench.deploy(wanted);
    if (failure !== undefined) await deployed(bench);
    await bench.close();
    return { exchanges: on.google.exchanges, snapshot: on.google.vendor.snapshot(), took: on.clock.elapsed() };
  };

  it("is the same day again, another is another", async () => {
    const [one, again, other] = [await day(3), await day(3), await day(4)];
    expect(again).toEqual(one);
    expect(other.exchanges).not.toEqual(one.exchanges);
    expect(other.snapshot).toEqual(one.snapshot);
  });
});

describe("both fronts", () => {
  it("are one project: names of its hosts go out as ports and come back as names", async () => {
    const google = makeProject();
    const listening = await google.listen();
    try {
      const { world } = google.vendor;
      const post = async (path: string, body: object) => {
        const headers = { authorization: `Bearer ${world.token}`, "content-type": "application/json" };
        const answer = await fetch(listening.endpoint + path, { method: "POST", headers, body: JSON.stringify(body) });
        return (await answer.json()) as { readonly uploadUrl: string; readonly storageSource: object };
      };
      const { uploadUrl, storageSource } = await post(`/v2/${parent}/functions:generateUploadUrl`, {});
      expect(new URL(uploadUrl).host).toBe(listening.addressOf("storage.googleapis.com"));
      const sent = await fetch(uploadUrl, { method: "PUT", body: "PK", headers: { "content-type": "application/zip" } });
      expect(sent.status).toBe(200);
      const again = await fetch(`${uploadUrl}x`, { method: "PUT", body: "PK", headers: { "content-type": "application/zip" } });
      expect(again.status).toBe(403);
      const source = { buildConfig: { runtime: "nodejs24", entryPoint: "fnpkg", source: { storageSource } }, serviceConfig: {} };
      await post(`/v2/${parent}/functions?functionId=thumbnail`, source);
      const inProcess = (await ask(google, "GET", `${apis.functions}/${functionName}`)).json["serviceConfig"] as {
        readonly uri: string;
      };
      const { host } = new URL(inProcess.uri);
      expect(host).toMatch(/^thumbnail-[0-9a-f]{10}-ew\.a\.run\.app$/);
      const headers = { authorization: `Bearer ${world.token}` };
      const live = await fetch(`${listening.endpoint}/v2/${functionName}`, { headers });
      const { serviceConfig } = (await live.json()) as { readonly serviceConfig: { readonly uri: string } };
      expect(serviceConfig.uri).toBe(`http://${listening.addressOf(host)}`);

      expect((await fetch(serviceConfig.uri)).status).toBe(403);
      await post(`/v2/${serviceName}:setIamPolicy`, {
        policy: { bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }] },
      });
      google.vendor.respond = ({ url }) => ({ status: 200, body: `${url.href}` });
      expect(await (await fetch(`${serviceConfig.uri}/a%2Fb?c=1`)).text()).toBe(`${serviceConfig.uri}/a%2Fb?c=1`);
      expect(await (await google.fetch(`${inProcess.uri}/a%2Fb?c=1`)).text()).toBe(`${inProcess.uri}/a%2Fb?c=1`);
    } finally {
      await listening.close();
    }
  });

  it("an API answers at its own host alone", async () => {
    const { google } = started();
    expect((await ask(google, "GET", `${apis.run}/${functionName}`)).status).toBe(404);
    expect((await ask(google, "GET", `${apis.jobs}/${parent}/jobs`)).status).toBe(200);
    expect((await ask(google, "GET", `${apis.functions}/${parent}/jobs`)).status).toBe(404);
    const { exchanges } = google;
    expect(exchanges.map(({ name }) => name)).toEqual([`GET /v2/${functionName}`, "jobs.list", `GET /v2/${parent}/jobs`]);
  });
});
