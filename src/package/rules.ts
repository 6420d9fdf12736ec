/** What a manifest must be beyond its schema: order, references within the document, the profile's own shape, paths. */
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";
import type { Code, Problem } from "../errors.ts";
import { pointer } from "../json.ts";
import { defaultContract, MANIFEST_FILE, type Dependency, type Manifest } from "./manifest.ts";
import { byUtf8, collisions, pathFault, pathProblem, prefixFault, shown } from "./paths.ts";

type Path = readonly (string | number)[];

function problem(code: Code, message: string, ...path: Path): Problem {
  return { code, message, file: MANIFEST_FILE, pointer: pointer(...path) };
}

/** Everything but paths. */
export function rulesOf(manifest: Manifest): Problem[] {
  return [...entryPointRules(manifest), ...requirementRules(manifest), ...orderRules(manifest), ...dependencyRules(manifest)];
}

/** What the profile's entry point needs, for the author file as well. */
export function entryPointRules({ profile, entryPoint }: Pick<Manifest, "profile" | "entryPoint">): Problem[] {
  const entry = entryPoint as Record<string, unknown>;
  const contract = (entry["contract"] as string | undefined) ?? defaultContract[profile];
  const need = (key: string, when: boolean): Problem[] =>
    when && entry[key] === undefined
      ? [problem("E_SCHEMA", `entryPoint.${key} is missing; a ${profile} ${contract} needs it`, "entryPoint", key)]
      : [];
  switch (profile) {
    case "nodejs":
      return contract === "server" && entry["export"] !== undefined
        ? [problem("E_SCHEMA", "a server has no export: it listens by itself", "entryPoint", "export")]
        : [];
    case "python":
      return need("attribute", contract === "handler");
    case "java":
      return [...need("class", contract === "handler"), ...need("mainClass", contract === "server")];
    default:
      return [];
  }
}

/** What `requires` must say for the profile, for the author file as well. */
export function requirementRules({ profile, requires }: Pick<Manifest, "profile" | "requires">): Problem[] {
  const problems: Problem[] = [];
  if (requires.runtime !== undefined) {
    const named = Object.keys(requires.runtime);
    if (profile === "docker")
      problems.push(
        problem("E_SCHEMA", "the docker profile has no requires.runtime: the image is the runtime", "requires", "runtime"),
      );
    else if (named.length !== 1 || named[0] !== profile)
      problems.push(problem("E_SCHEMA", `requires.runtime has exactly one key, "${profile}"`, "requires", "runtime"));
    const range = requires.runtime.nodejs;
    if (range !== undefined && validRange(range) === null)
      problems.push(
        problem("E_SCHEMA", `${shown(range)} is no range of versions, such as ">=22"`, "requires", "runtime", "nodejs"),
      );
  }
  if (profile === "docker" && requires.platforms === undefined)
    problems.push(problem("E_SCHEMA", "the docker profile needs requires.platforms", "requires", "platforms"));
  for (const list of ["env", "services"] as const) {
    const seen = new Set<string>();
    for (const [index, { name }] of (requires[list] ?? []).entries()) {
      if (seen.has(name))
        problems.push(problem("E_SCHEMA", `requires.${list} names ${name} twice`, "requires", list, index, "name"));
      seen.add(name);
    }
  }
  return problems;
}

function orderRules({ files, dependencies }: Manifest): Problem[] {
  const problems: Problem[] = [];
  for (let i = 1; i < files.length; i++) {
    const [a, b] = [files[i - 1]?.path ?? "", files[i]?.path ?? ""];
    const order = byUtf8(a, b);
    if (order > 0)
      problems.push(problem("E_SCHEMA", `files are not sorted by path: ${shown(b)} follows ${shown(a)}`, "files", i, "path"));
  }
  for (let i = 1; i < dependencies.packages.length; i++) {
    const [a, b] = [dependencies.packages[i - 1] as Dependency, dependencies.packages[i] as Dependency];
    const order = byDependency(a, b);
    if (order > 0)
      problems.push(
        problem("E_SCHEMA", `dependencies are not sorted: ${nameOf(b)} follows ${nameOf(a)}`, "dependencies", "packages", i),
      );
    if (order === 0)
      problems.push(problem("E_SCHEMA", `the dependency ${nameOf(b)} stands in it twice`, "dependencies", "packages", i));
  }
  return problems;
}

/** The order of `dependencies.packages`. */
export function byDependency(a: Dependency, b: Dependency): number {
  return byUtf8(a.ecosystem, b.ecosystem) || byUtf8(a.name, b.name) || byUtf8(a.version, b.version);
}

function nameOf(dependency: Dependency): string {
  return `${dependency.ecosystem} ${dependency.name}@${dependency.version}`;
}

function dependencyRules({ dependencies }: Manifest): Problem[] {
  const problems: Problem[] = [];
  for (const [index, dependency] of dependencies.packages.entries()) {
    const at = ["dependencies", "packages", index, "artifacts"] as const;
    if (dependency.ecosystem === "npm" && valid(dependency.version, { loose: true }) === null)
      problems.push(
        problem("E_UNPINNED", `${shown(nameOf(dependency))} is no one version`, "dependencies", "packages", index, "version"),
      );
    if (dependency.delivery !== "bundled" && dependency.artifacts.length === 0)
      problems.push(problem("E_UNPINNED", `${nameOf(dependency)} names no artifact`, ...at));
    for (const [turn, artifact] of dependency.artifacts.entries()) {
      const fault = artifact.filename.includes("/") ? "holds a slash" : pathFault(artifact.filename);
      if (fault !== undefined)
        problems.push(problem("E_PATH", `the file name ${shown(artifact.filename)} ${fault}`, ...at, turn, "filename"));
      if (artifact.goSum !== undefined && dependency.ecosystem !== "golang")
        problems.push(problem("E_SCHEMA", "goSum is for the golang ecosystem only", ...at, turn, "goSum"));
      const pinned = artifact.digest !== undefined || (artifact.goSum !== undefined && dependency.delivery !== "embedded");
      if (!pinned) problems.push(problem("E_UNPINNED", `${nameOf(dependency)} has an artifact without digest`, ...at, turn));
      if (dependency.delivery === "embedded" && artifact.size === undefined)
        problems.push(problem("E_SCHEMA", "an embedded artifact has a size", ...at, turn, "size"));
    }
  }
  return problems;
}

/** Step 6: path rules over `files`, then collisions. */
export function filePathProblems({ files }: Manifest): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { path }] of files.entries()) {
    const fault = pathFault(path) ?? prefixFault(path);
    if (fault !== undefined) problems.push(problem("E_PATH", `the path ${shown(path)} ${fault}`, "files", index, "path"));
  }
  if (problems.length > 0) return problems;
  return collisions(
    files.map((file) => file.path),
    (_, index) => ({ file: MANIFEST_FILE, pointer: pointer("files", index, "path") }),
  );
}

/** Step 6 for the paths that other fields name: the path rules, and that the file is there. */
export function referenceProblems(manifest: Manifest): Problem[] {
  const named = namedPaths(manifest);
  const problems = named.flatMap(({ path, at }) => pathProblem(path, { file: MANIFEST_FILE, pointer: pointer(...at) }) ?? []);
  if (problems.length > 0) return problems;
  const there = new Set(manifest.files.map((file) => file.path));
  for (const { path, at, code } of named)
    if (!there.has(path)) problems.push(problem(code, `${at.join(".")} names ${shown(path)}, which is not in files`, ...at));
  if (problems.length === 0 && !hasEntry(manifest, there))
    problems.push(problem("E_ENTRY_POINT", "the entry point's file is not in files", "entryPoint"));
  return problems;
}

/** Every path outside `files`, from the package root. */
function namedPaths({ dependencies, sbom, signature, profile, entryPoint }: Manifest): { path: string; at: Path; code: Code }[] {
  const named: { path: string; at: Path; code: Code }[] = [];
  if (profile === "nodejs" && "module" in entryPoint)
    named.push({ path: `function/${entryPoint.module}`, at: ["entryPoint", "module"], code: "E_ENTRY_POINT" });
  if (dependencies.lock !== undefined)
    named.push({ path: dependencies.lock.path, at: ["dependencies", "lock", "path"], code: "E_MISSING" });
  if (sbom !== undefined) named.push({ path: sbom.path, at: ["sbom", "path"], code: "E_MISSING" });
  if (signature.type === "cloudevent") {
    for (const [index, { dataSchema }] of signature.events.entries()) {
      if (dataSchema !== undefined)
        named.push({ path: `function/${dataSchema}`, at: ["signature", "events", index, "dataSchema"], code: "E_MISSING" });
    }
  }
  return named;
}

function hasEntry({ profile, entryPoint }: Manifest, there: ReadonlySet<string>): boolean {
  const under = (prefix: string) => [...there].some((path) => path.startsWith(prefix));
  const entry = entryPoint as { module?: string; package?: string };
  switch (profile) {
    case "nodejs":
      return true;
    case "python": {
      const module = `function/${entry.module?.replaceAll(".", "/") ?? ""}`;
      return there.has(`${module}.py`) || there.has(`${module}/__init__.py`);
    }
    case "docker":
      return there.has("function/Dockerfile");
    default:
      return under("function/");
  }
}
