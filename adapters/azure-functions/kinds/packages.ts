/**
 * Archives that are kept beside the one that Azure keeps, in the same container, for a rollback: `fnpkg/APP/SHA256.zip`, and what was
 * deployed with each in its metadata.
 */
import type { Archive, Derivation, Digest } from "fnpkg/adapter";
import { ifThere } from "../errors.ts";
import { type Context, answered } from "./shared.ts";
import { versions } from "./versions.ts";

export interface Kept {
  readonly address: string;
  readonly sha256: string;
  readonly packageDigest: Digest;
  readonly layoutDigest: Digest;
  /** Names of what the archive registers with the host, sorted; nothing where it is not on record. */
  readonly triggers: readonly string[] | undefined;
  /** ISO 8601. */
  readonly created: string;
}

/** Blobs' metadata: names that C# takes (learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata). */
const metadata = {
  package: "fnpkgpackage",
  layout: "fnpkglayout",
  triggers: "fnpkgtriggers",
  created: "fnpkgcreated",
} as const;

export async function containerAddress(cx: Context): Promise<string> {
  const { account, container } = cx.client.section.storage;
  const path = `${cx.client.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  const found = await cx.client.arm.get<{ readonly properties?: { readonly primaryEndpoints?: { readonly blob?: string } } }>(
    path,
    versions.storage,
    cx,
  );
  const base = answered(found.properties?.primaryEndpoints?.blob, "the storage account's address");
  return `${base.replace(/\/+$/, "")}/${container}`;
}

export async function keep(
  cx: Context,
  app: string,
  archive: Archive,
  { packageDigest, layoutDigest }: Derivation,
  triggers: readonly string[],
): Promise<void> {
  const container = await containerAddress(cx);
  const address = `${container}/fnpkg/${app}/${archive.sha256}.zip`;
  cx.progress(`keeping ${archive.size} bytes of code for a rollback`);
  await cx.client.blobs.put(
    address,
    archive,
    {
      [metadata.package]: packageDigest,
      [metadata.layout]: layoutDigest,
      [metadata.triggers]: triggers.toSorted().join(","),
      [metadata.created]: new Date(cx.now()).toISOString(),
    },
    cx,
  );
  const all = await keptOf(cx, app, container);
  for (const old of all.slice(cx.client.section.storage.keepPackages))
    if (old.sha256 !== archive.sha256) await ifThere(cx.client.blobs.delete(old.address, cx));
}

/** The newest first. */
export async function keptOf(cx: Context, app: string, container: string): Promise<readonly Kept[]> {
  const names: string[] = [];
  let marker: string | undefined;
  do {
    const page = await cx.client.blobs.list(container, `fnpkg/${app}/`, marker, cx);
    names.push(...page.names);
    marker = page.next;
  } while (marker !== undefined);
  const found = await Promise.all(
    names.map(async (name) => {
      const sha256 = /\/([0-9a-f]{64})\.zip$/.exec(name)?.[1];
      if (sha256 === undefined) return [];
      const address = `${container}/${name}`;
      const said = await ifThere(cx.client.blobs.head(address, cx));
      const [packageDigest, layoutDigest] = [said?.[metadata.package], said?.[metadata.layout]];
      if (packageDigest === undefined || layoutDigest === undefined) return [];
      const created = said?.[metadata.created] ?? "";
      const triggers = said?.[metadata.triggers]?.split(",");
      return [{ address, sha256, packageDigest, layoutDigest, triggers, created }];
    }),
  );
  return found.flat().toSorted((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
}
