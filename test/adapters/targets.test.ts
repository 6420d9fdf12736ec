import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { entryUrl } from "fnpkg/adapter";
import { unknownFields } from "../../src/engine/limits.ts";
import { loadAdapter, loadTarget, targetNames } from "../../adapters/index.ts";

test("every folder is a target of the same name", async () => {
  const folders = readdirSync(new URL("../../adapters", import.meta.url), { withFileTypes: true });
  expect([...targetNames].sort()).toEqual(folders.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort());
  for (const name of targetNames) expect(await loadTarget(name)).toMatchObject({ name, contract: 1 });
});

test.each(targetNames)("%s deploys", async (name) => {
  expect(await loadAdapter(name)).toMatchObject({ name, contract: 1 });
});

test.each(["aws", "constructor", "__proto__", ""])("there is no target %j", async (name) => {
  for (const load of [loadTarget, loadAdapter]) {
    await expect(load(name)).rejects.toMatchObject({ code: "E_TARGET", hint: expect.stringContaining("aws-lambda") as unknown });
  }
});

describe.each(targetNames)("%s", (name) => {
  test("limits only what there are facts of", async () => {
    const { rows } = (await loadTarget(name)).limits;
    expect(unknownFields(rows)).toEqual([]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test("describes every key of its section", async () => {
    const { config } = await loadTarget(name);
    const { shape } = config as unknown as { readonly shape: { readonly [key: string]: { readonly description?: string } } };
    for (const [key, schema] of Object.entries(shape)) expect(schema.description, key).toMatch(/^[A-Z].+\.$/s);
  });
});

describe("entryUrl", () => {
  const root = new URL("../../", import.meta.url);

  test("from sources inside this package it leads to the built file", () => {
    const url = entryUrl(new URL("adapters/local/index.ts", root).href, "runtime/nodejs.mjs");
    expect(url.href).toBe(new URL("dist/adapters/local/runtime/nodejs.mjs", root).href);
  });

  test("from the built adapter, and from anyone's own package, it stays beside the module", () => {
    const built = new URL("dist/adapters/local/index.js", root).href;
    expect(entryUrl(built, "runtime/nodejs.mjs").href).toBe(new URL("dist/adapters/local/runtime/nodejs.mjs", root).href);
    const other = pathToFileURL("/srv/acme-adapter/src/index.ts").href;
    expect(entryUrl(other, "../entry.mjs").href).toBe(pathToFileURL("/srv/acme-adapter/entry.mjs").href);
  });
});
