/** Folders to pack, and a profile that adds nothing. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { FnpkgError } from "../../../src/errors.ts";
import type { Manifest } from "../../../src/package/manifest.ts";
import { pack, type PackOptions, type PackResult } from "../../../src/package/pack.ts";
import type { ProfileModule, Sealed } from "../../../src/profiles/profile.ts";

export const AUTHOR = {
  kind: "FunctionPackage",
  specVersion: "1.0",
  name: "acme/hello",
  version: "1.0.0",
  profile: "nodejs",
  entryPoint: { module: "index.mjs", export: "default" },
  signature: { type: "http" },
  requires: { runtime: { nodejs: ">=20" }, env: [{ name: "GREETING", optional: true }] },
};

/** The golden vector's files. */
export const HELLO = {
  "index.mjs": 'export default (request) => new Response("hello " + new URL(request.url).pathname);\n',
  "package.json": '{"name":"hello","type":"module"}\n',
};

/** A profile that seals the folder as it is; `extra` replaces parts of what it returns. */
export function plainProfile(extra: Partial<Sealed> = {}): ProfileModule {
  return {
    profile: "nodejs",
    seal: async ({ author, files }) => ({
      entryPoint: author.entryPoint as Manifest["entryPoint"],
      files,
      dependencies: { packages: [] },
      blobs: [],
      problems: [],
      ...extra,
    }),
    materialise: async () => [],
    preflight: async () => [],
    verifyLock: async () => [],
  };
}

/** A folder that goes when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fnpkg-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface FileSpec {
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

/** Writes files below `root`; values are contents, or contents with a mode. */
export async function writeFiles(root: string, files: Readonly<Record<string, string | Uint8Array | FileSpec>>): Promise<void> {
  for (const [path, spec] of Object.entries(files)) {
    const { content, mode } =
      typeof spec === "string" || spec instanceof Uint8Array ? { content: spec, mode: undefined } : { mode: undefined, ...spec };
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (mode !== undefined) await chmod(target, mode);
  }
}

/** An author's folder with `function-package.json` and the given files. */
export async function authorFolder(
  files: Readonly<Record<string, string | Uint8Array | FileSpec>> = HELLO,
  author: object = {},
): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, { "function-package.json": JSON.stringify({ ...AUTHOR, ...author }, null, 2), ...files });
  return folder;
}

/** Packs without a cache unless told otherwise. */
export async function packed(
  folder: string,
  options: Partial<PackOptions> = {},
  profile: ProfileModule = plainProfile(),
): Promise<PackResult> {
  const out = options.out ?? join(await temporaryFolder(), "out.fnpkg");
  return pack({ folder, cache: false, ...options, out }, () => profile);
}

/** The error that a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<FnpkgError> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error === undefined) throw new Error("it did not fail");
  if (!(error instanceof FnpkgError)) throw error;
  return error;
}

/** The code that a promise fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failure(promise)).code;
}
