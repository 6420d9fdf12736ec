/** An open package: its manifest and the means to read its files, whatever its form. */
import { stat } from "node:fs/promises";
import { FnpkgError, wrap } from "../errors.ts";
import type { Digest } from "../json.ts";
import { Deadline, limitsOf, type Limits } from "./limits.ts";
import { digest as digestSchema, type Manifest } from "./manifest.ts";
import { openArchive } from "./open-archive.ts";
import { openFolder } from "./open-folder.ts";
import type { Opening, OpenPackage } from "./opened.ts";

export type { OpenPackage };

/** What was asked for; anything else is E_IDENTITY. */
export interface Expected {
  readonly digest?: Digest;
  readonly name?: string;
  readonly version?: string;
}

export interface OpenOptions {
  readonly limits?: Partial<Limits>;
  readonly expect?: Expected;
  readonly signal?: AbortSignal;
}

/**
 * Opens a `.fnpkg` file or a package folder: structure, manifest, identity, and that nothing is missing or extra. Contents
 * are read, and then checked, when they are asked for; `verifyPackage` reads everything.
 * @throws FnpkgError E_NOT_FOUND, E_IO, every code of the archive's structure and of the manifest, E_IDENTITY, E_MISSING,
 * E_EXTRA, E_MODE, E_SIZE, E_LIMIT, E_INTERRUPTED.
 */
export async function openPackage(location: string, options: OpenOptions = {}): Promise<OpenPackage> {
  const limits = limitsOf(options.limits);
  const expect = options.expect ?? {};
  if (expect.digest !== undefined && !digestSchema.safeParse(expect.digest).success) {
    throw new FnpkgError(
      "E_DIGEST",
      `${JSON.stringify(expect.digest)} is not a digest: expected sha256: and 64 lower-case hex digits`,
      { hint: "Give the digest as `fnpkg pack` and `fnpkg inspect` print it." },
    );
  }
  const there = await stat(location).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR")
      throw new FnpkgError("E_NOT_FOUND", `${location} does not exist`, { file: location, cause });
    throw wrap(cause, "E_IO", `${location} can't be read`, { file: location });
  });
  const opening: Opening = {
    limits,
    deadline: new Deadline(limits, options.signal),
    identify: (found) => identify(found, expect),
    signal: options.signal,
  };
  opening.deadline.check();
  try {
    return await (there.isDirectory() ? openFolder(location, opening) : openArchive(location, opening));
  } catch (cause) {
    throw located(cause, location);
  }
}

/** What is wrong with the container as a whole is wrong with the file that was named. */
function located(cause: unknown, location: string): unknown {
  if (!(cause instanceof FnpkgError) || cause.problems.every(({ file }) => file !== undefined)) return cause;
  const problems = cause.problems.map((problem) => ({ ...problem, file: problem.file ?? location }));
  return new FnpkgError(cause.code, cause.message, { problems, hint: cause.hint, cause });
}

function identify({ digest, manifest }: { readonly digest: Digest; readonly manifest: Manifest }, expect: Expected): void {
  const pairs = [
    ["digest", digest, expect.digest],
    ["name", manifest.name, expect.name],
    ["version", manifest.version, expect.version],
  ] as const;
  for (const [what, found, wanted] of pairs) {
    if (wanted !== undefined && found !== wanted) {
      throw new FnpkgError(
        "E_IDENTITY",
        `the package's ${what} is ${found}; asked for was ${wanted}`,
        what === "digest" ? {} : { pointer: `/${what}` },
      );
    }
  }
}
