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
      for (let turn = 1; !(await intact()); turn++) {
        await takeAway(folder);
        try {
          await rename(temporary, folder);
          break;
        } catch (cause) {
          // Another process put its own there in between: the next turn looks at that one.
          if (turn === MOST_TURNS) throw cause;
        }
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

/** How often two processes may meet at one folder. */
const MOST_TURNS = 5;

/** Moves a damaged folder aside before it is deleted, so that nobody opens it half gone. */
async function takeAway(folder: string): Promise<void> {
  const aside = temporaryBeside(folder);
  await rename(folder, aside).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
  await rm(aside, { recursive: true, force: true });
}
