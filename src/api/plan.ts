/** What a deploy would do. */
import { copyFile, rename, stat } from "node:fs/promises";
import type { Archive, Content } from "../contract.ts";
import type { Plan } from "../engine/index.ts";
import { FnpkgError, type Problem, wrap } from "../errors.ts";
import { discard, temporaryBeside } from "../package/store.ts";
import { bounded } from "./bounds.ts";
import { connected } from "./connect.ts";
import type { PackageOptions, RunOptions, TargetOption, TrafficOption } from "./options.ts";

export interface PlanOptions extends PackageOptions, TargetOption, TrafficOption, RunOptions {
  /** Read nothing and plan from nothing; default false. */
  readonly offline?: boolean;
  /** Also write the vendor's archive to this file. */
  readonly archive?: string;
  readonly adopt?: boolean;
  readonly replace?: boolean;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly warnings: readonly Problem[];
}

/**
 * Reads the target and says what a deploy would change; writes nothing there.
 * @throws what `check` finds; E_NOT_OURS, E_REPLACE, E_TRAFFIC, E_VENDOR, E_NETWORK, E_TIMEOUT
 */
export async function plan(options: PlanOptions): Promise<PlanResult> {
  if (options.offline === true && options.traffic !== undefined && options.traffic !== 1)
    throw new FnpkgError("E_USAGE", "a plan offline has no traffic to share: only the target knows what serves", {
      hint: "Leave out `--offline` or `--traffic`.",
    });
  const [{ makePlan }, { prepare }] = await Promise.all([import("../engine/index.ts"), import("./prepare.ts")]);
  return bounded(options, async (bounds) => {
    const prepared = await prepare({ ...options, signal: bounds.any });
    try {
      const { adapter, resolved, pkg, asked, content, warnings, place } = prepared;
      const archive = options.archive === undefined ? undefined : await copied(content, options.archive);
      const input = {
        adapter,
        deployment: resolved.deployment,
        package: pkg.manifest.name,
        packageDigest: pkg.digest,
        configDigest: resolved.digest,
        sensitive: place.sensitive,
        ...asked,
        content: { digest: content.digest, size: content.size, files: content.entries.length },
        adopt: options.adopt ?? false,
        replace: options.replace ?? false,
        ...(archive === undefined ? {} : { archive }),
      };
      if (options.offline === true) return { plan: await makePlan({ ...input, offline: true }), warnings };
      return await connected(place, bounds, async (run) => ({
        plan: await makePlan({ ...input, ...run, config: resolved }),
        warnings,
      }));
    } finally {
      await prepared.close();
    }
  });
}

/** Builds the archive and puts a copy where it was asked for, whole or not at all. */
async function copied(content: Content, file: string): Promise<Archive> {
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined && !there.isFile())
    throw new FnpkgError("E_USAGE", `${file} is no regular file`, { file, hint: "Name a file." });
  const archive = await content.archive();
  const partial = temporaryBeside(file);
  try {
    await copyFile(archive.file, partial);
    await rename(partial, file);
    return archive;
  } catch (cause) {
    await discard(partial);
    throw wrap(cause, "E_IO", `can't write ${file}`, { file });
  }
}
