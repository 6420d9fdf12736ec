/** The data folder, and what the kinds and operations share of one run. */
import { join, resolve } from "node:path";
import { entryUrl, FnpkgError, type Located } from "fnpkg/adapter";
import { codeOfHost, startHost } from "./control/start.ts";
import { runningHost, type RunningHost } from "./control/admin.ts";
import type { Section } from "./config.ts";
import type { Values } from "./host/values.ts";
import type { FunctionProps } from "./resources.ts";
import { fingerprint, type FunctionState, tokenOf } from "./state/documents.ts";
import { removeIfEmpty, sweepPartials } from "./state/files.ts";
import { collectLayouts, sweep, withLayouts } from "./state/layouts.ts";
import { killedLocks, type LockOptions, sweepLocks, withLock } from "./state/lock.ts";
import { functionPaths, type FunctionPaths, type Paths, pathsOf } from "./state/paths.ts";
import { within } from "./translate.ts";

const defaultDataDir = ".fnpkg/local";

export interface LocalClient {
  readonly paths: Paths;
  /** The data folder is our own choice, so it goes with what is in it. */
  readonly ownFolder: boolean;
  /** The host's built code. */
  readonly hostFile: URL;
  /** Its digest. */
  hostCode(): Promise<string>;
  /** Where `env:` secrets come from. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** What this run has seen of each document, so that another's write in between is noticed. */
  readonly revisions: Map<string, string>;
}

export function connect(
  config: Pick<Located<Section>, "base" | "section">,
  environment: LocalClient["environment"] = process.env,
): LocalClient {
  const hostFile = entryUrl(import.meta.url, "./host/main.js");
  let code: Promise<string> | undefined;
  return {
    paths: pathsOf(resolve(within(config.base, config.section.dataDir ?? defaultDataDir))),
    ownFolder: config.section.dataDir === undefined,
    hostFile,
    hostCode: () => (code ??= codeOfHost(hostFile)),
    environment,
    revisions: new Map(),
  };
}

/** One write at a time on a deployment, over all processes. */
export function exclusive<T>(
  client: LocalClient,
  deployment: string,
  options: Omit<LockOptions, "what">,
  work: () => Promise<T>,
): Promise<T> {
  const lock = join(client.paths.locks, `${deployment}.lock`);
  return withLock(lock, { ...options, what: `the deployment ${deployment}` }, async () => {
    const { folder, triggers } = functionPaths(client.paths, deployment);
    for (const one of [folder, triggers]) await sweepPartials(one);
    return work();
  });
}

/**
 * What never stands on disk. `given`: the values of `props.sensitive`, where they are known.
 * @throws E_UNBOUND_ENV when a variable that a secret names is not set; E_NOT_DEPLOYED when a value is not known any more
 */
export function valuesFor(client: LocalClient, props: FunctionProps, given?: FunctionProps["sensitive"]): Values {
  const unknown = given === undefined ? Object.keys(props.sensitive) : [];
  if (unknown.length > 0) {
    throw new FnpkgError(
      "E_NOT_DEPLOYED",
      `the function was stopped, and ${unknown.join(", ")} came from the environment, which is kept in memory alone`,
      {
        hint: "Deploy it again.",
      },
    );
  }
  const secrets: { [variable: string]: string } = {};
  for (const [name, { from }] of Object.entries(props.secrets)) {
    if (!from.startsWith("env:")) continue;
    const variable = from.slice("env:".length);
    const value = client.environment[variable];
    if (value === undefined) {
      throw new FnpkgError("E_UNBOUND_ENV", `the secret of ${name} is the environment variable ${variable}, which is not set`, {
        hint: `Set ${variable} where fnpkg runs.`,
      });
    }
    secrets[variable] = value;
  }
  return { sensitive: given ?? {}, secrets };
}

/** The host, started when it is not there. @throws E_NOT_DEPLOYED */
export async function ensureHost(
  client: LocalClient,
  paths: FunctionPaths,
  state: FunctionState | undefined,
  limits: Pick<LockOptions, "signal" | "deadline">,
): Promise<RunningHost> {
  const running = await runningHost(paths);
  if (running !== undefined) return running;
  if (state?.file !== "current") throw new FnpkgError("E_NOT_DEPLOYED", "the function is not deployed");
  const request = { use: "current", values: valuesFor(client, state.document.props), code: await client.hostCode() } as const;
  await startHost(paths, {
    file: client.hostFile,
    request,
    deadline: limits.deadline,
    ...(limits.signal === undefined ? {} : { signal: limits.signal }),
  });
  const started = await runningHost(paths);
  if (started === undefined)
    throw new FnpkgError("E_HANDLER", "the function's host ended as soon as it had started", { hint: "See the function's log." });
  return started;
}

/** Whether the environment now gives other secrets than those in use. What is not set here is not judged. */
export async function secretsChanged(client: LocalClient, paths: FunctionPaths, { status }: RunningHost): Promise<boolean> {
  const token = await tokenOf(paths);
  return Object.entries(status.secrets).some(([variable, used]) => {
    const value = client.environment[variable];
    return value !== undefined && fingerprint(token, variable, value) !== used;
  });
}

/** Removes what processes that were killed left; true when there was anything. */
export async function clearKilled({ paths }: LocalClient, limits: Omit<LockOptions, "what">): Promise<boolean> {
  const files = await sweep(paths);
  const locked = (await killedLocks(paths.locks)).length > 0;
  // One that was killed in the middle of its work holds its lock until here: the layouts that it no longer needs go before.
  if (files || locked) await withLayouts(paths, limits, () => collectLayouts(paths));
  return (await sweepLocks(paths.locks)) || files || locked;
}

/** Removes the data folder's own folders where nothing is in them. */
export async function tidy({ paths, ownFolder }: LocalClient): Promise<void> {
  for (const folder of [paths.functions, paths.temporary, paths.locks]) await removeIfEmpty(folder);
  if (!ownFolder) return;
  await removeIfEmpty(paths.dataDir);
  await removeIfEmpty(resolve(paths.dataDir, ".."));
}
