/** Loads a configuration: YAML, JSON, TypeScript, JavaScript, or an object that a program made. */
import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FnpkgError, wrap } from "../errors.ts";
import type { Json } from "../json.ts";
import { MAX_YAML_BYTES, parseStrict } from "../yaml.ts";
import type { ConfigContext, ConfigFunction } from "./define.ts";
import { toJson } from "./document.ts";
import type { FunctionConfig } from "./schema.ts";
import { call, evaluate } from "./script.ts";

/** A configuration as written: parsed, not yet merged or validated. */
export interface LoadedConfig {
  /** As it was named; absent for an object. */
  readonly file?: string;
  /** The folder that relative paths in it start from, absolute. */
  readonly base: string;
  readonly document: Json;
  /** The 1-based line that a JSON pointer was written on; absent for TypeScript and objects. */
  line(pointer: string): number | undefined;
}

export interface LoadOptions extends ConfigContext {
  /** Default: the file's folder; for an object the current one. */
  readonly base?: string;
}

const SCRIPT = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);

/**
 * Reads a configuration. A file's form goes by its name: `.json` is JSON, `.ts` and `.js` (`m` and `c` too) are evaluated,
 * anything else is YAML. A function is called with `{ stage, target }`.
 * @throws FnpkgError E_NOT_FOUND, E_IO, E_YAML, E_KEY, E_LIMIT; E_SCHEMA for what JSON can't hold; E_PEER.
 */
export async function loadConfig(
  source: string | URL | FunctionConfig | ConfigFunction | { readonly [key: string]: unknown },
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  const context: ConfigContext = {
    ...(options.stage === undefined ? {} : { stage: options.stage }),
    ...(options.target === undefined ? {} : { target: options.target }),
  };
  if (typeof source !== "string" && !(source instanceof URL)) {
    const made = await call(source, "the configuration", context);
    return { base: resolve(options.base ?? "."), document: toJson(made), line: () => undefined };
  }
  const file = source instanceof URL ? fileOf(source) : source;
  const path = resolve(file);
  const base = resolve(options.base ?? dirname(path));
  const bytes = await read(path, file);
  if (SCRIPT.has(extname(path))) {
    return { file, base, document: toJson(await evaluate(path, file, context), file), line: () => undefined };
  }
  const { value, locate } = parseStrict(bytes, { file });
  if (extname(path) === ".json") refuseYaml(bytes, file);
  return { file, base, document: value, line: (pointer) => locate(pointer)?.line };
}

function fileOf(address: URL): string {
  if (address.protocol === "file:") return fileURLToPath(address);
  throw new FnpkgError("E_NOT_FOUND", `a configuration is a file on this machine, not ${address.protocol}//…`);
}

async function read(path: string, file: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) {
      throw new FnpkgError("E_NOT_FOUND", `${file} is a folder; a configuration is a file`, {
        file,
        hint: "Name the file in it, such as function-config.yaml.",
      });
    }
    if (info.size > MAX_YAML_BYTES) {
      throw new FnpkgError("E_LIMIT", `${file} has ${info.size} bytes; the limit is ${MAX_YAML_BYTES}`, {
        file,
        hint: "A configuration is at most 1 MiB; keep data in the package.",
      });
    }
    return await readFile(path);
  } catch (cause) {
    const code = (cause as { readonly code?: unknown }).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw new FnpkgError("E_NOT_FOUND", `there is no ${file}`, { file, cause });
    throw wrap(cause, "E_IO", `${file} can't be read`, { file });
  }
}

/** The strict reader takes YAML; a file named `.json` must be JSON. */
function refuseYaml(bytes: Uint8Array, file: string): void {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The reason would quote the text, which may hold a secret.
    throw new FnpkgError("E_YAML", `${file} is YAML, not JSON: comments, trailing commas and bare words are not JSON`, {
      file,
      hint: "Correct it, or name it .yaml.",
    });
  }
}
