/** The wanted resources alone, for programs that create them by other means. */
import type { ContentInfo, Resource } from "../contract.ts";
import type { Problem } from "../errors.ts";
import type { PackageOptions, TargetOption } from "./options.ts";

export interface Translated {
  readonly target: string;
  readonly deployment: string;
  /** In the vendor's own declarative vocabulary; secrets as references. */
  readonly resources: readonly Resource[];
  readonly content: ContentInfo;
  readonly warnings: readonly Problem[];
}

/**
 * What package and configuration come to on a target, as JSON. Offline, the same for the same input.
 * @throws what `check` finds
 */
export async function translate(options: PackageOptions & TargetOption & { readonly signal?: AbortSignal }): Promise<Translated> {
  const { prepare } = await import("./prepare.ts");
  const prepared = await prepare(options);
  try {
    const { content, asked, resolved, warnings } = prepared;
    return {
      target: options.target,
      deployment: resolved.deployment,
      resources: asked.wanted,
      content: { digest: content.digest, size: content.size, files: content.entries.length },
      warnings,
    };
  } finally {
    await prepared.close();
  }
}
