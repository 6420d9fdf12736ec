/** An open package: its manifest and the means to read its files, whatever its form. */
import type { Digest } from "../json.ts";
import type { ContentFile } from "./content.ts";
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
  close(): Promise<void>;
}
