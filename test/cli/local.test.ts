/** A function's life on this machine, as a user types it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { local, onEvents, packSample } from "./samples.ts";
import { digestLike, type Failure, inSite, lines, processesOf, type Site } from "./support.ts";

const deployed = async (site: Site, name = "app") => {
  const { status, stdout, stderr } = await site.fnpkg(["deploy", `${name}.fnpkg`, ...local(name), "--json"]);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return lines(stdout);
};

describe("deploy, status, invoke, logs, list, destroy", () => {
  it("deploy prints one document a line, the receipt last; status tells the same", () =>
    inSite(async (site) => {
      const { digest } = await packSample(site);
      const events = await deployed(site);
      expect(events[0]).toMatchObject({ event: "plan", target: "local", deployment: "app" });
      for (const event of events.filter((e) => e["event"] === "step")) expect(Object.keys(event)[0]).toBe("event");
      const last = events.at(-1) as { event: string; receipt: Record<string, unknown> };
      expect(last.event).toBe("receipt");
      expect(last.receipt).toMatchObject({
        target: "local",
        deployment: "app",
        packageDigest: digest,
        configDigest: expect.stringMatching(digestLike) as string,
        resources: [
          { kind: "local/Function", id: "function", outputs: {} },
          { kind: "local/Trigger", id: "trigger-web", outputs: { url: last.receipt["url"] } },
        ],
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      });
      const answer = await fetch(`${String(last.receipt["url"])}/x`, { method: "POST", body: "hi" });
      expect(await answer.text()).toBe("POST /x hi");

      const { packageDigest, configDigest, url } = last.receipt;
      const status = await site.json(["status", ...local(), "--verify", "app.fnpkg"]);
      expect(status).toEqual({
        target: "local",
        deployment: "app",
        state: "ready",
        packageDigest,
        configDigest,
        url,
        resources: [
          { kind: "local/Function", id: "function", state: "ready" },
          { kind: "local/Trigger", id: "trigger-web", state: "ready" },
        ],
        drift: [],
      });
      expect(await site.json(["list", ...local()])).toEqual({
        target: "local",
        deployments: [{ deployment: "app", package: "app", packageDigest, configDigest, state: "ready", url }],
      });

      const again = await deployed(site);
      expect(again.map(({ event }) => event)).toEqual(["plan", "unchanged", "receipt"]);

      const gone = await site.fnpkg(["destroy", ...local(), "--purge", "--json"]);
      expect(gone.status).toBe(0);
      expect(lines(gone.stdout).at(-1)).toMatchObject({ event: "receipt", receipt: { resources: [], url: null, packageDigest } });
      expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
      expect(await site.json(["status", ...local()])).toMatchObject({ state: "absent", packageDigest: null, resources: [] });
      expect((await site.fnpkg(["destroy", ...local()])).stdout).toBe("nothing of app was there\n");
    }));

  it("invoke sends method, path, headers and data, and prints the answer", () =>
    inSite(async (site) => {
      await packSample(site);
      await deployed(site);
      await site.write("body.txt", "from a file");
      const invoke = ["invoke", ...local(), "--method", "put", "--path", "/a?b=c", "--header", "x-in: here"];
      const { status, headers, body } = await site.json<{ status: number; headers: [string, string][]; body: string }>([
        ...invoke,
        "--data",
        "@body.txt",
      ]);
      expect([status, body]).toEqual([201, "PUT /a from a file"]);
      expect(headers).toContainEqual(["x-echo", "here"]);
      const plain = await site.fnpkg(["invoke", ...local(), "--data", "text"]);
      expect(plain).toEqual({ status: 0, stdout: "POST / text", stderr: "201\n" });

      const logged = lines((await site.fnpkg(["logs", ...local(), "--json"])).stdout);
      expect(logged.find(({ message }) => message === "called")).toMatchObject({
        time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        level: "info",
        path: "/a",
      });
      expect(lines((await site.fnpkg(["logs", ...local(), "--tail", "1", "--json"])).stdout)).toHaveLength(1);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("invoke gives bytes that are no text as base64", () =>
    inSite(async (site) => {
      await packSample(site, { code: "export default () => ({ body: new Uint8Array([255, 254, 0]) });\n" });
      await deployed(site);
      expect(await site.json(["invoke", ...local()])).toMatchObject({ status: 200, body: { base64: "//4A" } });
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("invoke hands an event over, from a file or from standard input; a failure of it is 1", () =>
    inSite(async (site) => {
      await packSample(site, {
        code: onEvents,
        signature: "{ type: cloudevent, events: [{ type: dev.fnpkg.schedule.fired.v1 }] }",
        triggers: '  - { name: tick, type: schedule, cron: "0 0 1 1 *" }',
      });
      await deployed(site);
      const event = (data: object) =>
        JSON.stringify({ specversion: "1.0", id: "1", source: "fnpkg:app/tick", type: "dev.fnpkg.schedule.fired.v1", data });
      await site.write("event.json", event({}));
      expect(await site.json(["invoke", ...local(), "--event", "event.json"])).toEqual({ ok: true, failures: [] });
      const failed = await site.fnpkg(["invoke", ...local(), "--event", "-", "--json"], { input: event({ fail: true }) });
      expect(failed.status).toBe(1);
      expect(JSON.parse(failed.stdout)).toMatchObject({ ok: false, failures: [{ index: 0 }] });
      const invalid = await site.fnpkg(["invoke", ...local(), "--event", "-", "--json"], { input: '{"id":"1"}' });
      expect(invalid.status).toBe(3);
      expect((JSON.parse(invalid.stdout) as Failure).error.code).toBe("E_EVENT");
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});

describe("what the target has not", () => {
  const refused: readonly (readonly string[])[] = [["versions"], ["promote", "1"], ["rollback"]];
  it.each(refused)("%s is E_CAPABILITY", (...words) =>
    inSite(async (site) => {
      await packSample(site);
      const { status, stdout } = await site.fnpkg([...words, ...local(), "--json"]);
      expect(status).toBe(3);
      expect((JSON.parse(stdout) as Failure).error).toMatchObject({ code: "E_CAPABILITY", message: "local has no versions" });
    }),
  );

  it("deploy --traffic is E_CAPABILITY, before anything is written", () =>
    inSite(async (site) => {
      await packSample(site);
      const { status, stdout } = await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--traffic", "10%", "--json"]);
      expect(status).toBe(3);
      expect((JSON.parse(stdout) as Failure).error.code).toBe("E_CAPABILITY");
      const planned = await site.fnpkg(["plan", "app.fnpkg", ...local(), "--traffic", "10%", "--json"]);
      expect((JSON.parse(planned.stdout) as Failure).error.code).toBe("E_CAPABILITY");
      expect(existsSync(join(site.folder, ".fnpkg"))).toBe(false);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--traffic", "0%"])).status).toBe(2);
      const all = await site.fnpkg(["plan", "app.fnpkg", ...local(), "--traffic", "100%", "--json"]);
      expect(JSON.parse(all.stdout)).toEqual(await site.json(["plan", "app.fnpkg", ...local()]));
    }));

  it.each(["invoke", "logs"])("%s of what is not deployed is E_NOT_DEPLOYED", (verb) =>
    inSite(async (site) => {
      await packSample(site);
      const { status, stdout } = await site.fnpkg([verb, ...local(), "--json"]);
      expect(status).toBe(1);
      expect((JSON.parse(stdout) as Failure).error.code).toBe("E_NOT_DEPLOYED");
    }),
  );
});

describe("what is not as it was", () => {
  it("status --verify ends with 4 and names the drift", () =>
    inSite(async (site) => {
      await packSample(site);
      await deployed(site);
      await site.write("app/index.mjs", "export default () => ({ body: 'another' });\n");
      await site.json(["pack", "app", "--out", "other.fnpkg"]);
      const { status, stdout } = await site.fnpkg(["status", "other.fnpkg", ...local(), "--verify", "--json"]);
      expect(status).toBe(4);
      expect((JSON.parse(stdout) as { drift: object[] }).drift).not.toEqual([]);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("another package's deployment is refused with 4 and left alone", () =>
    inSite(async (site) => {
      await packSample(site);
      await deployed(site);
      await packSample(site, { name: "other" });
      const take = ["deploy", "other.fnpkg", ...local("other"), "--set", "function=app"];
      const refused = await site.fnpkg([...take, "--json"]);
      expect(refused.status).toBe(4);
      expect(lines(refused.stdout).at(-1)).toMatchObject({ error: { code: "E_NOT_OURS" } });
      expect((await site.fnpkg(["destroy", ...local("other"), "--set", "function=app"])).status).toBe(4);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
      expect(processesOf(site.folder)).toEqual([]);
    }));

  it("what carries no mark is refused with 4, and taken over with --adopt", () =>
    inSite(async (site) => {
      await packSample(site);
      await site.write(".fnpkg/local/functions/app/stray.txt", "somebody's");
      const refused = await site.fnpkg(["deploy", "app.fnpkg", ...local()]);
      expect([refused.status, refused.stdout]).toEqual([4, ""]);
      expect(refused.stderr).toContain("--adopt");
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--adopt"])).status).toBe(0);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));

  it("stages are deployments of their own", () =>
    inSite(async (site) => {
      await packSample(site, { config: "targets: { local: {} }\nstages: { dev: {} }" });
      await deployed(site);
      expect((await site.fnpkg(["deploy", "app.fnpkg", ...local(), "--stage", "dev"])).stdout).toMatch(
        /^deployed app-dev on local/,
      );
      const { deployments } = await site.json<{ deployments: { deployment: string }[] }>(["list", ...local()]);
      expect(deployments.map(({ deployment }) => deployment)).toEqual(["app", "app-dev"]);
      expect((await site.fnpkg(["status", ...local(), "--stage", "prod"])).status).toBe(3);
      expect((await site.fnpkg(["destroy", ...local(), "--stage", "dev"])).status).toBe(0);
      expect((await site.fnpkg(["destroy", ...local()])).status).toBe(0);
    }));
});
