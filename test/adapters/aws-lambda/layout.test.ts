import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { entryUrl, type PackageView } from "fnpkg/adapter";
import { type Facts, handler, layout } from "../../../adapters/aws-lambda/layout.ts";
import { type Given, inputOf, web } from "./translate-cases.ts";

const filesOf = (given: Given, change: (pkg: PackageView) => PackageView = (pkg) => pkg) => {
  const input = inputOf(given);
  return layout({ ...input, pkg: change(input.pkg) });
};
const factsOf = (...given: Parameters<typeof filesOf>): Facts => {
  const { from } = filesOf(...given).find(({ path }) => path === "fnpkg.json") ?? {};
  if (from === undefined || !("bytes" in from)) throw new Error("no facts");
  return JSON.parse(Buffer.from(from.bytes).toString()) as Facts;
};

test("the package's files stay under function/ as they were sealed; the entry file and its facts stand beside it", () => {
  const sealed = (path: string, executable = false) => ({ path, executable, size: 1, digest: "sha256:0" });
  const files = [sealed("function-package.json"), sealed("function/bin/tool", true), sealed("function/node_modules/a/index.js")];
  const entries = filesOf({ triggers: [web] }, (pkg) => ({ ...pkg, files }));
  expect(entries.map(({ path, executable, from }) => [path, executable ?? false, "file" in from ? from.file : "made"])).toEqual([
    ["fnpkg.json", false, "made"],
    ["index.mjs", false, "made"],
    ["function/bin/tool", true, "function/bin/tool"],
    ["function/node_modules/a/index.js", false, "function/node_modules/a/index.js"],
  ]);
  expect(handler).toBe("index.handler");
});

test("what is known at deployment only is never in the archive", () => {
  const least = { triggers: [web] };
  const more = {
    ...least,
    env: { GREETING: "hi" },
    secrets: { TOKEN: { ref: { resource: "t", id: "arn:aws:ssm:eu-west-1:123456789012:parameter/t" } } },
    memoryMiB: 2048,
    timeoutSeconds: 60,
    tags: { team: "a" },
    stage: "dev",
    deployment: "thumbnail-dev",
    logs: { level: "debug" as const },
  };
  expect(filesOf(more)).toEqual(filesOf(least));
});

test("what of the http trigger is enforced inside is", () => {
  expect(factsOf({ triggers: [web] }).http).toEqual({ path: "/{rest*}" });
  const http = { ...web, path: "/thumb/{id}", methods: ["GET"], cors: { origins: ["*"] } };
  expect(factsOf({ triggers: [http] }).http).toEqual({ path: "/thumb/{id}", methods: ["GET"] });
});

test("the facts are the package's", () => {
  const declaring = (pkg: PackageView): PackageView => ({
    ...pkg,
    manifest: {
      ...pkg.manifest,
      entryPoint: { module: "src/index.mjs", export: "api.handle" },
      signature: { type: "cloudevent", events: [{ type: "b" }, { type: "a" }], batch: true },
      requires: {
        env: [{ name: "B" }, { name: "A" }],
        services: [{ name: "db", type: "postgres", keys: { url: { env: "DB_URL" } } }],
      },
    },
  });
  expect(factsOf({ triggers: [] }, declaring)).toMatchObject({
    name: "acme/sample",
    version: "1.0.0",
    module: "src/index.mjs",
    export: "api.handle",
    type: "cloudevent",
    batch: true,
    streaming: false,
    events: ["a", "b"],
    declared: ["A", "B", "DB_URL"],
  });
});

describe("the built entry file", () => {
  const built = readFileSync(
    entryUrl(new URL("../../../adapters/aws-lambda/index.ts", import.meta.url).href, "./runtime/nodejs.js"),
  );

  test("stands alone: nothing is imported but Node's own modules", () => {
    const imports = [...built.toString().matchAll(/(?:from|import)\s*["']([^"']+)["']/g)].map(([, name]) => name);
    expect(imports.length).toBeGreaterThan(0);
    for (const name of imports) expect(name).toMatch(/^node:/);
  });
  test("is small", () => {
    expect(built.byteLength).toBeLessThan(90_000);
  });
});
