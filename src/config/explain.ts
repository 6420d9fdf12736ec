/** Every final value of the configuration and where it came from. */
import type { Problem } from "../errors.ts";
import { pointer, type Digest, type Json } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { withoutUser } from "./shape.ts";
import { packageNamed, prepare, settle, type Prepared, type SourceOptions } from "./prepare.ts";
import { harvest, leaves, nodeAt, pathOf, type Path, type Tree } from "./tree.ts";
import { DEFAULT_MEMORY_MIB, DEFAULT_TIMEOUT_SECONDS } from "./bind.ts";

export interface Explanation {
  /** In the merged document. */
  readonly pointer: string;
  /** `***` for secrets and for what came from the environment. */
  readonly value: Json;
  readonly origin: {
    /** `base`, `targets.T.override`, `stages.S`, `stages.S.targets.T`, `stages.S.targets.T.override`, `--set`, `package` or `default`. */
    readonly layer: string;
    readonly file?: string;
    readonly line?: number;
  };
}

export interface ExplainOptions extends SourceOptions {
  /** With the package, its placeholders are filled, its minimums count, and what it marks secret is hidden. */
  readonly manifest?: Manifest;
  readonly packageDigest?: Digest;
}

/** The merged configuration, leaf by leaf, sorted by pointer; problems of the document and of placeholders beside it. */
export function explainConfig(options: ExplainOptions): {
  readonly entries: readonly Explanation[];
  readonly problems: readonly Problem[];
} {
  const { manifest, packageDigest, loaded, target } = options;
  const name = manifest?.name ?? packageNamed(loaded);
  const preparation = prepare(options, {
    ...(name === undefined ? {} : { name }),
    ...(manifest === undefined ? {} : { version: manifest.version }),
    ...(packageDigest === undefined ? {} : { digest: packageDigest }),
  });
  // Without a package its placeholders stay as they are written.
  const found = preparation.found.filter(({ message }) => manifest !== undefined || !message.startsWith("${package."));
  const problems = settle(preparation, found, target);
  const { prepared } = preparation;
  if (prepared === undefined) return { entries: [], problems };
  const secret = secretNames(manifest);
  const entries = [...leaves(prepared.tree)]
    .filter(({ path }) => path.length > 0)
    .map(({ path, node }): Explanation => ({
      pointer: pointer(...path),
      value: visible(path, node, secret),
      origin: originOf(prepared, path, node),
    }));
  return {
    entries: [...entries, ...defaults(prepared, manifest)].sort((a, b) =>
      a.pointer < b.pointer ? -1 : a.pointer > b.pointer ? 1 : 0,
    ),
    problems,
  };
}

function originOf({ places }: Prepared, path: Path, node: Tree): Explanation["origin"] {
  const { file, line } = places.at(pointer(...path));
  return {
    layer: node.origin.layer,
    ...(file === undefined || node.origin.layer === "--set" ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

/** Variables, and service keys, that the package marks secret. */
function secretNames(manifest: Manifest | undefined): ReadonlySet<string> {
  const env = (manifest?.requires.env ?? []).filter(({ secret }) => secret === true).map(({ name }) => pointer("env", name));
  const keys = (manifest?.requires.services ?? []).flatMap(({ name, keys: of }) =>
    Object.entries(of).flatMap(([key, { secret, env: variable }]) =>
      secret === true ? [pointer("env", variable), pointer("services", name, "keys", key)] : [],
    ),
  );
  return new Set([...env, ...keys]);
}

function visible(path: Path, node: Tree, secret: ReadonlySet<string>): Json {
  const value = harvest(node);
  if (node.kind !== "leaf") return value;
  const inSecrets = path[0] === "secrets" || (path[0] === "services" && path[4] !== "value");
  const marked = [...secret].some((at) => pathOf(at).every((part, i) => String(path[i]) === part));
  return node.sensitive === true || inSecrets || marked ? "***" : typeof value === "string" ? withoutUser(value) : value;
}

/** The defaults that every plan shows. */
function defaults({ tree }: Prepared, manifest: Manifest | undefined): Explanation[] {
  const { memoryMiB = 0, timeoutSeconds = 0, ephemeralStorageMiB } = manifest?.requires.resources ?? {};
  const of = (path: Path, value: Json, layer: string): Explanation[] =>
    nodeAt(tree, path) === undefined ? [{ pointer: pointer(...path), value, origin: { layer } }] : [];
  const least = (minimum: number, byDefault: number) => (minimum > byDefault ? "package" : "default");
  return [
    ...of(["memory"], `${Math.max(memoryMiB, DEFAULT_MEMORY_MIB)}Mi`, least(memoryMiB, DEFAULT_MEMORY_MIB)),
    ...of(["timeout"], `${Math.max(timeoutSeconds, DEFAULT_TIMEOUT_SECONDS)}s`, least(timeoutSeconds, DEFAULT_TIMEOUT_SECONDS)),
    ...of(["concurrency", "perInstance"], 1, "default"),
    ...(ephemeralStorageMiB === undefined ? [] : of(["ephemeralStorage"], `${ephemeralStorageMiB}Mi`, "package")),
  ];
}
