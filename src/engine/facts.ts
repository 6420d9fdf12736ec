/** What of a package and a configuration a target's limits can meet, flat: one fact a value, each with its place. */
import type { Resolved } from "../config/resolved.ts";
import { canonical, pointer, type Json } from "../json.ts";
import type { Manifest } from "../package/manifest.ts";
import { bytes, fact, idText, textOf, type Fact, type FactField, type FactSet } from "./fact.ts";
import { crossFacts, triggerFacts } from "./trigger-facts.ts";

/** Sizes of the code as the target would get it. */
export interface Sizes {
  /** Bytes of the archive. */
  readonly compressed: number;
  /** Bytes of all files. */
  readonly uncompressed: number;
  readonly files: number;
}

/** All facts, in the order of the configuration. */
export function factsOf(manifest: Manifest, sizes: Sizes, resolved: Resolved): FactSet {
  return {
    facts: [
      ...packageFacts(manifest, sizes),
      ...functionFacts(resolved),
      ...variableFacts(manifest, resolved),
      ...networkFacts(resolved),
      ...sectionFacts(resolved.section, ["targets", resolved.target], "section"),
      ...resolved.triggers.flatMap((trigger, index) => triggerFacts(trigger, index, resolved)),
      ...crossFacts(resolved),
    ],
    signature: manifest.signature.type,
    triggers: new Map(resolved.triggers.map((trigger) => [trigger.name, trigger.type])),
  };
}

function packageFacts(manifest: Manifest, sizes: Sizes): Fact[] {
  const fact = (field: FactField, value: Fact["value"], at: string): Fact => ({
    field,
    value,
    pointer: at,
    scope: "",
    document: "package",
  });
  const { signature, requires, entryPoint } = manifest;
  return [
    fact("profile", manifest.profile, "/profile"),
    ...(entryPoint.contract === undefined ? [] : [fact("contract", entryPoint.contract, "/entryPoint/contract")]),
    ...(signature.type === "http" && signature.response !== undefined
      ? [fact("response", signature.response, "/signature/response")]
      : []),
    ...(requires.capabilities ?? []).map((capability, index) =>
      fact("capability", capability, pointer("requires", "capabilities", index)),
    ),
    fact("package.compressed", sizes.compressed, "/files"),
    fact("package.uncompressed", sizes.uncompressed, "/files"),
    fact("package.files", sizes.files, "/files"),
  ];
}

function functionFacts(resolved: Resolved): Fact[] {
  const { instances, logs, tracing } = resolved;
  const facts: (Fact | undefined)[] = [
    fact("deployment", resolved.deployment, "/function"),
    fact("description.length", resolved.description?.length, "/description"),
    fact("memory", resolved.memoryMiB, "/memory"),
    fact("cpu", resolved.cpu, "/cpu"),
    fact("timeout", resolved.timeoutSeconds, "/timeout"),
    fact("ephemeralStorage", resolved.ephemeralStorageMiB, "/ephemeralStorage"),
    fact("concurrency", resolved.concurrency, "/concurrency/perInstance"),
    fact("instances.min", instances.min, "/instances/min"),
    fact("instances.max", instances.max, "/instances/max"),
    fact("architecture", resolved.architecture, "/architecture"),
    fact("identity", resolved.identity, pointer("identity", resolved.target)),
    fact("logs.level", logs.level, "/observability/logs/level"),
    fact("logs.retentionDays", logs.retentionDays, "/observability/logs/retentionDays"),
    fact("tracing", tracing?.enabled, "/observability/tracing/enabled"),
    fact("tracing.sampleRate", tracing?.sampleRate, "/observability/tracing/sampleRate"),
    fact("endpoint", resolved.endpoint, pointer("targets", resolved.target, "endpoint")),
    ...Object.entries(resolved.tags).flatMap(([key, value]) => [
      fact("tag.key", key, pointer("tags", key)),
      fact("tag.value", value, pointer("tags", key)),
    ]),
    fact("tags.count", Object.keys(resolved.tags).length, "/tags"),
    fact("triggers.count", resolved.triggers.length, "/triggers"),
  ];
  return facts.filter((found) => found !== undefined);
}

function variableFacts(manifest: Manifest, resolved: Resolved): Fact[] {
  const { env, secrets, target } = resolved;
  const names = [...Object.keys(env), ...Object.keys(secrets)];
  const facts: (Fact | undefined)[] = [
    ...Object.keys(env).flatMap((name) => [
      fact("env.name", name, variablePointer("env", name, manifest)),
      fact("env.value.bytes", bytes(env[name] ?? ""), variablePointer("env", name, manifest)),
    ]),
    ...Object.entries(secrets).flatMap(([name, binding]) => {
      const at = variablePointer("secrets", name, manifest);
      const scope = `secret ${name}`;
      return [
        fact("env.name", name, at, scope),
        fact("secret.id", idText(binding.ref), pointer("resources", binding.ref.resource, target), scope),
        fact("secret.version", binding.version, `${at}/version`, scope),
        fact("secret.key", binding.key, `${at}/key`, scope),
      ];
    }),
    fact("env.bytes", bytes(JSON.stringify(env)), "/env"),
    fact("env.carried.bytes", bytes(JSON.stringify({ ...env, FNPKG_BINDINGS: carried(resolved) })), "/env"),
    fact("env.count", names.length, "/env"),
  ];
  return facts.filter((found) => found !== undefined);
}

/** What travels in a variable where a target injects neither trigger names nor secrets itself. */
function carried(resolved: Resolved): string {
  const triggers = resolved.triggers.map((trigger) => [
    trigger.name,
    "source" in trigger ? (idText(trigger.source) ?? "") : trigger.type,
  ]);
  const secrets = Object.entries(resolved.secrets).map(([name, { ref, version, key }]) => [
    name,
    idText(ref) ?? "",
    ...(version === undefined && key === undefined ? [] : [version ?? ""]),
    ...(key === undefined ? [] : [key]),
  ]);
  return canonical({
    function: resolved.function,
    level: resolved.logs.level,
    secrets,
    timeout: resolved.timeoutSeconds,
    triggers,
  });
}

/** A service's variables are bound there. */
function variablePointer(map: "env" | "secrets", name: string, manifest: Manifest): string {
  for (const service of manifest.requires.services ?? []) {
    const key = Object.keys(service.keys).find((candidate) => service.keys[candidate]?.env === name);
    if (key !== undefined) return pointer("services", service.name, "keys", key);
  }
  return pointer(map, name);
}

function networkFacts(resolved: Resolved): Fact[] {
  const { ingress, egress, attach } = resolved.network;
  const facts: (Fact | undefined)[] = [
    fact("network.ingress", ingress, "/network/ingress"),
    fact("network.egress", egress, "/network/egress"),
    fact("network.attach", attach?.resource, "/network/attach"),
  ];
  if (attach !== undefined) {
    const at = pointer("resources", attach.resource, resolved.target);
    const { id } = attach;
    if (typeof id === "string") {
      facts.push(fact("network.form", "one string", at), fact("network.attach.id", id, at));
    } else if (typeof id === "object" && id !== null && !Array.isArray(id)) {
      facts.push(fact("network.form", Object.keys(id).sort().join(" and "), at));
      for (const [key, field, count] of parts) {
        const value = (id as { readonly [key: string]: Json })[key];
        const list = Array.isArray(value) ? (value as readonly Json[]) : value === undefined ? [] : [value];
        facts.push(
          ...list.map((item, index) =>
            fact(field, textOf(item), Array.isArray(value) ? `${at}/${key}/${index}` : `${at}/${key}`),
          ),
        );
        if (count !== undefined && value !== undefined) facts.push(fact(count, list.length, `${at}/${key}`));
      }
    }
  }
  return facts.filter((found) => found !== undefined);
}

const parts = [
  ["subnets", "network.subnet", "network.subnets"],
  ["securityGroups", "network.securityGroup", "network.securityGroups"],
  ["network", "network.network", undefined],
  ["subnetwork", "network.subnetwork", undefined],
] as const;

function sectionFacts(value: Json | undefined, path: readonly (string | number)[], field: string): Fact[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [{ field, value, pointer: pointer(...path), scope: "" }];
  return Object.entries(value).flatMap(([key, inner]) =>
    sectionFacts(inner as Json | undefined, [...path, key], `${field}.${key}`),
  );
}
