/**
 * The door for adapter authors: `fnpkg/adapter`. The built-in adapters use nothing else.
 *
 * Types of the contract, the error class, and a few helpers; the schemas of an adapter's own section are zod's.
 */
export type * from "./contract.ts";
export type * from "./config/resolved.ts";
export type { Dependency, Manifest, Profile, Signature } from "./package/manifest.ts";
export { FnpkgError, codes, errorsOf, reasonOf, throwIfAny, withHint, wrap } from "./errors.ts";
export type { Code, ExitStatus, FailureDocument, FnpkgErrorOptions, Problem } from "./errors.ts";
export { byCodeUnit, canonical, digestOf, pointer, pointerToken, sha256 } from "./json.ts";
export type { Digest, Json, JsonObject } from "./json.ts";
export { issue } from "./schema.ts";
export { cronFields, cronList, cronValues } from "./engine/cron-fields.ts";
export type { CronField } from "./engine/cron-fields.ts";
export { factsOf, jsonFile, sealedFiles } from "./engine/entry.ts";
export { limiter, sharedLimiter } from "./engine/limiter.ts";
export { isOurKey, keyPrints, markText, readMark } from "./engine/marks.ts";
export { held } from "./engine/memory.ts";
export { withRaw } from "./engine/raw-patch.ts";
export { isReference } from "./engine/references.ts";
export { addressWith, sendOnce } from "./engine/send-once.ts";
export type { OnceAnswer, OnceRequest } from "./engine/send-once.ts";

/**
 * The address of a built entry file, from the adapter's own `import.meta.url` and a path relative to that module.
 * Adapters that run from TypeScript sources inside this package find the file that the build put under `dist`.
 */
export function entryUrl(importMetaUrl: string, path: string): URL {
  const beside = new URL(path, importMetaUrl);
  const root = new URL("../", import.meta.url).href;
  if (!import.meta.url.endsWith(".ts") || !beside.href.startsWith(root)) return beside;
  const inside = beside.href.slice(root.length);
  return inside.startsWith("dist/") ? beside : new URL(`dist/${inside}`, root);
}
