import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PackageView } from "fnpkg/adapter";
import { entryPoint, type Facts, layout } from "../../../adapters/google-cloud-functions/layout.ts";
import { entry } from "./archive-site.ts";
import { embedded, type Given, inputOf, of, referenced, web } from "./translate-cases.ts";

const sealed = (path: string, executable = false) => ({ path, executable, size: 1, digest: "sha256:0" });
const files = [
  sealed("function-package.json"),
  sealed("function/bin/tool", true),
  sealed("function/node_modules/@acme/a/index.js"),
  sealed("function/node_modules/b/index.js"),
  sealed("function/node_modules/own/index.js"),
  sealed("function/package-lock.json"),
  sealed("function/package.json"),
];
const inPackage = [
  "function/bin/tool",
  "function/node_modules/own/index.js",
  "function/package-lock.json",
  "function/package.json",
];

function entriesOf(given: Given) {
  const input = inputOf(given);
  const manifest = { ...input.pkg.manifest, files: inPackage.map((path) => ({ path, size: 1, digest: "sha256:0" as const })) };
  return layout({ ...input, pkg: { ...input.pkg, manifest, files } });
}
const brief = (given: Given) =>
  entriesOf(given).map(({ path, executable, from }) => [path, executable ?? false, "file" in from ? from.file : "made"]);
function made<T>(given: Given, file: string): T {
  const { from } = entriesOf(given).find(({ path }) => path === file) ?? {};
  if (from === undefined || !("bytes" in from)) throw new Error(`no ${file} is made`);
  return JSON.parse(Buffer.from(from.bytes).toString()) as T;
}
const dependencies = (given: Given) => made<{ dependencies?: object }>(given, "package.json").dependencies;

describe("the archive", () => {
  const generated = ["fnpkg.json", "index.mjs", "package.json"].map((path) => [path, false, "made"]);

  test("has the package under function/ as it was sealed, dependencies too, and the vendor's files at the root", () => {
    expect(brief({ triggers: [web], dependencies: embedded })).toEqual([
      ...generated,
      ["package-lock.json", false, "made"],
      ["function/bin/tool", true, "function/bin/tool"],
      ...files.slice(2).map(({ path }) => [path, false, path]),
    ]);
    expect(dependencies({ triggers: [web], dependencies: embedded })).toBeUndefined();
    expect(made({ triggers: [web] }, "package.json")).toEqual({
      name: "fnpkg-function",
      private: true,
      type: "module",
      main: "index.mjs",
    });
  });

  test("leaves what the package references to the build, with the sealed lock file at the root", () => {
    expect(brief({ triggers: [web], dependencies: referenced })).toEqual([
      ...generated,
      ["package-lock.json", false, "function/package-lock.json"],
      ...inPackage.map((path) => [path, path === "function/bin/tool", path]),
    ]);
    expect(dependencies({ triggers: [web], dependencies: referenced })).toEqual({ "@acme/a": "1.2.3" });
  });

  test("the configuration may say the other way", () => {
    const paths = (given: Given) => brief(given).map(([path]) => path);
    const there = "function/node_modules/b/index.js";
    expect(paths({ triggers: [web], dependencies: referenced, section: { build: "vendored" } })).toContain(there);
    expect(paths({ triggers: [web], dependencies: embedded, section: { build: "remote" } })).not.toContain(there);
  });

  test("what is there for some platforms alone is optional for the build too", () => {
    const [first, ...rest] = referenced.packages;
    if (first === undefined) throw new Error("no dependency");
    const artifacts = first.artifacts.map((artifact) => ({ ...artifact, platform: { os: "linux" } }));
    const one: PackageView["manifest"]["dependencies"] = { ...referenced, packages: [{ ...first, artifacts }, ...rest] };
    expect(made({ triggers: [web], dependencies: one }, "package.json")).toMatchObject({
      optionalDependencies: { "@acme/a": "1.2.3" },
    });
  });

  test("another lock file is not the build's", () => {
    const pnpm = { ...referenced, lock: { path: "function/pnpm-lock.yaml", format: "pnpm-9" } };
    expect(() => entriesOf({ triggers: [web], dependencies: pnpm, section: { build: "remote" } })).toThrow(
      expect.objectContaining({
        code: "E_CAPABILITY",
        problems: [expect.objectContaining({ pointer: "/targets/google-cloud-functions/build" })],
      }) as Error,
    );
  });

  test("what is known at deployment only is not in it", () => {
    const least = { triggers: [web] };
    const more: Given = {
      ...least,
      env: { GREETING: "hi" },
      secrets: { TOKEN: { ref: of.secret("t") } },
      memoryMiB: 2048,
      timeoutSeconds: 60,
      tags: { team: "a" },
      stage: "dev",
      deployment: "thumbnail-dev",
      logs: { level: "debug" },
    };
    expect(entriesOf(more)).toEqual(entriesOf(least));
  });
});

test("npm takes what stands at the root without a registry, and adds nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "fnpkg-npm-"));
  try {
    for (const { path, from } of entriesOf({ triggers: [web] })) {
      if (!("bytes" in from) || !path.startsWith("package")) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), from.bytes);
    }
    const before = readFileSync(join(folder, "package-lock.json"), "utf8");
    const registry = "http://127.0.0.1:9";
    for (const command of [["ci", "--no-fund", "--no-audit"], ["rebuild"]]) {
      const { status, stderr } = spawnSync("npm", [...command, "--quiet", "--registry", registry], {
        cwd: folder,
        encoding: "utf8",
        shell: process.platform === "win32",
      });
      expect(status, stderr).toBe(0);
    }
    expect(readFileSync(join(folder, "package-lock.json"), "utf8")).toBe(before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the facts", () => {
  const facts = (given: Given) => made<Facts>(given, "fnpkg.json");
  test("have what is enforced inside: paths, methods, origins, filters", () => {
    const cors = { origins: ["https://a.com"], maxAgeSeconds: 60 };
    const http = { ...web, path: "/thumb/{id}", methods: ["GET"], cors };
    expect(facts({ triggers: [http] }).http).toEqual({
      path: "/thumb/{id}",
      methods: ["GET"],
      cors: { origins: ["https://a.com"], maxAge: 60 },
    });
    expect(facts({ triggers: [web] })).not.toHaveProperty("filters");
    const up = { type: "object-storage", name: "up", source: of.bucket("b"), events: ["created"] } as const;
    expect(facts({ triggers: [{ ...up, filter: { prefix: "in/" } }] }).filters).toEqual({ up: { prefix: "in/" } });
    const orders = { type: "topic", name: "orders", source: of.topic("t"), filter: { attributes: { kind: ["new"] } } } as const;
    expect(facts({ triggers: [orders] }).filters).toEqual({ orders: { attributes: { kind: ["new"] } } });
  });
  test("are the package's", () => {
    expect(facts({ triggers: [web] })).toMatchObject({ name: "acme/sample", version: "1.0.0", type: "http", streaming: false });
  });
});

describe("the built entry file", () => {
  const built = entry().toString();
  test("exports what the build is told, and loads nothing but node's own", () => {
    expect(built).toMatch(new RegExp(`export\\s*\\{[^}]*\\b${entryPoint}\\b`));
    const imports = [...built.matchAll(/(?:from|import)\s*"([^"]+)"/g)].map(([, name]) => name);
    expect(imports.length).toBeGreaterThan(0);
    for (const name of imports) expect(name).toMatch(/^node:/);
  });
  test("is small", () => {
    expect(built.length).toBeLessThan(100_000);
  });
});
