/** What the configuration's tests share: a document on disk, a manifest, one call to the public functions. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { loadConfig, type LoadedConfig, type LoadOptions } from "../../src/config/load.ts";
import { resolveConfig, type ResolveOptions, type ResolveResult } from "../../src/config/resolve.ts";
import { FnpkgError, type Problem } from "../../src/errors.ts";
import type { Manifest } from "../../src/package/manifest.ts";

export const folder = mkdtempSync(join(tmpdir(), "fnpkg-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** Writes a file and answers its path. */
export function written(content: string | Uint8Array, name = "function-config.yaml"): string {
  const file = join(folder, `${count++}-${name}`);
  writeFileSync(file, content);
  return file;
}

export function load(content: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  return loadConfig(written(content), options);
}

export const DIGEST = `sha256:${"ab".repeat(32)}`;

export function manifest(requires: Partial<Manifest["requires"]> = {}, more: Partial<Manifest> = {}): Manifest {
  return {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: "acme/hello",
    version: "1.4.2",
    profile: "nodejs",
    entryPoint: { module: "index.mjs", export: "default" },
    signature: { type: "http" },
    files: [],
    dependencies: { packages: [] },
    requires: { runtime: { nodejs: ">=20" }, ...requires },
    ...more,
  };
}

export const events = (...types: string[]): Manifest["signature"] => ({
  type: "cloudevent",
  events: types.map((type) => ({ type })),
});

export const HEAD = `specVersion: "1.0"
kind: FunctionConfig
function: hello
package: { name: acme/hello }
`;
export const WEB = `triggers: [{ name: web, type: http }]
`;

export type Given = Partial<Omit<ResolveOptions, "loaded">> & { readonly requires?: Partial<Manifest["requires"]> };

/** Loads and resolves; `env` is empty unless given. */
export async function resolve(content: string, given: Given = {}): Promise<ResolveResult> {
  const { requires, ...options } = given;
  const loaded = await load(content);
  return resolveConfig({ target: "local", manifest: manifest(requires), packageDigest: DIGEST, env: {}, ...options, loaded });
}

/** `CODE pointer:line`, without the file. */
export function brief(problems: readonly Problem[]): string[] {
  return problems.map(
    ({ code, pointer, line, severity }) =>
      `${severity === "warning" ? "warning " : ""}${code} ${pointer ?? ""}${line === undefined ? "" : `:${line}`}`,
  );
}

export function codes(problems: readonly Problem[]): string[] {
  return problems.map(({ code }) => code);
}

/** The error that a call fails with; anything but an FnpkgError fails the test. */
export async function failure(call: () => unknown): Promise<FnpkgError> {
  try {
    await call();
  } catch (cause) {
    if (cause instanceof FnpkgError) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}
