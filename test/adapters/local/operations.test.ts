import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connect } from "../../../adapters/local/client.ts";
import { operations } from "../../../adapters/local/operations.ts";
import { contextOf } from "../../../src/engine/context.ts";
import { destroy, list, logs } from "../../../src/index.ts";
import type { LogLine } from "../../../src/index.ts";
import { anyOrder, codeOf, inSite, isRunning, neutral, portOf, recorder, recording, send, until } from "./site.ts";

describe("the admin endpoint", () => {
  test("wants the token and its own Host, and refuses browsers", () =>
    inSite(async (site) => {
      await site.deploy(
        await site.pack({ source: "export default () => {};", signature: neutral() }),
        await site.config({
          triggers: [{ name: "jobs", type: "queue", source: "jobs" }],
          resources: { jobs: { local: "./jobs" } },
        }),
      );
      expect((await stat(site.paths().token)).mode & 0o777).toBe(0o600);
      const { adminPort } = await site.host();
      const status = async (headers: object) => (await site.admin("GET", "/status", { headers })).status;
      expect(await status({})).toBe(200);
      expect((await send({ port: adminPort, path: "/status" })).status).toBe(401);
      expect(await status({ authorization: "Bearer wrong" })).toBe(401);
      expect(await status({ host: `evil.example:${adminPort}` })).toBe(421);
      expect(await status({ origin: `http://127.0.0.1:${adminPort}` })).toBe(403);
      expect(await status({ "sec-fetch-site": "none" })).toBe(403);
      expect((await site.admin("GET", "/elsewhere")).status).toBe(404);
      expect((await site.admin("POST", "/messages/jobs/..%2f..%2fx", { body: "x" })).status).toBe(400);
      expect((await site.admin("POST", "/messages/none", { body: "x" })).status).toBe(400);
    }));
});

describe("invoke", () => {
  test("item 53: an event goes to the handler; its failure is a result; what is no CloudEvent is E_EVENT", () =>
    inSite(async (site) => {
      const source = recorder(`note(events[0]); if (events[0].data === "fail") throw new Error("as told");`);
      await site.deploy(
        await site.pack({ source, signature: neutral(), requires: recording }),
        await site.config({
          env: { OUT: site.path("calls.jsonl") },
          triggers: [{ name: "jobs", type: "queue", source: "jobs" }],
          resources: { jobs: { local: "./jobs" } },
        }),
      );
      const event = { specversion: "1.0", id: "1", source: "/x", type: "t", data: "ok" };
      expect(await site.invoke({ type: "event", event })).toEqual({ type: "event", ok: true, failures: [] });
      expect(await site.calls()).toEqual([event]);
      expect(await site.invoke({ type: "event", event: { ...event, data: "fail" } })).toEqual({
        type: "event",
        ok: false,
        failures: [{ index: 0, reason: "as told" }],
      });
      for (const bad of [
        { ...event, id: "" },
        { ...event, specversion: "0.3" },
        { ...event, UPPER: "x" },
        { ...event, data_base64: "aGk=" },
      ]) {
        expect(await codeOf(site.invoke({ type: "event", event: bad }))).toBe("E_EVENT");
      }
      const http = site.invoke({ type: "http", method: "GET", path: "/", headers: [], body: undefined });
      expect(await codeOf(http)).toBe("E_TRIGGER");
    }));

  test("nothing deployed: E_NOT_DEPLOYED", () =>
    inSite(async (site) => {
      await site.config();
      expect(await codeOf(site.invoke({ type: "http", method: "GET", path: "/", headers: [], body: undefined }))).toBe(
        "E_NOT_DEPLOYED",
      );
    }));
});

describe("secrets and values of the environment", () => {
  const source = `export default () => ({ body: JSON.stringify([process.env.TOKEN, process.env.KEY, process.env.PLAIN]) });`;

  test("reach the handler and stand nowhere: no file, no log, no process arguments", () =>
    inSite(async (site) => {
      process.env["LOCAL_TEST_TOKEN"] = "sesame-4711";
      await writeFile(site.path("key.json"), JSON.stringify({ inner: "deep-0815" }));
      const pkg = await site.pack({
        source,
        requires: { env: [{ name: "TOKEN", secret: true }, { name: "KEY", secret: true }, { name: "PLAIN" }] },
      });
      const settings = {
        secrets: { TOKEN: { secret: "token" }, KEY: { secret: "key", key: "inner" } },
        env: { PLAIN: "${env:LOCAL_TEST_PLAIN}" },
        resources: { token: { local: "env:LOCAL_TEST_TOKEN" }, key: { local: "file:key.json" } },
      };
      const config = await site.config(settings);
      const env = { LOCAL_TEST_PLAIN: "plain-2342" };
      const port = portOf(await site.deploy(pkg, config, { env }));
      expect(JSON.parse((await send({ port })).text)).toEqual(["sesame-4711", "deep-0815", "plain-2342"]);
      const { pid } = await site.host();
      const words = await Promise.all(
        [pid, ...(await site.workers())].map((one) => readFile(`/proc/${one}/cmdline`, "utf8").catch(() => "")),
      );
      const files = (await readdir(site.path("data"), { recursive: true, withFileTypes: true })).filter((entry) =>
        entry.isFile(),
      );
      const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
      for (const secret of ["sesame-4711", "deep-0815", "plain-2342"])
        expect([...words, ...texts].some((text) => text.includes(secret))).toBe(false);

      // The same values again: nothing to do. Another value: the workers get it.
      const host = await site.host();
      await site.deploy(pkg, config, { env });
      expect(await site.host()).toEqual(host);
      process.env["LOCAL_TEST_TOKEN"] = "other-4712";
      await site.deploy(pkg, config, { env: { LOCAL_TEST_PLAIN: "plain-2343" } });
      expect(JSON.parse((await send({ port })).text)).toEqual(["other-4712", "deep-0815", "plain-2343"]);

      // A killed host can't know them: invoke says so, deploy gives them again.
      process.kill(pid, "SIGKILL");
      await until("the host to be gone", () => !isRunning(pid));
      expect(await codeOf(site.invoke({ type: "http", method: "GET", path: "/", headers: [], body: undefined }))).toBe(
        "E_NOT_DEPLOYED",
      );
      delete process.env["LOCAL_TEST_TOKEN"];
      expect(await codeOf(site.deploy(pkg, config, { env }))).toBe("E_UNBOUND_ENV");
    }));
});

describe("logs and list", () => {
  test("what the handler logs and prints, in order; following goes on", () =>
    inSite(async (site) => {
      const source = `export default (request, context) => { context.log.info("said", { n: 1 }); context.log.debug("hidden"); console.log("printed"); console.error("cried"); return { body: "" }; };`;
      const config = await site.config();
      const port = portOf(await site.deploy(await site.pack({ source }), config));
      const stop = new AbortController();
      const followed: LogLine[] = [];
      const following = (async () => {
        const client = connect({ base: site.folder, section: { dataDir: "data" } });
        const cx = contextOf({ client, deployment: "tested", package: "acme/tested", signal: stop.signal });
        for await (const line of operations.logs(cx, { follow: true })) followed.push(line);
      })().catch(() => undefined);
      await send({ port });
      await until("the lines", () => followed.some(({ message }) => message === "cried"));
      stop.abort();
      await following;
      const own = followed.filter(({ message }) => ["said", "printed", "cried", "hidden"].includes(message));
      expect(anyOrder(own.map(({ level, message }) => [level, message]))).toEqual([
        '["error","cried"]',
        '["info","printed"]',
        '["info","said"]',
      ]);
      expect(own.find(({ message }) => message === "said")).toMatchObject({ n: 1, invocationId: expect.any(String) as string });
      const found = await list({ config, target: "local" });
      expect(found).toMatchObject([
        { deployment: "tested", package: "acme/tested", state: "ready", url: `http://127.0.0.1:${port}` },
      ]);
    }));
});

describe("a log that is followed", () => {
  test("ends with a note when the function is destroyed", () =>
    inSite(async (site) => {
      const config = await site.config();
      await site.deploy(await site.pack({ source: "export default () => ({ body: '' });" }), config);
      const followed: LogLine[] = [];
      const following = (async () => {
        const client = connect({ base: site.folder, section: { dataDir: "data" } });
        const { signal } = new AbortController();
        const cx = contextOf({ client, deployment: "tested", package: "acme/tested", signal });
        for await (const line of operations.logs(cx, { follow: true })) followed.push(line);
      })();
      await until("a line", () => followed.length > 0);
      await destroy({ config, target: "local" });
      await following;
      expect(followed.at(-1)).toMatchObject({ level: "info", message: "the deployment was destroyed" });
    }));

  test("keeps the beginning of a line without end, and reads on after it", () =>
    inSite(async (site) => {
      const source = `
        export default async () => {
          for (let i = 0; i < 40; i++) await new Promise((done) => process.stdout.write("x".repeat(2 ** 20), done));
          console.log("\\nafter");
          return { body: "" };
        };`;
      const config = await site.config();
      const port = portOf(await site.deploy(await site.pack({ source }), config));
      await send({ port });
      const printed: LogLine[] = [];
      await until("the lines", async () => {
        printed.length = 0;
        for await (const line of logs({ config, target: "local" })) if (line["stream"] === "stdout") printed.push(line);
        return printed.length === 2;
      });
      expect(printed[0]?.message).toMatch(/^x+$/);
      expect(printed[0]?.message.length).toBeLessThanOrEqual(1024 * 1024);
      expect(printed[1]?.message).toBe("after");
    }));
});

describe("a schedule", () => {
  test("fires once each moment, with its data", () =>
    inSite(async (site) => {
      const source = recorder("note(events[0]);");
      const pkg = await site.pack({
        source,
        signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.schedule.fired.v1" }] },
        requires: recording,
      });
      await site.deploy(
        pkg,
        await site.config({
          env: { OUT: site.path("calls.jsonl") },
          triggers: [{ name: "tick", type: "schedule", every: "1s", data: { mode: "sweep" } }],
        }),
      );
      await until("three", async () => (await site.calls()).length >= 3);
      const calls = await site.calls<{
        id: string;
        time: string;
        type: string;
        source: string;
        data: { scheduledTime: string };
      }>();
      expect(calls[0]).toMatchObject({
        type: "dev.fnpkg.schedule.fired.v1",
        source: "fnpkg:tested/tick",
        data: { trigger: "tick", data: { mode: "sweep" } },
      });
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      expect(calls.every(({ time, data }) => time === data.scheduledTime && time.endsWith(".000Z"))).toBe(true);
    }));
});
