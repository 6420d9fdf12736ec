import { describe, expect, test } from "vitest";
import type { ContentFile } from "../../../src/package/content.ts";
import { profileOf } from "../../../src/profiles/index.ts";
import { glibcAddon, machO, muslAddon, pe } from "../elf.ts";
import { content, digest512, fakeRegistry, folder, npmTarball, packageOf, referencing } from "./world.ts";

const target = { os: "linux", architecture: "amd64", libc: "glibc", glibc: "2.34" } as const;
const { preflight, materialise } = await profileOf("nodejs");
const none = { packages: [] };
const judge = async (...files: ContentFile[]) =>
  (await preflight(packageOf(files, none), target)).map(({ code, file, severity }) => [code, file, severity ?? "error"]);

function embedding(bytes: Buffer) {
  const { manifest, files } = referencing("a", "1.0.0", bytes, { size: bytes.length });
  const packages = manifest.dependencies.packages.map((one) => ({ ...one, delivery: "embedded" as const }));
  return packageOf(
    files,
    { ...manifest.dependencies, packages },
    {},
    new Map([[digest512(bytes), content(digest512(bytes), bytes)]]),
  );
}

describe("binary preflight", () => {
  test("42: a native addon for the wrong machine or C library is E_PLATFORM, naming the file", async () => {
    expect(await judge(content("function/addon.node", glibcAddon("2.28", 183)))).toEqual([
      ["E_PLATFORM", "function/addon.node", "error"],
    ]);
    expect(await judge(content("function/addon.node", muslAddon()))).toEqual([["E_PLATFORM", "function/addon.node", "error"]]);
    expect(await judge(content("function/lib/libx.so.1", glibcAddon("2.38")))).toEqual([
      ["E_PLATFORM", "function/lib/libx.so.1", "error"],
    ]);
    expect(await judge(content("function/bin/tool", machO(), true))).toEqual([["E_PLATFORM", "function/bin/tool", "error"]]);
    expect(await judge(content("function/addon.node", glibcAddon("2.28")), content("function/data.bin", machO()))).toEqual([]);
    const [problem] = await preflight(packageOf([content("function/addon.node", glibcAddon("2.36"))], none), target);
    expect(problem?.message).toBe("function/addon.node can't run on the target: it needs glibc 2.36, and the target has 2.34");
  });

  test("builds for several platforms side by side are alternatives; one has to fit", async () => {
    const at = (platform: string, bytes: Buffer) =>
      content(`function/node_modules/x/prebuilds/${platform}/node.napi.node`, bytes);
    expect(
      await judge(
        at("linux-x64", glibcAddon()),
        at("darwin-arm64", machO()),
        at("win32-x64", pe()),
        at("linux-arm64", glibcAddon("2.28", 183)),
      ),
    ).toEqual([]);
    expect(await judge(at("darwin-arm64", machO()), at("linux-arm64", glibcAddon("2.28", 183)))).toHaveLength(2);
    expect(await judge(at("linux-x64", glibcAddon()), content("function/node_modules/y/build/y.node", machO()))).toEqual([
      ["E_PLATFORM", "function/node_modules/y/build/y.node", "error"],
    ]);
    expect(
      await judge(
        content("function/node_modules/linux-x64/build/y.node", machO()),
        content("function/node_modules/linux-x64/build/z.node", glibcAddon()),
      ),
    ).toHaveLength(1);
  });

  test("another system's helpers by name are warnings", async () => {
    expect(await judge(content("function/node_modules/n/vendor/notify.exe", pe()))).toEqual([
      ["E_PLATFORM", "function/node_modules/n/vendor/notify.exe", "warning"],
    ]);
  });

  test("embedded artifacts are looked into, with and without a cache", async () => {
    const pkg = embedding(await npmTarball("a", "1.0.0", { "build/a.node": muslAddon() }));
    const expected = [{ code: "E_PLATFORM", file: "function/node_modules/a/build/a.node" }];
    const cache = await folder();
    expect(await preflight(pkg, target)).toMatchObject(expected);
    expect(await preflight(pkg, target, { cache })).toMatchObject(expected);
    expect(await preflight(pkg, target, { cache })).toMatchObject(expected);
    expect(await preflight(pkg, { ...target, libc: "musl" }, { cache })).toEqual([]);
  });

  test("referenced artifacts are judged by their platforms until they are in the cache", async () => {
    const registry = await fakeRegistry();
    const bytes = await npmTarball("a", "1.0.0", { "build/a.node": muslAddon() });
    registry.routes.set("/a/-/a-1.0.0.tgz", bytes);
    const pkg = referencing("a", "1.0.0", bytes);
    const cache = await folder();
    expect(await preflight(pkg, target, { cache })).toEqual([]);
    expect(registry.asked).toEqual([]);
    await materialise(pkg, { platform: target, registries: { npm: registry.url }, cache });
    expect(await preflight(pkg, target, { cache })).toMatchObject([{ code: "E_PLATFORM" }]);
    expect(await preflight(referencing("a", "1.0.0", bytes, { entry: { os: ["darwin"] } }), target)).toMatchObject([
      { code: "E_PLATFORM", pointer: "/packages/node_modules~1a" },
    ]);
  });
});
