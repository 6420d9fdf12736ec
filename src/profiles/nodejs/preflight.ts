/** Native files against the platform that they shall run on, as far as can be known without a network. */
import type { Problem } from "../../errors.ts";
import { FnpkgError } from "../../errors.ts";
import { bytesOf } from "../../package/content.ts";
import type { OpenPackage } from "../../package/open.ts";
import { inspectNative, mayBeNative, misfit, type NativeFile } from "../native.ts";
import type { PreflightOptions, TargetPlatform } from "../profile.ts";
import { localTarball } from "./artifacts.ts";
import { type Placed, placedOn } from "./placed.ts";
import { readTarball } from "./tarball.ts";
import { openUnpacked, unpack } from "./unpacked.ts";

interface Found {
  readonly path: string;
  readonly native: NativeFile;
}

/** Words by which packages that carry builds for several platforms name them in their paths. */
const PLATFORM_WORD =
  /(?:^|[^a-z0-9])(?:linux|linuxmusl|darwin|macos|win32|windows|android|freebsd|x64|x86_64|amd64|ia32|x86|arm|armv\d|arm64|aarch64|musl|glibc|gnu)(?:[^a-z0-9]|$)/i;

/**
 * Every native file that does not fit (E_PLATFORM): wrong system, machine or C library, or a newer glibc than the target's.
 * Where a package names platforms in its files' paths, these are alternatives and one has to fit. Referenced artifacts that
 * are neither in the package nor in the cache are judged by the lock file's platforms alone. Files named .exe, .dll or .dylib
 * are warnings where another system never loads them.
 */
export async function preflight(
  pkg: OpenPackage,
  platform: TargetPlatform,
  options: PreflightOptions = {},
): Promise<readonly Problem[]> {
  const { placed, problems } = await placedOn(pkg, platform);
  const all: Problem[] = [...problems];
  for (const found of groups(await nativeFilesOf(pkg))) all.push(...judge(found, platform));
  for (const one of placed) {
    try {
      const natives = await nativesOf(pkg, one, options);
      all.push(...judge(natives, platform, one));
    } catch (cause) {
      if (!(cause instanceof FnpkgError) || cause.code === "E_INTERRUPTED") throw cause;
      all.push(...cause.problems);
    }
  }
  return all;
}

async function nativeFilesOf(pkg: OpenPackage): Promise<Found[]> {
  const found: Found[] = [];
  for (const file of pkg.files) {
    if (!mayBeNative(file.path, file.executable)) continue;
    const native = inspectNative(await bytesOf(file.read()));
    if (native !== undefined) found.push({ path: file.path, native });
  }
  return found;
}

/** By the package that they belong to: the innermost below `node_modules`, or the function itself. */
function groups(files: readonly Found[]): Found[][] {
  const byOwner = new Map<string, Found[]>();
  for (const file of files) {
    const owner = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(file.path)?.[0] ?? "function/";
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), { ...file }]);
  }
  return [...byOwner.values()];
}

async function nativesOf(pkg: OpenPackage, { dependency, artifact }: Placed, options: PreflightOptions): Promise<Found[]> {
  const what = `${dependency.name}@${dependency.version}`;
  const kept = options.cache === undefined ? undefined : await openUnpacked(options.cache, artifact.digest);
  if (kept !== undefined) return pick(kept.files);
  const tarball = await localTarball(artifact, what, { pkg, cache: options.cache });
  if (tarball === undefined) return [];
  if (options.cache !== undefined)
    return pick((await unpack(options.cache, artifact.digest, tarball, { what, signal: options.signal })).files);
  const found: Found[] = [];
  await readTarball(
    tarball,
    (file) => {
      const native = mayBeNative(file.path, file.executable) ? inspectNative(file.bytes) : undefined;
      if (native !== undefined) found.push({ path: file.path, native });
      return Promise.resolve();
    },
    { what, signal: options.signal },
  );
  return found;
}

/** Every file was looked at when it was unpacked; what nothing would load as native code does not count. */
function pick(files: readonly { path: string; executable: boolean; native?: NativeFile }[]): Found[] {
  return files.flatMap(({ path, executable, native }) =>
    native !== undefined && mayBeNative(path, executable) ? [{ path, native }] : [],
  );
}

function judge(files: readonly Found[], platform: TargetPlatform, from?: Placed): Problem[] {
  const verdicts = files.map((file) => ({
    ...file,
    why: misfit(file.native, platform),
    alternative: PLATFORM_WORD.test(inside(file.path)),
  }));
  const served = verdicts.some(({ why, alternative }) => alternative && why === undefined);
  return verdicts
    .filter(({ why, alternative }) => why !== undefined && !(alternative && served))
    .map(({ path, why }) => {
      const file = from === undefined ? path : `${from.places[0] ?? ""}/${path}`;
      const name = from === undefined ? path : `${from.dependency.name}@${from.dependency.version}: ${path}`;
      return {
        code: "E_PLATFORM",
        message: `${name} can't run on the target: ${why ?? ""}`,
        file,
        ...(isForeignByName(path, platform) && { severity: "warning" as const }),
      };
    });
}

/** Nothing on one system loads a file that is named as another's: such helpers travel along unused. */
function isForeignByName(path: string, platform: TargetPlatform): boolean {
  return (platform.os !== "windows" && /\.(?:exe|dll)$/.test(path)) || (platform.os !== "darwin" && path.endsWith(".dylib"));
}

/** The path inside its package: a package's own name says nothing of its files. */
function inside(path: string): string {
  return path.replace(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//, "").replace(/^function\//, "");
}
