import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listOf, purlOf, selectArtifacts } from "../../../src/profiles/nodejs/list.ts";
import { type Lock, parseLock, production, resolveFrom } from "../../../src/profiles/nodejs/lock.ts";
import { parsePnpmLock } from "../../../src/profiles/nodejs/lock-pnpm.ts";
import { lockText, sri } from "./world.ts";

const integrity = sri(Buffer.from("a"));
const other = sri(Buffer.from("b"));

function read(places: Record<string, object>, root: object = {}): Lock {
  const { lock, problems } = parseLock(lockText(root, places), "package-lock.json");
  expect(problems).toEqual([]);
  if (lock === undefined) throw new Error("no lock");
  return lock;
}

function embedded(lock: Lock) {
  const selected = selectArtifacts(lock, production(lock), undefined);
  const listed = listOf(
    lock,
    selected.entries.map((entry) => ({ entry, delivery: "embedded" as const })),
  );
  return { packages: listed.packages, problems: [...selected.problems, ...listed.problems] };
}

describe("npm lock files", () => {
  test.each([2, 3])("version %i gives the flat, sorted list of what runs", (version) => {
    const text = lockText(
      { dependencies: { b: "^1.0.0", "@s/a": "1" } },
      {
        "node_modules/b": { version: "1.2.0", resolved: "https://registry.example.com/b/-/b-1.2.0.tgz", integrity },
        "node_modules/@s/a": { version: "1.0.0", integrity: other, dependencies: { c: "*" } },
        "node_modules/@s/a/node_modules/c": { version: "10.0.0", integrity },
        "node_modules/c": { version: "9.0.0", integrity },
        "node_modules/tool": { version: "1.0.0", integrity, dev: true },
      },
      version,
    );
    const { lock } = parseLock(text, "package-lock.json");
    expect(lock?.format).toBe(`npm-${version}`);
    const { packages, problems } = embedded(lock as Lock);
    expect(problems).toEqual([]);
    expect(packages.map((one) => `${one.name}@${one.version}${one.direct ? " direct" : ""}`)).toEqual([
      "@s/a@1.0.0 direct",
      "b@1.2.0 direct",
      "c@10.0.0",
      "c@9.0.0",
    ]);
    expect(packages[0]).toMatchObject({
      ecosystem: "npm",
      purl: "pkg:npm/%40s/a@1.0.0",
      artifacts: [{ filename: "a-1.0.0.tgz" }],
    });
    expect(packages[0]?.artifacts[0]).not.toHaveProperty("url");
    expect(packages[1]?.artifacts[0]?.url).toBe("https://registry.example.com/b/-/b-1.2.0.tgz");
  });

  test("one version at several places is one entry", () => {
    const lock = read({
      "node_modules/a": { version: "1.0.0", integrity, dependencies: { x: "1" } },
      "node_modules/a/node_modules/x": { version: "1.0.0", integrity: other },
      "node_modules/x": { version: "1.0.0", integrity: other },
    });
    expect(embedded(lock).packages.map((one) => one.name)).toEqual(["a", "x"]);
  });

  test("one version with two integrities is E_LOCK", () => {
    const lock = read({
      "node_modules/x": { version: "1.0.0", integrity },
      "node_modules/a/node_modules/x": { version: "1.0.0", integrity: other },
    });
    expect(embedded(lock).problems).toMatchObject([{ code: "E_LOCK", pointer: "/packages/node_modules~1a~1node_modules~1x" }]);
  });

  test.each([
    ["version 1", '{"lockfileVersion":1,"dependencies":{}}', "/lockfileVersion"],
    ["no version", "{}", "/lockfileVersion"],
    ["not JSON", "{", undefined],
    ["an array", "[]", undefined],
    ["no packages", '{"lockfileVersion":3}', "/packages"],
  ])("%s is E_LOCK", (_, text, pointer) => {
    const { lock, problems } = parseLock(text, "package-lock.json");
    expect(lock).toBeUndefined();
    expect(problems).toMatchObject([
      { code: "E_LOCK", file: "package-lock.json", ...(pointer === undefined ? {} : { pointer }) },
    ]);
  });

  test.each(["node_modules/../../etc", "/node_modules/x", "C:/node_modules/x", "node_modules\\x"])(
    "a place %j is E_PATH",
    (place) => {
      const { problems } = parseLock(lockText({}, { [place]: { version: "1.0.0", integrity } }), "package-lock.json");
      expect(problems).toMatchObject([{ code: "E_PATH" }]);
    },
  );

  test("nearest place wins, as in Node", () => {
    const lock = read({
      "node_modules/a": { version: "1.0.0" },
      "node_modules/a/node_modules/x": { version: "2.0.0" },
      "node_modules/x": { version: "1.0.0" },
    });
    expect(resolveFrom(lock, "node_modules/a", "x")?.version).toBe("2.0.0");
    expect(resolveFrom(lock, "", "x")?.version).toBe("1.0.0");
    expect(resolveFrom(lock, "node_modules/a/node_modules/x", "a")?.version).toBe("1.0.0");
    expect(resolveFrom(lock, "", "none")).toBeUndefined();
  });

  test("an alias is listed by the package's own name", () => {
    expect(embedded(read({ "node_modules/alias": { name: "@s/real", version: "1.0.0", integrity } })).packages).toMatchObject([
      { name: "@s/real" },
    ]);
    expect(purlOf("@s/real", "1.0.0-rc.1")).toBe("pkg:npm/%40s/real@1.0.0-rc.1");
  });

  test("a bundled dependency's bytes are its parent's", () => {
    const lock = read({
      "node_modules/a": { version: "1.0.0", integrity },
      "node_modules/a/node_modules/in": { version: "2.0.0", inBundle: true },
    });
    expect(embedded(lock)).toMatchObject({
      problems: [],
      packages: [
        { name: "a", delivery: "embedded" },
        { name: "in", delivery: "bundled", artifacts: [] },
      ],
    });
  });

  test("addresses of the packing machine and credentials stay out", () => {
    const lock = read({
      "node_modules/a": { version: "1.0.0", integrity, resolved: "http://localhost:4873/a/-/a-1.0.0.tgz" },
      "node_modules/b": { version: "1.0.0", integrity, resolved: "https://joe:pw@registry.example.com/b/-/b-1.0.0.tgz" },
    });
    const { packages } = embedded(lock);
    expect(packages[0]?.artifacts[0]).not.toHaveProperty("url");
    expect(packages[1]?.artifacts[0]?.url).toBe("https://registry.example.com/b/-/b-1.0.0.tgz");
  });

  test("39: what is not pinned to a registry version's bytes is E_UNPINNED, all of it", () => {
    const lock = read({
      "node_modules/git": { version: "1.0.0", resolved: "git+ssh://git@example.com/x.git#0123", integrity },
      "node_modules/file": { version: "1.0.0", resolved: "file:../x.tgz", integrity },
      "node_modules/link": { resolved: "packages/link", link: true },
      "node_modules/none": { version: "1.0.0", resolved: "https://registry.example.com/none/-/none-1.0.0.tgz" },
      "node_modules/weak": { version: "1.0.0", integrity: sri(Buffer.from("a"), "sha1") },
      "node_modules/range": { version: "^1.0.0", integrity },
      "node_modules/noversion": { integrity },
    });
    const { problems } = embedded(lock);
    expect(problems.map((p) => p.code)).toEqual(Array.from({ length: 7 }, () => "E_UNPINNED"));
    expect(
      problems.every((p) => p.file === "package-lock.json" && p.pointer?.startsWith("/packages/node_modules~1") === true),
    ).toBe(true);
    expect(problems.find((p) => p.message.startsWith("weak"))?.pointer).toBe("/packages/node_modules~1weak/integrity");
  });

  test("42: a dependency with an install script is E_SCRIPT", () => {
    expect(
      embedded(read({ "node_modules/native": { version: "1.0.0", integrity, hasInstallScript: true } })).problems,
    ).toMatchObject([{ code: "E_SCRIPT", pointer: "/packages/node_modules~1native" }]);
  });

  test("prebuilt per-platform packages stand in for the script", () => {
    const lock = read({
      "node_modules/fast": {
        version: "1.0.0",
        integrity,
        hasInstallScript: true,
        optionalDependencies: { "@fast/linux-x64": "1.0.0" },
      },
      "node_modules/@fast/linux-x64": {
        version: "1.0.0",
        integrity: other,
        optional: true,
        os: ["linux"],
        cpu: ["x64"],
        libc: ["glibc"],
      },
    });
    const { packages, problems } = embedded(lock);
    expect(problems).toEqual([]);
    expect(packages[0]?.artifacts[0]?.platform).toEqual({ os: "linux", architecture: "amd64", libc: "glibc" });
  });

  test("an optional dependency that needs a script is left out with a warning", () => {
    const { packages, problems } = embedded(
      read({ "node_modules/maybe": { version: "1.0.0", integrity, optional: true, hasInstallScript: true } }),
    );
    expect(packages).toEqual([]);
    expect(problems).toMatchObject([{ code: "E_SCRIPT", severity: "warning" }]);
  });

  test("optional packages for platforms that the package doesn't run on are left out", () => {
    const optionalDependencies = { "@f/linux-x64": "1", "@f/linux-arm64": "1", "@f/aix": "1", "@f/not-win": "1" };
    const lock = read(
      {
        "node_modules/@f/linux-x64": { version: "1.0.0", integrity, optional: true, os: ["linux"], cpu: ["x64"] },
        "node_modules/@f/linux-arm64": { version: "1.0.0", integrity: other, optional: true, os: ["linux"], cpu: ["arm64"] },
        "node_modules/@f/aix": { version: "1.0.0", integrity, optional: true, os: ["aix"], cpu: ["ppc64"] },
        "node_modules/@f/not-win": { version: "1.0.0", integrity, optional: true, os: ["!win32"] },
      },
      { optionalDependencies },
    );
    const names = (platforms?: Parameters<typeof selectArtifacts>[2]) =>
      selectArtifacts(lock, production(lock), platforms).entries.map((entry) => entry.name);
    expect(names()).toEqual(["@f/linux-x64", "@f/linux-arm64", "@f/not-win"]);
    expect(names([{ os: "linux", architecture: "arm64" }])).toEqual(["@f/linux-arm64", "@f/not-win"]);
    expect(names([{ os: "windows", architecture: "amd64" }])).toEqual([]);
  });

  test("what only a left-out package needs is left out too", () => {
    const lock = read({
      "node_modules/a": { version: "1.0.0", integrity, optionalDependencies: { wasm: "1" } },
      "node_modules/wasm": { version: "1.0.0", integrity, optional: true, cpu: ["wasm32"], dependencies: { runtime: "1" } },
      "node_modules/runtime": { version: "1.0.0", integrity: other, optional: true },
    });
    expect(embedded(lock).packages.map((one) => one.name)).toEqual(["a"]);
  });

  test("a need without an entry is E_LOCK", () => {
    expect(
      embedded(read({ "node_modules/a": { version: "1.0.0", integrity, dependencies: { gone: "1" } } })).problems,
    ).toMatchObject([{ code: "E_LOCK", message: expect.stringContaining("gone") as string }]);
  });

  test("any JSON is read or refused, never thrown on", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (whole, packages) => {
        for (const text of [JSON.stringify(whole), JSON.stringify({ lockfileVersion: 3, packages })]) {
          const { lock, problems } = parseLock(text, "l");
          if (lock === undefined) expect(problems.length).toBeGreaterThan(0);
          else embedded(lock);
        }
      }),
    );
  });
});

describe("pnpm lock files", () => {
  test("version 9 pins by name and version", () => {
    const { lock } = parsePnpmLock(
      `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      zod:\n        specifier: ^3.0.0\n        version: 3.1.0\npackages:\n  zod@3.1.0:\n    resolution: {integrity: ${integrity}}\n  '@s/x@1.0.0':\n    resolution: {integrity: ${other}}\n`,
      "pnpm-lock.yaml",
    );
    expect([...(lock?.entries.keys() ?? [])]).toEqual(["zod@3.1.0", "@s/x@1.0.0"]);
    expect(
      listOf(
        lock as Lock,
        [...(lock?.entries.values() ?? [])].map((entry) => ({ entry, delivery: "bundled" as const })),
      ).packages.map((one) => [one.name, one.direct]),
    ).toEqual([
      ["@s/x", false],
      ["zod", true],
    ]);
  });

  test.each(["lockfileVersion: 5.4\n", "a: [", "- 1\n", "a: &x 1\nb: *x\nlockfileVersion: '9.0'\npackages: 3\n"])(
    "%j is E_LOCK",
    (text) => {
      expect(parsePnpmLock(text, "pnpm-lock.yaml").problems).toMatchObject([{ code: "E_LOCK" }]);
    },
  );
});
