/** What an open package is. */
import type { Digest } from "../json.ts";
import type { ContentFile } from "./content.ts";
import type { Evidence } from "./evidence.ts";
import type { Deadline, Limits } from "./limits.ts";
import type { Manifest } from "./manifest.ts";

export interface OpenPackage {
  readonly form: "archive" | "folder";
  /** The `.fnpkg` file or the folder. */
  readonly location: string;
  /** The package digest: SHA-256 of the manifest's bytes. */
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  /** The files of `manifest.files`, in that order. */
  readonly files: readonly ContentFile[];
  /** The embedded artifacts by digest. */
  readonly blobs: ReadonlyMap<string, ContentFile>;
  /** Of a folder: what its files were when it was opened. */
  evidence?(): Evidence;
  close(): Promise<void>;
}

/** What both forms need to open. */
export interface Opening {
  readonly limits: Limits;
  readonly deadline: Deadline;
  /** Step 7: called with the manifest, before any file is looked at. */
  identify(found: { readonly digest: Digest; readonly manifest: Manifest }): void;
  readonly signal?: AbortSignal | undefined;
}
