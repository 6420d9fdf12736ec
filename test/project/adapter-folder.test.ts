/** The adapter that docs/adapters/writing.md explains keeps the contract, and runs functions. */
import { mkdtempSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpTrigger } from "fnpkg/adapter";
import { bench, conformance, type Fixture, sampleConfig, samplePackage } from "fnpkg/testing";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { FolderClient } from "../../examples/adapter-folder/client.ts";
import { adapter } from "../../examples/adapter-folder/index.ts";
import { functionKind } from "../../examples/adapter-folder/resources.ts";
import { root } from "./files.ts";

type Section = { root: string };

const temp = mkdtempSync(join(tmpdir(), "fnpkg-folder-"));
afterAll(() => rm(temp, { recursive: true, force: true }));

const web: HttpTrigger = { type: "http", name: "web", path: "/greet/{name}", auth: "public", methods: ["POST"] };
const handler = `export default async (request, { env, log, function: { version } }) => {
  log.info("called");
  return { status: 201, headers: { "x-version": version }, body: env.WORD + " " + (await request.text()) };
};\n`;

/** A target of its own for each use; `entry` is what the package's code is started by. */
function fixture(entry: Uint8Array): Fixture<Section, FolderClient> {
  // One folder for all configurations of a fixture, emptied whenever a target is opened.
  const base = { target: "folder", section: { root: "." }, env: { WORD: "correct-horse" } };
  const at = join(temp, `target-${entry.length}`);
  const pkg = samplePackage({ signature: { type: "http" }, files: { "index.mjs": handler }, entry });
  const { manifest } = pkg;
  return {
    name: "examples/adapter-folder",
    async open() {
      await rm(at, { recursive: true, force: true });
      await mkdir(at, { recursive: true });
      const client = new FolderClient(at);
      return {
        adapter,
        async foreign({ id, kind, props }) {
          await client.put("sample", id, { kind, props: { ...props, timeoutSeconds: 59 }, mark: null });
        },
        async snapshot() {
          const found: Record<string, string> = {};
          for (const path of await filesIn(at)) found[path] = await readFile(join(at, path), "utf8");
          return found;
        },
      };
    },
    pkg: {
      ...pkg,
      manifest: { ...manifest, entryPoint: { module: "index.mjs", export: "default" }, requires: { env: [{ name: "WORD" }] } },
    },
    config: sampleConfig({ ...base, base: at, triggers: [web] }),
    changed: sampleConfig({ ...base, base: at, triggers: [web], timeoutSeconds: 10, env: { WORD: "battery-staple" } }),
    fewer: sampleConfig({ ...base, base: at }),
    secrets: ["correct-horse", "battery-staple"],
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== "log")
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe("examples/adapter-folder", () => {
  it("runs what was deployed", async () => {
    const outfile = join(temp, "nodejs.mjs");
    const source = join(root, "examples/adapter-folder/runtime/nodejs.ts");
    await build({ entryPoints: [source], outfile, bundle: true, format: "esm", platform: "node", conditions: ["@fnpkg/source"] });
    const on = await bench(fixture(await readFile(outfile)));
    try {
      const { config } = on.fixture;
      expect((await on.deploy(config)).failure).toBeUndefined();
      const client = await adapter.connect(config as never, { signal: new AbortController().signal });
      const cx = { client, deployment: "sample", package: "acme/sample", signal: new AbortController().signal } as never;
      const call = (method: string, path: string) =>
        adapter.operations.invoke(cx, {
          type: "http",
          method,
          path,
          headers: [["content-type", "text/plain"]],
          body: Buffer.from("Ada"),
        });
      const answer = await call("POST", "/greet/ada");
      expect(answer).toMatchObject({ type: "http", status: 201 });
      expect(answer.type === "http" && Buffer.from(answer.body).toString()).toBe("correct-horse Ada");
      expect(await call("POST", "/elsewhere")).toMatchObject({ status: 404 });
      const lines = [];
      for await (const line of adapter.operations.logs(cx, { follow: false })) lines.push(line.message);
      expect(lines).toContain("called");
      expect(await adapter.operations.list(cx)).toMatchObject([{ deployment: "sample", package: "acme/sample", state: "ready" }]);
    } finally {
      await on.close();
    }
  });

  it("has the section's schema of its own and one anchor", async () => {
    expect(adapter.config.safeParse({ root: "deployed", more: 1 }).success).toBe(false);
    expect(
      Object.entries(adapter.kinds)
        .filter(([, { anchor }]) => anchor)
        .map(([kind]) => kind),
    ).toEqual([functionKind]);
  });
});

conformance({ describe, it }, fixture(Buffer.from("export {};\n")));
