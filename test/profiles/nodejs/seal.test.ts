import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AuthorFile } from "../../../src/package/author.ts";
import { type Dependency, manifest as manifestSchema } from "../../../src/package/manifest.ts";
import { rulesOf } from "../../../src/package/rules.ts";
import { profileOf } from "../../../src/profiles/index.ts";
import type { SealInput } from "../../../src/profiles/profile.ts";
import {
  content,
  digest512,
  fakeRegistry,
  folder,
  lockText,
  npmTarball,
  opened,
  packageOf,
  sealInput,
  sri,
  texts,
} from "./world.ts";

const { seal, materialise, verifyLock } = await profileOf("nodejs");
const integrity = sri(Buffer.from("x"));
const entry = { "index.mjs": "export default () => new Response();\n" };
const run = async (files: Record<string, string>, more: Partial<AuthorFile> = {}, input: Partial<SealInput> = {}) =>
  seal(await sealInput(await folder({ ...entry, ...files }), more, input));
const faults = (sealed: { problems: readonly { code: string; file?: string; pointer?: string }[] }) =>
  sealed.problems.map(({ code, file, pointer }) => [code, file, pointer]);

describe("sealing as it is", () => {
  test("no dependencies seal as an empty list", async () => {
    const sealed = await run({ "package.json": '{"name":"hello","type":"module"}' });
    expect(sealed).toMatchObject({
      entryPoint: { module: "index.mjs", export: "default" },
      dependencies: { packages: [] },
      blobs: [],
      problems: [],
    });
    expect(sealed.files.map(({ path }) => path)).toEqual(["function/index.mjs", "function/package.json"]);
    const onlyDev = await run({
      "package.json": '{"devDependencies":{"t":"1"}}',
      "package-lock.json": lockText({ devDependencies: { t: "1" } }, { "node_modules/t": { version: "1.0.0", dev: true } }),
    });
    expect(onlyDev.dependencies).toEqual({ packages: [] });
  });

  test("embedded artifacts come with size and blob, and install offline", async () => {
    const registry = await fakeRegistry();
    const [a, b] = [await npmTarball("a", "1.0.0"), await npmTarball("@s/b", "2.0.0")];
    registry.routes.set("/a/-/a-1.0.0.tgz", a);
    registry.routes.set("/@s/b/-/b-2.0.0.tgz", b);
    const lock = lockText(
      { dependencies: { a: "^1.0.0" } },
      {
        "node_modules/a": { version: "1.0.0", integrity: sri(a), dependencies: { "@s/b": "2" } },
        "node_modules/a/node_modules/@s/b": { version: "2.0.0", integrity: sri(b) },
        "node_modules/dev": { version: "1.0.0", integrity, dev: true },
      },
    );
    const sealed = await run(
      { "package.json": '{"dependencies":{"a":"^1.0.0"}}', "package-lock.json": lock },
      {},
      { registries: { npm: registry.url } },
    );
    expect(sealed.problems).toEqual([]);
    expect(sealed.dependencies.lock).toEqual({ path: "function/package-lock.json", format: "npm-3" });
    expect(sealed.dependencies.packages.map(({ name, delivery, artifacts }) => [name, delivery, artifacts[0]?.size])).toEqual([
      ["@s/b", "embedded", b.length],
      ["a", "embedded", a.length],
    ]);
    expect(sealed.blobs.map(({ digest }) => digest).sort()).toEqual([digest512(a), digest512(b)].sort());
    const pkg = await opened(sealed);
    expect(manifestSchema.safeParse(pkg.manifest).error).toBeUndefined();
    expect(rulesOf(pkg.manifest).filter(({ pointer }) => pointer?.startsWith("/dependencies") === true)).toEqual([]);
    expect(await verifyLock(pkg)).toEqual([]);
    const files = await materialise(pkg, {
      platform: { os: "linux", architecture: "arm64" },
      registries: { npm: "http://127.0.0.1:1" },
      cache: await folder(),
    });
    expect(Object.keys(await texts(files))).toEqual([
      "function/node_modules/a/index.js",
      "function/node_modules/a/node_modules/@s/b/index.js",
      "function/node_modules/a/node_modules/@s/b/package.json",
      "function/node_modules/a/package.json",
    ]);
  });

  test("referenced artifacts are not fetched, and the cache does not change what is sealed", async () => {
    const files = {
      "package.json": '{"dependencies":{"a":"1"}}',
      "package-lock.json": lockText({ dependencies: { a: "1" } }, { "node_modules/a": { version: "1.0.0", integrity } }),
    };
    const sealed = await run(files, { dependencies: { delivery: "referenced" } }, { registries: { npm: "http://127.0.0.1:1" } });
    expect(sealed.problems).toEqual([]);
    expect(sealed.dependencies.packages).toMatchObject([{ delivery: "referenced", artifacts: [{ filename: "a-1.0.0.tgz" }] }]);
    expect(sealed.dependencies.packages[0]?.artifacts[0]).not.toHaveProperty("size");
  });

  test("bundled seals exactly the production part of the lock file", async () => {
    const root = await folder({
      ...entry,
      "package.json": '{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
      "package-lock.json": lockText(
        { dependencies: { a: "1" }, devDependencies: { dev: "1" } },
        {
          "node_modules/a": { version: "1.0.0", integrity, hasInstallScript: true },
          "node_modules/a/node_modules/b": { version: "2.0.0", integrity },
          "node_modules/maybe": { version: "1.0.0", integrity, optional: true },
          "node_modules/dev": { version: "1.0.0", integrity, dev: true },
        },
      ),
      "node_modules/a/package.json": '{"name":"a","version":"1.0.0"}',
      "node_modules/a/bin/run*": "#!/bin/sh",
      "node_modules/a/lib/node_modules/kept.js": "",
      "node_modules/a/node_modules/b/package.json": '{"name":"b","version":"2.0.0"}',
      "node_modules/a/node_modules/stray/package.json": '{"name":"stray","version":"2.0.0"}',
      "node_modules/dev/package.json": '{"name":"dev","version":"1.0.0"}',
      "node_modules/.package-lock.json": "{}",
    });
    await symlink("../a/bin/run", join(root, "node_modules/.bin"));
    await symlink("package.json", join(root, "node_modules/a/link.json"));
    const sealed = await seal(await sealInput(root));
    expect(faults(sealed)).toEqual([["E_ENTRY_TYPE", "function/node_modules/a/link.json", undefined]]);
    expect(sealed.problems[0]?.severity).toBe("warning");
    expect(
      sealed.files
        .filter(({ path }) => path.includes("node_modules"))
        .map(({ path, executable }) => `${path}${executable ? " x" : ""}`),
    ).toEqual([
      "function/node_modules/a/bin/run x",
      "function/node_modules/a/lib/node_modules/kept.js",
      "function/node_modules/a/node_modules/b/package.json",
      "function/node_modules/a/package.json",
    ]);
    expect(sealed.dependencies.packages.map(({ name, delivery }) => `${name} ${delivery}`)).toEqual(["a bundled", "b bundled"]);
    expect(await verifyLock(await opened(sealed))).toEqual([]);
  });

  test("bundled with another version, a missing package or a link in its place is E_LOCK", async () => {
    const files = {
      "package.json": '{"dependencies":{"a":"1","b":"1","c":"1"}}',
      "package-lock.json": lockText(
        { dependencies: { a: "1", b: "1", c: "1" } },
        Object.fromEntries(["a", "b", "c"].map((name) => [`node_modules/${name}`, { version: "1.0.0", integrity }])),
      ),
      "node_modules/a/package.json": '{"name":"a","version":"1.0.1"}',
      "elsewhere/package.json": '{"name":"c","version":"1.0.0"}',
    };
    const root = await folder({ ...entry, ...files });
    await symlink("../elsewhere", join(root, "node_modules/c"));
    expect(faults(await seal(await sealInput(root)))).toEqual(
      ["a", "b", "c"].map((name) => ["E_LOCK", `node_modules/${name}`, undefined]),
    );
  });

  test("package.json and lock file that disagree are E_LOCK, each", async () => {
    const sealed = await run(
      {
        "package.json":
          '{"dependencies":{"old":"^2.0.0","gone":"1","fine":"^1.0.0","alias":"npm:real@^1.0.0","tag":"latest"},"optionalDependencies":{"maybe":"1"}}',
        "package-lock.json": lockText(
          { dependencies: { old: "^1.0.0", fine: "^1.0.0", alias: "npm:real@^1.0.0", tag: "latest", stale: "1" } },
          {
            "node_modules/old": { version: "1.5.0", integrity },
            "node_modules/fine": { version: "1.5.0", integrity },
            "node_modules/alias": { name: "real", version: "1.0.0", integrity },
            "node_modules/tag": { version: "7.0.0", integrity },
            "node_modules/stale": { version: "1.0.0", integrity },
          },
        ),
      },
      { dependencies: { delivery: "referenced" } },
    );
    expect(faults(sealed)).toEqual([
      ["E_LOCK", "package.json", "/dependencies/old"],
      ["E_LOCK", "package.json", "/dependencies/gone"],
      ["E_LOCK", "package-lock.json", "/packages//dependencies/stale"],
    ]);
  });

  test.each([
    ["nothing", {}, "E_UNPINNED", "package.json", /npm install --package-lock-only/],
    ["pnpm", { "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" }, "E_UNPINNED", "pnpm-lock.yaml", /build: \{ entry/],
    ["yarn 4", { "yarn.lock": "__metadata:\n  version: 8\n" }, "E_UNPINNED", "yarn.lock", /npm resolves anew/],
    ["yarn", { "yarn.lock": "# yarn lockfile v1\n" }, "E_UNPINNED", "yarn.lock", /npm takes the versions from yarn\.lock/],
    ["version 1", { "package-lock.json": '{"lockfileVersion":1}' }, "E_LOCK", "package-lock.json", /--lockfile-version 3/],
  ])("a lock file of %s names the way through", async (_, files, code, file, hint) => {
    const sealed = await run({ "package.json": '{"dependencies":{"a":"1"}}', ...files });
    expect(sealed.problems).toMatchObject([{ code, file, hint: expect.stringMatching(hint) as string }]);
  });

  test("a named lock file that is absent, foreign or outside is E_LOCK", async () => {
    for (const lock of ["gone.json", "yarn.lock", "../package-lock.json"]) {
      expect(faults(await run({ "yarn.lock": "" }, { dependencies: { lock } }))).toMatchObject([
        ["E_LOCK", undefined, "/dependencies/lock"],
      ]);
    }
  });

  test("npm-shrinkwrap.json stands before package-lock.json, as in npm", async () => {
    const lock = lockText({ dependencies: { a: "1" } }, { "node_modules/a": { version: "1.0.0", integrity } }, 2);
    const sealed = await run(
      { "package.json": '{"dependencies":{"a":"1"}}', "npm-shrinkwrap.json": lock, "package-lock.json": "{" },
      { dependencies: { delivery: "referenced" } },
    );
    expect(sealed.dependencies.lock).toEqual({ path: "function/npm-shrinkwrap.json", format: "npm-2" });
  });

  test("an excluded lock file is sealed all the same", async () => {
    const root = await folder({
      ...entry,
      "package.json": '{"dependencies":{"a":"1"}}',
      "package-lock.json": lockText({ dependencies: { a: "1" } }, { "node_modules/a": { version: "1.0.0", integrity } }),
    });
    const input = await sealInput(root, { dependencies: { delivery: "referenced" } });
    const sealed = await seal({ ...input, files: input.files.filter(({ path }) => !path.endsWith("lock.json")) });
    expect(sealed.files.map(({ path }) => path)).toContain("function/package-lock.json");
  });

  test("a registry that can't give an artifact fails the seal with every one that is missing", async () => {
    const registry = await fakeRegistry();
    const files = {
      "package.json": '{"dependencies":{"a":"1","b":"1"}}',
      "package-lock.json": lockText(
        { dependencies: { a: "1", b: "1" } },
        { "node_modules/a": { version: "1.0.0", integrity }, "node_modules/b": { version: "1.0.0", integrity } },
      ),
    };
    expect((await run(files, {}, { registries: { npm: registry.url } })).problems.map(({ code }) => code)).toEqual([
      "E_REGISTRY",
      "E_REGISTRY",
    ]);
  });
});

describe("verify --lock", () => {
  const text = lockText(
    { dependencies: { a: "1" } },
    { "node_modules/a": { version: "1.0.0", integrity }, "node_modules/dev": { version: "1.0.0", integrity, dev: true } },
  );
  const digest = `sha512:${Buffer.from(integrity.slice(7), "base64").toString("hex")}`;
  const dependency: Dependency = {
    ecosystem: "npm",
    name: "a",
    version: "1.0.0",
    direct: true,
    delivery: "referenced",
    artifacts: [{ digest, filename: "a-1.0.0.tgz" }],
  };
  const check = async (packages: Parameters<typeof packageOf>[1]["packages"], lock = text, format = "npm-3") =>
    (
      await verifyLock(
        packageOf([content("function/package-lock.json", Buffer.from(lock))], {
          lock: { path: "function/package-lock.json", format },
          packages,
        }),
      )
    ).map(({ code, pointer }) => [code, pointer]);

  test("agreement, and no lock file, is silence", async () => {
    expect(await check([dependency])).toEqual([]);
    expect(await verifyLock(packageOf([], { packages: [dependency] }))).toEqual([]);
  });

  test("39: a manifest that the lock file doesn't bear out is E_UNPINNED; one that lacks something is E_LOCK", async () => {
    expect(
      await check([{ ...dependency, artifacts: [{ digest: digest512(Buffer.from("y")), filename: "a-1.0.0.tgz" }] }]),
    ).toEqual([["E_UNPINNED", "/dependencies/packages/0"]]);
    expect(await check([dependency, { ...dependency, name: "b" }])).toEqual([["E_UNPINNED", "/dependencies/packages/1"]]);
    expect(await check([dependency, { ...dependency, name: "dev" }])).toEqual([["E_UNPINNED", "/dependencies/packages/1"]]);
    expect(await check([])).toEqual([["E_LOCK", "/packages/node_modules~1a"]]);
    expect(await check([dependency], text, "npm-2")).toEqual([["E_LOCK", "/dependencies/lock/format"]]);
    expect(await check([dependency], "{")).toEqual([["E_LOCK", undefined]]);
    expect(
      (await verifyLock(packageOf([], { lock: { path: "function/package-lock.json", format: "npm-3" }, packages: [] }))).map(
        ({ code }) => code,
      ),
    ).toEqual(["E_MISSING"]);
  });
});
