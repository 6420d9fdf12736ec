/** What is done with a function that is deployed, at the public door. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lineOf } from "../../../adapters/google-cloud-functions/operations-logs.ts";
import { listOf } from "../../../src/testing/simulators/google/world.ts";
import type { WireAnswer, WireRequest } from "fnpkg/testing";
import { type Door, openDoor } from "./door.ts";
import { account, serviceName } from "./google-site.ts";

let on: Door;
const shares = async () => (await on.versions()).map(({ traffic }) => traffic);
const latest = { type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST" };
/** How functions answer from now on; what they were called with. */
function answering(answer: (call: WireRequest) => WireAnswer): WireRequest[] {
  const calls: WireRequest[] = [];
  on.vendor.respond = (call) => {
    calls.push(call);
    return answer(call);
  };
  return calls;
}

describe("versions", () => {
  beforeAll(async () => {
    on = await openDoor();
    await on.deploy();
    on.edit({ code: "export default async () => new Response('2');\n" });
    await on.deploy();
  });
  afterAll(() => on.close());

  it("are the service's revisions, the newest first, with the package of each", async () => {
    const all = await on.versions();
    expect(all.map(({ version }) => version.replace(/[a-z]{3}$/, "xyz"))).toEqual(["thumbnail-00002-xyz", "thumbnail-00001-xyz"]);
    expect(all.map(({ traffic }) => traffic)).toEqual([1, 0]);
    expect(new Set(all.map(({ packageDigest }) => packageDigest)).size).toBe(2);
    expect(all.every(({ created }) => created?.endsWith("Z"))).toBe(true);
  });

  it("are gone back to, which status and list tell, and the next deploy announces what it puts right", async () => {
    const [second, first] = await on.versions();
    await on.rollback();
    expect(await shares()).toEqual([0, 1]);
    expect((await on.status()).packageDigest).toBe(first?.packageDigest);
    const { plan } = await on.plan();
    const changed = plan.steps.filter(({ action }) => action !== "keep");
    expect(changed.map(({ action, id }) => `${action} ${id}`)).toEqual(["update function", "update service"]);
    const before = on.google.exchanges.length;
    await on.deploy();
    expect(await shares()).toEqual([1, 0]);
    // Nothing is built for it: the traffic alone moves.
    const changes = on.google.exchanges.slice(before).filter(({ writes }) => writes);
    expect(changes.map(({ name }) => name)).toEqual(["services.patch"]);
    await on.rollback({ digest: first?.packageDigest ?? "" });
    expect(await shares()).toEqual([0, 1]);
    await on.promote(second?.version ?? "");
    expect(await shares()).toEqual([1, 0]);
    await expect(on.promote("thumbnail-00009-abc")).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });

  it("share the traffic, and keep others' tags", async () => {
    const service = on.world.services.get(serviceName);
    const [second] = await on.versions();
    if (service !== undefined) service["traffic"] = [...listOf(service["traffic"]), { ...latest, tag: "canary" }];
    on.edit({ code: "export default async () => new Response('3');\n" });
    const { receipt } = await on.deploy({ traffic: 0.2 });
    expect(receipt.traffic).toBe(0.2);
    const all = await on.versions();
    expect(all.map(({ traffic }) => traffic)).toEqual([0.2, 0.8, 0]);
    expect(all[1]?.version).toBe(second?.version);
    expect(service?.["traffic"]).toContainEqual({ ...latest, percent: 0, tag: "canary" });
    await on.rollback();
    expect(await shares()).toEqual([0, 1, 0]);
  });

  it("what serves goes on serving while a new revision comes", async () => {
    const service = on.world.services.get(serviceName);
    if (service !== undefined) service["traffic"] = [{ ...latest, percent: 100 }];
    on.edit({ code: "export default async () => new Response('4');\n" });
    on.world.failures.push({ at: "SERVICE", code: 3, message: "The container failed to start." });
    await expect(on.deploy()).rejects.toMatchObject({ code: "E_VENDOR" });
    expect(service?.["traffic"]).toMatchObject([{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", percent: 100 }]);
  });
});

describe("calls", () => {
  afterAll(() => on.close());

  it("reach a public function as they are, without a token", async () => {
    on = await openDoor();
    await on.deploy();
    const calls = answering(({ body }) => ({ status: 201, headers: { "x-answer": "1" }, body }));
    const answer = await on.invoke({
      type: "http",
      method: "PUT",
      path: "/a%2Fb?c=1&c=2",
      headers: [["x-own", "a"]],
      body: Buffer.from("hello"),
    });
    expect(answer).toMatchObject({ type: "http", status: 201, body: Buffer.from("hello") });
    const [call] = calls;
    expect(call).toMatchObject({ method: "PUT", body: Buffer.from("hello"), headers: { "x-own": "a" } });
    expect(call?.url.href).toMatch(/^https:\/\/thumbnail-[0-9a-f]{10}-ew\.a\.run\.app\/a%2Fb\?c=1&c=2$/);
    expect(call?.headers).not.toHaveProperty("authorization");
    await expect(on.list()).resolves.toMatchObject([
      { deployment: "thumbnail", package: "acme/thumbnail", state: "ready", url: on.address() },
    ]);
    await on.close();
  });

  it("are signed where callers must be known", async () => {
    const web = { name: "web", type: "http", auth: "identity", callers: [`serviceAccount:${account}`] } as never;
    on = await openDoor({ config: { triggers: [web] } });
    await on.deploy();
    const get = { type: "http", method: "GET", path: "/", headers: [], body: undefined } as const;
    const calls = answering(() => ({ status: 200 }));
    expect(await on.invoke(get)).toMatchObject({ status: 200 });
    expect(calls[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(`^Bearer id-token of ${account} for https://thumbnail-`) as unknown,
    });
    expect(await on.invoke({ ...get, headers: [["Authorization", "Bearer mine"]] })).toMatchObject({ status: 403 });
    const asked: string[] = [];
    const fetchIdToken = async (audience: string) => {
      asked.push(audience);
      return `id-token of ${account} for ${audience}`;
    };
    on.edit({ credentials: { getAccessToken: async () => ({ token: on.world.token }), fetchIdToken } });
    expect(await on.invoke(get)).toMatchObject({ status: 200 });
    expect(asked).toEqual([on.address()]);
    await on.close();
  });

  it("with an event are sent as one, and its failure is told", async () => {
    on = await openDoor({
      signature: "{ type: cloudevent, events: [{ type: dev.fnpkg.schedule.fired.v1 }] }",
      code: "export default async () => undefined;\n",
      config: { triggers: [{ name: "tick", type: "schedule", cron: "0 7 * * *" }] } as never,
    });
    await on.deploy();
    const event = { specversion: "1.0", id: "1", source: "test", type: "dev.fnpkg.schedule.fired.v1" };
    const calls = answering(() => ({ status: 204 }));
    expect(await on.invoke({ type: "event", event })).toEqual({ type: "event", ok: true, failures: [] });
    expect(JSON.parse(Buffer.from(calls[0]?.body ?? []).toString())).toEqual(event);
    on.vendor.respond = () => ({ status: 500, body: '{"failures":[{"index":0,"reason":"it broke"}]}' });
    expect(await on.invoke({ type: "event", event })).toEqual({
      type: "event",
      ok: false,
      failures: [{ index: 0, reason: "it broke" }],
    });
    const get = { type: "http", method: "GET", path: "/", headers: [], body: undefined } as const;
    await expect(on.invoke(get)).rejects.toMatchObject({ code: "E_TRIGGER" });
  });
});

describe("logs", () => {
  beforeAll(async () => {
    on = await openDoor();
    await on.deploy();
  });
  afterAll(() => on.close());

  const write = (n: number, more: object) =>
    on.world.logs.push({
      insertId: `id-${n}`,
      timestamp: `2026-11-22T10:00:0${n}.123456Z`,
      resource: { type: "cloud_run_revision", labels: { service_name: "thumbnail", location: "europe-west1" } },
      ...more,
    });

  it("are oldest first, with the level of each, and only this function's", async () => {
    write(1, { textPayload: "one\n", severity: "DEFAULT" });
    write(2, { jsonPayload: { message: "two", invocationId: "i", level: "warn" }, severity: "WARNING" });
    write(3, { httpRequest: { requestMethod: "GET", requestUrl: "/a", status: 200 }, severity: "INFO" });
    write(4, { textPayload: "four", severity: "CRITICAL", labels: { execution_id: "e" } });
    write(5, { textPayload: "other", resource: { type: "cloud_run_revision", labels: { service_name: "other" } } });
    expect((await on.logs()).map(({ time, level, message }) => `${time} ${level} ${message}`)).toEqual([
      "2026-11-22T10:00:01.123Z info one",
      "2026-11-22T10:00:02.123Z warn two",
      "2026-11-22T10:00:03.123Z info GET /a 200",
      "2026-11-22T10:00:04.123Z error four",
    ]);
    expect((await on.logs({ tail: 2 })).map(({ message }) => message)).toEqual(["GET /a 200", "four"]);
    expect((await on.logs()).find(({ message }) => message === "two")).toMatchObject({ invocationId: "i" });
  });

  it("are followed, each line once, also those that come late", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    setTimeout(() => {
      write(7, { textPayload: "seven" });
      write(6, { textPayload: "six" });
    }, 200);
    for await (const { message } of on.follow(stop.signal)) {
      lines.push(message);
      if (message === "seven") stop.abort();
    }
    expect(lines.slice(-2)).toEqual(["six", "seven"]);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it("with a severity as its number", () => {
    expect([0, 100, 200, 300, 400, 500, 800].map((severity) => lineOf({ severity, textPayload: "" }).level)).toEqual([
      "info",
      "debug",
      "info",
      "info",
      "warn",
      "error",
      "error",
    ]);
  });
});
