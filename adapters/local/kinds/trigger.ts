/** One trigger of a function: a document that the host follows. */
import { canonical, type Cx, FnpkgError, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import { ensureHost, exclusive, type LocalClient } from "../client.ts";
import { call, failureOf, runningHost, type RunningHost } from "../control/admin.ts";
import { clean } from "../control/leave.ts";
import { stopHost } from "../control/start.ts";
import type { HostStatus } from "../host/requests.ts";
import type { TriggerState } from "../host/triggers.ts";
import type { TriggerProps } from "../resources.ts";
import {
  readFunction,
  readTrigger,
  readTriggers,
  removeTrigger,
  type TriggerDocument,
  writeTrigger,
} from "../state/documents.ts";
import { functionPaths } from "../state/paths.ts";
import { triggerId } from "../translate.ts";

type Context = Cx<LocalClient>;

export const triggerLifecycle: Lifecycle<TriggerProps, LocalClient> = {
  permissions: {},
  volatile: ["url"],
  whole: ["/settings/filter"],

  async find(cx) {
    const paths = functionPaths(cx.client.paths, cx.deployment);
    const documents = (await readTriggers(paths)).filter(({ mark }) => mark.deployment === cx.deployment);
    if (documents.length === 0) return [];
    const running = await runningHost(paths);
    return documents.map((document) => ({ id: triggerId(document.props.trigger), live: liveOf(document, running) }));
  },

  async read(cx, _id, props) {
    const paths = functionPaths(cx.client.paths, cx.deployment);
    const document = await readTrigger(paths, props.trigger);
    return document === undefined ? undefined : liveOf(document, await runningHost(paths));
  },

  create: (cx, id, props) => apply(cx, id, props),
  update: (cx, id, props) => apply(cx, id, props),

  async delete(cx, _id, live) {
    const { client, deployment } = cx;
    const paths = functionPaths(client.paths, deployment);
    const name = live.props.trigger;
    if (name === undefined) return;
    await exclusive(client, deployment, cx, async () => {
      const document = await readTrigger(paths, name);
      if (document === undefined) return;
      // What it holds of others' folders is given back before the last trace of it goes.
      const running = await runningHost(paths);
      if (running === undefined) await stopHost(paths);
      else await call(paths, running.host, "POST", "/reload", { without: name }, cx.signal);
      await clean(paths, deployment, document);
      await removeTrigger(paths, name);
    });
  },
};

async function apply(cx: Context, id: string, props: TriggerProps): Promise<Outputs> {
  const { client, deployment } = cx;
  const paths = functionPaths(client.paths, deployment);
  return exclusive(client, deployment, cx, async () => {
    const state = await readFunction(paths);
    if (state === undefined) throw new FnpkgError("E_NOT_DEPLOYED", `the trigger ${props.trigger} has no function`);
    const before = await readTrigger(paths, props.trigger);
    const mark = { deployment, package: cx.package, resource: id };
    const same =
      before !== undefined && canonical(before.props) === canonical(props) && canonical(before.mark) === canonical(mark);
    if (before !== undefined && !same && sourceOf(before) !== sourceOf({ props })) await leave(cx, before);
    const document = same ? before : await writeTrigger(paths, { mark, props });
    const { host } = await ensureHost(client, paths, state, cx);
    const status = (await call(paths, host, "POST", "/reload", {}, cx.signal)) as HostStatus;
    const found = stateOf(document, status);
    if (found?.state === "active") return outputsOf(found);
    throw failureOf({
      code: (found?.code ?? "E_INTERNAL") as "E_INTERNAL",
      message: found?.message ?? `the host does not know the trigger ${props.trigger}`,
      hint: "Correct it, then deploy again.",
      problems: [],
    });
  });
}

/** Another folder is bound: what was claimed of the former one goes back. */
async function leave(cx: Context, before: TriggerDocument): Promise<void> {
  const paths = functionPaths(cx.client.paths, cx.deployment);
  const running = await runningHost(paths);
  if (running !== undefined) await call(paths, running.host, "POST", "/reload", { without: before.props.trigger }, cx.signal);
  await clean(paths, cx.deployment, before);
}

function sourceOf({ props: { settings } }: Pick<TriggerDocument, "props">): string {
  return "folder" in settings ? `${settings.type} ${settings.folder}` : settings.type;
}

function liveOf(document: TriggerDocument, running: RunningHost | undefined): Live<TriggerProps> {
  const found = running === undefined ? undefined : stateOf(document, running.status);
  return {
    props: document.props,
    outputs: found === undefined ? {} : outputsOf(found),
    mark: document.mark,
    state:
      running === undefined
        ? "stopped"
        : found === undefined
          ? "outdated"
          : found.state === "active"
            ? "ready"
            : (found.message ?? "failed"),
  };
}

function stateOf({ props, revision }: TriggerDocument, { triggers }: HostStatus): TriggerState | undefined {
  return triggers.find((one) => one.name === props.trigger && one.revision === revision);
}

function outputsOf({ url }: TriggerState): Outputs {
  return url === undefined ? {} : { url };
}
