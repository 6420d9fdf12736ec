/** Seals a folder: reads every file once, writes the manifest, and puts the package where it belongs by one rename. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { FnpkgError, throwIfAny, withHint, wrap, type Problem } from "../errors.ts";
import { byCodeUnit, canonical, sha256, type Digest } from "../json.ts";
import type { ProfileModule, Registries, Sealed } from "../profiles/profile.ts";
import { blobEntries } from "./blobs.ts";
import { closeSegments, DamagedCache, forget, loadBodies, Spool } from "./bodies.ts";
import { ingest, sizeOf, type Ingested } from "./ingest.ts";
import { limitsOf, overLimit, throwIfAborted, type Limits } from "./limits.ts";
import { defaultContract, type Manifest, type Profile } from "./manifest.ts";
import type { AuthorFile } from "./author.ts";
import { readAuthor } from "./read-author.ts";
import { fingerprint, recall, remember } from "./remembered.ts";
import { sealingProblems } from "./read-manifest.ts";
import { byDependency } from "./rules.ts";
import { collect, type Collected } from "./sources.ts";
import { StatIndex } from "./stat-index.ts";
import { cacheFolder, isWritable } from "./store.ts";
import { writeArchive, writeFolder } from "./write.ts";

export interface PackOptions {
  /** The folder that holds the author file. */
  readonly folder: string;
  /** Where the package goes. Default: `NAME-VERSION.fnpkg` in the working directory. Ending in `/`: the folder form. */
  readonly out?: string;
  /** Default: `folder` when `out` ends in `/`, else `archive`. */
  readonly form?: "archive" | "folder";
  /** No compression, so that the archive is the same bytes with every zlib. Default false. */
  readonly store?: boolean;
  /** The cache folder, or false to read and deflate everything anew. Default: `cacheFolder()`. */
  readonly cache?: string | false;
  readonly limits?: Partial<Limits>;
  /** Where dependency artifacts are fetched from. Default: as the ecosystem's own client is configured. */
  readonly registries?: Registries;
  /** Aborting leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Called as files are read; `done` and `total` are bytes. */
  readonly onProgress?: (progress: PackProgress) => void;
}

export interface PackProgress {
  readonly done: number;
  readonly total: number;
  /** The file that was just read, with its path in the package. */
  readonly path: string;
}

export interface PackResult {
  /** The `.fnpkg` file, or the folder, absolute. */
  readonly file: string;
  /** The package digest. */
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  /** How many files it holds, without manifest and blobs. */
  readonly files: number;
  /** The size of the `.fnpkg` file; of all its files for the folder form. */
  readonly bytes: number;
  readonly warnings: readonly Problem[];
}

/** Gives a profile's module, loading it on first use; undefined when this version does not have it. */
export type ProfileOf = (profile: Profile) => Promise<ProfileModule | undefined> | ProfileModule | undefined;

/**
 * Seals `options.folder` into a package. The same folder gives the same package digest everywhere.
 * @throws FnpkgError with every problem of its step: the author file's (E_YAML, E_KEY, E_SCHEMA, E_UNKNOWN_FIELD, …),
 * E_PROFILE, E_PATH, E_ENTRY_TYPE, E_COLLISION, E_CREDENTIALS, E_ENTRY_POINT, E_LIMIT, E_CHANGED, the profile's own, E_IO,
 * E_INTERRUPTED. Nothing is left behind then.
 */
export async function pack(options: PackOptions, profileOf: ProfileOf): Promise<PackResult> {
  const limits = limitsOf(options.limits);
  const folder = resolve(options.folder);
  throwIfAborted(options.signal);
  const read = await readAuthor(folder, limits);
  const { author } = read;
  const profile = await profileOf(author.profile);
  if (profile === undefined) {
    throw new FnpkgError("E_PROFILE", `the ${author.profile} profile can't be packed yet; it comes in a later version`, {
      pointer: "/profile",
      file: read.file,
    });
  }
  const form = options.form ?? (options.out !== undefined && /[/\\]$/.test(options.out) ? "folder" : "archive");
  const out = await outputOf(options.out ?? `${fileName(author)}${form === "archive" ? ".fnpkg" : ""}`, form);
  if (form === "folder") refuseInside(folder, out);
  const cache = options.cache === false ? undefined : (options.cache ?? cacheFolder());
  const collected = await collect({
    folder,
    out,
    read,
    profile,
    cache: cache ?? cacheFolder(),
    registries: options.registries ?? {},
    limits,
    signal: options.signal,
  });
  const job: Job = { options, author, collected, form, out, limits, folder };
  const usable = cache !== undefined && (await isWritable(join(cache, "bodies"))) ? cache : undefined;
  return form === "archive" && usable !== undefined ? sealOnce(job, usable) : seal(job, undefined);
}

/** Seals, unless the archive that would be written is known to lie there already. */
async function sealOnce(job: Job, cache: string): Promise<PackResult> {
  const { options, author, collected, out, limits } = job;
  const { sealed, sources, warnings } = collected;
  const blobs = sealed.blobs.map(({ digest }) => digest);
  const store = options.store === true;
  const made = fingerprint(sources, {
    author,
    sealed: { entryPoint: sealed.entryPoint, dependencies: sealed.dependencies },
    blobs,
    store,
    limits,
    zlib: process.versions.zlib,
  });
  const earlier = await recall(cache, out, made);
  if (earlier !== undefined)
    return { file: out, name: author.name, version: author.version, ...earlier, warnings: warnings.map(withHint) };
  const readAt = Date.now();
  const result = await seal(job, cache).catch(async (error: unknown) => {
    if (!(error instanceof DamagedCache)) throw error;
    await forget(error.segment);
    return seal(job, undefined);
  });
  await remember(cache, out, made, sources, { digest: result.digest, files: result.files, bytes: result.bytes }, readAt);
  return result;
}

interface Job {
  readonly options: PackOptions;
  readonly author: AuthorFile;
  readonly collected: Collected;
  readonly form: "archive" | "folder";
  readonly out: string;
  readonly limits: Limits;
  readonly folder: string;
}

async function seal(
  { options, author, collected, form, out, limits, folder }: Job,
  cache: string | undefined,
): Promise<PackResult> {
  const { sources, sealed, warnings } = collected;
  const { signal, onProgress } = options;
  const deflate = form === "archive" && options.store !== true;
  const bodyCache = deflate ? cache : undefined;
  const total = sources.reduce((sum, source) => sum + sizeOf(source), 0);
  await mkdir(dirname(out), { recursive: true }).catch((cause: unknown) => {
    throw wrap(cause, "E_IO", `${dirname(out)} can't be made`, { file: out });
  });
  const spool = new Spool(bodyCache, out);
  const bodies = await loadBodies(bodyCache);
  try {
    const index = await StatIndex.load(bodyCache, folder);
    let done = 0;
    const onFile = (file: Ingested): void => onProgress?.({ done: (done += file.size), total, path: file.path });
    const files = await ingest(sources, { deflate, bodies, spool, index, signal, onFile });
    const blobs = await blobEntries(sealed.blobs, signal);
    const { manifest, bytes } = manifestOf(author, sealed, files, limits);
    if (files.length + blobs.length + 1 > limits.entries)
      throw overLimit("the package would hold too many entries", files.length + blobs.length + 1, "entries", limits);
    const write = form === "archive" ? writeArchive : writeFolder;
    const size = await write({ out, manifest: bytes, files, blobs, deflate, limits, signal });
    await spool.keep();
    await index.save();
    return {
      file: out,
      digest: sha256(bytes),
      name: manifest.name,
      version: manifest.version,
      files: files.length,
      bytes: size,
      warnings: warnings.map(withHint),
    };
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    await closeSegments(bodies);
    await spool.close();
  }
}

/** The sealed manifest and its canonical bytes. */
function manifestOf(
  author: AuthorFile,
  sealed: Sealed,
  files: readonly Ingested[],
  limits: Limits,
): { manifest: Manifest; bytes: Buffer } {
  const {
    dependencies: _dependencies,
    build: _build,
    include: _include,
    exclude: _exclude,
    executables: _executables,
    allow: _allow,
    entryPoint: _entryPoint,
    ...fields
  } = author;
  const { contract, ...entry } = sealed.entryPoint as { contract?: string };
  const rest = {
    ...fields,
    entryPoint: contract === undefined || contract === defaultContract[author.profile] ? entry : { contract, ...entry },
    dependencies: { ...sealed.dependencies, packages: [...sealed.dependencies.packages].sort(byDependency) },
  };
  // The keys of a file stand in canonical order, so that the long list needs no sorting.
  const list = files.map(({ path, size, digest, executable }) =>
    executable ? { digest, executable: true, path, size } : { digest, path, size },
  );
  const manifest = { ...rest, files: list } as unknown as Manifest;
  throwIfAny(sealingProblems(manifest), "the package can't be sealed");
  const members = Object.entries(manifest)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, value]) => `${JSON.stringify(key)}:${key === "files" ? JSON.stringify(list) : canonical(value)}`);
  const bytes = Buffer.from(`{${members.join(",")}}`);
  if (bytes.length > limits.manifestBytes)
    throw overLimit("the manifest would be too large", `${bytes.length} bytes`, "manifestBytes", limits);
  return { manifest, bytes };
}

/** `NAME-VERSION`, with `/` as `-`. */
export function fileName({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name.replaceAll("/", "-")}-${version}`;
}

async function outputOf(out: string, form: "archive" | "folder"): Promise<string> {
  const path = resolve(out);
  const there = await stat(path).catch(() => undefined);
  if (form === "archive" && there?.isDirectory() === true) {
    throw new FnpkgError("E_USAGE", `${path} is a folder`, {
      file: path,
      hint: "Name a file, or end the path with / for the folder form.",
    });
  }
  // The archive takes the place of what is there: a device such as /dev/null would be gone.
  if (form === "archive" && there?.isFile() === false)
    throw new FnpkgError("E_USAGE", `${path} is no regular file`, { file: path, hint: "Name a file." });
  return path;
}

/** The folder form may not take the place of the folder that is sealed. */
function refuseInside(folder: string, out: string): void {
  if (`${folder}${sep}`.startsWith(`${out}${sep}`))
    throw new FnpkgError("E_USAGE", `${out} is or holds the folder that is sealed`, { file: out });
}
