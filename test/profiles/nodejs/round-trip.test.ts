/** The profile behind the real `pack` and reader: sealed, opened, verified, installed. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openVerified } from "../../../src/package/open-verified.ts";
import { pack } from "../../../src/package/pack.ts";
import { profileOf } from "../../../src/profiles/index.ts";
import { failure, fakeRegistry, folder, lockText, npmTarball, sri, texts } from "./world.ts";

const { materialise, preflight, verifyLock } = await profileOf("nodejs");
const linux = { os: "linux", architecture: "amd64", libc: "glibc", glibc: "2.34" } as const;
const author = (more: string) =>
  `kind: FunctionPackage\nspecVersion: "1.0"\nname: acme/fn\nversion: 1.0.0\nprofile: nodejs\nsignature: { type: http }\nrequires: { runtime: { nodejs: ">=20" } }\n${more}`;

describe("pack, open, install", () => {
  test.each(["embedded", "referenced"] as const)("%s", async (delivery) => {
    const registry = await fakeRegistry();
    const a = await npmTarball("a", "1.0.0", { "bin/x*": "#!/bin/sh\n" });
    registry.routes.set("/a/-/a-1.0.0.tgz", a);
    const root = await folder({
      "function-package.yaml": author(
        `entryPoint: { module: index.mjs, export: default }\ndependencies: { delivery: ${delivery} }\n`,
      ),
      "index.mjs": 'import a from "a";\nexport default () => new Response(a.name);\n',
      "package.json": '{"dependencies":{"a":"^1.0.0"}}',
      "package-lock.json": lockText(
        { dependencies: { a: "^1.0.0" } },
        { "node_modules/a": { version: "1.0.0", integrity: sri(a) } },
      ),
    });
    const [cache, other] = [await folder(), await folder()];
    const packed = await pack(
      { folder: root, out: join(await folder(), "fn.fnpkg"), cache, registries: { npm: registry.url } },
      profileOf,
    );
    expect(registry.asked).toHaveLength(delivery === "embedded" ? 1 : 0);
    const pkg = await openVerified(packed.file, other);
    try {
      expect(await verifyLock(pkg)).toEqual([]);
      expect(await preflight(pkg, linux, { cache: other })).toEqual([]);
      const files = await materialise(pkg, { platform: linux, registries: { npm: registry.url }, cache: other });
      expect(Object.keys(await texts(files))).toEqual([
        "function/node_modules/a/bin/x",
        "function/node_modules/a/index.js",
        "function/node_modules/a/package.json",
      ]);
      expect(registry.asked).toHaveLength(1);
    } finally {
      await pkg.close();
    }
  });

  test("a problem of the author file carries its line", async () => {
    const root = await folder({
      "function-package.yaml": author("entryPoint: { module: index.mjs, export: handler }\n"),
      "index.mjs": "export default 1;\n",
    });
    const error = await failure(pack({ folder: root, out: join(await folder(), "fn.fnpkg"), cache: await folder() }, profileOf));
    expect(error.problems).toMatchObject([
      { code: "E_ENTRY_POINT", file: "function-package.yaml", pointer: "/entryPoint/export", line: 8 },
    ]);
  });

  test("a build gives the same package digest twice", async () => {
    const root = await folder({
      "function-package.yaml": author("entryPoint: { export: default }\nbuild: { entry: src/index.ts, sourcemap: true }\n"),
      "src/index.ts": "export default (): Response => new Response();\n",
    });
    const digest = async () =>
      (await pack({ folder: root, out: join(await folder(), "fn.fnpkg"), cache: await folder() }, profileOf)).digest;
    expect(await digest()).toBe(await digest());
  });
});
