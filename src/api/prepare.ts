/** From package and configuration to what the engine takes: checked, laid out, translated. Nothing is sent to the target. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadAdapter } from "../../adapters/index.ts";
import type { Resolved } from "../config/resolved.ts";
import type { Adapter, Asked, Content, Resource } from "../contract.ts";
import { FnpkgError, type Problem, throwIfAny, wrap } from "../errors.ts";
import type { ContentFile } from "../package/content.ts";
import type { OpenPackage } from "../package/open.ts";
import { byUtf8 } from "../package/paths.ts";
import { profileOf } from "../profiles/index.ts";
import { bind, type Bound, openFor } from "./bind.ts";
import type { Place } from "./connect.ts";
import { contentOf } from "./content.ts";
import { secretsOf } from "./credentials.ts";
import { type CredentialsOption, given, type PackageOptions, type TargetOption, type TrafficOption } from "./options.ts";
import { shareFor } from "./traffic.ts";

export interface Prepared {
  readonly adapter: Adapter;
  readonly pkg: OpenPackage;
  readonly resolved: Resolved<unknown>;
  readonly content: Content;
  readonly asked: Asked;
  /** The wanted resources for another share of the traffic. */
  translate(traffic: number | undefined): readonly Resource[];
  readonly warnings: readonly Problem[];
  /** Where `connected` goes. */
  readonly place: Place<unknown, unknown>;
  close(): Promise<void>;
}

/** @throws everything that `check` finds; E_REGISTRY, E_NETWORK, E_DIGEST of referenced dependencies */
export async function prepare(
  options: PackageOptions & TargetOption & TrafficOption & CredentialsOption & { readonly signal?: AbortSignal },
): Promise<Prepared> {
  const { pkg, cache } = await openFor(options);
  try {
    const bound = await bind(options, pkg);
    throwIfAny(bound.problems, `${options.package} on ${options.target}`);
    const { resolved } = bound;
    if (resolved === undefined) throw new FnpkgError("E_INTERNAL", "the configuration was refused without a reason");
    const adapter = await loadAdapter(options.target);
    const traffic = shareFor(adapter, options.traffic);
    const files = [...pkg.files, ...(await installed(bound, pkg, cache, options.signal))].toSorted((a, b) =>
      byUtf8(a.path, b.path),
    );
    const input = {
      pkg: { digest: pkg.digest, manifest: pkg.manifest, files, entry: await entryOf(adapter, pkg) },
      config: resolved,
    };
    const content = contentOf(adapter.layout(input), files, join(cache, "archives"));
    const info = { digest: content.digest, size: content.size, files: content.entries.length };
    const translate = (share: number | undefined) => adapter.translate({ ...input, ...given({ traffic: share }) }, info);
    const asked = { wanted: translate(traffic), ...given({ traffic }) };
    const { credentials } = options;
    const sensitive = [...bound.sensitive, ...secretsOf(credentials)];
    const place = { adapter, where: resolved, sensitive, ...given({ credentials }) };
    return { adapter, pkg, resolved, content, asked, translate, warnings: bound.problems, place, close: () => pkg.close() };
  } catch (cause) {
    await pkg.close();
    throw cause;
  }
}

async function installed(
  bound: Bound,
  pkg: OpenPackage,
  cache: string,
  signal: AbortSignal | undefined,
): Promise<readonly ContentFile[]> {
  if (bound.installed !== undefined || bound.resolved === undefined) return bound.installed ?? [];
  if (bound.platform === undefined) return [];
  const profile = await profileOf(pkg.manifest.profile);
  return profile.materialise(pkg, {
    platform: bound.platform,
    registries: bound.resolved.registries,
    cache,
    ...given({ signal }),
  });
}

/** The adapter's built entry file for the package's profile. */
async function entryOf(adapter: Adapter, pkg: OpenPackage): Promise<Uint8Array> {
  const { profile } = pkg.manifest;
  const url = adapter.entries[profile];
  if (url === undefined)
    throw new FnpkgError("E_CAPABILITY", `${adapter.name} does not run ${profile} packages`, { target: adapter.name });
  return readFile(url).catch((cause: unknown) => {
    throw wrap(cause, "E_INTERNAL", `the built entry file ${url.pathname} can't be read`, {
      hint: "Build fnpkg, or install it again.",
    });
  });
}
