/** From a lock file's places to the manifest's flat list: pinned, sorted, each name and version once. */
import semver from "semver";
import { FnpkgError, type Problem } from "../../errors.ts";
import { type Artifact, type Dependency, MANIFEST_FILE, type Platform } from "../../package/manifest.ts";
import { byDependency } from "../../package/rules.ts";
import { digestOfIntegrity } from "./integrity.ts";
import { isInternal } from "./hosts.ts";
import { isPlace, reachable, resolveFrom, type Lock, type LockEntry } from "./lock.ts";
import { EVERY_PLATFORM, fits, isConstrained, tagOf } from "./platform.ts";

/** npm's names, old ones with capitals included. */
const NAME = /^(?:@[A-Za-z0-9~*!'()_-][A-Za-z0-9~*!'()._-]*\/)?[A-Za-z0-9~*!'()_-][A-Za-z0-9~*!'()._-]*$/;

export type Delivery = Dependency["delivery"];

/** What one list entry pins, and how it is delivered. */
export interface Listed {
  readonly entry: LockEntry;
  readonly delivery: Delivery;
}

/** Packages that stand in the lock file and can or need not be delivered. */
export interface Selected {
  readonly entries: readonly LockEntry[];
  readonly problems: readonly Problem[];
}

/**
 * Of the given places those that are delivered as artifacts. Optional packages that fit none of the package's platforms are
 * left out, with what only they need; so are, with a warning, optional ones that need an install script, as npm leaves them out when it fails.
 * Codes: E_SCRIPT, E_PLATFORM, E_UNPINNED, E_LOCK (a required package has no entry).
 */
export function selectArtifacts(lock: Lock, from: Iterable<LockEntry>, platforms: readonly Platform[] | undefined): Selected {
  const problems: Problem[] = [];
  const entries: LockEntry[] = [];
  for (const entry of from) {
    const place = { file: lock.file, pointer: entry.pointer };
    const what = `${entry.name}@${entry.version ?? "?"}`;
    if (!isPlace(entry.path) && !entry.link) continue;
    if (!(platforms ?? EVERY_PLATFORM).some((platform) => fits(entry, platform))) {
      if (entry.optional) continue;
      problems.push({ code: "E_PLATFORM", message: `${what} runs on none of the package's platforms`, ...place });
      continue;
    }
    if (!entry.inBundle && entry.hasInstallScript && !hasPrebuilt(lock, entry)) {
      if (entry.optional) {
        problems.push({
          code: "E_SCRIPT",
          message: `${what} is optional and needs an install script: it is left out`,
          severity: "warning",
          ...place,
        });
        continue;
      }
      problems.push({
        code: "E_SCRIPT",
        message: `${what} needs an install script, and no prebuilt optional dependency stands in for it`,
        hint: "Scripts are never run. Use a version with prebuilt packages, or deliver it as `bundled` (`dependencies.delivery: bundled`, or `build`).",
        ...place,
      });
    }
    problems.push(...missingNeeds(lock, entry));
    entries.push(entry);
  }
  return { entries: reachable(lock, entries), problems };
}

/** A script is not needed where a per-platform package brings what the script would fetch or build. */
function hasPrebuilt(lock: Lock, entry: LockEntry): boolean {
  return Object.keys(entry.optionalDependencies).some((name) => {
    const found = resolveFrom(lock, entry.path, name);
    return found !== undefined && isConstrained(found) && found.integrity !== undefined;
  });
}

function missingNeeds(lock: Lock, entry: LockEntry): Problem[] {
  return Object.keys(entry.dependencies)
    .filter((name) => !Object.hasOwn(entry.optionalDependencies, name) && resolveFrom(lock, entry.path, name) === undefined)
    .map((name) => ({
      code: "E_LOCK",
      message: `${entry.name}@${entry.version ?? "?"} needs ${name}, which the lock file lacks`,
      file: lock.file,
      pointer: entry.pointer,
      hint: "Run `npm install`, then pack again.",
    }));
}

/**
 * The manifest's `dependencies.packages`. The same name and version at several places is one entry; it is direct when the
 * lock file's root asks for it, and its delivery is the strongest of its places' (embedded, referenced, bundled).
 * Codes: E_UNPINNED (no registry version, no integrity, only weak hashes), E_LOCK (two integrities for one version).
 */
export function listOf(lock: Lock, listed: readonly Listed[]): { packages: Dependency[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const packages = new Map<string, Dependency>();
  for (const { entry, delivery } of listed) {
    const made = dependencyOf(lock, entry, delivery);
    if ("code" in made) {
      problems.push(made);
      continue;
    }
    const key = `${made.name}@${made.version}`;
    const before = packages.get(key);
    packages.set(key, before === undefined ? made : merged(before, made));
    if (
      before !== undefined &&
      before.artifacts[0]?.digest !== made.artifacts[0]?.digest &&
      before.artifacts.length === made.artifacts.length
    ) {
      problems.push({
        code: "E_LOCK",
        message: `${key} stands in the lock file with two different integrities`,
        file: lock.file,
        pointer: entry.pointer,
      });
    }
  }
  return { packages: [...packages.values()].sort(byDependency), problems };
}

const STRENGTH = { embedded: 2, referenced: 1, bundled: 0 } as const;

function merged(a: Dependency, b: Dependency): Dependency {
  const stronger =
    STRENGTH[b.delivery] > STRENGTH[a.delivery] || (b.artifacts.length > a.artifacts.length && b.delivery === a.delivery) ? b : a;
  const hinted = [stronger, a, b].find((one) => one.artifacts[0]?.url !== undefined) ?? stronger;
  return { ...stronger, direct: a.direct || b.direct, artifacts: stronger.artifacts.length === 0 ? [] : hinted.artifacts };
}

/** One place as a list entry, or why it pins nothing. */
function dependencyOf(lock: Lock, entry: LockEntry, delivery: Delivery): Dependency | Problem {
  const unpinned = (message: string, hint?: string): Problem => ({
    code: "E_UNPINNED",
    message: `${entry.name}${entry.version === undefined ? "" : `@${entry.version}`}: ${message}`,
    file: lock.file,
    pointer: entry.pointer,
    ...(hint === undefined ? {} : { hint }),
  });
  if (entry.link)
    return unpinned(
      `it is a link to ${quoted(entry.resolved)}`,
      "Publish it to a registry, or merge it into the function with `build`.",
    );
  const scheme = /^([a-z+]+):/i.exec(entry.resolved ?? "")?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https")
    return unpinned(`it comes from ${quoted(entry.resolved)}, not from a registry`);
  if (!NAME.test(entry.name)) return { ...unpinned("this is no package name"), code: "E_LOCK" };
  if (entry.version === undefined) return unpinned("the lock file has no version for it");
  if (semver.valid(entry.version) !== entry.version) return unpinned("this is no exact version");
  const common = {
    ecosystem: "npm",
    name: entry.name,
    version: entry.version,
    purl: purlOf(entry.name, entry.version),
    direct: isDirect(lock, entry),
  } as const;
  if (entry.inBundle) return { ...common, delivery: "bundled", artifacts: [] };
  if (entry.integrity === undefined) return unpinned("the lock file has no integrity for it");
  const pinned = digestOfIntegrity(entry.integrity);
  if ("problem" in pinned) return { ...unpinned(pinned.problem), pointer: `${entry.pointer}/integrity` };
  const tag = tagOf(entry);
  const artifact: Artifact = {
    digest: pinned.digest,
    filename: filenameOf(entry.name, entry.version),
    ...urlHint(entry.resolved),
    ...(tag === undefined ? {} : { platform: tag }),
  };
  return { ...common, delivery, artifacts: [artifact] };
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? "a folder").replace(/\/\/[^/@\s]*@/, "//").slice(0, 120));
}

/** Where the lock file says the tarball is; never credentials, never an address of the packing machine's own network. */
function urlHint(resolved: string | undefined): { url?: string } {
  if (resolved === undefined || !URL.canParse(resolved)) return {};
  const url = new URL(resolved);
  url.username = "";
  url.password = "";
  url.hash = "";
  return isInternal(url) ? {} : { url: url.href };
}

/** Whether the root asks for what stands there; development dependencies count, since `build` may merge them. */
function isDirect(lock: Lock, entry: LockEntry): boolean {
  if (entry.path.lastIndexOf("node_modules/") !== 0) return false;
  const name = entry.path.slice("node_modules/".length);
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = lock.root;
  return [dependencies, devDependencies, optionalDependencies, peerDependencies].some((wants) => Object.hasOwn(wants, name));
}

/** `pkg:npm/%40scope/name@1.0.0`, derived from name and version. */
export function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
}

/** The tarball's name as registries give it: without the scope. */
export function filenameOf(name: string, version: string): string {
  return `${name.slice(name.lastIndexOf("/") + 1)}-${version}.tgz`;
}

/** The artifact to install on a platform. npm versions have one tarball; a list made by others may tag several. */
export function artifactFor(dependency: Dependency, platform: Platform): Artifact & { digest: string } {
  const fitting = dependency.artifacts.find(({ platform: tag }) => tag === undefined || fitsTag(tag, platform));
  const artifact = fitting ?? dependency.artifacts[0];
  if (artifact?.digest === undefined) {
    throw new FnpkgError("E_UNPINNED", `${dependency.name}@${dependency.version} has no artifact with a digest`, {
      file: MANIFEST_FILE,
      pointer: "/dependencies/packages",
    });
  }
  return { ...artifact, digest: artifact.digest };
}

function fitsTag(tag: NonNullable<Artifact["platform"]>, platform: Platform): boolean {
  return (
    (tag.os === undefined || tag.os === platform.os) &&
    (tag.architecture === undefined || tag.architecture === platform.architecture) &&
    (tag.libc === undefined || platform.libc === undefined || tag.libc === platform.libc)
  );
}
