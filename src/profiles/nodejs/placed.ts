/** Where a package's dependencies belong on a platform: the sealed lock file's places with the manifest's artifacts. */
import { FnpkgError, type Problem } from "../../errors.ts";
import { bytesOf } from "../../package/content.ts";
import { type Dependency, MANIFEST_FILE, type Platform } from "../../package/manifest.ts";
import type { OpenPackage } from "../../package/open.ts";
import type { Pinned } from "./artifacts.ts";
import { digestOfIntegrity } from "./integrity.ts";
import { artifactFor } from "./list.ts";
import { isPlace, type Lock, type LockEntry, parseLock, production, reachable, resolveFrom } from "./lock.ts";
import { describe, describeConstraints, fits, isConstrained } from "./platform.ts";

/** One artifact and every place that it is unpacked to, relative to the package root. */
export interface Placed {
  readonly dependency: Dependency;
  readonly artifact: Pinned;
  readonly places: readonly string[];
}

/** The sealed lock file. Absent when the manifest names none. */
export async function sealedLock(pkg: OpenPackage): Promise<{ lock?: Lock; problems: readonly Problem[] } | undefined> {
  const path = pkg.manifest.dependencies.lock?.path;
  if (path === undefined) return undefined;
  const file = pkg.files.find((one) => one.path === path);
  if (file === undefined) {
    return {
      problems: [
        {
          code: "E_MISSING",
          message: `the lock file ${path} is not among the package's files`,
          file: MANIFEST_FILE,
          pointer: "/dependencies/lock/path",
        },
      ],
    };
  }
  return parseLock(Buffer.from(await bytesOf(file.read())).toString("utf8"), path);
}

/**
 * The artifacts to install on a platform; optional packages that don't fit it are left out.
 * Codes: E_PLATFORM (a required package doesn't fit), E_LOCK (no lock file, or it and the manifest disagree), E_UNPINNED.
 */
export async function placedOn(
  pkg: OpenPackage,
  platform: Platform,
): Promise<{ placed: readonly Placed[]; inBundle: ReadonlySet<string>; problems: readonly Problem[] }> {
  const delivered = new Map(
    pkg.manifest.dependencies.packages
      .filter((one) => one.ecosystem === "npm" && one.delivery !== "bundled")
      .map((one) => [`${one.name}@${one.version}`, one]),
  );
  if (delivered.size === 0) return { placed: [], inBundle: new Set(), problems: [] };
  const read = await sealedLock(pkg);
  if (read?.lock === undefined) {
    const none: Problem = {
      code: "E_LOCK",
      message: "the package has dependencies and no lock file that says where they belong",
      file: MANIFEST_FILE,
      pointer: "/dependencies/lock",
      hint: "Pack it again.",
    };
    return { placed: [], inBundle: new Set(), problems: read === undefined ? [none] : read.problems };
  }
  const { lock } = read;
  const problems: Problem[] = [...read.problems];
  const base = lock.file.slice(0, lock.file.lastIndexOf("/") + 1);
  const placed = new Map<string, { dependency: Dependency; artifact: Pinned; places: string[] }>();
  const inBundle = new Set<string>();
  const fitting = production(lock).filter((entry) => isPlace(entry.path) && (fits(entry, platform) || !entry.optional));
  for (const entry of reachable(lock, fitting)) {
    if (entry.inBundle) {
      inBundle.add(base + entry.path);
      continue;
    }
    const dependency = delivered.get(`${entry.name}@${entry.version ?? ""}`);
    const problem = fault(lock, entry, dependency, platform);
    if (problem !== undefined) problems.push(problem);
    if (problem !== undefined || dependency === undefined) continue;
    const unserved = lacksPrebuilt(lock, entry, platform, delivered);
    if (unserved !== undefined) problems.push(unserved);
    try {
      const artifact = artifactFor(dependency, platform);
      const key = artifact.digest;
      const before = placed.get(key) ?? { dependency, artifact, places: [] };
      before.places.push(base + entry.path);
      placed.set(key, before);
    } catch (cause) {
      if (!(cause instanceof FnpkgError)) throw cause;
      problems.push(...cause.problems);
    }
  }
  return { placed: [...placed.values()], inBundle, problems };
}

/**
 * A package that is built for several platforms, none of which is this one. Its script would have built or fetched what is
 * missing; without one, three or more builds with this system among them show that it can't do without.
 */
function lacksPrebuilt(
  lock: Lock,
  entry: LockEntry,
  platform: Platform,
  delivered: ReadonlyMap<string, Dependency>,
): Problem | undefined {
  const builds = Object.keys(entry.optionalDependencies).flatMap((name) => {
    const found = resolveFrom(lock, entry.path, name);
    return found !== undefined && isConstrained(found) ? [found] : [];
  });
  const anyMachine = builds.some((found) => fits({ os: found.os }, platform));
  if (builds.length === 0 || (!entry.hasInstallScript && (builds.length < 3 || !anyMachine))) return undefined;
  if (builds.some((found) => fits(found, platform) && delivered.has(`${found.name}@${found.version ?? ""}`))) return undefined;
  return {
    code: "E_PLATFORM",
    message: `${entry.name}@${entry.version ?? "?"} comes in builds for single platforms, and the package has none for ${describe(platform)}`,
    file: lock.file,
    pointer: entry.pointer,
    hint: "Name the platform under `requires.platforms` and pack again, or choose a platform that the dependency is built for.",
  };
}

/** What is wrong with one place on this platform. An optional package that isn't delivered was left out at `pack`. */
function fault(lock: Lock, entry: LockEntry, dependency: Dependency | undefined, platform: Platform): Problem | undefined {
  const what = `${entry.name}@${entry.version ?? "?"}`;
  const place = { file: lock.file, pointer: entry.pointer };
  if (dependency === undefined) {
    if (entry.optional) return undefined;
    return {
      code: "E_LOCK",
      message: `${what} stands in the lock file and is not delivered with the package`,
      ...place,
      hint: "Pack it again.",
    };
  }
  const pinned = digestOfIntegrity(entry.integrity ?? "");
  if (!("digest" in pinned) || !dependency.artifacts.some(({ digest }) => digest === pinned.digest)) {
    return {
      code: "E_UNPINNED",
      message: `the lock file does not pin ${what} to the bytes that the manifest names`,
      ...place,
      hint: "Pack it again.",
    };
  }
  if (!fits(entry, platform)) {
    return {
      code: "E_PLATFORM",
      message: `${what} is for ${describeConstraints(entry)}, and ${describe(platform)} is needed`,
      ...place,
    };
  }
  return undefined;
}
