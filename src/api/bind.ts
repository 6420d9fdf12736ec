/** One package bound to one configuration for one target, and everything that is wrong with that. Offline. */
import { loadTarget } from "../../adapters/index.ts";
import { loadConfig } from "../config/load.ts";
import { resolveConfig } from "../config/resolve.ts";
import type { Resolved } from "../config/resolved.ts";
import type { Target } from "../contract.ts";
import { check } from "../engine/check.ts";
import type { Problem } from "../errors.ts";
import type { ContentFile } from "../package/content.ts";
import type { OpenPackage } from "../package/open.ts";
import { packedSize } from "../package/packed-size.ts";
import { openVerified } from "../package/open-verified.ts";
import { cacheFolder } from "../package/store.ts";
import { profileOf } from "../profiles/index.ts";
import type { TargetPlatform } from "../profiles/profile.ts";
import { given, type PackageOptions, type TargetOption } from "./options.ts";

export interface Bound {
  /** Present when nothing is wrong; its runtime is chosen. */
  readonly resolved?: Resolved<unknown>;
  readonly runtime?: string;
  readonly platform?: TargetPlatform;
  /** What dependencies add, where that is known without the network. */
  readonly installed?: readonly ContentFile[];
  /** Values that are never shown. */
  readonly sensitive: readonly string[];
  /** Errors and warnings. */
  readonly problems: readonly Problem[];
}

/** Resolves, checks against the target's limits, looks at native files. Problems are returned. @throws E_TARGET and what loading finds */
export async function bind(
  options: PackageOptions & TargetOption & { readonly signal?: AbortSignal },
  pkg: OpenPackage,
): Promise<Bound> {
  const { target: name, stage, base, set, env, allowPlaintextSecret, signal } = options;
  const target = await loadTarget(name);
  const loaded = await loadConfig(options.config, { target: name, ...given({ stage, base }) });
  const { manifest, digest: packageDigest } = pkg;
  const { resolved, draft, problems, sensitive } = resolveConfig({
    loaded,
    target: name,
    manifest,
    packageDigest,
    adapterConfig: target.config,
    ...given({ stage, base, set, env, allowPlaintextSecret }),
  });
  if (draft === undefined) return { problems, sensitive };
  const profile = await profileOf(manifest.profile);
  const cache = options.cache ?? cacheFolder();
  const platform = platformOf(target, draft);
  const installed =
    offline(pkg) && platform !== undefined
      ? await profile.materialise(pkg, { platform, registries: draft.registries, cache, ...given({ signal }) })
      : undefined;
  const found = check({ manifest, sizes: await sizesOf(pkg, installed, cache), resolved: draft as Resolved, target });
  const native = platform === undefined ? [] : await profile.preflight(pkg, platform, { cache, ...given({ signal }) });
  const all = [...problems, ...found.problems, ...native.map((p) => ({ ...p, target: name }))];
  return {
    problems: all,
    sensitive,
    ...given({
      runtime: found.runtime,
      platform,
      installed,
      resolved: resolved === undefined ? undefined : { ...resolved, ...given({ runtime: found.runtime }) },
    }),
  };
}

/** Nothing has to be fetched to know what runs. */
function offline(pkg: OpenPackage): boolean {
  return pkg.manifest.dependencies.packages.every((d) => d.delivery !== "referenced");
}

/** The target's platform for the architecture; on targets that run on several systems, this machine's. */
function platformOf(target: Target, resolved: Resolved<unknown>): TargetPlatform | undefined {
  const architecture = resolved.architecture === "arm64" ? "arm64" : "amd64";
  const fitting = target.limits.platforms.filter((p) => p.architecture === architecture);
  const os = { linux: "linux", darwin: "darwin", win32: "windows" }[process.platform as string];
  return fitting.find((p) => p.os === os) ?? fitting[0];
}

async function sizesOf(
  pkg: OpenPackage,
  installed: readonly ContentFile[] | undefined,
  cache: string,
): Promise<{ compressed: number; uncompressed: number; files: number }> {
  const files = [...pkg.files, ...(installed ?? [])];
  let compressed = await packedSize(pkg, cache);
  for (const file of installed ?? []) compressed += (await file.stored()).compressedSize;
  const uncompressed = files.reduce((sum, { size }) => sum + size, 0);
  // Of what would still have to be fetched only the artifacts' sizes are known: a lower bound.
  const referenced =
    installed === undefined ? pkg.manifest.dependencies.packages.flatMap((d) => d.artifacts.map((a) => a.size ?? 0)) : [];
  const rest = referenced.reduce((sum, size) => sum + size, 0);
  return { compressed: compressed + rest, uncompressed: uncompressed + rest, files: files.length };
}

/** Opens a verb's package, verified. */
export async function openFor(
  options: PackageOptions & { readonly signal?: AbortSignal },
): Promise<{ pkg: OpenPackage; cache: string }> {
  const cache = options.cache ?? cacheFolder();
  return { pkg: await openVerified(options.package, cache, given({ signal: options.signal })), cache };
}
