import { messageOf, RuntimeError } from "./errors.ts";
import type { Context } from "./types.ts";

/** A user's handler of whichever form, with its receiver bound. */
export type Handler = (input: unknown, context: Context) => unknown;

export interface EntryPoint {
  /** A URL, an absolute path, or anything else `import()` takes. */
  module: string | URL;
  /** The export's name; dots lead into nested objects. */
  export: string;
  /** What the handler is for: an object with `fetch` is accepted for `http` only. */
  type: "http" | "cloudevent";
}

/**
 * Loads the user's module and picks the handler. Rejects with `E_ENTRY_POINT` when the module or the export isn't
 * there, with `E_HANDLER` when the module throws or the export can't be called.
 */
export async function load(entry: EntryPoint): Promise<Handler> {
  const name = String(entry.module);
  let namespace: object;
  try {
    namespace = (await import(specifier(name))) as object;
  } catch (error) {
    const absent = isAbsent(error);
    throw new RuntimeError(
      absent ? "E_ENTRY_POINT" : "E_HANDLER",
      `the module ${name} ${absent ? "can't be loaded" : "failed to load"}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return pickHandler(namespace, entry);
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || code === "ENOENT";
}

function specifier(name: string): string {
  const windows = /^[A-Za-z]:[\\/]/.test(name);
  if (!windows && !name.startsWith("/")) return name;
  const path = windows ? `/${name.replaceAll("\\", "/")}` : name;
  return `file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

/** Picks the handler out of a module that is loaded already. */
export function pickHandler(namespace: object, entry: EntryPoint): Handler {
  const where = `the export ${entry.export} of ${String(entry.module)}`;
  const found = findExport(namespace, entry.export.split("."), entry.type);
  if (!found) {
    const names = exportNames(namespace);
    throw new RuntimeError(
      "E_ENTRY_POINT",
      `${where} doesn't exist; the module exports ${names.length > 0 ? names.join(", ") : "nothing"}`,
    );
  }
  const handler = bind(found.value, found.self, entry.type);
  if (handler) return handler;
  const wanted = entry.type === "http" ? "a function or an object with fetch" : "a function";
  throw new RuntimeError("E_HANDLER", `${where} is ${kindOf(found.value)}; ${wanted} is needed`);
}

interface Found {
  value: unknown;
  self: unknown;
}

/** Looks in the namespace, then in what a CommonJS module or its transpiled default export holds. */
function findExport(namespace: object, path: string[], type: EntryPoint["type"]): Found | undefined {
  const outer = own(namespace, "default");
  const inner = own(outer, "default");
  let first: Found | undefined;
  for (const root of [namespace, outer, inner]) {
    const found = walk(root, path);
    if (!found) continue;
    if (bind(found.value, found.self, type)) return found;
    first ??= found;
  }
  return first;
}

function walk(root: unknown, path: string[]): Found | undefined {
  let self: unknown;
  let value = root;
  for (const name of path) {
    self = value;
    value = own(self, name);
    if (value === undefined) return undefined;
  }
  return { value, self };
}

/** A member of an object or its class, but nothing that every object has. */
function own(holder: unknown, name: string): unknown {
  if (holder === null || (typeof holder !== "object" && typeof holder !== "function")) return undefined;
  if (!Object.hasOwn(holder, name) && (name in Object.prototype || name in Function.prototype)) {
    return undefined;
  }
  return (holder as Record<string, unknown>)[name];
}

function bind(value: unknown, self: unknown, type: EntryPoint["type"]): Handler | undefined {
  if (typeof value === "function") {
    if (isGenerator(value) || /^class\b/.test(Function.prototype.toString.call(value))) return undefined;
    return (input, context) => Reflect.apply(value, self, [input, context]) as unknown;
  }
  if (type !== "http" || value === null || typeof value !== "object") return undefined;
  const { fetch } = value as { fetch?: unknown };
  if (typeof fetch !== "function" || isGenerator(fetch)) return undefined;
  return (input, context) => Reflect.apply(fetch, value, [input, context.env, context]) as unknown;
}

/** Calling it would run nothing of its body. */
function isGenerator(value: object): boolean {
  return Object.prototype.toString.call(value).endsWith("GeneratorFunction]");
}

function exportNames(namespace: object): string[] {
  const names = new Set(Object.keys(namespace));
  const inner = own(namespace, "default");
  if (inner !== null && typeof inner === "object") for (const name of Object.keys(inner)) names.add(name);
  names.delete("module.exports");
  return [...names];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return isGenerator(value) ? "a generator" : "a class";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
