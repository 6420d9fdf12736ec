/** The sealed manifest's schema, `function-package.json`, specVersion 1.0. Its bytes' SHA-256 is the package digest. */
import { z } from "zod";
import { isPrototypeKey, issue } from "../schema.ts";

export const MANIFEST_FILE = "function-package.json";
export const SPEC_VERSION = "1.0";

/** OCI digest grammar, the algorithms that are accepted. */
const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const SHA256 = /^sha256:[0-9a-f]{64}$/;
/** One component of the OCI repository grammar. */
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT}){0,3}$`);
/** SemVer 2.0.0 without build metadata. */
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reverse-DNS, such as com.acme.team. */
const ANNOTATION_KEY = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_/-]*[A-Za-z0-9])?)+$/;
const SERVICE_KEY = /^[A-Za-z][A-Za-z0-9._-]*$/;

const text = z.string().min(1);
const count = z.int().nonnegative();
export const digest = z
  .string()
  .refine(
    (s) => DIGEST.test(s),
    issue("E_DIGEST", "not a digest: expected sha256:, sha384: or sha512: and lower-case hex digits"),
  );
export const sha256Digest = z
  .string()
  .refine((s) => SHA256.test(s), issue("E_DIGEST", "not a digest: expected sha256: and 64 lower-case hex digits"));
export const packageName = z
  .string()
  .max(128)
  .regex(NAME, "not a package name: 1 to 4 lower-case segments of the OCI repository grammar, such as acme/thumbnail");
export const packageVersion = z
  .string()
  .max(128)
  .regex(VERSION, "not a version: expected SemVer 2.0.0 without build metadata, such as 1.4.2");
export const envName = z
  .string()
  .refine(
    (s) => ENV_NAME.test(s),
    issue("E_ENV", "not an environment variable's name: letters, digits and underscores, no digit first"),
  );

/** A key of a map: never one that could reach an object's prototype. */
function mapKey(pattern: RegExp, what: string) {
  return z.string().refine((key) => pattern.test(key) && !isPrototypeKey(key), `expected ${what}`);
}

export const profiles = ["nodejs", "python", "java", "go", "docker"] as const;
export type Profile = (typeof profiles)[number];

const module = z.strictObject({ contract: z.enum(["handler", "server"]).optional(), module: text, export: text.optional() });
/** Each profile's entry point; `contract` is left out where it is the profile's default. */
export const entryPoints = {
  nodejs: module,
  python: z.strictObject({
    contract: z.enum(["handler", "server"]).optional(),
    module: text,
    attribute: text.optional(),
    interface: z.enum(["wsgi", "asgi", "function"]).optional(),
  }),
  java: z.strictObject({
    contract: z.enum(["handler", "server"]).optional(),
    class: text.optional(),
    mainClass: text.optional(),
  }),
  go: z.strictObject({ contract: z.literal("server").optional(), package: text }),
  docker: z.strictObject({ contract: z.literal("server").optional(), command: z.array(text).min(1).optional() }),
} as const;

export const defaultContract = { nodejs: "handler", python: "handler", java: "handler", go: "server", docker: "server" } as const;

const eventType = z.strictObject({ type: text, dataSchema: text.optional() });
export const signature = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("http"), response: z.enum(["buffered", "streaming"]).optional() }),
  z.strictObject({ type: z.literal("cloudevent"), events: z.array(eventType).min(1), batch: z.boolean().optional() }),
]);

const file = z.strictObject({ path: text, size: count, digest: sha256Digest, executable: z.literal(true).optional() });

const platform = z.strictObject({
  os: z.enum(["linux", "darwin", "windows"]),
  architecture: z.enum(["amd64", "arm64"]),
  libc: z.enum(["glibc", "musl"]).optional(),
});
const artifact = z.strictObject({
  digest: digest.optional(),
  goSum: z.strictObject({ zip: text.regex(/^h1:/), mod: text.regex(/^h1:/).optional() }).optional(),
  size: count.optional(),
  filename: text,
  url: z.url().optional(),
  platform: z
    .strictObject({ os: text.optional(), architecture: text.optional(), libc: z.enum(["glibc", "musl"]).optional() })
    .optional(),
});
export const ecosystems = ["npm", "pypi", "maven", "golang", "oci"] as const;
const dependency = z.strictObject({
  ecosystem: z.enum(ecosystems),
  name: text,
  version: text,
  purl: text.optional(),
  direct: z.boolean(),
  delivery: z.enum(["embedded", "referenced", "bundled"]),
  artifacts: z.array(artifact),
});

const envRequirement = z.strictObject({
  name: envName,
  optional: z.boolean().optional(),
  secret: z.boolean().optional(),
  format: z.enum(["uri", "integer", "number", "boolean", "json", "email", "hostname"]).optional(),
  description: z.string().optional(),
});
const serviceKey = z.strictObject({ env: envName, secret: z.boolean().optional(), optional: z.boolean().optional() });
const service = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "a service's name: lower-case letters, digits and hyphens"),
  type: text,
  optional: z.boolean().optional(),
  keys: z.record(mapKey(SERVICE_KEY, "letters, digits, dots, hyphens and underscores"), serviceKey),
});
export const requires = z.strictObject({
  runtime: z
    .strictObject({ nodejs: text.optional(), python: text.optional(), java: text.optional(), go: text.optional() })
    .optional(),
  platforms: z.array(platform).min(1).optional(),
  libraries: z.array(z.strictObject({ name: text, version: text.optional(), soname: text.optional() })).optional(),
  env: z.array(envRequirement).optional(),
  services: z.array(service).optional(),
  resources: z
    .strictObject({ memoryMiB: count.optional(), timeoutSeconds: count.optional(), ephemeralStorageMiB: count.optional() })
    .optional(),
  network: z.strictObject({ egress: z.array(text).optional() }).optional(),
  capabilities: z.array(z.enum(["tmp-write", "background-work", "websocket", "child-process"])).optional(),
});

/** What the author file and the manifest share, but for `files` and digests. */
export const common = {
  kind: z.literal("FunctionPackage"),
  specVersion: z.string(),
  name: packageName,
  version: packageVersion,
  profile: z.enum(profiles),
  description: z.string().optional(),
  license: z.string().optional(),
  authors: z.array(z.string()).optional(),
  documentation: z.string().optional(),
  source: z.strictObject({ url: text, revision: text.optional() }).optional(),
  signature,
  requires,
  sbom: z.strictObject({ path: text, format: text }).optional(),
  annotations: z.record(mapKey(ANNOTATION_KEY, "a reverse-DNS name such as com.acme.team"), z.string()).optional(),
} as const;

export const manifest = z.strictObject({
  ...common,
  specVersion: z.literal(SPEC_VERSION),
  entryPoint: z.union([entryPoints.nodejs, entryPoints.python, entryPoints.java, entryPoints.go, entryPoints.docker]),
  files: z.array(file),
  dependencies: z.strictObject({
    lock: z.strictObject({ path: text, format: text }).optional(),
    packages: z.array(dependency),
  }),
});

/** The sealed manifest. Keys and order are the document's; nothing is defaulted. */
export type Manifest = z.infer<typeof manifest>;
export type ManifestFile = Manifest["files"][number];
export type Dependency = Manifest["dependencies"]["packages"][number];
export type Artifact = Dependency["artifacts"][number];
export type Requires = Manifest["requires"];
export type Signature = Manifest["signature"];
export type Platform = z.infer<typeof platform>;
