import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { profileOf } from "../../../src/profiles/index.ts";
import type { Sealed } from "../../../src/profiles/profile.ts";
import { failure, fakeRegistry, folder, lockText, npmTarball, opened, sealInput, sri, texts, write } from "./world.ts";

const { seal, materialise, verifyLock } = await profileOf("nodejs");
const linux = { os: "linux", architecture: "amd64", libc: "glibc" } as const;
const integrity = sri(Buffer.from("zod"));

const project = {
  "src/index.ts":
    'import { parse } from "./lib/parse.js";\nimport zod from "zod";\nexport default (request: Request): Response => new Response(String(parse(request.url)) + zod.z);\n',
  "src/lib/parse.ts": "export const parse = (url: string): string => url;\n",
  "package.json": '{"dependencies":{"zod":"^3.0.0"}}',
  "package-lock.json": lockText(
    { dependencies: { zod: "^3.0.0" } },
    { "node_modules/zod": { version: "3.1.0", integrity }, "node_modules/unused": { version: "1.0.0", integrity } },
  ),
  "node_modules/zod/package.json": '{"name":"zod","version":"3.1.0","main":"index.js"}',
  "node_modules/zod/index.js": 'const os = require("os");\nexports.z = os.EOL;\n',
};
const entry = { entry: "src/index.ts" };
const written = (sealed: Sealed) =>
  Object.fromEntries(
    sealed.files.map((file) => [file.path, "bytes" in file.from ? Buffer.from(file.from.bytes).toString() : ""]),
  );
const author = { entryPoint: { export: "default" } };

describe("build", () => {
  test("TypeScript and libraries become one module; what was merged is listed with the lock file's digests", async () => {
    const root = await folder(project);
    const sealed = await seal(await sealInput(root, { ...author, build: { ...entry, sourcemap: true } }));
    expect(sealed.problems).toEqual([]);
    expect(sealed.entryPoint).toEqual({ module: "src/index.mjs", export: "default" });
    expect(sealed.files.map(({ path }) => path)).toEqual(["function/src/index.mjs", "function/src/index.mjs.map"]);
    expect(sealed.dependencies).toEqual({
      packages: [
        {
          ecosystem: "npm",
          name: "zod",
          version: "3.1.0",
          purl: "pkg:npm/zod@3.1.0",
          direct: true,
          delivery: "bundled",
          artifacts: [
            { digest: `sha512:${Buffer.from(integrity.slice(7), "base64").toString("hex")}`, filename: "zod-3.1.0.tgz" },
          ],
        },
      ],
    });
    const map = JSON.parse(written(sealed)["function/src/index.mjs.map"] ?? "") as {
      sources: string[];
      sourcesContent?: unknown;
    };
    expect(map.sources.sort()).toEqual(["../node_modules/zod/index.js", "index.ts", "lib/parse.ts"]);
    expect(map).not.toHaveProperty("sourcesContent");
    const out = await folder({
      "index.mjs": written(sealed)["function/src/index.mjs"] ?? "",
      "index.mjs.map": JSON.stringify(map),
    });
    const { default: handler } = (await import(pathToFileURL(join(out, "index.mjs")).href)) as {
      default: (request: { url: string }) => Response;
    };
    expect(await handler({ url: "u" }).text()).toBe("u\n");
  });

  test("the same sources give the same bytes, wherever the folder lies", async () => {
    const build = { ...entry, sourcemap: true, minify: true };
    const [one, two] = [await folder(project), join(await folder(), "deeper", "place")];
    await write(two, project);
    const [a, b] = [
      await seal(await sealInput(one, { ...author, build })),
      await seal(await sealInput(two, { ...author, build })),
    ];
    expect(written(a)).toEqual(written(b));
    expect(a.dependencies).toEqual(b.dependencies);
    for (const text of Object.values(written(a))) for (const root of [one, two]) expect(text).not.toContain(root);
  });

  test("the banner is there only where it is needed", async () => {
    const plain = await seal(
      await sealInput(await folder({ "i.mjs": "export default 1" }), { ...author, build: { entry: "i.mjs" } }),
    );
    expect(written(plain)["function/i.mjs"]).not.toContain("createRequire");
    const root = await folder({
      "i.cjs": 'const fs = require("fs");\nmodule.exports = { at: [__dirname, __filename, fs.constants.F_OK] };',
    });
    const sealed = await seal(await sealInput(root, { entryPoint: {}, build: { entry: "i.cjs" } }));
    expect(sealed.problems).toEqual([]);
    const out = await folder({ "i.mjs": written(sealed)["function/i.mjs"] ?? "" });
    const loaded = (await import(pathToFileURL(join(out, "i.mjs")).href)) as { default: { at: unknown } };
    expect(loaded.default.at).toEqual([out, join(out, "i.mjs"), 0]);
  });

  test("what is wrong in the sources is E_BUILD with file and line, all of it", async () => {
    const root = await folder({
      "i.ts": 'import "./gone.js";\nconst a: = 1;\n',
      "ok.ts": 'import "nowhere";\nimport "./x.node";\nexport default 1;',
      "x.node": "",
    });
    const syntax = await seal(await sealInput(root, { ...author, build: { entry: "i.ts" } }));
    expect(syntax.problems).toMatchObject([
      { code: "E_BUILD", file: "i.ts", line: 2, message: expect.stringContaining("i.ts:2:") as string },
    ]);
    const { problems } = await seal(await sealInput(root, { ...author, build: { entry: "ok.ts" } }));
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ["E_BUILD", 1],
      ["E_BUILD", 2],
    ]);
    expect(problems[1]?.hint).toContain("build.external");
    expect((await seal(await sealInput(root, { build: { entry: "none.ts" } }))).problems).toMatchObject([
      { code: "E_BUILD", pointer: "/build/entry" },
    ]);
    expect((await seal(await sealInput(root, { build: { entry: "../x.ts" } }))).problems).toMatchObject([
      { code: "E_BUILD", pointer: "/build/entry" },
    ]);
  });

  test("an export that the build doesn't have is E_ENTRY_POINT", async () => {
    const root = await folder({ "i.ts": "export const handler = 1" });
    expect((await seal(await sealInput(root, { ...author, build: { entry: "i.ts" } }))).problems).toMatchObject([
      { code: "E_ENTRY_POINT", pointer: "/entryPoint/export" },
    ]);
    expect(
      (await seal(await sealInput(root, { entryPoint: { module: "dist/i.js", export: "handler" }, build: { entry: "i.ts" } })))
        .problems,
    ).toMatchObject([{ code: "E_ENTRY_POINT", message: expect.stringContaining('the build writes "i.mjs"') as string }]);
  });

  test("no lock file, another version, a library the lock file lacks", async () => {
    const codes = async (files: Record<string, string>) =>
      (await seal(await sealInput(await folder({ ...project, ...files }), { ...author, build: entry }))).problems.map(
        ({ code }) => code,
      );
    expect(await codes({ "node_modules/zod/package.json": '{"name":"zod","version":"3.2.0","main":"index.js"}' })).toEqual([
      "E_LOCK",
    ]);
    expect(await codes({ "package-lock.json": lockText({}, {}) })).toEqual(["E_LOCK"]);
    expect(
      await codes({
        "package-lock.json": lockText(
          {},
          { "node_modules/zod": { version: "3.1.0", resolved: "git+ssh://git@example.com/zod.git#1" } },
        ),
      }),
    ).toEqual(["E_UNPINNED"]);
    const { "package-lock.json": _, ...without } = project;
    const { problems } = await seal(await sealInput(await folder(without), { ...author, build: entry }));
    expect(problems).toMatchObject([
      { code: "E_UNPINNED", hint: expect.stringContaining("npm install --package-lock-only") as string },
    ]);
  });

  test("a workspace's lock file above the folder serves for what is merged; linked sources are the author's own", async () => {
    const root = await folder({
      "package-lock.json": lockText(
        {},
        {
          "node_modules/zod": { version: "3.1.0", integrity },
          "node_modules/shared": { resolved: "packages/shared", link: true },
          "packages/shared": {},
        },
      ),
      "node_modules/zod/package.json": project["node_modules/zod/package.json"],
      "node_modules/zod/index.js": "exports.z = 1;",
      "packages/shared/package.json": '{"name":"shared","version":"1.0.0","main":"index.js"}',
      "packages/shared/index.js": "exports.s = 2;",
      "packages/fn/index.ts": 'import { z } from "zod"; import { s } from "shared"; export default [z, s];',
    });
    await symlink("../packages/shared", join(root, "node_modules/shared"));
    const sealed = await seal(
      await sealInput(join(root, "packages/fn"), {
        ...author,
        build: { entry: "index.ts" },
        dependencies: { lock: "../../package-lock.json" },
      }),
    );
    expect(sealed.problems).toEqual([]);
    expect(sealed.dependencies.packages.map(({ name }) => name)).toEqual(["zod"]);
    expect(sealed.dependencies.lock).toBeUndefined();
  });

  test("pnpm's links and lock file serve for what is merged", async () => {
    const root = await folder({
      "index.ts": 'import { z } from "zod"; export default z;',
      "pnpm-lock.yaml": `lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      zod:\n        specifier: ^3.0.0\n        version: 3.1.0\npackages:\n  zod@3.1.0:\n    resolution: {integrity: ${integrity}}\n`,
      "node_modules/.pnpm/zod@3.1.0/node_modules/zod/package.json": project["node_modules/zod/package.json"],
      "node_modules/.pnpm/zod@3.1.0/node_modules/zod/index.js": "exports.z = 1;",
    });
    await symlink(".pnpm/zod@3.1.0/node_modules/zod", join(root, "node_modules/zod"));
    const sealed = await seal(await sealInput(root, { ...author, build: { entry: "index.ts" } }));
    expect(sealed.problems).toEqual([]);
    expect(sealed.dependencies.packages).toMatchObject([{ name: "zod", direct: true, delivery: "bundled" }]);
    const external = await seal(await sealInput(root, { ...author, build: { entry: "index.ts", external: ["zod"] } }));
    expect(external.problems).toMatchObject([{ code: "E_LOCK", pointer: "/build/external" }]);
  });

  test("what stays external is delivered with a lock file of its own, and installs", async () => {
    const registry = await fakeRegistry();
    const [native, dep] = [await npmTarball("native", "2.0.0"), await npmTarball("dep", "1.5.0")];
    registry.routes.set("/native/-/native-2.0.0.tgz", native);
    registry.routes.set("/dep/-/dep-1.5.0.tgz", dep);
    const places = {
      "node_modules/zod": { version: "3.1.0", integrity },
      "node_modules/native": { version: "2.0.0", integrity: sri(native), dependencies: { dep: "^1.0.0" } },
      "node_modules/dep": { version: "1.5.0", integrity: sri(dep) },
      "node_modules/tool": { version: "9.0.0", integrity, dev: true },
    };
    const root = await folder({
      ...project,
      "src/index.ts": 'import zod from "zod"; import native from "native"; export default () => [zod, native];',
      "package-lock.json": lockText(
        { dependencies: { zod: "^3.0.0", native: "^2.0.0" }, devDependencies: { tool: "9" } },
        places,
      ),
    });
    const build = { entry: "src/index.ts", external: ["native"] };
    for (const delivery of ["embedded", "referenced"] as const) {
      const input = await sealInput(
        root,
        { ...author, build, dependencies: { delivery } },
        { registries: { npm: registry.url } },
      );
      const sealed = await seal(input);
      expect(sealed.problems).toEqual([]);
      expect(sealed.dependencies.packages.map((one) => `${one.name} ${one.delivery}`)).toEqual([
        `dep ${delivery}`,
        `native ${delivery}`,
        "zod bundled",
      ]);
      expect(sealed.files.map(({ path }) => path)).toEqual(["function/package-lock.json", "function/src/index.mjs"]);
      expect(sealed.blobs).toHaveLength(delivery === "embedded" ? 2 : 0);
      expect(written(sealed)["function/package-lock.json"]).not.toContain("tool");
      const pkg = await opened(sealed);
      expect(await verifyLock(pkg)).toEqual([]);
      const files = await materialise(pkg, { platform: linux, registries: { npm: registry.url }, cache: await folder() });
      expect(Object.keys(await texts(files))).toEqual([
        "function/node_modules/dep/index.js",
        "function/node_modules/dep/package.json",
        "function/node_modules/native/index.js",
        "function/node_modules/native/package.json",
      ]);
    }
  });

  test("external and bundled is sealed from node_modules; bundle: false leaves every library out", async () => {
    const root = await folder({ ...project, "node_modules/unused/package.json": '{"name":"unused","version":"1.0.0"}' });
    const sealed = await seal(
      await sealInput(root, { ...author, build: { ...entry, bundle: false }, dependencies: { delivery: "bundled" } }),
    );
    expect(sealed.problems).toEqual([]);
    expect(sealed.files.map(({ path }) => path)).toEqual([
      "function/node_modules/zod/index.js",
      "function/node_modules/zod/package.json",
      "function/package-lock.json",
      "function/src/index.mjs",
    ]);
    expect(written(sealed)["function/src/index.mjs"]).toContain('from "zod"');
    expect(await verifyLock(await opened(sealed))).toEqual([]);
  });

  test("an esbuild that can't be loaded is E_PEER; the author's own comes first", async () => {
    const broken = await folder({
      "i.ts": "export default 1",
      "node_modules/esbuild/index.js": 'throw new Error("no binary")',
      "node_modules/esbuild/package.json": "{}",
    });
    expect(await failure(seal(await sealInput(broken, { ...author, build: { entry: "i.ts" } })))).toMatchObject({
      code: "E_PEER",
      message: expect.stringContaining("no binary") as string,
      hint: expect.stringContaining("npm i -D esbuild") as string,
    });
  });

  test("included files stay beside what the build writes", async () => {
    const root = await folder({ "i.ts": "export default 1", "data/x.json": "{}" });
    const input = await sealInput(root, { ...author, build: { entry: "i.ts" } });
    const sealed = await seal({
      ...input,
      files: [{ path: "function/data/x.json", executable: false, from: { disk: join(root, "data/x.json") } }],
    });
    expect(sealed.files.map(({ path }) => path)).toEqual(["function/data/x.json", "function/i.mjs"]);
  });

  test("nothing lands in the folder", async () => {
    const root = await folder(project);
    await mkdir(join(root, "dist"));
    await seal(await sealInput(root, { ...author, build: { ...entry, sourcemap: true } }));
    const { readdirSync } = await import("node:fs");
    expect(readdirSync(root).sort()).toEqual(["dist", "node_modules", "package-lock.json", "package.json", "src"]);
    expect(readdirSync(join(root, "src")).sort()).toEqual(["index.ts", "lib"]);
  });
});
