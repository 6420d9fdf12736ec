/** From a package's dependencies to files: found, checked, unpacked once, placed where the lock file says. */
import { FnpkgError, throwIfAny } from "../../errors.ts";
import type { ContentFile } from "../../package/content.ts";
import { byUtf8, shown } from "../../package/paths.ts";
import { MANIFEST_FILE } from "../../package/manifest.ts";
import type { OpenPackage } from "../../package/open.ts";
import { Gate, pool, throwPooled } from "../pool.ts";
import type { MaterialiseOptions } from "../profile.ts";
import { fetchTarball, localTarball } from "./artifacts.ts";
import { type Placed, placedOn } from "./placed.ts";
import { NpmRegistry } from "./registry.ts";
import { contentOf, openUnpacked, unpack, type Unpacked } from "./unpacked.ts";

const DOWNLOADS = 8;
/** Unpacking holds a tarball and what comes out of it in memory. */
const UNPACKING = 2;

/**
 * The files that embedded and referenced dependencies add, sorted by path. Nothing is executed; bin links are not made.
 * @throws E_PLATFORM, E_LOCK, E_UNPINNED, E_REGISTRY, E_NETWORK, E_DIGEST, E_SIZE, E_PATH, E_ENTRY_TYPE, E_DUPLICATE,
 * E_COLLISION, E_LIMIT, E_RECORD, E_MISSING, E_IO, E_INTERRUPTED
 */
export async function materialise(pkg: OpenPackage, options: MaterialiseOptions): Promise<readonly ContentFile[]> {
  const { placed, inBundle, problems } = await placedOn(pkg, options.platform);
  throwIfAny(problems, "the dependencies can't be installed");
  if (placed.length === 0) return [];
  const registry = new NpmRegistry({ registries: options.registries, signal: options.signal });
  const gate = new Gate(UNPACKING);
  try {
    const done = await pool(placed, DOWNLOADS, (one) => unpackedOf(pkg, one, options, registry, gate));
    throwPooled(done.problems, "the dependencies can't be installed");
    return place(pkg, placed, done.results as Unpacked[], inBundle);
  } finally {
    registry.close();
  }
}

async function unpackedOf(
  pkg: OpenPackage,
  { dependency, artifact }: Placed,
  options: MaterialiseOptions,
  registry: NpmRegistry,
  gate: Gate,
): Promise<Unpacked> {
  const what = `${dependency.name}@${dependency.version}`;
  const before = await openUnpacked(options.cache, artifact.digest);
  if (before !== undefined) return before;
  let tarball = await localTarball(artifact, what, { pkg, cache: options.cache });
  if (tarball === undefined) {
    if (dependency.delivery === "embedded") {
      throw new FnpkgError("E_MISSING", `the package has no blob for ${what}, which it says it embeds`, {
        file: MANIFEST_FILE,
        pointer: "/dependencies/packages",
      });
    }
    options.onFetch?.(dependency);
    tarball = await fetchTarball(dependency, artifact, registry, options.cache);
  }
  const bytes = tarball;
  return gate.run(() => unpack(options.cache, artifact.digest, bytes, { what, signal: options.signal }));
}

/** Every file at every place. A tarball's own `node_modules` counts only where the lock file says that it is bundled in it. */
function place(
  pkg: OpenPackage,
  placed: readonly Placed[],
  unpacked: readonly Unpacked[],
  inBundle: ReadonlySet<string>,
): ContentFile[] {
  const sealed = new Set(pkg.files.map((file) => file.path));
  const files: ContentFile[] = [];
  for (const [index, { dependency, places }] of placed.entries()) {
    const from = unpacked[index];
    if (from === undefined) continue;
    for (const at of places) {
      for (const file of from.files) {
        const path = `${at}/${file.path}`;
        if (file.path.startsWith("node_modules/") && !isBundled(path, at, inBundle)) continue;
        if (sealed.has(path)) {
          throw new FnpkgError(
            "E_DUPLICATE",
            `${shown(path)} is sealed in the package and also comes with ${dependency.name}@${dependency.version}`,
            {
              file: path,
              hint: "Leave node_modules out of the package, or deliver its dependencies as `bundled`.",
            },
          );
        }
        files.push(contentOf(from, file, path));
      }
    }
  }
  return files.sort((a, b) => byUtf8(a.path, b.path));
}

function isBundled(path: string, at: string, inBundle: ReadonlySet<string>): boolean {
  const rest = path.slice(at.length + 1);
  const name = /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(rest)?.[0];
  return name !== undefined && inBundle.has(`${at}/${name}`);
}
