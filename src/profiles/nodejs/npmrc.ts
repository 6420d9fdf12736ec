/** The user's npm settings: registries and credentials, as npm itself finds them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { FnpkgError, reasonOf, wrap } from "../../errors.ts";

export interface NpmSettings {
  /** The default registry; absent: nothing is configured. */
  readonly registry: string | undefined;
  /** `@scope` -> registry. */
  readonly scopes: ReadonlyMap<string, string>;
  /** The `Authorization` header for an address, from the nearest `//host/path/:…` setting. */
  authorization(url: URL): string | undefined;
}

export interface NpmSources {
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder whose `.npmrc` is the project's. Default: the working directory. */
  readonly project?: string;
  /** Default: the user's home folder. */
  readonly home?: string;
}

/**
 * Reads, from the weakest: the user's `.npmrc` (or `NPM_CONFIG_USERCONFIG`), the project's, `npm_config_*` in the environment.
 * `${NAME}` is filled from the environment; a placeholder without a value stays as it is, as in npm.
 * @throws E_IO when a file that is there can't be read.
 */
export async function npmSettings(sources: NpmSources = {}): Promise<NpmSettings> {
  const env = sources.env ?? process.env;
  const fromEnv = envSettings(env);
  const user = fromEnv.get("userconfig") ?? join(sources.home ?? homedir(), ".npmrc");
  const settings = new Map<string, string>();
  for (const file of [user, join(sources.project ?? process.cwd(), ".npmrc")]) {
    for (const [key, value] of parse(await textOf(file), env)) settings.set(key, value);
  }
  for (const [key, value] of fromEnv) settings.set(key, value);

  const scopes = new Map<string, string>();
  for (const [key, value] of settings) {
    const scope = /^(@[^:]+):registry$/.exec(key)?.[1];
    if (scope !== undefined) scopes.set(scope, value);
  }
  return { registry: settings.get("registry"), scopes, authorization: (url) => authorization(settings, url, env["NPM_TOKEN"]) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return "";
    throw wrap(cause, "E_IO", `cannot read ${file}`);
  }
}

/** npm's ini: `key = value`, `;` and `#` comment lines, quotes around a value. Sections and arrays carry nothing we need. */
function* parse(text: string, env: Readonly<Record<string, string | undefined>>): Generator<[string, string]> {
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith(";") || line.startsWith("#") || line.startsWith("[")) continue;
    const equals = line.indexOf("=");
    if (equals < 1) continue;
    const value = line.slice(equals + 1).trim();
    yield [expand(line.slice(0, equals).trim(), env), expand(unquote(value), env)];
  }
}

function unquote(value: string): string {
  return /^"(.*)"$/s.exec(value)?.[1] ?? /^'(.*)'$/s.exec(value)?.[1] ?? value;
}

function expand(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/(\\*)\$\{([^${}?]+)(\?)?\}/g, (whole, escapes: string, name: string, optional: string | undefined) => {
    if (escapes.length % 2 === 1) return whole.slice((escapes.length + 1) / 2);
    return escapes.slice(escapes.length / 2) + (env[name] ?? (optional === undefined ? `\${${name}}` : ""));
  });
}

/** `npm_config_registry`, `NPM_CONFIG_REGISTRY`, `npm_config_//host/:_authToken`. */
function envSettings(env: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === "" || !/^npm_config_/i.test(name)) continue;
    const key = name.slice("npm_config_".length);
    settings.set(key.startsWith("//") || key.startsWith("@") ? key : key.toLowerCase().replaceAll(/(?!^)_/g, "-"), value);
  }
  return settings;
}

/** The longest `//host/path/` that the address begins with decides; `NPM_TOKEN` serves where no setting does. */
function authorization(settings: ReadonlyMap<string, string>, url: URL, token: string | undefined): string | undefined {
  for (let path = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1); path !== "";) {
    for (const base of [`//${url.host}${path}`, `//${url.host}${path.slice(0, -1)}`]) {
      const bearer = settings.get(`${base}:_authToken`);
      if (bearer !== undefined && bearer !== "") return `Bearer ${bearer}`;
      const basic = settings.get(`${base}:_auth`);
      if (basic !== undefined && basic !== "") return `Basic ${basic}`;
      const [user, password] = [settings.get(`${base}:username`), settings.get(`${base}:_password`)];
      if (user !== undefined && password !== undefined) {
        return `Basic ${Buffer.from(`${user}:${Buffer.from(password, "base64").toString("utf8")}`).toString("base64")}`;
      }
    }
    path = path === "/" ? "" : path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
  }
  return token === undefined || token === "" ? undefined : `Bearer ${token}`;
}

/**
 * Asks the user's own npm for its registry; fnpkg has no host of its own to fall back to.
 * @throws E_REGISTRY when npm is not there or names none.
 */
export async function askNpm(env: NpmSources["env"] = process.env, signal?: AbortSignal): Promise<string> {
  const [command, first] = npmCommand(env);
  try {
    const { stdout } = await promisify(execFile)(command, [...first, "config", "get", "registry"], {
      env,
      timeout: 20_000,
      windowsHide: true,
      ...(signal === undefined ? {} : { signal }),
    });
    const registry = stdout.trim();
    if (URL.canParse(registry)) return registry;
    throw new Error(`npm names ${JSON.stringify(registry)}`);
  } catch (cause) {
    if (signal?.aborted === true) throw new FnpkgError("E_INTERRUPTED", "interrupted", { cause });
    throw new FnpkgError("E_REGISTRY", `no npm registry is configured, and npm could not be asked: ${reasonOf(cause)}`, {
      cause,
      hint: "Set `registries.npm` in the configuration, or `registry` in .npmrc.",
    });
  }
}

/** npm is a script on Windows, which can't be started without a shell: its JavaScript can. */
function npmCommand(env: NonNullable<NpmSources["env"]>): [string, string[]] {
  const running = env["npm_execpath"];
  if (running !== undefined && /npm-cli\.c?js$/.test(running) && existsSync(running)) return [process.execPath, [running]];
  const beside = join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js");
  if (process.platform === "win32" && existsSync(beside)) return [process.execPath, [beside]];
  return ["npm", []];
}
