/** The library as a deployment script uses it, in this process. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type ApplyEvent,
  check,
  codes,
  deploy,
  deployAll,
  destroy,
  FnpkgError,
  type FunctionConfig,
  invoke,
  logs,
  pack,
  plan,
  promote,
  status,
  translate,
  verify,
  versions,
} from "../../src/index.ts";
import { inSite, processesOf, type Site } from "../cli/support.ts";

const code = (init = "") => `${init}
export default (request, { log }) => {
  log.info("asked");
  return { body: new URL(request.url).pathname };
};
`;

const config: FunctionConfig = {
  specVersion: "1.0",
  kind: "FunctionConfig",
  function: "scripted",
  package: { name: "acme/scripted" },
  triggers: [{ name: "web", type: "http" }],
};

/** What each verb takes in this site. */
async function options(site: Site, init?: string) {
  const folder = join(site.folder, "author");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.mjs"), code(init));
  await writeFile(
    join(folder, "function-package.yaml"),
    `kind: FunctionPackage
specVersion: "1.0"
name: acme/scripted
version: 1.0.0
profile: nodejs
entryPoint: { module: index.mjs, export: default }
signature: { type: http }
requires: {}
`,
  );
  const cache = join(site.folder, "cache");
  const { file } = await pack({ folder, out: join(site.folder, "scripted.fnpkg"), cache });
  return { package: file, config, target: "local", base: site.folder, cache };
}

const failure = async (promise: Promise<unknown>): Promise<FnpkgError> => {
  const cause: unknown = await promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (cause instanceof FnpkgError) return cause;
  throw cause;
};

describe("a deployment script", () => {
  it("checks, plans, deploys, reads, calls and destroys, one object each", () =>
    inSite(async (site) => {
      const all = await options(site);
      const { digest } = await verify(all.package);
      expect(await check(all)).toMatchObject({ ok: true, targets: { local: { ok: true } } });

      const translated = await translate(all);
      expect(translated).toMatchObject({ target: "local", deployment: "scripted" });
      expect(await translate(all)).toEqual(translated);
      const { plan: planned } = await plan(all);
      expect(planned.resources.map(({ kind, id }) => [kind, id])).toEqual(translated.resources.map(({ kind, id }) => [kind, id]));

      const events: ApplyEvent[] = [];
      const receipt = await deploy({ ...all, plan: planned.digest, onEvent: (event) => events.push(event) });
      expect(receipt).toMatchObject({ target: "local", deployment: "scripted", packageDigest: digest });
      expect(events.at(-1)).toEqual({ event: "receipt", target: "local", deployment: "scripted", receipt });
      expect(await status({ ...all, verify: true })).toMatchObject({ state: "ready", url: receipt.url, drift: [] });

      const answer = await invoke({
        ...all,
        invocation: { type: "http", method: "GET", path: "/a", headers: [], body: undefined },
      });
      expect(answer).toMatchObject({ type: "http", status: 200, body: Buffer.from("/a") });
      const messages: string[] = [];
      for await (const { message } of logs(all)) messages.push(message);
      expect(messages).toContain("asked");

      expect(await destroy({ ...all, purge: true })).toMatchObject({ resources: [], packageDigest: digest });
      expect(await status(all)).toMatchObject({ state: "absent" });
      expect(processesOf(site.folder)).toEqual([]);
    }));

  it("gets every problem at once, each with its code, as one error", () =>
    inSite(async (site) => {
      const all = await options(site);
      const wrong = { ...config, memory: "1Mi", env: { NOPE: "x" } } as FunctionConfig;
      const error = await failure(deploy({ ...all, config: wrong }));
      expect(error.problems.map((problem) => problem.code).sort()).toEqual(["E_TARGET_LIMIT", "E_UNDECLARED_ENV"]);
      expect(error.exit).toBe(3);
      expect(JSON.parse(JSON.stringify(error))).toEqual({
        code: error.code,
        message: error.message,
        hint: error.hint,
        problems: error.problems,
      });
    }));

  it("gets each result and one error of many", () =>
    inSite(async (site) => {
      const all = await options(site);
      const tasks = [
        { package: all.package, config: "nowhere.yaml", target: "local" },
        { package: "nowhere.fnpkg", config: "nowhere.yaml", target: "mars" },
      ];
      const { results, error } = await deployAll({ tasks, cache: all.cache });
      expect(results.map((result) => result.error?.code)).toEqual(["E_NOT_FOUND", "E_NOT_FOUND"]);
      expect(error?.message).toContain("2 of 2 deployments failed");
    }));

  it("is told what a target has not", () =>
    inSite(async (site) => {
      const all = await options(site);
      for (const verb of [versions(all), promote({ ...all, version: "1" }), deploy({ ...all, traffic: 0.1 })])
        expect((await failure(verb)).code).toBe("E_CAPABILITY");
    }));
});

describe("stopping", () => {
  it("a signal that is aborted begins nothing", () =>
    inSite(async (site) => {
      const all = { ...(await options(site)), signal: AbortSignal.abort() };
      for (const verb of [deploy, plan, status, destroy, translate] as ((o: typeof all) => Promise<unknown>)[]) {
        const error = await failure(verb(all));
        expect([verb.name, error.code, error.exit]).toEqual([verb.name, "E_INTERRUPTED", 130]);
      }
      expect(processesOf(site.folder)).toEqual([]);
    }));

  it("a signal while it works ends with what is done, and the next deploy resumes", () =>
    inSite(async (site) => {
      const all = await options(site, "await new Promise((done) => setTimeout(done, 500));");
      const controller = new AbortController();
      const onEvent = (event: ApplyEvent) => {
        if (event.event === "progress") controller.abort();
      };
      const error = await failure(deploy({ ...all, signal: controller.signal, onEvent }));
      expect(error.code).toBe("E_INTERRUPTED");
      expect(error.message).toMatch(/1 of 2 steps are done/);
      expect((await deploy(all)).url).not.toBeNull();
      await destroy(all);
    }));

  it("the hard signal ends at once", () =>
    inSite(async (site) => {
      const all = await options(site, "await new Promise((done) => setTimeout(done, 25000));");
      const controller = new AbortController();
      const began = performance.now();
      const onEvent = (event: ApplyEvent) => {
        if (event.event === "progress") controller.abort();
      };
      const error = await failure(deploy({ ...all, hardSignal: controller.signal, onEvent }));
      expect(error.code).toBe("E_INTERRUPTED");
      expect(performance.now() - began).toBeLessThan(10_000);
      await destroy(all);
      expect(processesOf(site.folder)).toEqual([]);
    }));

  it("the time given bounds the whole verb", () =>
    inSite(async (site) => {
      const all = await options(site, "await new Promise((done) => setTimeout(done, 25000));");
      expect((await failure(plan({ ...all, timeoutMs: 0 }))).code).toBe("E_TIMEOUT");
      const error = await failure(deploy({ ...all, timeoutMs: 1500 }));
      expect([error.code, error.exit]).toEqual(["E_TIMEOUT", 1]);
      await destroy(all);
    }));
});

describe("codes", () => {
  it("each has a sentence, a hint and an exit status", () => {
    for (const [code, { summary, hint, exit }] of Object.entries(codes)) {
      expect(code).toMatch(/^E_[A-Z0-9_]+$/);
      expect([summary.endsWith("."), hint.endsWith("."), [1, 2, 3, 4, 130].includes(exit)], code).toEqual([true, true, true]);
    }
  });
});
