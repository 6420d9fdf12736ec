import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resolved, Trigger } from "fnpkg/adapter";
import { conformance, type Fixture, sampleConfig, samplePackage } from "fnpkg/testing";
import { afterAll, describe, it, vi } from "vitest";
import { adapter } from "../../../adapters/local/index.ts";
import type { LocalClient } from "../../../adapters/local/client.ts";
import type { Section } from "../../../adapters/local/config.ts";
import { stopHost } from "../../../adapters/local/control/start.ts";
import { functionPaths, pathsOf } from "../../../adapters/local/state/paths.ts";

const base = await mkdtemp(join(tmpdir(), "fnpkg-conform-"));
const data = join(base, "data");
const paths = functionPaths(pathsOf(data), "sample");
const reset = async () => {
  await stopHost(paths);
  await rm(data, { recursive: true, force: true });
};
afterAll(async () => {
  await reset();
  await rm(base, { recursive: true, force: true });
});

const entry = await readFile(adapter.entries.nodejs ?? "");
const pkg = samplePackage({
  signature: { type: "cloudevent", events: [{ type: "dev.fnpkg.message.received.v1" }] },
  files: { "index.mjs": "export default () => undefined;\n" },
  entry,
});
const queue: Trigger = { type: "queue", name: "jobs", source: { resource: "jobs", id: "jobs" }, ordered: false };
const tick: Trigger = { type: "schedule", name: "tick", everySeconds: 3600, timezone: "UTC" };
const section: Section = { dataDir: "data" };
const settings = (more: Partial<Resolved<Section>>): Resolved<Section> =>
  sampleConfig({
    target: "local",
    section,
    base,
    runtime: process.versions.node.split(".")[0] ?? "",
    env: { WORD: "correct-horse", PLAIN: "shown" },
    sensitive: ["WORD"],
    triggers: [queue, tick],
    ...more,
  });

const fixture: Fixture<Section, LocalClient> = {
  name: "local",
  pkg: {
    ...pkg,
    manifest: { ...pkg.manifest, entryPoint: { module: "index.mjs", export: "default" }, requires: { env: [{ name: "WORD" }] } },
  },
  config: settings({}),
  changed: settings({ memoryMiB: 256, env: { WORD: "battery-staple" } }),
  fewer: settings({ triggers: [queue] }),
  secrets: ["correct-horse", "battery-staple"],
  clientFaults: false,
  mostFaults: 10,
  async open() {
    await reset();
    return {
      adapter,
      async foreign() {
        await mkdir(paths.folder, { recursive: true });
        await writeFile(join(paths.folder, "precious.txt"), "mine");
      },
      snapshot,
      close: reset,
    };
  },
};

/** The documents without what every write makes new, and the names of the layouts. */
async function snapshot(): Promise<unknown> {
  const found: Record<string, unknown> = {};
  const triggers = existsSync(paths.triggers) ? (await readdir(paths.triggers)).map((name) => join(paths.triggers, name)) : [];
  for (const file of [paths.current, paths.next, ...triggers]) {
    if (!existsSync(file)) continue;
    const { revision: _revision, ...document } = JSON.parse(await readFile(file, "utf8")) as {
      revision: string;
      props: { sensitive?: object };
    };
    if (document.props.sensitive !== undefined) document.props.sensitive = Object.keys(document.props.sensitive);
    found[file.slice(base.length)] = document;
  }
  const layouts = pathsOf(data).layouts;
  found["layouts"] = existsSync(layouts) ? (await readdir(layouts)).sort() : [];
  return found;
}

vi.setConfig({ testTimeout: 300_000 });
conformance({ describe, it }, fixture);
