/** Where embedded artifacts lie in a package. */
export const BLOBS = "blobs/";

/** Where a blob lies in a package. */
export function blobEntryPath(digest: string): string {
  return BLOBS + digest.replace(":", "/");
}
