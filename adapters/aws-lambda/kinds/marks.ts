/** Marks and the derivation, as tags. */
import { byCodeUnit, type Derivation, isOurKey, keyPrints, type Mark } from "fnpkg/adapter";
import { markTags, type Tag } from "../resources.ts";
import type { Context } from "./shared.ts";

export type Tags = { readonly [key: string]: string };

/** The mark of what is made in this run. */
export function markOf(cx: Pick<Context, "deployment" | "package">, id: string): Mark {
  return { deployment: cx.deployment, package: cx.package, resource: id };
}

/** All tags that a thing of ours carries: what is wanted, the mark, and which of them are ours. */
export function tagsFor(mark: Mark, wanted: readonly Tag[], derivation?: Derivation): Record<string, string> {
  return {
    ...Object.fromEntries(wanted.map(({ Key, Value }) => [Key, Value])),
    [markTags.deployment]: mark.deployment,
    [markTags.package]: mark.package,
    [markTags.resource]: mark.resource,
    ...(wanted.length === 0 ? {} : { [markTags.keys]: keyPrints(wanted.map(({ Key }) => Key)) }),
    ...(derivation === undefined ? {} : derivationTags(derivation)),
  };
}

export function derivationTags(derivation: Derivation): Record<string, string> {
  const { packageDigest, configDigest, adapter, layoutDigest, archiveSha256 } = derivation;
  return {
    [markTags.packageDigest]: packageDigest,
    [markTags.configDigest]: configDigest,
    [markTags.code]: archiveSha256 === undefined ? layoutDigest : `${layoutDigest} ${archiveSha256}`,
    [markTags.adapter]: adapter,
  };
}

export function markIn(tags: Tags): Mark | null {
  const [deployment, name, resource] = [tags[markTags.deployment], tags[markTags.package], tags[markTags.resource]];
  return deployment === undefined || name === undefined || resource === undefined
    ? null
    : { deployment, package: name, resource };
}

export function derivationIn(tags: Tags): Derivation | undefined {
  const [packageDigest, configDigest, code] = [tags[markTags.packageDigest], tags[markTags.configDigest], tags[markTags.code]];
  if (packageDigest === undefined || configDigest === undefined || code === undefined) return undefined;
  const [layoutDigest = "", archiveSha256] = code.split(" ");
  return {
    packageDigest: packageDigest,
    configDigest: configDigest,
    adapter: (tags[markTags.adapter] ?? "").split(" ")[0] ?? "",
    layoutDigest: layoutDigest,
    ...(archiveSha256 === undefined ? {} : { archiveSha256 }),
  };
}

/** Of the live tags those that are ours or wanted, in the form of props. */
export function tagsIn(tags: Tags, wanted: readonly Tag[] = []): Tag[] {
  const prints = tags[markTags.keys] ?? "";
  return Object.keys(tags)
    .filter((key) => !key.startsWith("fnpkg:") && (isOurKey(key, prints) || wanted.some((tag) => tag.Key === key)))
    .sort(byCodeUnit)
    .map((key) => ({ Key: key, Value: tags[key] ?? "" }));
}

/**
 * Writes what of the tags is not as wanted; others' are left alone. What goes is taken away first: the tag that says which are ours
 * names it until it is gone.
 */
export async function changeTags(
  live: Tags,
  wanted: Tags,
  write: {
    readonly set: (tags: Record<string, string>) => Promise<unknown>;
    readonly remove: (keys: string[]) => Promise<unknown>;
  },
): Promise<void> {
  const prints = live[markTags.keys] ?? "";
  const set = Object.entries(wanted).filter(([key, value]) => live[key] !== value);
  const remove = Object.keys(live).filter(
    (key) => wanted[key] === undefined && (key.startsWith("fnpkg:") || isOurKey(key, prints)),
  );
  if (remove.length > 0) await write.remove(remove);
  if (set.length > 0) await write.set(Object.fromEntries(set));
}

/** AWS's list form of tags, as a map. */
export function tagMap(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}
