/** The anchor: the code, its settings, and the process that runs it. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { canonical, type Cx, FnpkgError, type Lifecycle, type Live, type Mark } from "fnpkg/adapter";
import { clearKilled, exclusive, type LocalClient, secretsChanged, tidy, valuesFor } from "../client.ts";
import { call, runningHost, type RunningHost } from "../control/admin.ts";
import { startHost, stopHost } from "../control/start.ts";
import type { HostStatus, ReloadRequest } from "../host/requests.ts";
import type { FunctionProps } from "../resources.ts";
import {
  fingerprint,
  type FunctionDocument,
  type FunctionState,
  type HostDocument,
  newRevision,
  readFunction,
  tokenOf,
  withoutValues,
} from "../state/documents.ts";
import { ioError, readJson, writeJson } from "../state/files.ts";
import { collectLayouts, ensureLayout, isWhole, withLayouts } from "../state/layouts.ts";
import { functionPaths, type FunctionPaths } from "../state/paths.ts";
import { isAlive } from "../state/process.ts";
import { functionId } from "../translate.ts";

type Context = Cx<LocalClient>;

export const functionLifecycle: Lifecycle<FunctionProps, LocalClient> = {
  anchor: true,
  secret: ["/sensitive/*"],
  whole: ["/env", "/sensitive", "/secrets", "/tags"],
  permissions: {},

  async find(cx) {
    const live = await look(cx, undefined);
    // One that was killed at its end has left nothing to do but its traces.
    if ((await clearKilled(cx.client, cx)) && live === undefined) await tidy(cx.client);
    return live?.mark?.deployment === cx.deployment ? [{ id: functionId, live }] : [];
  },
  read: (cx, _id, props) => look(cx, props),
  create: (cx, id, props) => apply(cx, id, props, { adopt: false, creating: true }),
  update: (cx, id, props, live) => apply(cx, id, props, { adopt: live.mark === null, creating: false }),

  async delete(cx) {
    const { client } = cx;
    const paths = functionPaths(client.paths, cx.deployment);
    await exclusive(client, cx.deployment, cx, async () => {
      await stopHost(paths);
      await remove(client, paths);
      await withLayouts(client.paths, cx, () => collectLayouts(client.paths));
    });
    await clearKilled(client, cx);
    await tidy(client);
  },
};

async function look(
  { client, deployment }: Context,
  wanted: FunctionProps | undefined,
): Promise<Live<FunctionProps> | undefined> {
  const paths = functionPaths(client.paths, deployment);
  const state = await readFunction(paths);
  if (state === undefined) return existsSync(paths.folder) ? { props: {}, outputs: {}, mark: null, state: "unknown" } : undefined;
  const { document, file } = state;
  client.revisions.set(deployment, document.revision);
  const running = await runningHost(paths);
  const whole = await isWhole(client.paths, document.props.layout);
  return {
    props: {
      ...document.props,
      layout: whole ? document.props.layout : "",
      sensitive: await values(paths, document.props, wanted),
    },
    outputs: {},
    mark: document.mark,
    ...(document.derivation === null || file === "next" ? {} : { derivation: document.derivation }),
    state: whole ? await standing(client, paths, state, running) : "damaged",
  };
}

async function standing(
  client: LocalClient,
  paths: FunctionPaths,
  { document, file }: FunctionState,
  running: RunningHost | undefined,
): Promise<string> {
  if (running === undefined) {
    const host = await readJson<HostDocument>(paths.host);
    if (host !== undefined && isAlive(host)) return "unresponsive";
    return file === "next" ? "failed" : "stopped";
  }
  if (running.status.revision !== document.revision || running.status.code !== (await client.hostCode())) return "outdated";
  return (await secretsChanged(client, paths, running)) ? "other secrets" : "ready";
}

/** The values that are wanted, where the fingerprints say that they are the ones in use. */
async function values(
  paths: FunctionPaths,
  { sensitive }: FunctionProps,
  wanted: FunctionProps | undefined,
): Promise<FunctionProps["sensitive"]> {
  const token = await tokenOf(paths);
  const entries = Object.entries(sensitive).map(([name, print]) => {
    const value = wanted?.sensitive[name];
    return [name, value !== undefined && fingerprint(token, name, value) === print ? value : print] as const;
  });
  return Object.fromEntries(entries);
}

/** Lays out the code, tries it, and only when the function answers with it makes it what is deployed. */
async function apply(
  cx: Context,
  id: string,
  props: FunctionProps,
  { adopt, creating }: { readonly adopt: boolean; readonly creating: boolean },
): Promise<{}> {
  const { client, deployment, content } = cx;
  if (content === undefined || cx.derivation === undefined)
    throw new FnpkgError("E_INTERNAL", "a function is deployed without code");
  const secrets = valuesFor(client, props, props.sensitive);
  const paths = functionPaths(client.paths, deployment);
  const mark: Mark = { deployment, package: cx.package, resource: id };
  return exclusive(client, deployment, cx, async () => {
    const state = await readFunction(paths);
    refuseForeign(paths, state, mark, adopt);
    await refuseRace(cx, paths, state, props, creating);
    const revision = newRevision();
    const token = state === undefined && !existsSync(paths.folder) ? undefined : await tokenOf(paths);
    await withLayouts(client.paths, cx, async () => {
      const made = await writeNext(client, paths, token, (secret) => ({
        mark,
        derivation: cx.derivation ?? null,
        props: withoutValues(props, secret),
        revision,
      }));
      cx.progress(`writing ${content.entries.length} files`);
      await ensureLayout(client.paths, content, cx.signal);
      return made;
    });
    cx.progress("starting the function");
    try {
      await serve(cx, paths, secrets);
    } catch (cause) {
      // What served before goes on, and the next deploy tries again.
      if (state?.file === "current") await rm(paths.next, { force: true });
      throw cause;
    } finally {
      await withLayouts(client.paths, cx, () => collectLayouts(client.paths));
    }
    client.revisions.set(deployment, revision);
    return {};
  });
}

function refuseForeign(paths: FunctionPaths, state: FunctionState | undefined, mark: Mark, adopt: boolean): void {
  if (adopt) return;
  const found = state?.document.mark;
  if (found === undefined ? !existsSync(paths.folder) : found.deployment === mark.deployment && found.package === mark.package)
    return;
  const whose = found === undefined ? "carries no mark" : `belongs to the package ${found.package}`;
  throw new FnpkgError("E_NOT_OURS", `${paths.folder} ${whose}`, { file: paths.folder });
}

/** Another deploy finished between our look and our write. */
async function refuseRace(
  { client, deployment }: Context,
  paths: FunctionPaths,
  state: FunctionState | undefined,
  props: FunctionProps,
  creating: boolean,
): Promise<void> {
  const seen = client.revisions.get(deployment);
  if (state === undefined || seen === state.document.revision) return;
  if (seen === undefined && (!creating || state.file === "next")) return;
  if (canonical(withoutValues(props, await tokenOf(paths))) === canonical(state.document.props)) return;
  throw new FnpkgError("E_CONFLICT", `another deploy changed ${deployment} at the same time`);
}

/** The first time the whole folder appears at once, so that it is never there without its mark. */
async function writeNext(
  client: LocalClient,
  paths: FunctionPaths,
  token: string | undefined,
  document: (token: string) => FunctionDocument,
): Promise<void> {
  if (token !== undefined) return writeJson(paths.next, document(token));
  const partial = join(client.paths.temporary, `${process.pid}-${randomBytes(6).toString("hex")}`);
  const within = functionPaths({ ...client.paths, functions: partial }, "");
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    await writeJson(within.next, document(await tokenOf(within)));
    await mkdir(client.paths.functions, { recursive: true, mode: 0o700 });
    await rename(partial, paths.folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw ioError(cause, `can't write ${paths.folder}`, paths.folder);
  }
}

/** A host of this fnpkg takes the code over while it serves; another one is replaced. */
async function serve(cx: Context, paths: FunctionPaths, values: ReturnType<typeof valuesFor>): Promise<void> {
  const { client } = cx;
  const code = await client.hostCode();
  const running = await runningHost(paths);
  if (running !== undefined && running.status.code === code) {
    const request: ReloadRequest = { next: true, values };
    (await call(paths, running.host, "POST", "/reload", request, AbortSignal.any([cx.signal, untilDeadline(cx)]))) as HostStatus;
    return;
  }
  await startHost(paths, {
    file: client.hostFile,
    request: { use: "next", values, code },
    signal: cx.signal,
    deadline: cx.deadline,
  });
}

function untilDeadline({ deadline }: Context): AbortSignal {
  return AbortSignal.timeout(Math.max(1, Math.min(deadline - Date.now(), 2 ** 31 - 1)));
}

/** Gone at once for everyone who looks, then file by file. */
async function remove(client: LocalClient, paths: FunctionPaths): Promise<void> {
  if (!existsSync(paths.folder)) return;
  const trash = join(client.paths.temporary, `${process.pid}-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(client.paths.temporary, { recursive: true, mode: 0o700 });
    await rename(paths.folder, trash);
    await rm(trash, { recursive: true, force: true, maxRetries: 3 });
  } catch (cause) {
    throw ioError(cause, `can't remove ${paths.folder}`, paths.folder);
  }
}
