/** What a module exports, by lexing it; nothing is executed. */
import { posix } from "node:path";
import { reasonOf } from "../../errors.ts";
import type { SourceFile } from "../profile.ts";
import { FUNCTION, textOfSource } from "./source.ts";

export type ModuleFormat = "module" | "commonjs";

export type Scan =
  | {
      readonly format: ModuleFormat;
      readonly names: ReadonlySet<string>;
      /** Re-exports whose names can't be read: of packages, of files that aren't there, computed ones. */
      readonly unknown: readonly string[];
      /** The text holds this identifier somewhere; what a lexer misses may still be exported. */
      mentions(name: string): boolean;
      /** CommonJS by its name, ES module by its syntax: Node tells by parsing twice. */
      readonly ambiguous: boolean;
    }
  | { readonly failed: string; readonly line?: number };

/** The files of the function by their path below `function/`. */
export type Files = ReadonlyMap<string, SourceFile>;

/** Scans a module and, through `export *` and re-exporting `require`, its neighbours in the package. */
export async function scanExports(module: string, files: Files): Promise<Scan> {
  const { parse: parseEsm, init } = await import("es-module-lexer");
  const { parse: parseCjs, initSync } = await import("cjs-module-lexer");
  await init();
  initSync();
  const names = new Set<string>();
  const unknown: string[] = [];
  const texts: string[] = [];
  const seen = new Set<string>();

  const scan = async (
    path: string,
  ): Promise<{ format: ModuleFormat; ambiguous: boolean } | { failed: string; line?: number }> => {
    seen.add(path);
    const file = files.get(path);
    if (file === undefined) return { failed: `${path} is not in the package` };
    const text = await textOfSource(file);
    texts.push(text);
    let format = await formatOf(path, files);
    let ambiguous = false;
    try {
      if (format === "commonjs") {
        try {
          const found = parseCjs(text, path);
          for (const name of found.exports) names.add(name);
          names.add("default");
          for (const target of found.reexports) await follow(path, target, [".js", ".cjs", "/index.js"]);
          return { format, ambiguous };
        } catch (cause) {
          if (!isEsmSyntax(cause) || path.endsWith(".cjs")) throw cause;
          [format, ambiguous] = ["module", true];
        }
      }
      const [, exports] = parseEsm(text, path);
      for (const found of exports) {
        if (found.type === "reexport-all") await follow(path, found.from, []);
        else if ("name" in found && typeof found.name === "string") names.add(found.name);
      }
      return { format, ambiguous };
    } catch (cause) {
      const index = typeof (cause as { idx?: unknown }).idx === "number" ? (cause as { idx: number }).idx : undefined;
      const failed = isEsmSyntax(cause) ? "it has ES module syntax and is named .cjs" : `it can't be parsed: ${reasonOf(cause)}`;
      return { failed, ...(index === undefined ? {} : { line: text.slice(0, index).split("\n").length }) };
    }
  };

  /** `export *` never passes on `default`. */
  const follow = async (from: string, target: string, tries: readonly string[]): Promise<void> => {
    const path = target.startsWith(".") ? posix.join(posix.dirname(from), target) : undefined;
    const found = path === undefined ? undefined : ["", ...tries].map((end) => path + end).find((one) => files.has(one));
    if (found === undefined) {
      unknown.push(target);
      return;
    }
    if (seen.has(found)) return;
    const hadDefault = names.has("default");
    const result = await scan(found);
    if (!hadDefault && tries.length === 0) names.delete("default");
    if ("failed" in result) unknown.push(target);
  };

  const result = await scan(module);
  if ("failed" in result) return result;
  return { ...result, names, unknown, mentions: (name) => texts.some((text) => text.includes(name)) };
}

function isEsmSyntax(cause: unknown): boolean {
  return (cause as { code?: unknown }).code === "ERR_LEXER_ESM_SYNTAX";
}

/** Node's rule: the extension, else `type` in the nearest package.json. */
export async function formatOf(path: string, files: Files): Promise<ModuleFormat> {
  if (path.endsWith(".mjs")) return "module";
  if (path.endsWith(".cjs")) return "commonjs";
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const manifest = files.get(folder === "." ? "package.json" : `${folder}/package.json`);
    if (manifest !== undefined) {
      try {
        const json: unknown = JSON.parse(await textOfSource(manifest));
        return (json as { type?: unknown } | null)?.type === "module" ? "module" : "commonjs";
      } catch {
        return "commonjs";
      }
    }
    if (folder === "." || folder === "/") return "commonjs";
  }
}

/** The files below `function/` by their relative path. */
export function filesByPath(files: readonly SourceFile[]): Files {
  return new Map(files.filter(({ path }) => path.startsWith(FUNCTION)).map((file) => [file.path.slice(FUNCTION.length), file]));
}
