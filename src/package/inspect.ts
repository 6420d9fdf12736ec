/** What is in a package, for people and tools. */
import type { Digest } from "../json.ts";
import type { Manifest } from "./manifest.ts";
import { openPackage, type OpenOptions } from "./open.ts";
import { byUtf8 } from "./paths.ts";

export interface Inspection {
  readonly manifest: Manifest;
  readonly digest: Digest;
  /** Bytes of all files, uncompressed. */
  readonly bytes: number;
  /** The ten largest files, the largest first. */
  readonly largest: readonly { readonly path: string; readonly size: number }[];
}

const LARGEST = 10;

/** Looks inside without reading contents. @throws FnpkgError what `openPackage` throws. */
export async function inspectPackage(location: string, options: OpenOptions = {}): Promise<Inspection> {
  const pkg = await openPackage(location, options);
  await pkg.close();
  const { manifest, digest } = pkg;
  const largest = manifest.files
    .map(({ path, size }) => ({ path, size }))
    .sort((a, b) => b.size - a.size || byUtf8(a.path, b.path))
    .slice(0, LARGEST);
  return { manifest, digest, bytes: manifest.files.reduce((sum, { size }) => sum + size, 0), largest };
}
