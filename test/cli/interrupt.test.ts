/** Ctrl-C at bad moments: one message, 130, and nothing left behind. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { local, packSample, writeSample } from "./samples.ts";
import { type Failure, filesBelow, inSite, lines, poll, processesOf, type Site } from "./support.ts";

/** Init takes this long, so that a deploy is caught while the function starts. */
const slowly = (ms: number) => `await new Promise((done) => setTimeout(done, ${ms}));
export default () => ({ body: "slow" });
`;

const leftovers = (site: Site) => filesBelow(site.folder).filter((path) => /\.(tmp|partial)$/.test(path));

describe("Ctrl-C", () => {
  it("while packing a big folder ends with 130 and leaves no file", () =>
    inSite(async (site) => {
      await writeSample(site);
      for (let i = 0; i < 40; i++) await site.write(`app/data/${i}.bin`, randomBytes(4 * 1024 * 1024));
      const running = site.start(["pack", "app", "--out", "out/app.fnpkg", "--json"]);
      await poll(() => leftovers(site).length > 0);
      const began = performance.now();
      running.child.kill("SIGINT");
      const { status, stdout, stderr } = await running.ended;
      expect(performance.now() - began).toBeLessThan(5000);
      expect([status, stderr]).toEqual([130, ""]);
      expect((JSON.parse(stdout) as Failure).error.code).toBe("E_INTERRUPTED");
      expect(leftovers(site)).toEqual([]);
      expect(existsSync(join(site.folder, "out/app.fnpkg"))).toBe(false);
    }));

  it("during deploy lets the step end, says what is done, and the same command resumes", () =>
    inSite(async (site) => {
      await packSample(site, { code: slowly(1500) });
      const running = site.start(["deploy", "app.fnpkg", ...local()]);
      await running.until("starting the function");
      running.child.kill("SIGINT");
      const { status, stdout, stderr } = await running.ended;
      expect([status, stdout]).toEqual([130, ""]);
      expect(stderr).toContain("Ctrl-C once more stops at once");
      expect(stderr).toMatch(/error E_INTERRUPTED: interrupted: 1 of 2 steps are done .*running it again resumes/);
      const again = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--json"]);
      expect(again.status).toBe(0);
      const [plan] = lines<{ plan: { steps: { action: string }[] } }>(again.stdout);
      expect(plan?.plan.steps.map(({ action }) => action)).toEqual(["keep", "create"]);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
    }));

  it("twice stops at once, and what was begun is undone or taken up", () =>
    inSite(async (site) => {
      await packSample(site, { code: slowly(25_000) });
      const running = site.start(["deploy", "app.fnpkg", ...local(), "--json"]);
      await running.until("starting the function");
      const began = performance.now();
      running.child.kill("SIGINT");
      await poll(() => running.printed().includes("Ctrl-C once more"));
      running.child.kill("SIGINT");
      const { status, stdout } = await running.ended;
      expect(status).toBe(130);
      expect(performance.now() - began).toBeLessThan(5000);
      expect(lines(stdout).at(-1)).toMatchObject({ error: { code: "E_INTERRUPTED" } });
      await packSample(site);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(processesOf(site.folder)).toEqual([]);
      expect(readdirSync(site.env["TMPDIR"] ?? "")).toEqual([]);
    }));

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends logs --follow promptly with 130", (signal) =>
    inSite(async (site) => {
      await packSample(site);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      const running = site.start(["logs", ...local(), "--follow", "--json"]);
      await running.until("the host serves");
      expect((await site.fnpkg(["invoke", ...local(), "--path", "/seen"])).status).toBe(0);
      await running.until("/seen");
      const began = performance.now();
      running.child.kill(signal);
      const { status, stdout, stderr } = await running.ended;
      expect(performance.now() - began).toBeLessThan(2000);
      expect([status, stderr]).toEqual([130, ""]);
      for (const line of lines(stdout)) expect(line).toHaveProperty("message");
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }),
  );

  it("ends a call that takes long; so does --timeout, with 1", () =>
    inSite(async (site) => {
      const code = `export default async (request, { log }) => {
  log.info(new URL(request.url).pathname);
  await new Promise((done) => setTimeout(done, 20000));
};
`;
      await packSample(site, { code });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local()])).status).toBe(0);
      const timed = await site.fnpkg(["invoke", ...local(), "--timeout", "1s", "--json"]);
      expect(timed.status).toBe(1);
      expect((JSON.parse(timed.stdout) as Failure).error.code).toBe("E_TIMEOUT");
      const running = site.start(["invoke", ...local(), "--path", "/begun", "--json"]);
      const following = site.start(["logs", ...local(), "--follow"]);
      await following.until("/begun");
      following.child.kill("SIGINT");
      running.child.kill("SIGINT");
      const { status } = await running.ended;
      expect(status).toBe(130);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});

describe("--timeout", () => {
  it("bounds the whole deploy, says so, and the same command with more time goes on", () =>
    inSite(async (site) => {
      await packSample(site, { code: slowly(4000) });
      const late = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--timeout", "3s", "--json"]);
      expect(late.status).toBe(1);
      expect(lines(late.stdout).at(-1)).toMatchObject({ error: { code: "E_TIMEOUT" } });
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--timeout", "1m"])).status).toBe(0);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(processesOf(site.folder)).toEqual([]);
    }));
});
