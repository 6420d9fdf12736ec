/** What changed between two packages. */
import { canonical, pointer, type Digest, type Json } from "../json.ts";
import type { Dependency, Manifest, ManifestFile } from "./manifest.ts";
import { openPackage, type OpenOptions } from "./open.ts";
import { byUtf8 } from "./paths.ts";

export interface DiffSide {
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
}

/** Sorted names: paths of files, `ecosystem:name` of dependencies (with versions, where several are there at once). */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface DiffResult {
  /** The package digests are the same. */
  readonly same: boolean;
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** Every other field that differs, by JSON pointer; `null` where it is absent. */
  readonly fields: readonly { readonly path: string; readonly from: Json; readonly to: Json }[];
  readonly files: Changes;
  readonly dependencies: Changes;
}

/** Compares two packages of any form by their manifests. @throws FnpkgError what `openPackage` throws. */
export async function diffPackages(a: string, b: string, options: OpenOptions = {}): Promise<DiffResult> {
  const [left, right] = [await sideOf(a, options), await sideOf(b, options)];
  const { dependencies: leftDependencies, files: leftFiles, ...leftFields } = left.manifest;
  const { dependencies: rightDependencies, files: rightFiles, ...rightFields } = right.manifest;
  return {
    same: left.side.digest === right.side.digest,
    a: left.side,
    b: right.side,
    fields: fieldChanges(
      { ...leftFields, lock: leftDependencies.lock } as unknown as Json,
      { ...rightFields, lock: rightDependencies.lock } as unknown as Json,
      [],
    ),
    files: changes(byPath(leftFiles), byPath(rightFiles)),
    dependencies: changes(byName(leftDependencies.packages), byName(rightDependencies.packages)),
  };
}

async function sideOf(location: string, options: OpenOptions): Promise<{ manifest: Manifest; side: DiffSide }> {
  const { manifest, digest, close } = await openPackage(location, options);
  await close();
  return { manifest, side: { digest, name: manifest.name, version: manifest.version } };
}

function byPath(files: readonly ManifestFile[]): Map<string, string> {
  return new Map(files.map((file) => [file.path, canonical(file)]));
}

/** All versions of a dependency together; so a new version is a change, not one removed and one added. */
function byName(dependencies: readonly Dependency[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const dependency of dependencies) {
    const key = `${dependency.ecosystem}:${dependency.name}`;
    found.set(key, (found.get(key) ?? "") + canonical(dependency));
  }
  return found;
}

function changes(from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): Changes {
  const added = [...to.keys()].filter((key) => !from.has(key)).sort(byUtf8);
  const removed = [...from.keys()].filter((key) => !to.has(key)).sort(byUtf8);
  const changed = [...to.keys()].filter((key) => from.has(key) && from.get(key) !== to.get(key)).sort(byUtf8);
  return { added, removed, changed };
}

function fieldChanges(
  from: Json | undefined,
  to: Json | undefined,
  path: readonly (string | number)[],
): { path: string; from: Json; to: Json }[] {
  if (isMap(from) && isMap(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort(byUtf8);
    return keys.flatMap((key) => fieldChanges(from[key], to[key], [...path, key]));
  }
  if (from === to || (from !== undefined && to !== undefined && canonical(from) === canonical(to))) return [];
  return [{ path: pointer(...path), from: from ?? null, to: to ?? null }];
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
