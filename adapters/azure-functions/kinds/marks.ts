/** Marks and the derivation, as tags. */
import { byCodeUnit, type Derivation, type Digest, isOurKey, keyPrints, type Mark } from "fnpkg/adapter";
import { descriptionTag, markTags, type Tags } from "../resources.ts";
import type { Context } from "./shared.ts";

/** On a plan that someone else made: a destroy takes our tags off, and nothing more. */
export const adoptedTag = "fnpkg:adopted";

/** What was published last. */
export interface Published {
  readonly layout: string;
  readonly sha256: string;
  /** The deployment service's id of what was live then. */
  readonly deployment: string | undefined;
}

/** The mark of what is made in this run. */
export function markOf(cx: Pick<Context, "deployment" | "package">, id: string): Mark {
  return { deployment: cx.deployment, package: cx.package, resource: id };
}

/** Others' live tags, those that are wanted, the mark, and which of them are ours. */
export function tagsWith(live: Tags, mark: Mark, wanted: Tags): Record<string, string> {
  const named = Object.keys(wanted).filter((key) => key !== descriptionTag);
  return {
    ...withoutOurs(live),
    ...wanted,
    [markTags.deployment]: mark.deployment,
    [markTags.package]: mark.package,
    [markTags.resource]: mark.resource,
    ...(named.length === 0 ? {} : { [markTags.keys]: keyPrints(named) }),
  };
}

/** Live tags of others. */
export function withoutOurs(live: Tags): Record<string, string> {
  const prints = live[markTags.keys] ?? "";
  return Object.fromEntries(Object.entries(live).filter(([key]) => !key.startsWith("fnpkg:") && !isOurKey(key, prints)));
}

export function derivationTags({ packageDigest, configDigest, layoutDigest, adapter }: Derivation): Record<string, string> {
  return { [markTags.derivation]: [packageDigest, configDigest, layoutDigest].join(" "), [markTags.adapter]: adapter };
}

export function publishedTag({ layout, sha256, deployment }: Published): Record<string, string> {
  return { [markTags.published]: [layout, sha256, ...(deployment === undefined ? [] : [deployment])].join(" ") };
}

export function markIn(tags: Tags): Mark | null {
  const [deployment, name, resource] = [tags[markTags.deployment], tags[markTags.package], tags[markTags.resource]];
  return deployment === undefined || name === undefined || resource === undefined
    ? null
    : { deployment, package: name, resource };
}

export function publishedIn(tags: Tags): Published | undefined {
  const [layout, sha256, deployment] = (tags[markTags.published] ?? "").split(" ");
  return layout === undefined || layout === "" || sha256 === undefined ? undefined : { layout, sha256, deployment };
}

export function derivationIn(tags: Tags): Derivation | undefined {
  const [packageDigest, configDigest, layoutDigest] = (tags[markTags.derivation] ?? "").split(" ") as Partial<Digest[]>;
  if (packageDigest === undefined || configDigest === undefined || layoutDigest === undefined) return undefined;
  const published = publishedIn(tags);
  return {
    packageDigest,
    configDigest,
    adapter: tags[markTags.adapter] ?? "",
    layoutDigest,
    ...(published?.layout === layoutDigest ? { archiveSha256: published.sha256 } : {}),
  };
}

/** Of the live tags those that are ours or wanted, sorted. */
export function tagsIn(tags: Tags, wanted: Tags = {}): Tags {
  const prints = tags[markTags.keys] ?? "";
  return Object.fromEntries(
    Object.keys(tags)
      .filter(
        (key) => key === descriptionTag || (!key.startsWith("fnpkg:") && (isOurKey(key, prints) || Object.hasOwn(wanted, key))),
      )
      .sort(byCodeUnit)
      .map((key) => [key, tags[key] ?? ""]),
  );
}
