/** An artifact's bytes: from the package, the cache or the registry, always checked against its digest. */
import { bytesOf } from "../../package/content.ts";
import type { Artifact, Dependency } from "../../package/manifest.ts";
import type { OpenPackage } from "../../package/open.ts";
import { blobPath, getBlob, putBlob } from "../../package/store.ts";
import { checkBytes } from "./integrity.ts";
import type { NpmRegistry } from "./registry.ts";

/** An artifact that is pinned. */
export type Pinned = Artifact & { readonly digest: string };

/**
 * What is at hand without a network: the package's blob, else the cache.
 * @throws E_DIGEST, E_SIZE when the blob is not what the manifest says.
 */
export async function localTarball(
  artifact: Pinned,
  what: string,
  from: { pkg: OpenPackage; cache?: string | undefined },
): Promise<Uint8Array | undefined> {
  const blob = from.pkg.blobs.get(artifact.digest);
  const bytes =
    blob !== undefined
      ? await bytesOf(blob.read())
      : from.cache === undefined
        ? undefined
        : await getBlob(from.cache, artifact.digest);
  if (bytes !== undefined) checkBytes(bytes, artifact, `the tarball of ${what}`);
  return bytes;
}

/** From the registry, and kept in the cache. @throws what `NpmRegistry.fetch` throws; E_IO */
export async function fetchTarball(
  dependency: Dependency,
  artifact: Pinned,
  registry: NpmRegistry,
  cache: string,
): Promise<Uint8Array> {
  const bytes = await registry.fetch(dependency, artifact);
  await putBlob(cache, artifact.digest, bytes);
  return bytes;
}

/** An artifact as a file in the cache, with its size in bytes; fetched when it isn't there. */
export async function cachedArtifact(
  dependency: Dependency,
  artifact: Pinned,
  registry: NpmRegistry,
  cache: string,
): Promise<{ disk: string; size: number }> {
  const bytes = (await getBlob(cache, artifact.digest)) ?? (await fetchTarball(dependency, artifact, registry, cache));
  return { disk: blobPath(cache, artifact.digest), size: bytes.byteLength };
}
