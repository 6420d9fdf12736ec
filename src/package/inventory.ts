/** Whether what a container holds is what its manifest lists: nothing missing, nothing extra, sizes and modes the same. */
import { FnpkgError } from "../errors.ts";
import { BLOBS, blobEntryPath } from "./blob-path.ts";
import { MANIFEST_FILE, type Manifest } from "./manifest.ts";
import { shown } from "./paths.ts";

/** What the container says of one of its files. */
export interface Held {
  readonly path: string;
  readonly size: number;
  /** Undefined where the platform has no such bit. */
  readonly executable: boolean | undefined;
}

export interface Inventory<T extends Held> {
  /** In the manifest's order. */
  readonly files: readonly T[];
  /** By digest. */
  readonly blobs: ReadonlyMap<string, T>;
}

/** @throws FnpkgError E_MISSING, E_SIZE, E_MODE, E_EXTRA. */
export function inventory<T extends Held>(held: readonly T[], manifest: Manifest): Inventory<T> {
  const byPath = new Map(held.map((file) => [file.path, file]));
  const manifestFile = byPath.get(MANIFEST_FILE);
  if (manifestFile?.executable === true)
    throw new FnpkgError("E_MODE", `${MANIFEST_FILE} is executable`, { file: MANIFEST_FILE });
  byPath.delete(MANIFEST_FILE);
  const files = manifest.files.map(({ path, size, executable = false }) => {
    const found = byPath.get(path);
    if (found === undefined)
      throw new FnpkgError("E_MISSING", `${shown(path)} is in the manifest, but not in the package`, { file: path });
    byPath.delete(path);
    if (found.size !== size)
      throw new FnpkgError("E_SIZE", `${shown(path)} has ${found.size} bytes; the manifest says ${size}`, { file: path });
    if (found.executable !== undefined && found.executable !== executable) {
      throw new FnpkgError("E_MODE", `${shown(path)} is ${executable ? "not " : ""}executable; the manifest says otherwise`, {
        file: path,
      });
    }
    return found;
  });
  return { files, blobs: takeBlobs(byPath, manifest) };
}

/** What is left must be blobs that an artifact refers to, and every embedded artifact must be among them. */
function takeBlobs<T extends Held>(rest: Map<string, T>, manifest: Manifest): Map<string, T> {
  const blobs = new Map<string, T>();
  for (const dependency of manifest.dependencies.packages) {
    for (const { digest, size } of dependency.artifacts) {
      if (digest === undefined) continue;
      const path = blobEntryPath(digest);
      const found = rest.get(path) ?? blobs.get(digest);
      if (found === undefined) {
        if (dependency.delivery === "embedded")
          throw new FnpkgError(
            "E_MISSING",
            `${path} is missing: the artifact of ${dependency.name}@${dependency.version} is embedded`,
            { file: path },
          );
        continue;
      }
      if (size !== undefined && found.size !== size)
        throw new FnpkgError("E_SIZE", `${path} has ${found.size} bytes; the manifest says ${size}`, { file: path });
      if (found.executable === true) throw new FnpkgError("E_MODE", `${path} is executable`, { file: path });
      blobs.set(digest, found);
    }
  }
  for (const digest of blobs.keys()) rest.delete(blobEntryPath(digest));
  const [extra] = rest.keys();
  if (extra !== undefined) {
    const what = extra.startsWith(BLOBS) ? "is a blob that no artifact refers to" : "is in the package, but not in the manifest";
    throw new FnpkgError("E_EXTRA", `${shown(extra)} ${what}`, { file: extra });
  }
  return blobs;
}
