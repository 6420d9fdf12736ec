import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { anyOrder, inSite, isRunning, recorder, recording, type Site, until } from "./site.ts";

const events = [{ type: "dev.fnpkg.object.created.v1" }, { type: "dev.fnpkg.object.deleted.v1" }];

async function watched(site: Site, body: string, trigger: object = {}) {
  const pkg = await site.pack({ source: recorder(body), signature: { type: "cloudevent", events }, requires: recording });
  const config = await site.config({
    env: { OUT: site.path("calls.jsonl") },
    triggers: [{ name: "up", type: "object-storage", source: "photos", events: ["created", "deleted"], ...trigger }],
    resources: { photos: { local: "./photos" }, dead: { local: "./dead" } },
  });
  await mkdir(site.path("photos"), { recursive: true });
  writeFileSync(site.path("photos", "old.jpg"), "was there");
  await site.deploy(pkg, config);
  return { pkg, config };
}
/** What is noted of what was seen. */
async function journal(site: Site): Promise<string> {
  const { seen } = site.paths();
  return (await Promise.all((await readdir(seen)).map((name) => readFile(join(seen, name), "utf8")))).join("");
}
const brief = `for (const e of events) note([e.type.split(".")[3], e.subject, e.data.size ?? null, e.deliveryattempt]);`;

describe("a watched folder", () => {
  test("files that appear, change and go are events, with prefix and suffix; what was there, hidden or temporary is none", () =>
    inSite(async (site) => {
      await watched(site, `for (const e of events) note(e);`, { filter: { prefix: "in/", suffix: ".jpg" } });
      await mkdir(site.path("photos", "in", "deep"), { recursive: true });
      for (const name of ["in/.hidden.jpg", "in/x.jpg.tmp", "in/x.txt", "out.jpg"])
        writeFileSync(site.path("photos", name), "no");
      writeFileSync(site.path("photos", "in", "deep", "ä b.jpg"), "12345");
      await until("one event", async () => (await site.calls()).length >= 1);
      const [created] = await site.calls<{ [name: string]: unknown }>();
      expect(created).toMatchObject({
        type: "dev.fnpkg.object.created.v1",
        source: "fnpkg:tested/up",
        subject: "in/deep/ä b.jpg",
        vendorsource: `file://${site.path("photos")}`,
        datacontenttype: "application/json",
        data: { container: site.path("photos"), key: "in/deep/ä b.jpg", size: 5 },
      });
      writeFileSync(site.path("photos", "in", "deep", "ä b.jpg"), "1234567");
      await until("a second", async () => (await site.calls()).length >= 2);
      await rm(site.path("photos", "in", "deep", "ä b.jpg"));
      await until("a third", async () => (await site.calls()).length >= 3);
      const all = await site.calls<{ id: string; type: string; data: { size?: number } }>();
      expect(all.map(({ type, data }) => [type.split(".")[3], data.size])).toEqual([
        ["created", 5],
        ["created", 7],
        ["deleted", undefined],
      ]);
      expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    }));

  test("a file that is still being written is one event, of the whole", () =>
    inSite(async (site) => {
      await watched(site, brief);
      // Written without a rest; a machine that is so busy that it made one gets another file to write.
      let name = "";
      for (let file = 0, rest = Infinity; rest > 150; file++) {
        rest = 0;
        name = `slow-${file}.bin`;
        const handle = openSync(site.path("photos", name), "w");
        for (let i = 0; i < 12; i++) {
          const began = Date.now();
          await wait(50);
          writeSync(handle, "x".repeat(1000));
          rest = Math.max(rest, Date.now() - began);
        }
        closeSync(handle);
      }
      const events = async () => (await site.calls<[string, string]>()).filter(([, subject]) => subject === name);
      await until("its event", async () => (await events()).length > 0);
      await wait(500);
      expect(await events()).toEqual([["created", name, 12_000, 1]]);
    }));

  test("what happened while the host was gone is made up for, and nothing comes twice", () =>
    inSite(async (site) => {
      const { pkg, config } = await watched(site, brief);
      writeFileSync(site.path("photos", "a"), "a");
      await until("the first", async () => (await site.calls()).length >= 1);
      await until("it to be kept", async () => /^\{"key":"a","seen":\{/m.test(await journal(site)));
      const { pid } = await site.host();
      process.kill(pid, "SIGKILL");
      await until("the host to be gone", () => !isRunning(pid));
      writeFileSync(site.path("photos", "b"), "bb");
      await rename(site.path("photos", "old.jpg"), site.path("photos", "new.jpg"));
      await site.deploy(pkg, config);
      await until("the others", async () => (await site.calls()).length >= 4);
      await wait(500);
      expect(anyOrder(await site.calls())).toEqual(
        anyOrder([
          ["created", "a", 1, 1],
          ["created", "b", 2, 1],
          ["created", "new.jpg", 9, 1],
          ["deleted", "old.jpg", null, 1],
        ]),
      );
    }));

  test("a failed event comes again with the same id, and is given up as a CloudEvent", () =>
    inSite(async (site) => {
      await watched(site, `for (const e of events) note([e.id, e.deliveryattempt]); throw new Error("no");`, {
        retry: { attempts: 1, deadLetter: "dead" },
      });
      writeFileSync(site.path("photos", "a"), "a");
      const dead = async () => (await readdir(site.path("dead", "new")).catch(() => [])).filter((name) => !name.startsWith("."));
      await until("a dead letter", async () => (await dead()).length >= 1);
      const calls = await site.calls<[string, number]>();
      expect(calls.map(([, attempt]) => attempt)).toEqual([1, 2]);
      expect(new Set(calls.map(([id]) => id)).size).toBe(1);
      expect(await dead()).toEqual([`${calls[0]?.[0]}.ce.json`]);
    }));

  test("a failed event comes again also when its file has changed or gone meanwhile, and what became of it comes after", () =>
    inSite(async (site) => {
      await watched(site, `${brief} if (events[0].data.size === 1 && events[0].deliveryattempt < 3) throw new Error("not yet");`);
      writeFileSync(site.path("photos", "a"), "1");
      await until("a first delivery", async () => (await site.calls()).length >= 1);
      await rm(site.path("photos", "a"));
      await until("the deletion", async () => (await site.calls<string[]>()).some(([type]) => type === "deleted"));
      expect(await site.calls()).toEqual([
        ["created", "a", 1, 1],
        ["created", "a", 1, 2],
        ["created", "a", 1, 3],
        ["deleted", "a", null, 1],
      ]);
    }));

  test("an event that was being delivered when the host was killed comes again, though its file has gone", () =>
    inSite(async (site) => {
      const { pkg, config } = await watched(site, `${brief} await sleep(60_000);`);
      writeFileSync(site.path("photos", "a"), "1");
      await until("the delivery", async () => (await site.calls()).length >= 1);
      const { pid } = await site.host();
      process.kill(pid, "SIGKILL");
      await until("the host to be gone", () => !isRunning(pid));
      await rm(site.path("photos", "a"));
      await site.deploy(pkg, config);
      await until("it again", async () => (await site.calls()).length >= 2);
      expect((await site.calls())[1]).toEqual(["created", "a", 1, 1]);
    }));
});
