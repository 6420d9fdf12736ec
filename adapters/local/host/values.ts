/** The environment of workers: what the configuration binds, secrets resolved, and nothing else of this machine's but a few names. */
import { readFile } from "node:fs/promises";
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import type { FunctionProps, SecretSource } from "../resources.ts";

/** What is never on disk: it comes from who starts the host, and stays in its memory. */
export interface Values {
  /** `props.sensitive`, with their values. */
  readonly sensitive: { readonly [name: string]: string };
  /** The variables that `env:` secrets name. */
  readonly secrets: { readonly [variable: string]: string };
}

const inherited = ["PATH", "HOME", "TMPDIR", "LANG", "TEMP", "TMP", "SystemRoot", "SYSTEMROOT", "USERPROFILE", "PATHEXT"];

/** The few names that a process needs to run. */
export function machineEnv(): { [name: string]: string } {
  const env: { [name: string]: string } = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, LANG: env["LANG"] ?? "C.UTF-8" };
}

/**
 * Everything a worker gets.
 * @throws E_UNBOUND_ENV, E_RESOURCE, E_FORMAT when a secret can't be resolved
 */
export async function workerEnv(props: FunctionProps, values: Values): Promise<{ [name: string]: string }> {
  const env: { [name: string]: string } = { ...machineEnv(), TZ: "UTC", ...props.env };
  for (const name of Object.keys(props.sensitive)) {
    const value = values.sensitive[name];
    if (value === undefined) throw new FnpkgError("E_UNBOUND_ENV", `${name} has no value any more`, { hint: "Deploy it again." });
    env[name] = value;
  }
  for (const [name, source] of Object.entries(props.secrets)) env[name] = await secret(name, source, values);
  return env;
}

/** Shorter values would take harmless words out of messages. */
const shortestHidden = 4;

/** Takes the values of secrets out of what a function says when it fails. */
export function hiding(props: FunctionProps, env: { readonly [name: string]: string }): (text: string) => string {
  const values = [...Object.keys(props.sensitive), ...Object.keys(props.secrets)]
    .map((name) => env[name] ?? "")
    .filter((value) => value.length >= shortestHidden)
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((now, value) => now.replaceAll(value, "***"), text);
}

async function secret(name: string, { from, key }: SecretSource, values: Values): Promise<string> {
  const whole = from.startsWith("file:")
    ? await ofFile(name, from.slice("file:".length))
    : ofVariable(name, from.slice("env:".length), values);
  if (key === null) return whole;
  const member = memberOf(whole, key);
  if (member === undefined)
    throw new FnpkgError("E_FORMAT", `the secret of ${name}, ${from}, is no JSON object with a string or number "${key}"`);
  return member;
}

function ofVariable(name: string, variable: string, { secrets }: Values): string {
  const value = secrets[variable];
  if (value !== undefined) return value;
  throw new FnpkgError("E_UNBOUND_ENV", `the secret of ${name} is the environment variable ${variable}, which is not set`, {
    hint: `Set ${variable} where fnpkg runs.`,
  });
}

async function ofFile(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new FnpkgError("E_RESOURCE", `the secret of ${name} is the file ${file}, which can't be read: ${reasonOf(cause)}`, {
      cause,
      file,
    });
  }
}

function memberOf(text: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    const member = (value as { [name: string]: unknown })[key];
    return typeof member === "string"
      ? member
      : typeof member === "number" || typeof member === "boolean"
        ? String(member)
        : undefined;
  } catch {
    return undefined;
  }
}
