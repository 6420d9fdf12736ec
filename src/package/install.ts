/** Step 12 of verification: a verified package, unpacked into the cache under its own digest. */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { wrap } from "../errors.ts";
import type { Digest } from "../json.ts";
import { Deadline, limitsOf } from "./limits.ts";
import { openPackage, type OpenOptions } from "./open.ts";
import { cacheFolder, discard, temporaryBeside } from "./store.ts";
import { TreeWriter } from "./tree.ts";
import { verifyPackage } from "./verify.ts";

export interface InstallOptions extends OpenOptions {
  /** Default: `cacheFolder()`. */
  readonly cache?: string;
}

export interface Installed {
  /** `CACHE/packages/sha256/HEX`: the folder form. */
  readonly folder: string;
  readonly digest: Digest;
}

/**
 * Verifies a package while it unpacks it, and lets it appear in the cache by one rename. Two at once end with one folder;
 * what is already there is verified again, and replaced when it is damaged. Nothing is left behind on failure.
 * @throws FnpkgError what `verifyPackage` throws, E_IO.
 */
export async function installToCache(location: string, options: InstallOptions = {}): Promise<Installed> {
  const cache = options.cache ?? cacheFolder();
  const deadline = new Deadline(limitsOf(options.limits), options.signal);
  const pkg = await openPackage(location, options);
  try {
    const folder = join(cache, "packages", ...pkg.digest.split(":"));
    const intact = (): Promise<boolean> =>
      verifyPackage(folder, { ...options, expect: { digest: pkg.digest } }).then(
        () => true,
        () => false,
      );
    const temporary = temporaryBeside(folder);
    try {
      await mkdir(dirname(folder), { recursive: true });
      const tree = new TreeWriter(temporary);
      for (const file of [...pkg.files, ...pkg.blobs.values()]) {
        deadline.check();
        await tree.put(file.path, file.executable, file.read());
      }
      await tree.put("function-package.json", false, [pkg.manifestBytes]);
      if (!(await intact())) {
        await rm(folder, { recursive: true, force: true });
        await rename(temporary, folder).catch(async (cause: unknown) => {
          if (!(await intact())) throw cause;
        });
      }
      return { folder, digest: pkg.digest };
    } catch (cause) {
      throw wrap(cause, "E_IO", `${folder} can't be written`, { file: folder });
    } finally {
      await discard(temporary);
    }
  } finally {
    await pkg.close();
  }
}
