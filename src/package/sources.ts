/** From the author's folder to the list of files to be sealed, with everything that is wrong collected. */
import { readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { throwIfAny, wrap, type Problem } from "../errors.ts";
import type { ProfileModule, Registries, Sealed, SourceFile } from "../profiles/profile.ts";
import type { FileState } from "./batch.ts";
import { forbidden } from "./forbidden.ts";
import { sizeOf, type Source } from "./ingest.ts";
import { overLimit, throwIfAborted, type Limits } from "./limits.ts";
import { byUtf8, collisions, pathProblem, prefixFault, shown } from "./paths.ts";
import type { ReadAuthor } from "./read-author.ts";
import { globs, IGNORE_FILE, isEntered, selector } from "./select.ts";
import { statOf, walk } from "./walk.ts";

export interface CollectOptions {
  /** Absolute. */
  readonly folder: string;
  /** Absolute; left out of the walk. */
  readonly out: string;
  readonly read: ReadAuthor;
  readonly profile: ProfileModule;
  readonly cache: string;
  readonly registries: Registries;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

export interface Collected {
  /** Sorted by path. */
  readonly sources: readonly Source[];
  readonly sealed: Sealed;
  readonly warnings: readonly Problem[];
}

/**
 * Walks, selects, lets the profile seal, and checks every path.
 * @throws FnpkgError with every problem: E_PATH, E_ENTRY_TYPE, E_CREDENTIALS, E_COLLISION, E_LIMIT, and the profile's own.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { folder, read, profile, limits, signal } = options;
  const { author, locate } = read;
  const ignore = await readFile(join(folder, IGNORE_FILE), "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw wrap(cause, "E_IO", `${IGNORE_FILE} can't be read`, { file: IGNORE_FILE });
  });
  const selected = selector({ include: author.include, exclude: author.exclude, ignore, build: author.build !== undefined });
  const executable = globs(author.executables ?? []);
  const out = relative(folder, options.out).replaceAll(sep, "/");
  const isOut = (path: string): boolean => path === out;
  const walked = await walk(folder, {
    limits,
    signal,
    enters: (path) => isEntered(path) && !isOut(path),
    takes: (path) => selected(path.normalize("NFC")) && !isOut(path),
  });

  const problems: Problem[] = [...walked.problems, ...(await forbidden(walked.files, author.allow ?? []))];
  const states = new Map<string, FileState>();
  const files: SourceFile[] = walked.files.map((file) => {
    const name = file.path.normalize("NFC");
    if (name !== file.path)
      problems.push({
        code: "E_PATH",
        message: `${shown(name)} lies on disk in another Unicode form; it is sealed in form NFC`,
        file: name,
        severity: "warning",
        hint: "Rename it in form NFC, and refer to it so.",
      });
    states.set(file.disk, file.state);
    return {
      path: `function/${name}`,
      executable: (process.platform !== "win32" && file.executable) || executable(name),
      from: { disk: file.disk },
    };
  });
  problems.push(...pathChecks(files));
  throwIfAny(problems, "the folder can't be sealed");

  throwIfAborted(signal);
  const sealed = await profile.seal({
    folder,
    author,
    files,
    cache: options.cache,
    registries: options.registries,
    ...(signal === undefined ? {} : { signal }),
  });
  const own = new Set(files.map((file) => file.path));
  const added = sealed.files.filter((file) => !own.has(file.path));
  const found = [
    ...problems,
    ...sealed.problems.map((p) => (p.pointer === undefined || p.file !== undefined ? p : locate(p))),
    ...(added.length === 0 ? [] : pathChecks(sealed.files, added)),
  ];
  throwIfAny(found, "the folder can't be sealed");

  const sources: Source[] = sealed.files.map((file) => withState(file, states));
  sources.sort((a, b) => byUtf8(a.path, b.path));
  checkLimits(sources, limits);
  return { sources, sealed, warnings: found };
}

/** Path rules for `checked`, and collisions over all; two spellings of one name on disk are a collision. */
function pathChecks(all: readonly SourceFile[], checked = all): Problem[] {
  const problems: Problem[] = [];
  for (const { path } of checked) {
    const prefix = prefixFault(path);
    const problem =
      pathProblem(path, { file: path }) ??
      (prefix === undefined ? undefined : { code: "E_PATH" as const, message: `the path ${shown(path)} ${prefix}`, file: path });
    if (problem !== undefined) problems.push(problem);
  }
  for (const problem of collisions(all.map((file) => file.path))) problems.push({ ...problem, code: "E_COLLISION" });
  return problems;
}

function withState(file: SourceFile, states: ReadonlyMap<string, FileState>): Source {
  const { path, executable, from } = file;
  if ("bytes" in from) return { path, executable, from };
  const known = states.get(from.disk);
  if (known !== undefined) return { path, executable, from: { disk: from.disk, state: known } };
  const disk = resolve(from.disk);
  const stat = statOf(disk);
  if (!stat.isFile()) throwIfAny([{ code: "E_ENTRY_TYPE", message: `${shown(path)} is no regular file`, file: path }], path);
  const { size, mtimeMs, ctimeMs, ino, dev } = stat;
  return { path, executable, from: { disk, state: { size, mtimeMs, ctimeMs, ino, dev } } };
}

function checkLimits(sources: readonly Source[], limits: Limits): void {
  if (sources.length > limits.entries - 1)
    throw overLimit("the package would hold too many files", sources.length, "entries", limits);
  let total = 0;
  for (const source of sources) {
    const size = sizeOf(source);
    if (size > limits.fileBytes)
      throw overLimit(`${source.path} is too large`, `${size} bytes`, "fileBytes", limits, source.path);
    total += size;
  }
  if (total > limits.totalBytes) throw overLimit("the files together are too large", `${total} bytes`, "totalBytes", limits);
}
