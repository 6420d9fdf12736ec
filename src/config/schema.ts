/** The runtime configuration's schema, `function-config.yaml`, specVersion 1.0: what the operator writes. */
import { z } from "zod";
import { digest, envName, packageName } from "../package/manifest.ts";
import { issue } from "../schema.ts";
import { count, duration, envValue, key, positive, resource, size, text } from "./scalars.ts";
import { trigger } from "./trigger-schema.ts";

export type { TriggerInput, TriggerOutput, TriggerType } from "./trigger-schema.ts";

export const secretRef = z.strictObject({
  secret: resource.describe("The secret: the name of an entry of `resources`."),
  version: key(
    z.string({ error: 'a version in quotes, such as "3" or latest' }),
    "The secret's version. Default: latest.",
    "latest",
  ),
  key: key(text, "The member to take when the secret's value is a JSON object. Default: the whole value."),
});

const serviceKey = z.union([
  z.strictObject({ value: envValue.describe("The value. Never for a key that the package marks secret.") }),
  secretRef,
]);

/** One string, or a network's parts. */
const vendorId = z.union([text, z.record(z.string(), z.union([text, z.array(text)]))], {
  error: "expected the target's own id, one string (or, for a network, its parts)",
});

/** An http or https address; plain http for loopback alone. */
export const endpoint = text.refine(
  (s) => isEndpoint(s),
  issue("E_SCHEMA", "not an endpoint: an https address, or an http address of this machine such as http://127.0.0.1:4566"),
);

function isEndpoint(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/** What a stage or an override may change besides the document's identity. */
export const settings = {
  description: key(z.string().max(256), "What the function does, up to 256 characters. Default: nothing."),
  env: key(
    z.record(envName, envValue),
    "Environment variables by name. Values are strings: quote numbers and booleans. Default: none.",
  ),
  undeclaredEnv: key(
    z.enum(["error", "allow"]),
    "What a variable is that the package does not declare: `error`, or `allow` with a warning. Default: error.",
    "error",
  ),
  secrets: key(
    z.record(envName, secretRef),
    "Environment variables that are filled from a secret: a reference, never a value. Default: none.",
  ),
  services: key(
    z.record(
      z.string(),
      z.strictObject({
        keys: z
          .record(z.string(), serviceKey)
          .describe("The service's keys: `{ value: … }`, or a secret's reference `{ secret: … }`."),
      }),
    ),
    "What the package's `requires.services` are bound to, by service name. Default: none.",
  ),
  memory: key(size, "Memory of one instance, in Mi or Gi. Default: 512Mi, or the package's minimum when that is more.", "512Mi"),
  cpu: key(z.number().positive(), "Virtual CPUs of one instance. Default: the target's own for the memory."),
  timeout: key(
    duration,
    "The longest a call may take, in s or m. Default: 30s, or the package's minimum when that is more.",
    "30s",
  ),
  ephemeralStorage: key(
    size,
    "Writable disk of one instance, in Mi or Gi. Default: the package's minimum, else the target's own.",
  ),
  concurrency: key(
    z.strictObject({ perInstance: key(positive, "Calls at a time in one instance, a count. Default: 1.", 1) }),
    "How many calls run at a time.",
  ),
  instances: key(
    z.strictObject({
      min: key(count, "Instances that are kept ready, a count. Default: the target's own."),
      max: key(positive, "Most instances at a time, a count. Default: the target's own."),
    }),
    "How many instances there may be.",
  ),
  architecture: key(
    z.enum(["x86_64", "arm64"]),
    "The processor, one that the package's `requires.platforms` names. Default: x86_64, or arm64 when the package takes nothing else.",
  ),
  runtime: key(
    z.string({ error: 'expected a runtime version in quotes, such as "22"' }).min(1),
    'The language runtime\'s version in quotes, such as "22". Default: the newest that package and target both take.',
  ),
  triggers: key(z.array(trigger), "What calls the function: one http trigger, or any number of event triggers. Default: none."),
  resources: key(
    z.record(z.string(), z.record(z.string(), vendorId).describe("The vendor's own id for each target.")),
    "Names for what exists on the targets: name, target, the vendor's own id. The only place for vendor ids. Default: none.",
  ),
  network: key(
    z.strictObject({
      ingress: key(z.enum(["public", "internal"]), "From where the function can be reached. Default: public.", "public"),
      egress: key(
        z.enum(["all", "private"]),
        "What goes through the attached network: `all` traffic, or to `private` addresses only. Default: the target's own.",
      ),
      attach: key(resource, "The network to attach to: the name of an entry of `resources`. Default: none."),
    }),
    "How the function reaches and is reached.",
  ),
  identity: key(
    z.record(z.string(), text),
    "Whom the function acts as, by target: role ARN, service account email, or identity ARM id. Default: the target's own.",
  ),
  observability: key(
    z.strictObject({
      logs: key(
        z.strictObject({
          level: key(z.enum(["debug", "info", "warn", "error"]), "The least that is logged. Default: info.", "info"),
          retentionDays: key(positive, "How long logs are kept, in days. Default: the target's own."),
        }),
        "Logs.",
      ),
      tracing: key(
        z.strictObject({
          enabled: key(z.boolean(), "Whether the target traces calls. Default: the target's own."),
          sampleRate: key(z.number().min(0).max(1), "The share of calls that is traced, 0 to 1. Default: the target's own."),
        }),
        "Tracing.",
      ),
    }),
    "Logs and traces.",
  ),
  tags: key(
    z.record(z.string(), z.string({ error: "tags are strings: put it in quotes" })),
    "Tags, or labels, that everything made carries. Default: none.",
  ),
  registries: key(
    z.strictObject({
      npm: key(text, "The npm registry's address. Default: what the user's npm is set to."),
      allow: key(z.array(text), "Hosts that an artifact's own address may name besides the registries. Default: none."),
    }),
    "Where dependency artifacts are fetched from.",
  ),
  trust: key(
    z.strictObject({
      keys: z.array(text).describe("Files of public keys (PEM) whose signatures count."),
      threshold: key(positive, "How many different keys must have signed, a count. Default: 1.", 1),
      required: key(z.boolean(), "Whether an unsigned package is refused. Default: true once `keys` is there.", true),
    }),
    "Whose signatures on the package count. Default: none is asked for.",
  ),
  policy: key(
    z.strictObject({
      requireDigest: key(z.boolean(), "Whether `package.digest` must be given. Default: false.", false),
      requireSignature: key(z.boolean(), "Whether the package must be signed. Default: false.", false),
    }),
    "What a stage demands.",
  ),
} as const;

/** After the merge: what one target and one stage come to. */
export const merged = z.strictObject({
  specVersion: z
    .string({ error: 'expected a version in quotes: "1.0"' })
    .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'not a version of the format: expected "1.0"')
    .refine(
      (v) => !/^\d+\.\d+$/.test(v) || v.startsWith("1."),
      issue("E_SPEC_UNSUPPORTED", "this version of fnpkg reads configurations of specVersion 1.x"),
    )
    .describe('The format\'s version, in quotes: "1.0".'),
  kind: z.literal("FunctionConfig").describe("Always `FunctionConfig`."),
  function: z
    .string({ error: quotedName })
    .regex(/^[a-z][a-z0-9-]{0,46}$/, "not a function's name: a lower-case letter, then up to 46 letters, digits and hyphens")
    .describe(
      "The deployed function's name: a lower-case letter, then up to 46 letters, digits and hyphens. A stage's name is added to it.",
    ),
  package: z
    .strictObject({
      name: packageName.describe("The package's name; another package is refused."),
      version: key(text, "The version, exact or a range such as `^1.4`. Default: any."),
      digest: key(digest, "The package digest to pin. Default: not pinned; a stage's policy can demand it."),
    })
    .describe("The package that this configures."),
  ...settings,
});

function quotedName(found: { readonly input?: unknown }): string {
  return found.input === undefined ? "the value is missing" : "expected a string: put it in quotes";
}

/** What every target's section takes besides the adapter's own keys. */
export const targetCommon = {
  endpoint: key(
    endpoint,
    "Another address of the vendor's API: an emulator, a private endpoint. Plain http for this machine only. Default: the vendor's own.",
  ),
  override: key(
    z.record(z.string(), z.unknown()),
    "Settings that differ on this target, a merge patch: `null` deletes, lists replace, triggers merge by name.",
  ),
  raw: key(
    z.record(z.string(), z.unknown()),
    "A merge patch onto the vendor's own request, by resource kind; shown in the plan. For what has no neutral field.",
  ),
} as const;

export const stageName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,15}$/, "not a stage's name: a lower-case letter, then up to 15 letters, digits and hyphens");

/**
 * The document as written. Sections that are merge patches (`override`, `stages`) are open here: `null` deletes in them, so
 * they are checked key by key instead.
 */
export const config = z.strictObject({
  ...merged.shape,
  targets: key(
    z.record(z.string(), z.looseObject(targetCommon)),
    "One section for each target, by adapter name. `local` needs none.",
  ),
  stages: key(
    z.record(stageName, z.looseObject({ targets: z.record(z.string(), z.looseObject({})).optional() })),
    "What differs on each stage, a merge patch by stage name; its `targets` hold what differs on one target. Default: none.",
  ),
});

/** A merge patch of T: every key may be left out, and `null` deletes. Lists replace. */
export type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Patch<T[K]> | null | undefined }
    : T;
export type MergedConfig = z.output<typeof merged>;
export type MergedInput = z.input<typeof merged>;
/** Triggers merge by name; `type: null` removes the named trigger. */
export type SettingsPatch = Patch<Omit<MergedInput, "triggers">> & {
  readonly triggers?: readonly ({ readonly name: string } & { readonly [key: string]: unknown })[] | null;
};
export interface TargetSection {
  readonly endpoint?: string;
  readonly override?: SettingsPatch;
  readonly raw?: { readonly [kind: string]: unknown };
  readonly [key: string]: unknown;
}
/** What the operator writes; also what `defineConfig` takes. */
export type FunctionConfig = MergedInput & {
  readonly targets?: { readonly [target: string]: TargetSection };
  readonly stages?: {
    readonly [stage: string]: SettingsPatch & { readonly targets?: { readonly [target: string]: Patch<TargetSection> } };
  };
};
