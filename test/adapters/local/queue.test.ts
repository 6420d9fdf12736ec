import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { anyOrder, inSite, isRunning, neutral, recorder, recording, type Site, until } from "./site.ts";

const names = (folder: string) => readdir(folder).then((list) => list.filter((name) => !name.startsWith(".")).sort());

async function queueSite(
  site: Site,
  body: string,
  trigger: object = {},
  { batch = false, ...settings }: { batch?: boolean; [key: string]: unknown } = {},
) {
  const pkg = await site.pack({ source: recorder(body), signature: neutral(batch), requires: recording });
  const config = await site.config({
    env: { OUT: site.path("calls.jsonl") },
    triggers: [{ name: "jobs", type: "queue", source: "jobs", ...trigger }],
    resources: { jobs: { local: "./jobs" }, dead: { local: "./dead" } },
    ...settings,
  });
  await site.deploy(pkg, config);
  return {
    pkg,
    config,
    drop: (name: string, text: string | Uint8Array = name) => writeFile(site.path("jobs", "new", name), text),
  };
}

describe("a queue", () => {
  test("hands on bodies by their content type, with attributes; a CloudEvent is unwrapped", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        "note(events.map((e) => ({ ...e, data: e.data instanceof Uint8Array ? [...e.data] : e.data })));",
      );
      await drop("plain", "just text");
      await drop("value.json", '{"a":1}');
      await drop("bytes", new Uint8Array([0, 255]));
      await writeFile(
        site.path("jobs", "new", "with.attributes.json"),
        JSON.stringify({ contentType: "text/plain", attributes: { Team: "media", n: 3 } }),
      );
      await drop("with", "more");
      await drop(
        "own.ce.json",
        JSON.stringify({ specversion: "1.0", id: "7", source: "/shop", type: "com.acme.sold", data: { x: 1 } }),
      );
      await drop("bad.ce.json", "{}");
      await until("five calls", async () => (await site.calls()).length === 5);
      const events = (await site.calls<{ id: string; [name: string]: unknown }[]>()).flat();
      const by = (id: string) => events.find((event) => event.id === id);
      expect(by("plain")).toMatchObject({
        specversion: "1.0",
        type: "dev.fnpkg.message.received.v1",
        source: "fnpkg:tested/jobs",
        vendorsource: `file://${site.path("jobs")}`,
        data: "just text",
        deliveryattempt: 1,
      });
      expect(by("value.json")).toMatchObject({ data: { a: 1 }, datacontenttype: "application/json" });
      expect(by("bytes")?.["data"]).toEqual([0, 255]);
      expect(by("with")).toMatchObject({ data: "more", datacontenttype: "text/plain", msgteam: "media", msgn: 3 });
      expect(by("7")).toMatchObject({ source: "/shop", type: "com.acme.sold", data: { x: 1 } });
      await until("the malformed one to be given up", () => existsSync(site.path("jobs", "failed", "bad.ce.json")));
      expect(JSON.parse(await readFile(site.path("jobs", "failed", "bad.ce.json.failure.json"), "utf8"))).toMatchObject({
        code: "E_EVENT",
        trigger: "jobs",
      });
      await until("nothing to be left", async () => (await names(site.path("jobs", "new"))).length === 0);
    }));

  test("batches by size and window; the failed ones alone come again, and are given up to the dead letter folder", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `note(events.map((e) => [e.id, e.deliveryattempt])); return { failures: events.flatMap((e, index) => (e.data === "bad" ? [{ index, reason: "it is bad" }] : [])) };`,
        { batch: { size: 3, window: "1s" }, retry: { attempts: 1, deadLetter: "dead" } },
        { batch: true },
      );
      await Promise.all([drop("a"), drop("b", "bad"), drop("c")]);
      await until("the bad one to be a dead letter", () => existsSync(site.path("dead", "new", "b")));
      expect(await site.calls()).toEqual([
        [
          ["a", 1],
          ["b", 1],
          ["c", 1],
        ],
        [["b", 2]],
      ]);
      expect(await names(site.path("jobs", "new"))).toEqual([]);
      expect(await readFile(site.path("dead", "new", "b"), "utf8")).toBe("bad");
      expect((await site.logs()).find((line) => line["event"] === "message.failed")).toMatchObject({
        id: "b",
        deliveries: 2,
        code: "E_HANDLER",
      });
      // Fewer than fill a batch wait for the window.
      const before = Date.now();
      await drop("d");
      await until("the window to end", async () => (await site.calls()).length === 3);
      expect(Date.now() - before).toBeGreaterThan(800);
    }));

  test("a batch result that makes no sense fails the whole batch", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `note(events.map((e) => e.id)); return { failures: [{ index: 9 }] };`,
        { retry: { attempts: 0 } },
        { batch: true },
      );
      await drop("a");
      await until("it to be given up", () => existsSync(site.path("jobs", "failed", "a")));
      expect((await site.logs()).some((line) => line["code"] === "E_BATCH_RESULT")).toBe(true);
    }));

  test("ordered: one after the other by name; a failure holds back what comes after it", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `for (const e of events) { note([e.id, e.deliveryattempt]); if (e.id === "2" && e.deliveryattempt < 3) throw new Error("not yet"); }`,
        { ordered: true, batch: { size: 10 } },
      );
      await Promise.all(["1", "2", "3", "4"].map((name) => drop(name)));
      await until("the last one", async () => (await site.calls<[string]>()).some(([id]) => id === "4"));
      expect(await site.calls()).toEqual([
        ["1", 1],
        ["2", 1],
        ["2", 2],
        ["2", 3],
        ["3", 1],
        ["4", 1],
      ]);
    }));

  test("a message that was being handled when the host was killed comes again, with its count", () =>
    inSite(async (site) => {
      const { pkg, config, drop } = await queueSite(
        site,
        `for (const e of events) { note([e.id, e.deliveryattempt]); if (e.deliveryattempt === 1) await sleep(60_000); }`,
        {},
        { timeout: "120s" },
      );
      await drop("a");
      await until("it to be handled", async () => (await site.calls()).length === 1);
      const { pid } = await site.host();
      process.kill(pid, "SIGKILL");
      await until("the host to be gone", () => !isRunning(pid));
      await site.deploy(pkg, config);
      await until("it to come again", async () => (await site.calls()).length === 2);
      expect(await site.calls()).toEqual([
        ["a", 1],
        ["a", 2],
      ]);
      await until("it to be done", async () => (await names(site.path("jobs", "new"))).length === 0);
    }));

  test("a worker that is killed while it handles a message: a failure, and it comes again", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `for (const e of events) { note([process.pid, e.deliveryattempt]); if (e.deliveryattempt === 1) await sleep(60_000); }`,
      );
      await drop("a");
      const [[pid]] = (await until("it to be handled", async () =>
        (await site.calls()).length === 1 ? site.calls() : undefined,
      )) as [[number]];
      process.kill(pid, "SIGKILL");
      await until("it to come again", async () => (await site.calls()).length === 2);
      expect((await site.calls<[number, number]>()).map(([, attempt]) => attempt)).toEqual([1, 2]);
    }));

  test("a handler that outlives its deadline has failed", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(site, `note(1); for (;;);`, { retry: { attempts: 0 } }, { timeout: "1s" });
      await drop("a");
      await until("it to be given up", () => existsSync(site.path("jobs", "failed", "a")));
      expect(JSON.parse(await readFile(site.path("jobs", "failed", "a.failure.json"), "utf8"))).toMatchObject({
        code: "E_HANDLER",
        deliveries: 1,
      });
    }));

  test("two functions on one folder: every message goes to one of them alone", () =>
    inSite(async (site) => {
      const { pkg, drop } = await queueSite(site, `for (const e of events) note([process.env.WHO ?? "tested", e.id]);`);
      const second = await site.config(
        {
          function: "second",
          env: { OUT: site.path("calls.jsonl") },
          triggers: [{ name: "jobs", type: "queue", source: "jobs" }],
          resources: { jobs: { local: "./jobs" } },
        },
        "second.yaml",
      );
      await site.deploy(pkg, second);
      const ids = Array.from({ length: 60 }, (_, i) => `m${i}`);
      await Promise.all(ids.map((id) => drop(id)));
      await until("all", async () => (await site.calls()).length >= 60);
      expect((await site.calls<[string, string]>()).map(([, id]) => id).sort()).toEqual([...ids].sort());
    }));

  test("destroy gives back what is being handled and leaves what waits", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `note(1); await sleep(60_000);`,
        { maxConcurrency: 1 },
        { timeout: "1s", instances: { max: 1 } },
      );
      await drop("a");
      await drop("b");
      await until("one to be handled", async () => (await site.calls()).length === 1);
      process.kill((await site.host()).pid, "SIGKILL");
      await site.destroy();
      expect(await names(site.path("jobs", "new"))).toEqual(["a", "b"]);
      expect(existsSync(site.path("jobs", "working"))).toBe(false);
    }));
});

describe("a topic", () => {
  test("every subscriber gets every message that passes its filter; one that is stopped gets it later", () =>
    inSite(async (site) => {
      const pkg = await site.pack({
        source: recorder("note(events.map((e) => [e.source, e.data, e.id]));"),
        signature: neutral(),
        requires: recording,
      });
      const settings = (out: string, filter?: object) => ({
        env: { OUT: site.path(out) },
        triggers: [{ name: "news", type: "topic", source: "news", ...filter }],
        resources: { news: { local: "./news" } },
      });
      await mkdir(site.path("news"), { recursive: true });
      const one = await site.config(settings("one.jsonl"));
      const two = await site.config(
        { function: "other", ...settings("two.jsonl", { filter: { attributes: { kind: ["big", "huge"] } } }) },
        "two.yaml",
      );
      await site.deploy(pkg, one);
      await site.deploy(pkg, two);
      const { pid } = await site.host("other");
      process.kill(pid, "SIGKILL");
      await until("the other to be gone", () => !isRunning(pid));
      const sent = await site.admin("POST", "/messages/news/first", {
        body: "hello",
        headers: { "message-attributes": JSON.stringify({ kind: "big" }) },
      });
      expect([sent.status, sent.text]).toEqual([200, '{"id":"first"}']);
      await writeFile(site.path("news", "new", "second"), "small talk");
      await until("both at the first", async () => (await site.calls("one.jsonl")).length === 2);
      await site.deploy(pkg, two);
      await until("one at the second", async () => (await site.calls("two.jsonl")).length === 1);
      expect(anyOrder((await site.calls<[unknown[]]>("one.jsonl")).flat())).toEqual(
        anyOrder([
          ["fnpkg:tested/news", "hello", "first"],
          ["fnpkg:tested/news", "small talk", "second"],
        ]),
      );
      expect(await site.calls("two.jsonl")).toEqual([[["fnpkg:other/news", "hello", "first"]]]);
      await until("nothing to be left", async () => (await names(site.path("news", "new"))).length === 0);
    }));
});

describe("many messages", () => {
  test("a full folder is emptied, each message once", () =>
    inSite(async (site) => {
      const { drop } = await queueSite(
        site,
        `note(events.map((e) => e.id));`,
        { batch: { size: 50 } },
        { batch: true, concurrency: { perInstance: 4 } },
      );
      const ids = Array.from({ length: 2000 }, (_, i) => `m${i}`);
      await Promise.all(ids.map((id) => drop(id)));
      await until("all", async () => (await site.calls<string[]>()).flat().length >= 2000, 25_000);
      expect(anyOrder((await site.calls<string[]>()).flat())).toEqual(anyOrder(ids));
    }));
});
