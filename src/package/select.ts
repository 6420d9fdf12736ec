/** Which files of the author's folder are sealed: the built-in rules, `.fnpkgignore`, then `include` and `exclude`. */
import picomatch from "picomatch";

/** Looked for in this order; there must be exactly one. */
export const AUTHOR_FILES = ["function-package.yaml", "function-package.json"] as const;
export const IGNORE_FILE = ".fnpkgignore";

const NEVER_ENTERED = new Set([".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", ".jj", ".fnpkg", "node_modules"]);

/** A folder that holds nothing to be sealed: version control, fnpkg's own, and `node_modules`, which the profile reads. */
export function isEntered(path: string): boolean {
  return !NEVER_ENTERED.has(path.slice(path.lastIndexOf("/") + 1));
}

/** Files that are never sealed, whatever the globs say. */
function isNever(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (NEVER_ENTERED.has(name) && name !== "node_modules") return true;
  return (AUTHOR_FILES as readonly string[]).includes(path) || name.endsWith(".fnpkg") || name.startsWith("function-config.");
}

export type Matcher = (path: string) => boolean;

/** Globs over whole paths: dot files match, and a pattern that names a folder takes all below it. */
export function globs(patterns: readonly string[]): Matcher {
  if (patterns.length === 0) return () => false;
  const clean = patterns.map((pattern) => pattern.replace(/^\.\//, "").replace(/\/+$/, ""));
  if (clean.includes("**")) return () => true;
  return picomatch(
    clean.flatMap((pattern) => [pattern, `${pattern}/**`]),
    { dot: true, nonegate: true },
  );
}

/**
 * `.fnpkgignore`: a glob a line; `#` begins a comment, `!` takes back, a pattern without a slash matches at any depth, a
 * leading slash ties it to the folder, the last line that matches decides.
 */
export function ignored(text: string): Matcher {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const back = line.startsWith("!");
      const pattern = (back ? line.slice(1) : line).replace(/^\\(?=[#!])/, "").replace(/\/+$/, "");
      const tied = pattern.replace(/^\.?\//, "");
      return { back, matches: globs([pattern.includes("/") ? tied : `**/${pattern}`]) };
    });
  return (path) => rules.findLast((rule) => rule.matches(path))?.back === false;
}

export interface Selection {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly ignore?: string | undefined;
  /** With a build nothing is included by itself. */
  readonly build?: boolean;
}

/** Whether a file of the folder is sealed. */
export function selector(selection: Selection): Matcher {
  const included = globs(selection.include ?? (selection.build === true ? [] : ["**"]));
  const excluded = globs(selection.exclude ?? []);
  const byFile = selection.ignore === undefined ? () => false : ignored(selection.ignore);
  return (path) => !isNever(path) && included(path) && !excluded(path) && !byFile(path);
}
