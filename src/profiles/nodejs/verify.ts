/** `dependencies.packages` against the sealed lock file. */
import type { Problem } from "../../errors.ts";
import { pointer } from "../../json.ts";
import { MANIFEST_FILE, type Dependency } from "../../package/manifest.ts";
import type { OpenPackage } from "../../package/open.ts";
import { digestOfIntegrity } from "./integrity.ts";
import { selectArtifacts } from "./list.ts";
import { type Lock, type LockEntry, production } from "./lock.ts";
import { sealedLock } from "./placed.ts";

/**
 * Repeats `pack`'s cross-check. What a build merged has no place in the lock file that is sealed beside it, and is not judged.
 * Codes: E_UNPINNED (the manifest lists what the lock file doesn't pin, or pins otherwise), E_LOCK (the lock file demands what
 * the manifest lacks, or can't be read), E_MISSING.
 */
export async function verifyLock(pkg: OpenPackage): Promise<readonly Problem[]> {
  const read = await sealedLock(pkg);
  if (read === undefined) return [];
  if (read.lock === undefined) return read.problems;
  const { lock } = read;
  const problems: Problem[] = [...read.problems];
  const { packages } = pkg.manifest.dependencies;
  const format = pkg.manifest.dependencies.lock?.format;
  if (format !== lock.format) {
    problems.push({
      code: "E_LOCK",
      message: `the manifest says that ${lock.file} is ${format ?? "unknown"}; it is ${lock.format}`,
      file: MANIFEST_FILE,
      pointer: "/dependencies/lock/format",
    });
  }
  const byVersion = new Map<string, LockEntry[]>();
  for (const entry of production(lock)) {
    const key = `${entry.name}@${entry.version ?? ""}`;
    byVersion.set(key, [...(byVersion.get(key) ?? []), entry]);
  }
  const built =
    packages.some(({ delivery }) => delivery === "bundled") && packages.some(({ delivery }) => delivery !== "bundled");
  for (const [index, dependency] of packages.entries()) {
    const problem = faultOf(dependency, byVersion.get(`${dependency.name}@${dependency.version}`), lock, built);
    if (problem !== undefined)
      problems.push({
        code: "E_UNPINNED",
        message: problem,
        file: MANIFEST_FILE,
        pointer: pointer("dependencies", "packages", index),
        hint: "Pack it again.",
      });
  }
  return [...problems, ...lacking(pkg, lock)];
}

function faultOf(
  dependency: Dependency,
  entries: readonly LockEntry[] | undefined,
  lock: Lock,
  built: boolean,
): string | undefined {
  const what = `${dependency.name}@${dependency.version}`;
  if (entries === undefined)
    return built && dependency.delivery === "bundled" ? undefined : `${what} does not stand in ${lock.file}`;
  for (const { digest } of dependency.artifacts) {
    const pinned = entries.some((entry) => {
      const found = digestOfIntegrity(entry.integrity ?? "");
      return "digest" in found && found.digest === digest;
    });
    if (!pinned) return `${lock.file} does not pin ${what} to ${digest ?? "a digest"}`;
  }
  return undefined;
}

/** What `pack` would have listed. Optional packages of a bundled package may have been absent on the packing machine. */
function lacking(pkg: OpenPackage, lock: Lock): Problem[] {
  const { packages } = pkg.manifest.dependencies;
  const listed = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const bundled = packages.length > 0 && packages.every(({ delivery }) => delivery === "bundled");
  const wanted = bundled
    ? production(lock).filter((entry) => !entry.optional)
    : selectArtifacts(lock, production(lock), pkg.manifest.requires.platforms).entries;
  return wanted
    .filter((entry) => !listed.has(`${entry.name}@${entry.version ?? ""}`))
    .map((entry) => ({
      code: "E_LOCK",
      message: `${entry.name}@${entry.version ?? "?"} stands in ${lock.file} and not in the manifest`,
      file: lock.file,
      pointer: entry.pointer,
      hint: "Pack it again.",
    }));
}
