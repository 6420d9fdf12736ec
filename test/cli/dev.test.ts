import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { local, packSample } from "./samples.ts";
import { inSite, lines, poll, processesOf, type Running } from "./support.ts";

const handler = (word: string) => `export default () => ({ body: "${word}" });\n`;

/** The events of a `dev --json` so far. */
const eventsOf = ({ printed }: Running) => {
  const text = printed();
  return lines<{ event: string; receipt?: { url: string }; error?: { code: string } }>(text.slice(0, text.lastIndexOf("\n") + 1));
};
const count = (running: Running, event: string) => eventsOf(running).filter((e) => e.event === event).length;

describe("init, then dev", () => {
  it("runs as it is, picks edits up, keeps the last good one, and leaves nothing", () =>
    inSite(async (site) => {
      await site.json(["init", "greeter"]);
      const running = site.start(["dev", "greeter", "--config", "greeter/function-config.yaml", "--json"]);
      await running.until('"event":"ready"');
      const url = eventsOf(running).find(({ event }) => event === "ready")?.receipt?.url ?? "";
      const text = async () => (await fetch(`${url}/ada`)).text();
      expect(await text()).toBe("hello /ada\n");
      await running.until('"event":"log"');

      await site.write("greeter/index.mjs", handler("edited"));
      await poll(() => count(running, "ready") === 2);
      expect(await text()).toBe("edited");

      await site.write("greeter/index.mjs", "export default function ( {\n");
      await poll(() => count(running, "failed") === 1);
      expect(await text()).toBe("edited");

      await site.write("greeter/index.mjs", `throw new Error("at start"); ${handler("never")}`);
      await poll(() => count(running, "failed") === 2);
      expect(await text()).toBe("edited");

      await site.write("greeter/index.mjs", handler("mended"));
      await poll(async () => (await text()) === "mended");

      running.child.kill("SIGINT");
      expect((await running.ended).status).toBe(130);
      expect(processesOf(site.folder)).toEqual([]);
      expect(existsSync(join(site.folder, "greeter/.fnpkg"))).toBe(false);
      expect(readdirSync(site.env["TMPDIR"] ?? "")).toEqual([]);
    }));

  it("says for people when it is ready and where a handler's words come from", () =>
    inSite(async (site) => {
      await site.json(["init", "greeter"]);
      const running = site.start(["dev", "greeter", "--config", "greeter/function-config.yaml"]);
      await running.until("ready in ");
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(running.printed())?.[0] ?? "";
      await fetch(url);
      await running.until("greeting");
      running.child.kill("SIGINT");
      expect((await running.ended).status).toBe(130);
    }));

  it("leaves alone what was deployed before", () =>
    inSite(async (site) => {
      await packSample(site);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      const running = site.start(["dev", "app", "--config", "app.yaml", "--json"]);
      await running.until('"event":"ready"');
      running.child.kill("SIGINT");
      expect((await running.ended).status).toBe(130);
      expect(await site.json(["status", ...local()])).toMatchObject({ state: "ready" });
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("takes up an edit of a configuration that lies elsewhere", () =>
    inSite(async (site) => {
      await packSample(site, { code: "export default () => ({ body: process.env.TZ ?? 'none' });\n" });
      const running = site.start(["dev", "app", "--config", "app.yaml", "--json"]);
      await running.until('"event":"ready"');
      const url = eventsOf(running).find(({ event }) => event === "ready")?.receipt?.url ?? "";
      await packSample(site, {
        code: "export default () => ({ body: process.env.TZ ?? 'none' });\n",
        config: "env: { TZ: Asia/Tokyo }\ntargets: { local: {} }",
      });
      await poll(async () => (await (await fetch(url)).text()) === "Asia/Tokyo");
      running.child.kill("SIGINT");
      expect((await running.ended).status).toBe(130);
    }));

  const absent = [
    ["nowhere", "app.yaml", "nowhere does not exist"],
    ["app", "nowhere.yaml", "nowhere.yaml"],
    ["empty", "app.yaml", "function-package.yaml"],
  ] as const;
  it.each(absent)("of %s with %s is 2, and leaves nothing", (folder, config, message) =>
    inSite(async (site) => {
      await packSample(site);
      await site.write("empty/note.txt", "no function");
      const { status, stderr } = await site.fnpkg(["dev", folder, "--config", config]);
      expect(status).toBe(2);
      expect(stderr).toContain(message);
      expect(readdirSync(site.env["TMPDIR"] ?? "")).toEqual([]);
    }),
  );
});
