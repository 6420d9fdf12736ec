/** Reads the author file and says everything that is wrong with it at once, each with its line. */
import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FnpkgError, throwIfAny, withHint, wrap, type Problem } from "../errors.ts";
import { pointer, type Json, type JsonObject } from "../json.ts";
import { problemsOf } from "../schema.ts";
import { parseStrict, type StrictDocument } from "../yaml.ts";
import { author, entryPoints, type AuthorFile } from "./author.ts";
import { keysAt } from "./keys.ts";
import { overLimit, type Limits } from "./limits.ts";
import { SPEC_VERSION, type Manifest, type Profile } from "./manifest.ts";
import { pathProblem } from "./paths.ts";
import { checkVersion, signatureProblem } from "./read-manifest.ts";
import { entryPointRules, requirementRules } from "./rules.ts";
import { AUTHOR_FILES } from "./select.ts";

export interface ReadAuthor {
  readonly author: AuthorFile;
  /** Its name in the folder. */
  readonly file: string;
  /** Gives a problem with a pointer into the author file its file and line. */
  locate(problem: Problem): Problem;
}

/**
 * Reads `function-package.yaml` or `.json` from a folder.
 * @throws FnpkgError E_NOT_FOUND, E_USAGE when both are there, E_LIMIT, E_YAML, E_KEY, E_SPEC_UNSUPPORTED, E_SCHEMA,
 * E_UNKNOWN_FIELD, E_ENV, E_PATH: one error with every problem, with file, line and pointer.
 */
export async function readAuthor(folder: string, limits: Limits): Promise<ReadAuthor> {
  const file = await find(folder);
  const path = join(folder, file);
  const size = (await lstat(path)).size;
  if (size > limits.authorBytes) throw overLimit(`${file} is too large`, `${size} bytes`, "authorBytes", limits, file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw wrap(cause, "E_IO", `${path} can't be read`, { file: path });
  });
  return parseAuthor(bytes, file, limits);
}

/** The same from text or bytes. */
export function parseAuthor(text: string | Uint8Array, file: string, limits: Limits): ReadAuthor {
  const document = parseStrict(text, { file, maxBytes: limits.authorBytes });
  const locate = locator(document, file);
  let problems: Problem[];
  try {
    if (checkVersion(document.value, file).newer) {
      throw new FnpkgError(
        "E_SPEC_UNSUPPORTED",
        `specVersion ${(document.value as { specVersion: string }).specVersion} is newer than ${SPEC_VERSION}`,
        { pointer: "/specVersion" },
      );
    }
    problems = shapeProblems(document.value);
  } catch (error) {
    if (!(error instanceof FnpkgError)) throw error;
    // The version's own fault comes first; the rest of the document is still looked at.
    const rest = typeof document.value === "object" && document.value !== null ? shapeProblems(document.value) : [];
    problems = [
      ...error.problems,
      ...rest.filter((p) => p.pointer !== "/specVersion" && p.pointer !== "/kind" && p.pointer !== ""),
    ];
  }
  const value = document.value as unknown as AuthorFile;
  if (problems.length === 0) problems = ruleProblems(value);
  throwIfAny(problems.map(locate), file);
  return { author: value, file, locate };
}

async function find(folder: string): Promise<string> {
  const found: string[] = [];
  for (const name of AUTHOR_FILES) {
    const stat = await lstat(join(folder, name)).catch(() => undefined);
    if (stat === undefined) continue;
    if (!stat.isFile()) throw new FnpkgError("E_ENTRY_TYPE", `${name} is no regular file`, { file: name });
    found.push(name);
  }
  const [first, second] = found;
  if (first === undefined) {
    const there = await lstat(folder).catch(() => undefined);
    if (there === undefined) throw new FnpkgError("E_NOT_FOUND", `${folder} does not exist`, { file: folder });
    if (!there.isDirectory())
      throw new FnpkgError("E_NOT_FOUND", `${folder} is no folder`, {
        file: folder,
        hint: "Name the folder that holds the author file.",
      });
    throw new FnpkgError("E_NOT_FOUND", `${folder} holds no ${AUTHOR_FILES.join(" or ")}`, {
      file: folder,
      hint: "Write one, or let `fnpkg init` write it.",
    });
  }
  if (second !== undefined)
    throw new FnpkgError("E_USAGE", `${folder} holds both ${first} and ${second}`, { file: folder, hint: "Keep one of them." });
  return first;
}

function locator(document: StrictDocument, file: string): (problem: Problem) => Problem {
  return (problem) => {
    if (problem.pointer === undefined) return withHint({ file, ...problem });
    const line = document.locate(problem.pointer)?.line;
    return withHint({ ...problem, file, ...(line === undefined ? {} : { line }) });
  };
}

function shapeProblems(value: Json): Problem[] {
  const result = author.safeParse(value);
  const problems = result.success
    ? []
    : problemsOf(result.error, { keysAt: (path) => keysAt(author, path) })
        .map(signatureProblem)
        .map(sealedHint);
  return [...problems, ...entryPointShape(value as JsonObject)];
}

/** A sealed manifest where an author file belongs is a likely mistake. */
function sealedHint(problem: Problem): Problem {
  return problem.pointer === "/files"
    ? { ...problem, hint: "`files` is written by `fnpkg pack` alone; this looks like a sealed package." }
    : problem;
}

/** The entry point under the schema of its own profile; with a build, what is missing comes from the build. */
function entryPointShape({ profile, entryPoint, build }: JsonObject): Problem[] {
  if (typeof profile !== "string" || !Object.hasOwn(entryPoints, profile)) return [];
  if (entryPoint === undefined) {
    return build !== undefined || profile === "docker"
      ? []
      : [{ code: "E_SCHEMA", message: "entryPoint is missing", pointer: "/entryPoint" }];
  }
  if (typeof entryPoint !== "object" || entryPoint === null || Array.isArray(entryPoint)) return [];
  const schema = entryPoints[profile as Profile];
  const result = (build === undefined ? schema : schema.partial()).safeParse(entryPoint);
  return result.success
    ? []
    : problemsOf(result.error, { base: ["entryPoint"], keysAt: (path) => keysAt(schema, path.slice(1)) });
}

function ruleProblems(value: AuthorFile): Problem[] {
  const { profile, requires, signature, build, sbom } = value;
  const entryPoint = (value.entryPoint ?? {}) as Manifest["entryPoint"];
  const problems: Problem[] = [
    ...(build === undefined ? entryPointRules({ profile, entryPoint }) : []),
    ...requirementRules({ profile, requires }),
  ];
  const paths: [string | undefined, ...(string | number)[]][] = [
    [profile === "nodejs" ? (entryPoint as { module?: string }).module : undefined, "entryPoint", "module"],
    [value.dependencies?.lock, "dependencies", "lock"],
    [build?.entry, "build", "entry"],
    [sbom?.path, "sbom", "path"],
  ];
  if (signature.type === "cloudevent")
    for (const [i, event] of signature.events.entries()) paths.push([event.dataSchema, "signature", "events", i, "dataSchema"]);
  for (const [path, ...at] of paths) {
    const problem = path === undefined ? undefined : pathProblem(path, { pointer: pointer(...at) });
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}
