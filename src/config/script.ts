/** Evaluates a configuration written in TypeScript or JavaScript. Only ever a file on this machine that the operator named. */
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Esbuild from "esbuild";
import { FnpkgError, reasonOf, wrap, type Problem } from "../errors.ts";
import type { ConfigContext } from "./define.ts";

/** How long a configuration's own code may take. */
const MAX_SECONDS = 60;

/**
 * The file's default export; a function is called with stage and target.
 * @throws FnpkgError E_SCHEMA when it can't be evaluated, E_TIMEOUT, E_PEER when TypeScript needs esbuild and it is not installed.
 */
export async function evaluate(path: string, file: string, context: ConfigContext): Promise<unknown> {
  const typescript = /\.[mc]?ts$/.test(path);
  const address = (typescript ? await transform(path, file) : undefined) ?? (await versioned(path));
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await settled(import(address), file)) as { readonly default?: unknown };
  } catch (cause) {
    const absent = (cause as { readonly code?: unknown }).code === "ERR_MODULE_NOT_FOUND";
    const bare =
      typescript && address.startsWith("file:")
        ? " Node reads it without esbuild: install esbuild, or name it .mts and use types that can be erased."
        : "";
    const hint = `${absent ? "Install what it imports beside it." : "Correct the configuration's own code."}${bare}`;
    throw wrap(cause, "E_SCHEMA", `${file} can't be evaluated`, { file, hint });
  }
  if (loaded.default === undefined) {
    throw new FnpkgError("E_SCHEMA", `${file} has no default export`, {
      file,
      hint: "End it with `export default defineConfig({ … })`.",
    });
  }
  return call(loaded.default, file, context);
}

/** Calls a configuration's function form; anything else is returned as it is. */
export async function call(exported: unknown, file: string, context: ConfigContext): Promise<unknown> {
  if (typeof exported !== "function") return exported;
  try {
    return await settled((exported as (cx: ConfigContext) => unknown)(Object.freeze({ ...context })), file);
  } catch (cause) {
    const unnamed = context.target === undefined ? " No target was named, so it was called without one." : "";
    throw wrap(cause, "E_SCHEMA", `${file}: the configuration's function failed`, {
      file,
      hint: `Correct the configuration's own code.${unnamed}`,
    });
  }
}

/** Waits no longer than the bound. The timer also keeps the process alive: with nothing else to wait for it would end without a word. */
async function settled(value: unknown, file: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new FnpkgError("E_TIMEOUT", `${file} has not finished within ${MAX_SECONDS} s`, {
          file,
          hint: "Correct the configuration's own code: something it waits for never comes.",
        }),
      );
    }, MAX_SECONDS * 1000);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

function stripsTypes(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

/** The file's address with its content's digest, so that a changed file is read again. */
async function versioned(path: string): Promise<string> {
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  return `${pathToFileURL(path).href}?v=${digest.slice(0, 16)}`;
}

/**
 * The file and what it imports as one module; `fnpkg` itself is the configuration's door only. esbuild reads TypeScript the
 * same in every folder and on every Node; without it Node's own type stripping must do (undefined), or the package is named.
 */
async function transform(path: string, file: string): Promise<string | undefined> {
  let esbuild: typeof Esbuild;
  try {
    esbuild = await import("esbuild");
  } catch (cause) {
    if (stripsTypes()) return undefined;
    throw new FnpkgError("E_PEER", `${file} is TypeScript, and this Node needs the package esbuild to read it`, {
      file,
      hint: "Run `npm install --save-dev esbuild`, or write the configuration as YAML.",
      cause,
    });
  }
  try {
    const built = await esbuild.build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: `node${process.versions.node}`,
      logLevel: "silent",
      define: {
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
        "import.meta.filename": JSON.stringify(path),
        "import.meta.dirname": JSON.stringify(dirname(path)),
      },
      banner: {
        js: `import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(${JSON.stringify(path)});`,
      },
      plugins: [
        {
          name: "fnpkg",
          setup(build) {
            build.onResolve({ filter: /^fnpkg$/ }, () => ({ path: "fnpkg", namespace: "fnpkg" }));
            build.onLoad({ filter: /.*/, namespace: "fnpkg" }, () => ({
              contents: "export const defineConfig = (config) => config;",
            }));
          },
        },
      ],
    });
    return `data:text/javascript;base64,${Buffer.from(built.outputFiles[0]?.contents ?? []).toString("base64")}`;
  } catch (cause) {
    throw unreadable(cause, file);
  }
}

/** esbuild's messages with their lines. */
function unreadable(cause: unknown, file: string): FnpkgError {
  const errors =
    (cause as { readonly errors?: readonly { readonly text: string; readonly location?: { readonly line: number } | null }[] })
      .errors ?? [];
  const problems = errors.map((found): Problem => ({
    code: "E_SCHEMA",
    message: `${file} can't be read: ${found.text}`,
    file,
    hint: "Correct the configuration's own code.",
    ...(found.location ? { line: found.location.line } : {}),
  }));
  const [first] = problems;
  if (first === undefined) return wrap(cause, "E_SCHEMA", `${file} can't be read`, { file });
  return new FnpkgError("E_SCHEMA", first.message || reasonOf(cause), { problems, cause });
}
