import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plan } from "../../../src/index.ts";
import type { ApplyEvent } from "../../../src/index.ts";
import { codeOf, inSite, isRunning, portOf, send, until } from "./site.ts";

const says = (word: string) => `export default () => ({ body: "${word}" });`;

describe("deploy", () => {
  test("a second deploy makes only reads, and says so", () =>
    inSite(async (site) => {
      const pkg = await site.pack({ source: says("one") });
      const config = await site.config();
      const first = await site.deploy(pkg, config);
      const host = await site.host();
      const workers = await site.workers();
      const events: ApplyEvent[] = [];
      const second = await site.deploy(pkg, config, { onEvent: (event: ApplyEvent) => events.push(event) });
      expect(events.map(({ event }) => event)).toEqual(["plan", "unchanged", "receipt"]);
      expect(second.url).toBe(first.url);
      expect([await site.host(), await site.workers()]).toEqual([host, workers]);
    }));

  test("new code takes over while the function serves; the address stays, the former code goes", () =>
    inSite(async (site) => {
      const config = await site.config();
      const port = portOf(await site.deploy(await site.pack({ source: says("one") }), config));
      const answers: string[] = [];
      let going = true;
      const calls = (async () => {
        while (going) answers.push((await send({ port })).text);
      })();
      const receipt = await site.deploy(await site.pack({ source: says("two"), version: "1.1.0" }), config);
      going = false;
      await calls;
      expect(portOf(receipt)).toBe(port);
      expect(new Set(answers)).toEqual(new Set(answers.includes("two") ? ["one", "two"] : ["one"]));
      expect((await send({ port })).text).toBe("two");
      const layouts = site.path("data", "layouts", "sha256");
      await until(
        "one layout to be left",
        async () => (await readdir(layouts)).filter((name) => !name.endsWith(".json")).length === 1,
      );
    }));

  test.each([
    ["the export is missing", { source: "export default undefined;" }, "E_ENTRY_POINT"],
    ["the export is no function", { source: "export default 42;" }, "E_HANDLER"],
    ["the module throws", { source: "throw new Error('not today'); export default 1;" }, "E_HANDLER"],
    ["the process ends", { source: "process.exit(4); export default 1;" }, "E_HANDLER"],
  ])("%s: it fails, and what served before goes on", (_name, fn, code) =>
    inSite(async (site) => {
      const config = await site.config();
      const port = portOf(await site.deploy(await site.pack({ source: says("good") }), config));
      expect(await codeOf(site.deploy(await site.pack({ version: "1.1.0", ...fn }), config))).toBe(code);
      expect((await send({ port })).text).toBe("good");
      await site.deploy(await site.pack({ source: says("better"), version: "1.2.0" }), config);
      expect((await send({ port })).text).toBe("better");
    }),
  );

  test("a first deploy that fails leaves something that the next one mends and destroy removes", () =>
    inSite(async (site) => {
      const config = await site.config();
      const bad = await site.pack({ source: "throw new Error('not today'); export default 1;" });
      await expect(site.deploy(bad, config)).rejects.toMatchObject({
        code: "E_HANDLER",
        message: expect.stringContaining("not today") as string,
      });
      expect((await site.status()).state).toBe("failed");
      const port = portOf(await site.deploy(await site.pack({ source: says("mended") }), config));
      expect((await send({ port })).text).toBe("mended");
    }));

  test("deploying twice at the same time ends in one of the two, whole", () =>
    inSite(async (site) => {
      const config = await site.config();
      const packages = [await site.pack({ source: says("a") }), await site.pack({ source: says("b"), version: "2.0.0" })];
      const settled = await Promise.allSettled(packages.map((pkg) => site.deploy(pkg, config)));
      const codes = settled.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code: string }).code] : []));
      for (const code of codes) expect(["E_CONFLICT", "E_READ_BACK", "E_NOT_OURS"]).toContain(code);
      expect(codes.length).toBeLessThan(2);
      const winner = await site.status();
      expect(winner.state).toBe("ready");
      const port = new URL(winner.url ?? "").port;
      expect(["a", "b"]).toContain((await send({ port })).text);
    }));
});

describe("the port", () => {
  test("taken: E_PORT, which names it; once it is free the next deploy goes through", () =>
    inSite(async (site) => {
      const taken = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => taken.once("listening", resolve));
      const { port } = taken.address() as { port: number };
      const pkg = await site.pack({ source: says("x") });
      const config = await site.config({ targets: { local: { dataDir: "data", port } } });
      await expect(site.deploy(pkg, config)).rejects.toMatchObject({
        code: "E_PORT",
        message: expect.stringContaining(String(port)) as string,
      });
      await new Promise((resolve) => taken.close(resolve));
      expect(portOf(await site.deploy(pkg, config))).toBe(String(port));
    }));
});

describe("what is killed", () => {
  test("a killed host is `stopped`; deploy repairs it on the same port", () =>
    inSite(async (site) => {
      const pkg = await site.pack({ source: says("x") });
      const config = await site.config();
      const receipt = await site.deploy(pkg, config);
      const { pid } = await site.host();
      process.kill(pid, "SIGKILL");
      await until("the host to be gone", () => !isRunning(pid));
      expect((await site.status()).state).toBe("stopped");
      expect((await site.deploy(pkg, config)).url).toBe(receipt.url);
      expect((await site.status()).state).toBe("ready");
    }));

  test("a killed host is started again by invoke, on the same port", () =>
    inSite(async (site) => {
      const receipt = await site.deploy(await site.pack({ source: says("back") }), await site.config());
      process.kill((await site.host()).pid, "SIGKILL");
      const answer = await site.invoke({ type: "http", method: "GET", path: "/", headers: [], body: undefined });
      expect(answer.type === "http" && Buffer.from(answer.body).toString()).toBe("back");
      expect((await site.status()).url).toBe(receipt.url);
    }));

  test("workers die with their host, also one that never yields", () =>
    inSite(async (site) => {
      const source = `export default (r) => { if (r.url.endsWith("/busy")) for (;;); return { body: "x" }; };`;
      const config = await site.config({ timeout: "600s" });
      const port = portOf(await site.deploy(await site.pack({ source }), config));
      void send({ port, path: "/busy" }).catch(() => undefined);
      await until("the call to have begun", async () => (await site.admin("GET", "/status")).text.includes('"busy":1'));
      await send({ port });
      const workers = await site.workers();
      expect(workers.length).toBe(2);
      process.kill((await site.host()).pid, "SIGKILL");
      await site.destroy();
      for (const pid of workers) await until(`worker ${pid} to be gone`, () => !isRunning(pid));
    }));

  test("item 50: a deployer that is killed on the way leaves what the next deploy completes", () =>
    inSite(async (site) => {
      const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`data/${i}.txt`, "x".repeat(50)]));
      const pkg = await site.pack({ source: says("whole"), files });
      const config = await site.config();
      const main = join(import.meta.dirname, "../../../dist/src/cli/main.js");
      for (const word of ["writing", "starting", "✓ create local/Function"]) {
        const child = spawn(process.execPath, [main, "deploy", pkg, "--config", config, "--target", "local"], {
          stdio: ["ignore", "ignore", "pipe"],
          env: { ...process.env, XDG_CACHE_HOME: site.path("cache-home") },
        });
        await new Promise<void>((resolve) => {
          let text = "";
          child.stderr.on("data", (chunk: Buffer) => {
            text += chunk.toString();
            if (text.includes(word)) child.kill("SIGKILL");
          });
          child.once("exit", () => resolve());
        });
      }
      const port = portOf(await site.deploy(pkg, config));
      expect((await send({ port })).text).toBe("whole");
      expect(existsSync(site.path("data", "tmp"))).toBe(false);
      expect(existsSync(site.path("data", "locks"))).toBe(false);
    }));
});

describe("what is there already", () => {
  test("a folder without our mark, and another package's function, are not ours", () =>
    inSite(async (site) => {
      await mkdir(site.path("data", "functions", "tested"), { recursive: true });
      await writeFile(site.path("data", "functions", "tested", "precious.txt"), "mine");
      const config = await site.config();
      const pkg = await site.pack({ source: says("x") });
      expect(await codeOf(site.deploy(pkg, config))).toBe("E_NOT_OURS");
      await site.deploy(pkg, config, { adopt: true });
      const other = await site.pack({ source: says("y"), name: "acme/other" });
      const otherConfig = await site.config({ package: { name: "acme/other" } }, "other.yaml");
      expect(await codeOf(site.deploy(other, otherConfig))).toBe("E_NOT_OURS");
    }));

  test("code that was changed by hand is drift, and deploy puts it right", () =>
    inSite(async (site) => {
      const pkg = await site.pack({ source: says("right") });
      const config = await site.config();
      const port = portOf(await site.deploy(pkg, config));
      const layouts = site.path("data", "layouts", "sha256");
      const name = (await readdir(layouts)).find((one) => !one.endsWith(".json")) ?? "";
      const file = join(layouts, name, "function", "index.mjs");
      await chmod(file, 0o644);
      await writeFile(file, says("WRONG"));
      const { plan: found } = await plan({ package: pkg, config, target: "local", cache: site.path("cache") }).then((p) =>
        "plan" in p ? p : { plan: p },
      );
      expect(found.steps.map(({ action }) => action)).toContain("update");
      await site.deploy(pkg, config);
      expect(await readFile(file, "utf8")).toBe(says("right"));
      expect((await send({ port })).text).toBe("right");
    }));
});

describe("destroy", () => {
  test("ends every process, removes every file, leaves the bound folders' files", () =>
    inSite(async (site) => {
      await mkdir(site.path("photos"));
      await writeFile(site.path("photos", "a.jpg"), "a");
      const pkg = await site.pack({
        source: "export default () => {};",
        signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.object.created.v1" }] },
      });
      const config = await site.config({
        triggers: [
          { name: "up", type: "object-storage", source: "photos" },
          { name: "jobs", type: "queue", source: "jobs" },
          { name: "news", type: "topic", source: "news" },
          { name: "tick", type: "schedule", every: "60s" },
        ],
        resources: { photos: { local: "./photos" }, jobs: { local: "./jobs" }, news: { local: "./news" } },
        targets: { local: {} },
      });
      await site.deploy(pkg, config);
      const folder = site.path(".fnpkg", "local", "functions", "tested");
      const { pid } = JSON.parse(await readFile(join(folder, "host.json"), "utf8")) as { pid: number };
      const { processes, sockets } = JSON.parse(await readFile(join(folder, "workers.json"), "utf8")) as {
        processes: { pid: number }[];
        sockets: string;
      };
      await site.destroy();
      for (const one of [pid, ...processes.map((p) => p.pid)]) expect(isRunning(one)).toBe(false);
      for (const gone of [site.path(".fnpkg"), sockets, site.path("jobs", "working"), site.path("news", "subscribers")])
        expect(existsSync(gone)).toBe(false);
      expect(await readdir(site.path("photos"))).toEqual(["a.jpg"]);
      await site.destroy();
    }));

  test("layouts are shared, and go with the last deployment that names them", () =>
    inSite(async (site) => {
      const pkg = await site.pack({ source: says("x") });
      const one = await site.config();
      const two = await site.config({ function: "other" }, "two.yaml");
      await site.deploy(pkg, one);
      await site.deploy(pkg, two);
      const layouts = site.path("data", "layouts", "sha256");
      const count = async () => (await readdir(layouts)).filter((name) => !name.endsWith(".json")).length;
      expect(await count()).toBe(1);
      await site.destroy(one);
      expect(await count()).toBe(1);
      await site.destroy(two);
      expect(existsSync(layouts)).toBe(false);
    }));
});

describe("a host that does not answer", () => {
  test(
    "is `unresponsive`, replaced by deploy, ended by destroy",
    () =>
      inSite(async (site) => {
        const pkg = await site.pack({ source: says("x") });
        const config = await site.config();
        await site.deploy(pkg, config);
        const { pid } = await site.host();
        process.kill(pid, "SIGSTOP");
        expect((await site.status()).state).toBe("unresponsive");
        const port = portOf(await site.deploy(pkg, config));
        expect((await send({ port })).text).toBe("x");
        expect(isRunning(pid)).toBe(false);
      }),
    60_000,
  );
});
