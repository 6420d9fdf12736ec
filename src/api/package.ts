/** The package verbs: seal, verify, look inside, compare. */
import type { DiffResult } from "../package/diff.ts";
import type { Inspection } from "../package/inspect.ts";
import type { OpenOptions } from "../package/open.ts";
import type { PackOptions, PackProgress, PackResult } from "../package/pack.ts";
import type { Verified } from "../package/verify.ts";
import { profileOf } from "../profiles/index.ts";

export type { DiffResult, Inspection, OpenOptions, PackOptions, PackProgress, PackResult, Verified };

export interface VerifyOptions extends OpenOptions {
  /** Also compare the dependency list with the sealed lock file; default false. */
  readonly lock?: boolean;
}

/**
 * Seals a folder that holds `function-package.yaml` into a package.
 * @throws every code of "Archive and folder structure", "Manifest" and "Dependencies"; E_NOT_FOUND, E_IO, E_INTERRUPTED
 */
export async function pack(options: PackOptions): Promise<PackResult> {
  const { pack: packWith } = await import("../package/pack.ts");
  return packWith(options, profileOf);
}

/**
 * Verifies a package, whole: structure, manifest, every file's size and digest, nothing missing, nothing extra.
 * @throws the first thing that is wrong
 */
export async function verify(location: string, { lock = false, ...options }: VerifyOptions = {}): Promise<Verified> {
  const { verifyPackage } = await import("../package/verify.ts");
  if (!lock) return verifyPackage(location, options);
  return verifyPackage(location, { ...options, check: async (pkg) => (await profileOf(pkg.manifest.profile)).verifyLock(pkg) });
}

/** What is in a package. @throws what opening it finds */
export async function inspect(location: string, options?: OpenOptions): Promise<Inspection> {
  const { inspectPackage } = await import("../package/inspect.ts");
  return inspectPackage(location, options);
}

/** What changed between two packages. @throws what opening them finds */
export async function diff(a: string, b: string, options?: OpenOptions): Promise<DiffResult> {
  const { diffPackages } = await import("../package/diff.ts");
  return diffPackages(a, b, options);
}
