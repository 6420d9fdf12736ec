/** Lock files that npm wrote, in both forms: the same dependencies, the same list. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AuthorFile } from "../../../src/package/author.ts";
import { profileOf } from "../../../src/profiles/index.ts";
import { folder, opened, sealInput } from "./world.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/nodejs", import.meta.url));
const { seal, verifyLock, preflight } = await profileOf("nodejs");
const linux = { os: "linux", architecture: "amd64", libc: "glibc" } as const;

async function sealed(version: 2 | 3, platforms?: NonNullable<AuthorFile["requires"]["platforms"]>) {
  const requires = { runtime: { nodejs: ">=20" }, ...(platforms && { platforms }) };
  const input = await sealInput(
    join(fixtures, `lock-v${version}`),
    { requires, dependencies: { delivery: "referenced" }, entryPoint: { contract: "server", module: "package.json" } },
    { cache: await folder() },
  );
  return seal(input);
}

describe("lock files as npm writes them", () => {
  test("versions 2 and 3 give the same packages", async () => {
    const [two, three] = [await sealed(2), await sealed(3)];
    expect(two.dependencies.lock?.format).toBe("npm-2");
    expect(three.dependencies.lock?.format).toBe("npm-3");
    expect(two.dependencies.packages).toEqual(three.dependencies.packages);
    expect(three.dependencies.packages.filter(({ direct }) => direct).map(({ name, version }) => `${name}@${version}`)).toEqual([
      "chokidar@3.6.0",
      "sharp@0.33.5",
      "ws@8.23.0",
    ]);
    expect(
      three.dependencies.packages.every(
        ({ artifacts }) => artifacts.length === 1 && artifacts[0]?.url?.startsWith("https://registry.example.com/") === true,
      ),
    ).toBe(true);
    for (const one of [two, three]) expect(await verifyLock(await opened(one))).toEqual([]);
  });

  test("development dependencies and other systems' builds stay out; platforms are tagged", async () => {
    const { dependencies, problems } = await sealed(3, [linux]);
    const names = dependencies.packages.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("@img/"))).toEqual(["@img/sharp-libvips-linux-x64", "@img/sharp-linux-x64"]);
    expect(names.some((name) => name.includes("rollup") || name.startsWith("@emnapi") || name === "fsevents")).toBe(false);
    expect(dependencies.packages.find(({ name }) => name === "@img/sharp-linux-x64")?.artifacts[0]?.platform).toEqual({
      os: "linux",
      architecture: "amd64",
      libc: "glibc",
    });
    expect(problems.filter(({ code }) => code !== "E_ENTRY_POINT")).toEqual([]);
  });

  test("without platforms every known system's builds come, each with its tag", async () => {
    const { dependencies, problems } = await sealed(3);
    const names = dependencies.packages.map(({ name }) => name);
    for (const name of ["@img/sharp-darwin-arm64", "@img/sharp-linuxmusl-x64", "@img/sharp-win32-x64"])
      expect(names).toContain(name);
    for (const name of ["@img/sharp-wasm32", "@img/sharp-linux-s390x", "@emnapi/runtime"]) expect(names).not.toContain(name);
    expect(dependencies.packages.find(({ name }) => name === "fsevents")?.artifacts[0]?.platform).toEqual({ os: "darwin" });
    expect(problems.filter(({ code }) => code !== "E_ENTRY_POINT")).toEqual([]);
  });

  test("42: a platform that no build fits is E_PLATFORM without fetching anything", async () => {
    const pkg = await opened(await sealed(3, [linux]));
    expect(await preflight(pkg, linux)).toEqual([]);
    expect(await preflight(pkg, { ...linux, architecture: "arm64" })).toMatchObject([
      { code: "E_PLATFORM", message: expect.stringContaining("sharp@0.33.5") as string },
    ]);
    expect(await preflight(pkg, { ...linux, libc: "musl" })).toMatchObject([{ code: "E_PLATFORM" }]);
  });
});
