/** The author's `package.json` and lock file, found and compared. */
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, posix } from "node:path";
import semver from "semver";
import { z } from "zod";
import { type Problem, reasonOf, wrap } from "../../errors.ts";
import { pointer } from "../../json.ts";
import { type Lock, parseLock, resolveFrom, type Wants } from "./lock.ts";
import { parsePnpmLock } from "./lock-pnpm.ts";

const ranges = z.record(z.string(), z.string()).optional();
const schema = z.object({
  dependencies: ranges,
  devDependencies: ranges,
  optionalDependencies: ranges,
  peerDependencies: ranges,
});

/** What `package.json` asks for; empty when there is none. Codes: E_LOCK when it can't be read. */
export async function readWants(folder: string): Promise<{ wants: Wants; problems: Problem[] }> {
  const none: Wants = { dependencies: {}, devDependencies: {}, optionalDependencies: {}, peerDependencies: {} };
  const text = await readText(join(folder, "package.json"));
  if (text === undefined) return { wants: none, problems: [] };
  try {
    const {
      dependencies = {},
      devDependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
    } = schema.parse(JSON.parse(text.replace(/^\uFEFF/, "")));
    return { wants: { dependencies, devDependencies, optionalDependencies, peerDependencies }, problems: [] };
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const message = `package.json can't be read: ${issue?.message ?? reasonOf(cause)}`;
    return {
      wants: none,
      problems: [
        {
          code: "E_LOCK",
          message,
          file: "package.json",
          ...(issue && { pointer: pointer(...issue.path.map(String)) }),
          hint: "Correct package.json.",
        },
      ],
    };
  }
}

/** Whether anything is needed at run time. */
export function asksForPackages(wants: Wants): boolean {
  return [wants.dependencies, wants.optionalDependencies].some((names) => Object.keys(names).length > 0);
}

export interface FoundLock {
  readonly lock?: Lock;
  readonly text: string;
  /** Relative to the author's folder, with `/`; may begin with `../` for a workspace's lock file. */
  readonly path: string;
  readonly problems: readonly Problem[];
}

const NPM_LOCKS = ["npm-shrinkwrap.json", "package-lock.json"];

/**
 * The lock file that the author names, else npm's own; `outside` takes one above the folder and pnpm's, which serve for what
 * is merged into the function.
 * Codes: E_UNPINNED (there is none), E_LOCK (it can't be used).
 */
export async function findLock(
  folder: string,
  named: string | undefined,
  outside: boolean,
): Promise<FoundLock | { problems: readonly Problem[] }> {
  const names = named === undefined ? [...NPM_LOCKS, ...(outside ? ["pnpm-lock.yaml"] : [])] : [named];
  for (const name of names) {
    const path = posix.normalize(name);
    if (isAbsolute(path) || (path.startsWith("../") && !outside)) {
      return {
        problems: [
          {
            code: "E_LOCK",
            message: `the lock file ${path} is not in the function's folder`,
            pointer: "/dependencies/lock",
            hint: "Give the function its own lock file, or merge its libraries with `build`.",
          },
        ],
      };
    }
    const text = await readText(join(folder, path));
    if (text === undefined) continue;
    const kind = posix.basename(path);
    if (kind === "pnpm-lock.yaml" && outside) return { ...parsePnpmLock(text, path), text, path };
    if (kind === "pnpm-lock.yaml" || kind === "yarn.lock")
      return { problems: [foreign(path, text, "E_LOCK", "/dependencies/lock")] };
    return { ...parseLock(text, path), text, path };
  }
  if (named !== undefined) {
    return {
      problems: [
        {
          code: "E_LOCK",
          message: `the lock file ${named} is not there`,
          pointer: "/dependencies/lock",
          hint: "Write it with `npm install --package-lock-only`.",
        },
      ],
    };
  }
  for (const kind of ["pnpm-lock.yaml", "yarn.lock"]) {
    const text = await readText(join(folder, kind));
    if (text !== undefined) return { problems: [foreign(kind, text, "E_UNPINNED")] };
  }
  return {
    problems: [
      {
        code: "E_UNPINNED",
        message: "package.json asks for packages, and no lock file pins them",
        file: "package.json",
        hint: "Write package-lock.json with `npm install --package-lock-only`.",
      },
    ],
  };
}

/** pnpm's and yarn's lock files do not say what a flat node_modules holds; npm's does. */
function foreign(path: string, text: string, code: "E_LOCK" | "E_UNPINNED", at?: string): Problem {
  return {
    code,
    message: `${path} does not say where each package is installed, and package-lock.json is not there`,
    ...(at === undefined ? { file: path } : { pointer: at }),
    hint: wayThrough(path, text),
  };
}

function wayThrough(path: string, text: string): string {
  if (path.endsWith("pnpm-lock.yaml"))
    return "Merge the libraries into the function with `build: { entry: … }`, which reads pnpm-lock.yaml.";
  if (/^__metadata:/m.test(text)) {
    return "Yarn 2 and later pin their own archives, not the registry's bytes: write package-lock.json with `npm install --package-lock-only` (npm resolves anew) and install from it with `npm ci`.";
  }
  return "Write package-lock.json with `npm install --package-lock-only`; npm takes the versions from yarn.lock.";
}

/** Whether a folder is there. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** A file's text, or undefined when it isn't there. @throws E_IO */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw wrap(cause, "E_IO", `cannot read ${path}`);
  }
}

const GROUPS = ["dependencies", "optionalDependencies", "peerDependencies"] as const;

/** Where `package.json` and the lock file disagree on what is needed at run time. Codes: E_LOCK. */
export function disagreements(wants: Wants, lock: Lock): Problem[] {
  const problems: Problem[] = [];
  const add = (group: string, name: string, message: string) =>
    problems.push({
      code: "E_LOCK",
      message,
      file: "package.json",
      pointer: pointer(group, name),
      hint: "Run `npm install`, then pack again.",
    });
  for (const group of GROUPS) {
    for (const [name, range] of Object.entries(wants[group])) {
      const written = [lock.root[group][name], lock.root.optionalDependencies[name]].find((one) => one !== undefined);
      const entry = resolveFrom(lock, "", name);
      if (entry === undefined) {
        if (group === "dependencies" && wants.optionalDependencies[name] === undefined)
          add(group, name, `package.json asks for ${name}@${range}, which ${lock.file} lacks`);
      } else if (written !== undefined && written !== range && !satisfies(entry.version, range)) {
        add(group, name, `package.json asks for ${name}@${range}, and ${lock.file} was made for ${written}`);
      } else if (!entry.link && !satisfies(entry.version, range) && group !== "peerDependencies") {
        add(group, name, `package.json asks for ${name}@${range}, and ${lock.file} has ${entry.version ?? "no version"}`);
      }
    }
    for (const name of Object.keys(lock.root[group])) {
      if (GROUPS.some((one) => Object.hasOwn(wants[one], name))) continue;
      problems.push({
        code: "E_LOCK",
        message: `${lock.file} has ${name} among what is needed at run time, and package.json does not ask for it`,
        file: lock.file,
        pointer: pointer("packages", "", group, name),
        hint: "Run `npm install`, then pack again.",
      });
    }
  }
  return problems;
}

/** Registry ranges are compared; tags, addresses and paths are judged by what they resolved to. */
function satisfies(version: string | undefined, spec: string): boolean {
  const range = spec.startsWith("npm:")
    ? spec.slice(spec.lastIndexOf("@") > "npm:".length ? spec.lastIndexOf("@") + 1 : spec.length)
    : spec;
  if (range === "" || semver.validRange(range, { loose: true }) === null) return true;
  return version !== undefined && semver.satisfies(version, range, { loose: true });
}
