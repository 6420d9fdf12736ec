/** What a language's profile does: at `pack` it seals, at installation it materialises dependencies. */
import type { AuthorFile } from "../package/author.ts";
import type { ContentFile } from "../package/content.ts";
import type { Dependency, Manifest, Platform, Profile } from "../package/manifest.ts";
import type { OpenPackage } from "../package/open.ts";
import type { Problem } from "../errors.ts";

/** A file to be sealed. `path` begins with `function/` or `meta/`. */
export interface SourceFile {
  readonly path: string;
  readonly executable: boolean;
  /** Either a file on disk, read once at sealing, or bytes that `pack` made. */
  readonly from: { readonly disk: string } | { readonly bytes: Uint8Array };
}

/** An embedded dependency artifact; sealed as `blobs/<algorithm>/<hex>`. */
export interface BlobSource {
  readonly digest: string;
  readonly size: number;
  /** A file whose bytes have that digest. */
  readonly disk: string;
}

/** Where artifacts are fetched from; the runtime configuration's `registries`, or the user's own client settings. */
export interface Registries {
  /** The npm registry's base address; absent: what the user's npm is configured with. */
  readonly npm?: string;
  /** Hosts that an artifact's `url` hint may name besides the registries. */
  readonly allow?: readonly string[];
}

export interface SealInput {
  /** The author's folder, absolute. */
  readonly folder: string;
  readonly author: AuthorFile;
  /** The folder's files after include, exclude and the built-in rules; none of `node_modules`. */
  readonly files: readonly SourceFile[];
  /** The folder for content-addressed downloads. */
  readonly cache: string;
  readonly registries: Registries;
  readonly signal?: AbortSignal;
}

export interface Sealed {
  readonly entryPoint: Manifest["entryPoint"];
  readonly files: readonly SourceFile[];
  readonly dependencies: Manifest["dependencies"];
  readonly blobs: readonly BlobSource[];
  /** Errors and warnings; any error fails the pack. */
  readonly problems: readonly Problem[];
}

export interface MaterialiseOptions {
  /** The platform that the function will run on. */
  readonly platform: Platform;
  readonly registries: Registries;
  readonly cache: string;
  readonly signal?: AbortSignal;
  /** Called once for each artifact that is fetched. */
  readonly onFetch?: (dependency: Dependency) => void;
}

/** A platform, and how new its C library is where that is known. */
export interface TargetPlatform extends Platform {
  /** The target's glibc, `MAJOR.MINOR` such as `2.34`. Absent: native files are not judged by it. */
  readonly glibc?: string;
}

export interface PreflightOptions {
  /** The folder for content-addressed downloads; artifacts unpacked here are kept for `materialise`. Absent: nothing is kept. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

export interface ProfileModule {
  readonly profile: Profile;
  seal(input: SealInput): Promise<Sealed>;
  /** The files that dependencies add, with paths relative to the package root (`function/node_modules/…`). */
  materialise(pkg: OpenPackage, options: MaterialiseOptions): Promise<readonly ContentFile[]>;
  /** Native files that do not fit the platform (E_PLATFORM), before anything is fetched where that can be known. */
  preflight(pkg: OpenPackage, platform: TargetPlatform, options?: PreflightOptions): Promise<readonly Problem[]>;
  /**
   * Whether `dependencies.packages` is what the sealed lock file says. Nothing to say when no lock file is sealed.
   * E_UNPINNED: the manifest lists what the lock file doesn't pin; E_LOCK: it lacks what the lock file demands.
   */
  verifyLock(pkg: OpenPackage): Promise<readonly Problem[]>;
}
