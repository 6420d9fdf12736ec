/** The binding of one package and one configuration: what `Resolved` is made of. */
import type { ZodType } from "zod";
import { digestOf, pointer, sha256, type Digest } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { given, type Cx } from "./cx.ts";
import { bindEnv } from "./env.ts";
import { checkIdentity, checkPolicy } from "./package-rules.ts";
import type { Prepared } from "./prepare.ts";
import { resourcesFor } from "./resources.ts";
import type { Resolved } from "./resolved.ts";
import { readSection } from "./section.ts";
import { checkSignature } from "./signature.ts";
import { readSettings, type Settings } from "./settings.ts";
import { leaves } from "./tree.ts";
import { bindTriggers } from "./triggers.ts";
import { mebibytes, seconds } from "./units.ts";

export interface BindOptions<Section> {
  readonly stage?: string;
  readonly manifest: Manifest;
  readonly packageDigest: Digest;
  readonly adapterConfig?: ZodType<Section>;
  readonly allowPlaintextSecret?: boolean;
  readonly base: string;
}

export const DEFAULT_MEMORY_MIB = 512;
export const DEFAULT_TIMEOUT_SECONDS = 30;

/** Steps 2 to 7, 10 and 11; every problem is reported. Undefined where the function has no usable name. */
export function bind<Section>(cx: Cx, prepared: Prepared, options: BindOptions<Section>): Resolved<Section> | undefined {
  const { manifest, stage } = options;
  const read = readSettings(cx);
  const { settings } = read;
  checkIdentity(cx, settings.package, manifest, options.packageDigest);
  const policies = checkPolicy(cx, settings);
  const resources = resourcesFor(cx, prepared.all);
  const env = bindEnv(cx, { settings, manifest, resources, allowPlaintextSecret: options.allowPlaintextSecret ?? false });
  const minimums = bindMinimums(cx, settings, manifest);
  const triggers = bindTriggers(cx, read, resources);
  checkSignature(cx, triggers, read, manifest);
  const { attach, ingress = "public", egress } = settings.network ?? {};
  const section = readSection(cx, options.adapterConfig);
  if (settings.function === undefined) return undefined;

  const { min, max } = settings.instances ?? {};
  const { logs, tracing } = settings.observability ?? {};
  const binding = {
    target: cx.target,
    ...given("stage", stage),
    deployment: stage === undefined ? settings.function : `${settings.function}-${stage}`,
    function: settings.function,
    ...given("description", settings.description),
    ...env,
    ...minimums,
    ...given("cpu", settings.cpu),
    concurrency: settings.concurrency?.perInstance ?? 1,
    instances: { ...given("min", min), ...given("max", max) },
    architecture: settings.architecture ?? defaultArchitecture(manifest),
    ...given("runtime", settings.runtime),
    triggers,
    network: {
      ingress,
      ...given("egress", egress),
      ...given("attach", attach === undefined ? undefined : resources.ref(attach, "network", ["network", "attach"])),
    },
    ...given("identity", settings.identity?.[cx.target]),
    logs: { level: logs?.level ?? "info", ...given("retentionDays", logs?.retentionDays) },
    ...given("tracing", tracing && { ...given("enabled", tracing.enabled), ...given("sampleRate", tracing.sampleRate) }),
    tags: settings.tags ?? {},
    registries: { ...given("npm", settings.registries?.npm), ...given("allow", settings.registries?.allow) },
    ...policies,
    ...given("endpoint", section.endpoint),
    section: section.section,
    raw: section.raw,
  } as const;
  return {
    ...binding,
    sensitivePointers: sensitivePointers(prepared),
    base: options.base,
    digest: digestOf(hashed(binding, prepared.sensitive)),
    places: prepared.places,
  };
}

/** Step 10. What is unset takes the package's minimum where that is above the default. */
function bindMinimums(cx: Cx, settings: Settings, manifest: Manifest) {
  const least = manifest.requires.resources ?? {};
  const check = (
    key: "memory" | "timeout" | "ephemeralStorage",
    value: number | undefined,
    minimum: number | undefined,
    unit: string,
  ) => {
    if (value === undefined || minimum === undefined || value >= minimum) return;
    cx.report("E_BELOW_MINIMUM", `${key} is ${cx.show([key])}; the package needs at least ${minimum}${unit}`, [key], {
      hint: `Raise it to ${minimum}${unit} or more, or leave it out.`,
    });
  };
  const memory = settings.memory === undefined ? undefined : mebibytes(settings.memory);
  const timeout = settings.timeout === undefined ? undefined : seconds(settings.timeout);
  const storage = settings.ephemeralStorage === undefined ? undefined : mebibytes(settings.ephemeralStorage);
  check("memory", memory, least.memoryMiB, "Mi");
  check("timeout", timeout, least.timeoutSeconds, "s");
  check("ephemeralStorage", storage, least.ephemeralStorageMiB, "Mi");
  return {
    memoryMiB: memory ?? Math.max(DEFAULT_MEMORY_MIB, least.memoryMiB ?? 0),
    timeoutSeconds: timeout ?? Math.max(DEFAULT_TIMEOUT_SECONDS, least.timeoutSeconds ?? 0),
    ...given("ephemeralStorageMiB", storage ?? least.ephemeralStorageMiB),
  };
}

/** x86_64, unless the package takes nothing but arm64. */
function defaultArchitecture({ requires }: Manifest): "x86_64" | "arm64" {
  const platforms = requires.platforms ?? [];
  return platforms.length > 0 && platforms.every(({ architecture }) => architecture === "arm64") ? "arm64" : "x86_64";
}

function sensitivePointers({ tree }: Prepared): string[] {
  return [...leaves(tree)]
    .filter(({ node }) => node.kind === "leaf" && node.sensitive === true)
    .map(({ path }) => pointer(...path));
}

/** The value with everything that came from the environment replaced by its digest. */
function hashed(value: unknown, sensitive: ReadonlySet<string>): unknown {
  if (typeof value === "string") {
    const holds = sensitive.has(value) || [...sensitive].some((part) => part.length >= 4 && value.includes(part));
    return holds ? sha256(value) : value;
  }
  if (typeof value === "number" || typeof value === "boolean")
    return sensitive.has(String(value)) ? sha256(String(value)) : value;
  if (Array.isArray(value)) return value.map((item) => hashed(item, sensitive));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, hashed(child, sensitive)]));
}
