/** `build`: esbuild makes the function's files. The same input and the same esbuild give the same bytes, wherever the folder lies. */
import { createRequire, isBuiltin } from "node:module";
import { join, posix, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Esbuild from "esbuild";
import semver from "semver";
import { FnpkgError, type Problem, reasonOf } from "../../errors.ts";
import type { AuthorFile } from "../../package/author.ts";
import type { SourceFile } from "../profile.ts";
import { FUNCTION } from "./source.ts";

export interface Built {
  readonly files: readonly SourceFile[];
  /** The written module, relative to `function/`. */
  readonly module: string;
  /** Package folders, relative to the author's, whose code was merged in: `node_modules/zod`, `../../node_modules/zod`. */
  readonly merged: readonly string[];
  /** Packages that the written code still imports. */
  readonly external: readonly string[];
  readonly problems: readonly Problem[];
}

type BuildOptions = NonNullable<AuthorFile["build"]>;

/** Node's own modules reach CommonJS libraries by `require`, which ES modules don't have. */
const REQUIRE =
  'import { createRequire as __fnpkgCreateRequire } from "node:module";\nconst require = __fnpkgCreateRequire(import.meta.url);';
const FILENAME =
  'import { fileURLToPath as __fnpkgFileURLToPath } from "node:url";\nconst __filename = __fnpkgFileURLToPath(import.meta.url);';
const DIRNAME = 'import { dirname as __fnpkgDirname } from "node:path";\nconst __dirname = __fnpkgDirname(__filename);';

/**
 * Compiles the entry and what it imports into one ES module. `bundle: false` merges the author's own files only and leaves
 * libraries to be delivered. No plugins, no scripts; nothing is written to disk.
 * Codes: E_BUILD with file and line. @throws E_PEER when esbuild is not installed.
 */
export async function build(folder: string, options: BuildOptions, runtime: string | undefined): Promise<Built> {
  const module = outputOf(options.entry);
  const failed = (problems: Problem[]): Built => ({ files: [], module, merged: [], external: [], problems });
  if (posix.isAbsolute(module) || module.startsWith("../") || /^[A-Za-z]:/.test(module)) {
    return failed([
      {
        code: "E_BUILD",
        message: `the entry "${options.entry}" is not in the function's folder`,
        pointer: "/build/entry",
        hint: "Name a source file in the folder.",
      },
    ]);
  }
  const esbuild = await loadEsbuild(folder);
  const run = (banner: string): Promise<Esbuild.BuildResult<{ write: false; metafile: true }>> =>
    esbuild.build({
      absWorkingDir: folder,
      entryPoints: [options.entry],
      outfile: join(folder, ...module.split("/")),
      bundle: true,
      ...(options.bundle === false && { packages: "external" }),
      external: [...(options.external ?? [])],
      minify: options.minify ?? false,
      sourcemap: options.sourcemap === true ? "linked" : false,
      sourcesContent: false,
      platform: "node",
      target: `node${lowestMajor(runtime)}`,
      format: "esm",
      ...(banner !== "" && { banner: { js: banner } }),
      plugins: [],
      write: false,
      metafile: true,
      logLevel: "silent",
    });
  try {
    const first = await run("");
    const banner = bannerFor(first);
    return result(folder, module, banner === "" ? first : await run(banner), options);
  } catch (cause) {
    const errors = (cause as Partial<Esbuild.BuildFailure>).errors;
    if (errors === undefined) throw new FnpkgError("E_BUILD", `esbuild failed: ${reasonOf(cause)}`, { cause, pointer: "/build" });
    return failed(errors.map((error) => problemOf(error)));
  }
}

/** `src/index.ts` -> `src/index.mjs`. */
function outputOf(entry: string): string {
  return posix.normalize(entry.replaceAll("\\", "/")).replace(/\.[^./]+$/, "") + ".mjs";
}

/** Of the range's lowest version; without a range the oldest that fnpkg supports. */
function lowestMajor(range: string | undefined): number {
  if (range === undefined || semver.validRange(range) === null) return 20;
  return Math.max(18, semver.minVersion(range)?.major ?? 20);
}

function bannerFor(made: Esbuild.BuildResult<{ write: false; metafile: true }>): string {
  const text = made.outputFiles.find(({ path }) => path.endsWith(".mjs"))?.text ?? "";
  const dirname = /\b__dirname\b/.test(text);
  return [
    text.includes("Dynamic require of") && REQUIRE,
    (dirname || /\b__filename\b/.test(text)) && FILENAME,
    dirname && DIRNAME,
  ]
    .filter((line) => line !== false)
    .join("\n");
}

function result(
  folder: string,
  module: string,
  made: Esbuild.BuildResult<{ write: false; metafile: true }>,
  options: BuildOptions,
): Built {
  const files = made.outputFiles.map(({ path, contents }): SourceFile => ({
    path: FUNCTION + relative(folder, path).split(sep).join("/"),
    executable: false,
    from: { bytes: contents },
  }));
  const merged = new Set<string>();
  const external = new Set<string>();
  for (const output of Object.values(made.metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const root = /^(?!\(disabled\):)(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
      if (bytesInOutput > 0 && root !== undefined) merged.add(root);
    }
    for (const { path, external: outside } of output.imports) {
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (
        outside === true &&
        name !== undefined &&
        !isBuiltin(path) &&
        !path.startsWith(".") &&
        !path.startsWith("/") &&
        !/^[a-z]+:/.test(path)
      )
        external.add(name);
    }
  }
  for (const name of options.external ?? [])
    if (!name.includes("*") && !isBuiltin(name) && /^(?:@[^/]+\/)?[^./][^/]*$/.test(name)) external.add(name);
  const problems = made.warnings.map((warning): Problem => ({ ...problemOf(warning), severity: "warning" }));
  return { files, module, merged: [...merged].sort(), external: [...external].sort(), problems };
}

function problemOf(message: Esbuild.Message): Problem {
  const { location } = message;
  if (location === null) return { code: "E_BUILD", message: message.text, pointer: "/build/entry" };
  return {
    code: "E_BUILD",
    message: `${location.file}:${location.line}:${location.column + 1}: ${message.text}`,
    file: location.file,
    line: location.line,
    ...hintOf(message),
  };
}

function hintOf(message: Esbuild.Message): { hint?: string } {
  if (/No loader is configured for "\.node"/.test(message.text))
    return { hint: "Native addons can't be merged: name their package under `build.external`." };
  if (message.text.startsWith("Could not resolve"))
    return { hint: "Install the package, correct the path, or name it under `build.external`." };
  return {};
}

/** The author's own esbuild, whose version their lock file pins, before one that lies beside fnpkg. */
async function loadEsbuild(folder: string): Promise<typeof Esbuild> {
  try {
    const own = createRequire(join(folder, "package.json")).resolve("esbuild");
    return ((await import(pathToFileURL(own).href)) as { default: typeof Esbuild }).default;
  } catch (cause) {
    if (!isAbsent(cause))
      throw new FnpkgError("E_PEER", `esbuild can't be loaded: ${reasonOf(cause)}`, {
        cause,
        hint: "Install it anew: `npm i -D esbuild`.",
      });
  }
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new FnpkgError("E_PEER", "`build` needs esbuild, which is not installed", {
      cause,
      pointer: "/build",
      hint: "Install it in the function's folder: `npm i -D esbuild`.",
    });
  }
}

function isAbsent(cause: unknown): boolean {
  return ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(String((cause as NodeJS.ErrnoException).code));
}
