import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, deploy, destroy, pack, verify } from "fnpkg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { root } from "./files.ts";

const targets = ["local", "aws-lambda", "google-cloud-functions", "azure-functions"];
const examples = ["hello", "orders", "photos"];

let temp = "";
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "fnpkg-examples-"));
});
afterAll(() => rm(temp, { recursive: true, force: true }));

const folder = (name: string) => join(root, "examples", name);
const configOf = (name: string) => join(folder(name), "function-config.yaml");
const packed = (name: string) => pack({ folder: folder(name), out: join(temp, `${name}.fnpkg`), cache: join(temp, "cache") });

it("has a test for each example", async () => {
  const found = await readdir(join(root, "examples"), { withFileTypes: true });
  const functions = found.filter((entry) => entry.isDirectory() && entry.name !== "adapter-folder").map((entry) => entry.name);
  expect(functions.sort()).toEqual(examples);
});

describe.each(examples)("examples/%s", (name) => {
  it("packs without a warning into a package that verifies", async () => {
    const { file, digest, warnings } = await packed(name);
    expect(warnings).toEqual([]);
    expect(await verify(file)).toMatchObject({ digest });
  });

  it("fits all four targets", async () => {
    const { file } = await packed(name);
    const { ok, targets: found } = await check({ package: file, config: configOf(name), cache: join(temp, "cache") });
    expect(Object.keys(found).sort()).toEqual([...targets].sort());
    expect(Object.values(found).flatMap(({ problems }) => problems.filter((problem) => problem.severity !== "warning"))).toEqual(
      [],
    );
    expect(ok).toBe(true);
  });
});

describe("examples/orders", () => {
  it("prices an order and refuses what is none", async () => {
    const { file } = await packed("orders");
    const where = { config: configOf("orders"), target: "local", set: [`targets.local.dataDir=${join(temp, "data")}`] };
    const receipt = await deploy({ ...where, package: file });
    try {
      const post = async (body: unknown) => {
        const answer = await fetch(new URL("/orders", receipt.url ?? ""), { method: "POST", body: JSON.stringify(body) });
        return [answer.status, await answer.json()] as const;
      };
      expect(await post({ lines: [{ sku: "tea", quantity: 3, cents: 250 }] })).toEqual([
        200,
        { lines: 1, total: 750, currency: "EUR" },
      ]);
      expect(await post({ lines: [{ sku: "tea", quantity: -1, cents: 250 }] })).toEqual([
        400,
        { error: "line 0 needs sku, quantity and cents" },
      ]);
    } finally {
      await destroy({ ...where, purge: true });
    }
  });
});

describe("the published schemas", () => {
  const read = async (path: string): Promise<unknown> => {
    const text = await readFile(join(root, path), "utf8");
    return path.endsWith(".json") ? JSON.parse(text) : parse(text);
  };
  const schema = async (name: string) =>
    z.fromJSONSchema((await read(`schemas/${name}.schema.json`)) as z.core.JSONSchema.JSONSchema);

  it.each(examples)("take the documents of examples/%s", async (name) => {
    (await schema("author")).parse(await read(`examples/${name}/function-package.yaml`));
    (await schema("config")).parse(await read(`examples/${name}/function-config.yaml`));
  });

  it("refuse a key that is not there", async () => {
    const config = (await read("examples/hello/function-config.yaml")) as { targets: Record<string, object> };
    const wrong = [
      { ...config, memroy: "1Gi" },
      { ...config, targets: { "aws-lambda": { ...config.targets["aws-lambda"], regoin: "eu-west-1" } } },
      { ...config, stages: { dev: { memroy: "1Gi" } } },
    ];
    for (const document of wrong) expect((await schema("config")).safeParse(document).success).toBe(false);
  });
});
