/** What is deployed, and whether it is what was deployed. */
import type { Status } from "../engine/index.ts";
import { bounded } from "./bounds.ts";
import { connected } from "./connect.ts";
import type { ConfigOptions, PackageOptions, RunOptions, TargetOption } from "./options.ts";

export interface StatusOptions
  extends ConfigOptions, TargetOption, RunOptions, Pick<PackageOptions, "allowPlaintextSecret" | "cache"> {
  /** A `.fnpkg` file or a package folder that should be live. */
  readonly package?: string;
  /** Compare what is live with its marks, and with the package when one is given; default false. */
  readonly verify?: boolean;
}

/**
 * Reads what is deployed; writes nothing.
 * @throws E_NOT_OURS, E_VENDOR, E_NETWORK; what `check` finds when a package is given
 */
export async function status(options: StatusOptions): Promise<Status> {
  if (options.package !== undefined) return against({ ...options, package: options.package });
  const [{ status: engineStatus }, { locate }] = await Promise.all([import("../engine/index.ts"), import("./locate.ts")]);
  return bounded(options, async (bounds) => {
    const place = await locate(options);
    return connected(place, bounds, (run) =>
      engineStatus({ ...run, package: place.packageName, verify: options.verify ?? false }),
    );
  });
}

async function against(options: StatusOptions & PackageOptions): Promise<Status> {
  const [{ status: engineStatus }, { prepare }] = await Promise.all([import("../engine/index.ts"), import("./prepare.ts")]);
  return bounded(options, async (bounds) => {
    const prepared = await prepare({ ...options, signal: bounds.any });
    try {
      const { resolved, pkg, translate, content, place } = prepared;
      return await connected(place, bounds, (run) =>
        engineStatus({
          ...run,
          package: pkg.manifest.name,
          verify: true,
          against: { packageDigest: pkg.digest, configDigest: resolved.digest, layoutDigest: content.digest, wanted: translate },
        }),
      );
    } finally {
      await prepared.close();
    }
  });
}
