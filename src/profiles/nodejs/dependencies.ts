/** A nodejs package's dependencies at `pack`: which there are, how they are pinned and delivered. */
import { join, posix } from "node:path";
import { errorsOf, type Problem } from "../../errors.ts";
import type { Artifact, Dependency, Manifest } from "../../package/manifest.ts";
import { throwIfAborted } from "../../package/limits.ts";
import { pool } from "../pool.ts";
import type { BlobSource, SealInput, SourceFile } from "../profile.ts";
import { cachedArtifact, type Pinned } from "./artifacts.ts";
import type { Built } from "./build.ts";
import { readInstalled, versionOf } from "./installed.ts";
import { type Delivery, type Listed, listOf, selectArtifacts } from "./list.ts";
import { closure, isPlace, type Lock, type LockEntry, production, resolveFrom } from "./lock.ts";
import { asksForPackages, disagreements, findLock, type FoundLock, isFolder, readText, readWants } from "./project.ts";
import { prunedLock } from "./pruned.ts";
import { NpmRegistry } from "./registry.ts";
import { FUNCTION } from "./source.ts";

export interface SealedDependencies {
  readonly dependencies: Manifest["dependencies"];
  /** Files to seal besides the given ones; one with the path of a given one stands for it. */
  readonly files: readonly SourceFile[];
  readonly blobs: readonly BlobSource[];
  readonly problems: readonly Problem[];
}

const NONE: SealedDependencies = { dependencies: { packages: [] }, files: [], blobs: [], problems: [] };
const DOWNLOADS = 8;

/** Without a build: the whole production part of the lock file. Absent when nothing is asked for. */
export async function sealDependencies(input: SealInput): Promise<SealedDependencies> {
  const { folder, author } = input;
  const { wants, problems } = await readWants(folder);
  if (problems.length > 0) return { ...NONE, problems };
  if (!asksForPackages(wants) && author.dependencies?.lock === undefined) return NONE;
  const found = await findLock(folder, author.dependencies?.lock, false);
  if (!("lock" in found) || found.lock === undefined) return { ...NONE, problems: found.problems };
  const { lock } = found;
  const base = baseOf(found);
  const before = [...found.problems, ...(base === "" ? disagreements(wants, lock) : [])];
  const delivery =
    author.dependencies?.delivery ?? ((await isFolder(join(folder, base, "node_modules"))) ? "bundled" : "embedded");
  const sealedLock = lockFile(found, Buffer.from(found.text));
  const named = { path: sealedLock.path, format: lock.format };
  if (delivery === "bundled") {
    const installed = await readInstalled(folder, base, lock);
    const { packages, problems: unpinned } = listOf(
      lock,
      installed.entries.map((entry) => ({ entry, delivery })),
    );
    return {
      dependencies: { lock: named, packages },
      files: [...installed.files, sealedLock],
      blobs: [],
      problems: [...before, ...installed.problems, ...unpinned],
    };
  }
  const selected = selectArtifacts(lock, production(lock), author.requires.platforms);
  const { packages, problems: unpinned } = listOf(
    lock,
    selected.entries.map((entry) => ({ entry, delivery })),
  );
  const all = [...before, ...selected.problems, ...unpinned];
  if (errorsOf(all).length > 0) return { ...NONE, problems: all };
  const fetched = await embed(input, packages);
  return {
    dependencies: { lock: named, packages: fetched.packages },
    files: [sealedLock],
    blobs: fetched.blobs,
    problems: [...all, ...fetched.problems],
  };
}

/**
 * After a build: what was merged is listed as `bundled`; what the written code still imports is delivered, with a lock file
 * that holds nothing else, so that development dependencies don't touch the package's digest.
 */
export async function sealBuilt(input: SealInput, built: Built): Promise<SealedDependencies> {
  if (built.merged.length === 0 && built.external.length === 0) return NONE;
  const { folder, author } = input;
  const found = await findLock(folder, author.dependencies?.lock, true);
  if (!("lock" in found) || found.lock === undefined) return { ...NONE, problems: found.problems.map(withMergeHint) };
  const { lock } = found;
  const base = baseOf(found);
  const problems: Problem[] = [...found.problems];
  const merged = await mergedEntries(folder, base, lock, built.merged, problems);
  const roots =
    base === "" && isPlaced(lock) ? externalEntries(lock, built.external, problems) : noPlaces(found, built.external, problems);
  const part = [...closure(lock, roots).values()];
  const delivery: Delivery = author.dependencies?.delivery ?? "embedded";
  const files: SourceFile[] = [];
  let delivered: readonly LockEntry[] = part;
  if (delivery === "bundled" && part.length > 0) {
    const installed = await readInstalled(folder, base, {
      ...lock,
      entries: new Map(part.map((entry) => [entry.path, { ...entry, dev: false }])),
    });
    problems.push(...installed.problems);
    files.push(...installed.files);
    delivered = installed.entries;
  } else {
    const selected = selectArtifacts(lock, part, author.requires.platforms);
    problems.push(...selected.problems);
    delivered = selected.entries;
  }
  const listed: Listed[] = [
    ...delivered.map((entry) => ({ entry, delivery })),
    ...merged.map((entry) => ({ entry, delivery: "bundled" as const })),
  ];
  const { packages, problems: unpinned } = listOf(lock, listed);
  problems.push(...unpinned);
  if (errorsOf(problems).length > 0) return { ...NONE, problems };
  if (delivered.length === 0) return { dependencies: { packages }, files, blobs: [], problems };
  const sealedLock = lockFile(found, prunedLock(lock, roots, delivered));
  const fetched = await embed(input, packages);
  return {
    dependencies: { lock: { path: sealedLock.path, format: "npm-3" }, packages: fetched.packages },
    files: [...files, sealedLock],
    blobs: fetched.blobs,
    problems: [...problems, ...fetched.problems],
  };
}

/** Fetches what is embedded into the cache and fills in the sizes. */
async function embed(
  input: SealInput,
  packages: readonly Dependency[],
): Promise<{ packages: Dependency[]; blobs: BlobSource[]; problems: Problem[] }> {
  const wanted = packages.filter(({ delivery }) => delivery === "embedded");
  const registry = new NpmRegistry({ registries: input.registries, signal: input.signal, sources: { project: input.folder } });
  try {
    const { results, problems } = await pool(wanted, DOWNLOADS, async (dependency) => {
      throwIfAborted(input.signal);
      const artifact = dependency.artifacts[0] as Pinned;
      const { disk, size } = await cachedArtifact(dependency, artifact, registry, input.cache);
      return { dependency, blob: { digest: artifact.digest, size, disk } };
    });
    const sizes = new Map(results.flatMap((one) => (one === undefined ? [] : [[one.dependency, one.blob.size] as const])));
    const blobs = new Map(results.flatMap((one) => (one === undefined ? [] : [[one.blob.digest, one.blob] as const])));
    const sized = packages.map((dependency) => {
      const size = sizes.get(dependency);
      return size === undefined
        ? dependency
        : { ...dependency, artifacts: dependency.artifacts.map((artifact): Artifact => ({ ...artifact, size })) };
    });
    return { packages: sized, blobs: [...blobs.values()], problems };
  } finally {
    registry.close();
  }
}

/** The lock entries of merged package folders; the installed version has to be the lock file's. */
async function mergedEntries(
  folder: string,
  base: string,
  lock: Lock,
  merged: readonly string[],
  problems: Problem[],
): Promise<LockEntry[]> {
  const entries: LockEntry[] = [];
  for (const root of merged) {
    const installed = versionOf(await readText(join(folder, root, "package.json")));
    const entry =
      lock.entries.get(posix.relative(base, root)) ??
      lock.entries.get(installed === undefined ? root : `${installed.name}@${installed.version}`);
    const what = installed === undefined ? root : `${installed.name}@${installed.version}`;
    if (entry !== undefined && !entry.link && (installed === undefined || installed.version === entry.version))
      entries.push(entry);
    else {
      const has = entry?.version === undefined ? "does not have it" : `has ${entry.version}`;
      problems.push({
        code: "E_LOCK",
        message: `${what} was merged into the function from ${root}, and ${lock.file} ${has}`,
        file: lock.file,
        ...(entry === undefined ? {} : { pointer: entry.pointer }),
      });
    }
  }
  return entries;
}

function externalEntries(lock: Lock, names: readonly string[], problems: Problem[]): LockEntry[] {
  return names.flatMap((name) => {
    const entry = resolveFrom(lock, "", name);
    if (entry !== undefined) return [entry];
    problems.push({
      code: "E_LOCK",
      message: `the built code imports "${name}", which ${lock.file} does not have`,
      pointer: "/build/external",
      hint: `Install it: \`npm install ${name}\`.`,
    });
    return [];
  });
}

/** Only npm's own lock file in the folder says where what is not merged belongs. */
function noPlaces(found: FoundLock, names: readonly string[], problems: Problem[]): LockEntry[] {
  for (const name of names) {
    problems.push({
      code: "E_LOCK",
      message: `the built code imports "${name}", and ${found.path} does not say where it belongs in the function's folder`,
      pointer: "/build/external",
      hint: "Merge it too, or give the function's folder its own package-lock.json: `npm install --package-lock-only`.",
    });
  }
  return [];
}

function isPlaced(lock: Lock): boolean {
  return lock.format !== "pnpm" && [...lock.entries.keys()].every((path) => isPlace(path) || !path.startsWith("node_modules/"));
}

function withMergeHint(problem: Problem): Problem {
  return problem.code === "E_UNPINNED"
    ? {
        ...problem,
        message: problem.message.replace("package.json asks for packages", "libraries were merged into the function"),
      }
    : problem;
}

/** The lock file's folder relative to the author's: empty, or ending in `/`. */
function baseOf(found: FoundLock): string {
  const folder = posix.dirname(found.path);
  return folder === "." ? "" : `${folder}/`;
}

function lockFile(found: FoundLock, bytes: Uint8Array): SourceFile {
  return { path: FUNCTION + found.path, executable: false, from: { bytes } };
}
