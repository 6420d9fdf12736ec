/** Binds environment variables, secrets and services to what the package requires. */
import type { Manifest } from "../package/manifest.ts";
import { didYouMean } from "../schema.ts";
import { given, type Cx } from "./cx.ts";
import { formatExamples, hasFormat, type EnvFormat } from "./formats.ts";
import { isPreallowed, isReserved } from "./env-names.ts";
import type { SecretBinding } from "./resolved.ts";
import type { Resources } from "./resources.ts";
import type { MergedConfig } from "./schema.ts";
import type { Settings } from "./settings.ts";
import { nodeAt, type Path } from "./tree.ts";

export interface EnvBinding {
  readonly env: { readonly [name: string]: string };
  readonly secrets: { readonly [name: string]: SecretBinding };
  readonly sensitive: readonly string[];
}

interface Options {
  readonly settings: Settings;
  readonly manifest: Manifest;
  readonly resources: Resources;
  readonly allowPlaintextSecret: boolean;
}

interface Declared {
  readonly secret: boolean;
  readonly format?: EnvFormat;
}

/** Steps 4 to 7 of the binding; every problem is reported. */
export function bindEnv(cx: Cx, options: Options): EnvBinding {
  const { settings, manifest } = options;
  const declared = declaredNames(manifest);
  const env = new Map<string, string>();
  const secrets = new Map<string, SecretBinding>();
  const sensitive = new Set<string>();
  const bound = new Map<string, Path>();

  /** Claims a name; false when it is taken or reserved. */
  const claim = (name: string, at: Path): boolean => {
    const taken = bound.get(name);
    if (taken !== undefined) {
      cx.report("E_DUPLICATE_BINDING", `the environment variable ${name} is bound twice: here and at ${taken.join(".")}`, at);
      return false;
    }
    bound.set(name, at);
    if (!isReserved(name)) return true;
    cx.report("E_RESERVED_ENV", `the environment variable ${name} is reserved for the platform`, at);
    return false;
  };
  const bindValue = (name: string, value: string, at: Path): void => {
    const wanted = declared.get(name);
    if (cx.sensitive(at)) sensitive.add(name);
    if (wanted?.secret === true) {
      const fromEnv = cx.sensitive(at);
      cx.report(
        "E_PLAINTEXT_SECRET",
        `the package marks ${name} secret; it is bound by a plain value${fromEnv ? " from ${env:…}" : ""}`,
        at,
        {
          ...(options.allowPlaintextSecret ? { severity: "warning" } : {}),
          hint: `Bind ${name} with a reference: { secret: NAME }.`,
        },
      );
      sensitive.add(name);
    }
    if (wanted?.format !== undefined && !hasFormat(value, wanted.format)) {
      const shown = sensitive.has(name) ? "" : `: ${cx.show(at)}`;
      cx.report(
        "E_FORMAT",
        `${name} is declared as ${wanted.format}, ${formatExamples[wanted.format]}; its value is not${shown}`,
        at,
      );
    }
    env.set(name, value);
  };
  const bindSecret = (name: string, binding: NonNullable<MergedConfig["secrets"]>[string], at: Path): void => {
    const ref = options.resources.ref(binding.secret, "secret", [...at, "secret"]);
    secrets.set(name, { ref, ...given("version", binding.version), ...given("key", binding.key) });
  };
  const undeclared = (name: string, at: Path): void => {
    if (declared.has(name) || isReserved(name)) return;
    const severity = settings.undeclaredEnv === "allow" || isPreallowed(name) ? ({ severity: "warning" } as const) : {};
    cx.report(
      "E_UNDECLARED_ENV",
      `the package does not declare the environment variable ${name}${didYouMean(name, declared.keys())}`,
      at,
      severity,
    );
  };

  for (const [name, value] of Object.entries(settings.env ?? {})) {
    const at = ["env", name];
    undeclared(name, at);
    if (claim(name, at)) bindValue(name, value, at);
  }
  for (const [name, binding] of Object.entries(settings.secrets ?? {})) {
    const at = ["secrets", name];
    undeclared(name, at);
    if (claim(name, at)) bindSecret(name, binding, at);
  }
  for (const { env: name, binding, at } of serviceBindings(cx, settings, manifest)) {
    if (!claim(name, at)) continue;
    if ("value" in binding) bindValue(name, binding.value, [...at, "value"]);
    else bindSecret(name, binding, at);
  }
  for (const { name, optional, secret } of manifest.requires.env ?? []) {
    // What is there and malformed has been reported already.
    const there =
      bound.has(name) || nodeAt(cx.tree, ["env", name]) !== undefined || nodeAt(cx.tree, ["secrets", name]) !== undefined;
    if (there || optional === true) continue;
    const place = secret === true ? "secrets" : "env";
    cx.report("E_UNBOUND_ENV", `the package requires the environment variable ${name}, and nothing binds it`, [place, name], {
      hint:
        secret === true ? `Bind it with a reference: secrets: { ${name}: { secret: NAME } }.` : `Bind it: env: { ${name}: "…" }.`,
    });
  }
  return {
    env: Object.fromEntries(env),
    secrets: Object.fromEntries(secrets),
    sensitive: [...sensitive].sort(),
  };
}

function declaredNames(manifest: Manifest): Map<string, Declared> {
  const names = new Map<string, Declared>();
  for (const { name, secret, format } of manifest.requires.env ?? [])
    names.set(name, { secret: secret ?? false, ...given("format", format) });
  for (const { keys } of manifest.requires.services ?? []) {
    for (const { env, secret } of Object.values(keys))
      names.set(env, { ...names.get(env), secret: secret === true || names.get(env)?.secret === true });
  }
  return names;
}

type ServiceBinding = NonNullable<MergedConfig["services"]>[string]["keys"][string];

/** Each bound key of each declared service; reports what is missing and what is not declared. */
function serviceBindings(cx: Cx, settings: Settings, manifest: Manifest): { env: string; binding: ServiceBinding; at: Path }[] {
  const required = manifest.requires.services ?? [];
  const given = settings.services ?? {};
  const names = required.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    cx.report("E_UNKNOWN_FIELD", `the package requires no service "${name}"${didYouMean(name, names)}`, ["services", name], {
      hint: "Remove it or correct its name.",
    });
  }
  return required.flatMap(({ name, optional, keys }) => {
    const service = Object.hasOwn(given, name) ? given[name] : undefined;
    const needed = Object.entries(keys).flatMap(([key, wanted]) => (wanted.optional === true ? [] : [key]));
    if (service === undefined) {
      const malformed = nodeAt(cx.tree, ["services", name]) !== undefined;
      if (optional !== true && !malformed && needed.length > 0) {
        cx.report(
          "E_UNBOUND_SERVICE",
          `the package requires the service "${name}", and nothing binds it; its keys are ${needed.join(", ")}`,
          ["services", name],
        );
      }
      return [];
    }
    for (const key of Object.keys(service.keys)) {
      if (Object.hasOwn(keys, key)) continue;
      cx.report(
        "E_UNKNOWN_FIELD",
        `the service "${name}" has no key "${key}"${didYouMean(key, Object.keys(keys))}`,
        ["services", name, "keys", key],
        {
          hint: "Remove it or correct its name.",
        },
      );
    }
    for (const key of needed) {
      if (Object.hasOwn(service.keys, key)) continue;
      cx.report("E_UNBOUND_SERVICE", `the service "${name}" requires the key "${key}", and nothing binds it`, [
        "services",
        name,
        "keys",
        key,
      ]);
    }
    return Object.entries(keys).flatMap(([key, wanted]) => {
      const binding = Object.hasOwn(service.keys, key) ? service.keys[key] : undefined;
      return binding === undefined ? [] : [{ env: wanted.env, binding, at: ["services", name, "keys", key] }];
    });
  });
}
