/** Steps 3 to 6 of verification: from the manifest's bytes to a manifest that can be relied on. */
import { z } from "zod";
import { FnpkgError, throwIfAny, type Problem } from "../errors.ts";
import { pointer, sha256, type Digest, type Json, type JsonObject } from "../json.ts";
import { problemsOf } from "../schema.ts";
import { parseCanonical } from "./canonical.ts";
import { keysAt } from "./keys.ts";
import { overLimit, type Limits } from "./limits.ts";
import { entryPoints, manifest as schema, MANIFEST_FILE, SPEC_VERSION, type Manifest, type Profile } from "./manifest.ts";
import { filePathProblems, referenceProblems, rulesOf } from "./rules.ts";

export interface ReadManifest {
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/**
 * Reads `function-package.json`.
 * @throws FnpkgError E_LIMIT, E_CANONICAL, E_KEY, E_SCHEMA, E_SPEC_UNSUPPORTED, E_UNKNOWN_FIELD, E_DIGEST, E_ENV, E_UNPINNED,
 * E_PATH, E_DUPLICATE, E_COLLISION, E_MISSING, E_ENTRY_POINT; one error with every problem of its step.
 */
export function readManifest(bytes: Uint8Array, limits: Limits): ReadManifest {
  if (bytes.byteLength > limits.manifestBytes)
    throw overLimit(`${MANIFEST_FILE} is too large`, `${bytes.byteLength} bytes`, "manifestBytes", limits, MANIFEST_FILE);
  const value = parseCanonical(bytes, MANIFEST_FILE);
  const { manifest, problems } = validateManifest(value, limits);
  throwIfAny(problems, MANIFEST_FILE);
  return { manifest, digest: sha256(bytes), bytes };
}

/** Schema, rules and paths; stops after the first of them that finds a problem. `manifest` holds only without problems. */
function validateManifest(value: Json, limits: Limits): { manifest: Manifest; problems: Problem[] } {
  const version = checkVersion(value);
  const document = version.newer ? withoutIgnorable(value as JsonObject) : value;
  const files = (document as { files?: unknown }).files;
  if (Array.isArray(files) && files.length > limits.entries)
    throw overLimit(`${MANIFEST_FILE} lists too many files`, files.length, "entries", limits, MANIFEST_FILE);
  const manifest = document as unknown as Manifest;
  let problems = shapeProblems(document, MANIFEST_FILE);
  if (problems.length === 0) problems = rulesOf(manifest);
  if (problems.length === 0) problems = filePathProblems(manifest);
  if (problems.length === 0) problems = referenceProblems(manifest);
  return { manifest, problems };
}

/** The same for a manifest that `pack` just made out of files whose paths it has checked. */
export function sealingProblems(manifest: Manifest): Problem[] {
  const shape = shapeProblems({ ...manifest, files: [] } as unknown as Json, MANIFEST_FILE);
  if (shape.length > 0) return shape;
  const rules = rulesOf(manifest);
  return rules.length > 0 ? rules : referenceProblems(manifest);
}

/** What the schema says, with the entry point of the document's own profile. */
function shapeProblems(document: Json, file: string): Problem[] {
  const result = schemaFor((document as { profile?: unknown }).profile).safeParse(document);
  if (result.success) return [];
  return problemsOf(result.error, { file, keysAt: (path) => keysAt(schema, path) }).map(signatureProblem);
}

/** A field of the other signature type is known, but does not belong here. */
export function signatureProblem(problem: Problem): Problem {
  const field = /^\/signature\/(events|batch|response)$/.exec(problem.pointer ?? "")?.[1];
  if (field === undefined || problem.code !== "E_UNKNOWN_FIELD") return problem;
  return {
    ...problem,
    code: "E_SCHEMA",
    message: `signature.${field} is for the type ${field === "response" ? "http" : "cloudevent"} only`,
  };
}

const byProfile = new Map<unknown, z.ZodType>();

function schemaFor(profile: unknown): z.ZodType {
  if (typeof profile !== "string" || !Object.hasOwn(entryPoints, profile)) return schema;
  let found = byProfile.get(profile);
  if (found === undefined) {
    found = schema.extend({ specVersion: z.string(), entryPoint: entryPoints[profile as Profile] });
    byProfile.set(profile, found);
  }
  return found;
}

/**
 * The policy on `specVersion`: another major is refused, a newer minor is read with care.
 * @throws FnpkgError E_SCHEMA, E_SPEC_UNSUPPORTED
 */
export function checkVersion(value: Json, file = MANIFEST_FILE): { newer: boolean } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FnpkgError("E_SCHEMA", `${file} holds no object`, { file, pointer: "" });
  const { kind, specVersion } = value as JsonObject;
  if (kind !== "FunctionPackage")
    throw new FnpkgError("E_SCHEMA", `kind is ${JSON.stringify(kind) ?? "missing"}; expected "FunctionPackage"`, {
      file,
      pointer: "/kind",
    });
  const match = typeof specVersion === "string" ? /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/.exec(specVersion) : null;
  if (match === null) {
    throw new FnpkgError(
      "E_SCHEMA",
      `specVersion is ${JSON.stringify(specVersion) ?? "missing"}; expected a string such as "${SPEC_VERSION}"`,
      {
        file,
        pointer: "/specVersion",
        ...(typeof specVersion === "number" ? { hint: `Quote it: specVersion: "${SPEC_VERSION}".` } : {}),
      },
    );
  }
  const [major, minor] = SPEC_VERSION.split(".").map(Number) as [number, number];
  if (Number(match[1]) !== major)
    throw new FnpkgError(
      "E_SPEC_UNSUPPORTED",
      `specVersion ${specVersion as string} is not supported; this version of fnpkg reads ${major}.x`,
      { file, pointer: "/specVersion" },
    );
  return { newer: Number(match[2]) > minor };
}

/**
 * Of a newer minor's document what 1.0 knows, for the check against the schema: without the unknown fields that
 * `ignorable` names and the annotations that are no strings. Whatever else is unknown stays, and fails.
 */
function withoutIgnorable(document: JsonObject): JsonObject {
  const { ignorable, ...rest } = document;
  const copy = structuredClone(rest) as Record<string, Json>;
  const annotations = copy["annotations"];
  if (typeof annotations === "object" && annotations !== null && !Array.isArray(annotations)) {
    const known = Object.entries(annotations).filter(
      ([key, value]) => schema.shape.annotations.safeParse({ [key]: value }).success,
    );
    copy["annotations"] = Object.fromEntries(known);
  }
  if (ignorable === undefined) return copy;
  if (!Array.isArray(ignorable) || !ignorable.every((entry) => typeof entry === "string" && entry.startsWith("/"))) {
    throw new FnpkgError("E_SCHEMA", "ignorable is a list of JSON pointers", { file: MANIFEST_FILE, pointer: "/ignorable" });
  }
  const result = schemaFor(copy["profile"]).safeParse(copy);
  for (const found of result.error?.issues ?? []) {
    if (found.code !== "unrecognized_keys") continue;
    const parent = found.path.reduce<unknown>((node, part) => (node as Record<PropertyKey, unknown>)[part], copy) as Record<
      string,
      unknown
    >;
    for (const key of found.keys) if (ignorable.includes(pointer(...(found.path as string[]), key))) delete parent[key];
  }
  return copy;
}
