/** The whole verify algorithm: everything is read, nothing is executed. */
import { throwIfAny, type Problem } from "../errors.ts";
import type { Digest } from "../json.ts";
import type { ContentFile } from "./content.ts";
import { Deadline, limitsOf } from "./limits.ts";
import { openPackage, type OpenOptions, type OpenPackage } from "./open.ts";

export interface VerifyOptions extends OpenOptions {
  /** Looks at the verified package; its errors fail the verification. Used for checks that need a profile. */
  readonly check?: (pkg: OpenPackage) => Promise<readonly Problem[]>;
}

export interface Verified {
  /** The package digest. */
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  /** How many files, without manifest and blobs. */
  readonly files: number;
  /** Bytes of all files and blobs, uncompressed. */
  readonly bytes: number;
}

/**
 * Verifies a `.fnpkg` file or a package folder: structure, manifest, identity, then every file's and blob's size, digest
 * and executable bit. Stops at the first error.
 * @throws FnpkgError what `openPackage` throws; E_SIZE, E_DIGEST, E_ZIP_MISMATCH, E_CHANGED.
 */
export async function verifyPackage(location: string, options: VerifyOptions = {}): Promise<Verified> {
  const deadline = new Deadline(limitsOf(options.limits), options.signal);
  const pkg = await openPackage(location, options);
  try {
    const bytes = await readAll(pkg, deadline);
    if (options.check !== undefined) throwIfAny(await options.check(pkg), "the package");
    return { digest: pkg.digest, name: pkg.manifest.name, version: pkg.manifest.version, files: pkg.files.length, bytes };
  } finally {
    await pkg.close();
  }
}

const FOLDER_READERS = 8;

/** Reads every file and blob to its end, which is what checks them. @returns the bytes read. */
async function readAll(pkg: OpenPackage, deadline: Deadline): Promise<number> {
  let total = 0;
  const queue = [...pkg.files, ...pkg.blobs.values()].values();
  const failures: { index: number; error: unknown }[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    for (const file of queue) {
      const index = next++;
      try {
        const bytes = await drain(file, deadline);
        total += bytes;
      } catch (error) {
        failures.push({ index, error });
      }
      if (failures.length > 0) return;
    }
  };
  // An archive is read in the order it lies on disk; a folder's files have nothing to do with each other.
  await Promise.all(Array.from({ length: pkg.form === "folder" ? FOLDER_READERS : 1 }, reader));
  const first = failures.sort((a, b) => a.index - b.index)[0];
  if (first !== undefined) throw first.error;
  return total;
}

async function drain(file: ContentFile, deadline: Deadline): Promise<number> {
  let bytes = 0;
  for await (const chunk of file.read()) {
    bytes += chunk.byteLength;
    deadline.check();
  }
  deadline.check();
  return bytes;
}
