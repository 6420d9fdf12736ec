/** What `pack` seals for a nodejs function. */
import type { Problem } from "../../errors.ts";
import { errorsOf } from "../../errors.ts";
import { throwIfAborted } from "../../package/limits.ts";
import { byUtf8 } from "../../package/paths.ts";
import type { SealInput, Sealed, SourceFile } from "../profile.ts";
import { build } from "./build.ts";
import { sealBuilt, sealDependencies, type SealedDependencies } from "./dependencies.ts";
import { checkEntry } from "./entry.ts";

/**
 * Entry point, files and dependencies of a nodejs function. Nothing of the function or its dependencies is executed.
 * Codes among the problems: E_ENTRY_POINT, E_BUILD, E_UNPINNED, E_LOCK, E_SCRIPT, E_PLATFORM, E_PATH, E_REGISTRY, E_NETWORK,
 * E_DIGEST, E_SIZE.
 * @throws E_PEER (esbuild is missing), E_IO, E_INTERRUPTED
 */
export async function seal(input: SealInput): Promise<Sealed> {
  throwIfAborted(input.signal);
  return input.author.build === undefined ? sealAsItIs(input) : sealFromBuild(input, input.author.build);
}

async function sealAsItIs(input: SealInput): Promise<Sealed> {
  const entry = await checkEntry(input.author.entryPoint, input.files);
  const dependencies = await sealDependencies(input);
  return sealed(entry.entryPoint, input.files, dependencies, entry.problems);
}

async function sealFromBuild(input: SealInput, options: NonNullable<SealInput["author"]["build"]>): Promise<Sealed> {
  const built = await build(input.folder, options, input.author.requires.runtime?.nodejs);
  if (errorsOf(built.problems).length > 0)
    return {
      entryPoint: { module: built.module },
      files: input.files,
      dependencies: { packages: [] },
      blobs: [],
      problems: built.problems,
    };
  throwIfAborted(input.signal);
  const files = merge(input.files, built.files);
  const entry = await checkEntry(input.author.entryPoint, files, built.module);
  return sealed(entry.entryPoint, files, await sealBuilt(input, built), [...built.problems, ...entry.problems]);
}

function sealed(
  entryPoint: Sealed["entryPoint"],
  files: readonly SourceFile[],
  dependencies: SealedDependencies,
  problems: readonly Problem[],
): Sealed {
  return {
    entryPoint,
    files: merge(files, dependencies.files),
    dependencies: dependencies.dependencies,
    blobs: dependencies.blobs,
    problems: [...problems, ...dependencies.problems],
  };
}

/** Later files stand for earlier ones of the same path. */
function merge(files: readonly SourceFile[], more: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const file of more) byPath.set(file.path, file);
  return [...byPath.values()].sort((a, b) => byUtf8(a.path, b.path));
}
