/** Invoke, logs and list. */
import {
  type Cx,
  type Deployed,
  FnpkgError,
  type HttpInvocation,
  type InvocationResult,
  type Operations,
  reasonOf,
  sendOnce,
} from "fnpkg/adapter";
import { ensureHost, exclusive, type LocalClient } from "./client.ts";
import { call, runningHost, type RunningHost } from "./control/admin.ts";
import { readLogs } from "./control/logs.ts";
import { list, readFunction } from "./state/documents.ts";
import { functionPaths } from "./state/paths.ts";

type Context = Cx<LocalClient>;

export const operations: Operations<LocalClient> = {
  async invoke(cx, invocation) {
    const running = await served(cx);
    if (invocation.type === "http") return http(running, invocation, cx.signal);
    const paths = functionPaths(cx.client.paths, cx.deployment);
    const result = (await call(paths, running.host, "POST", "/invoke", invocation.event, cx.signal)) as Omit<
      Extract<InvocationResult, { type: "event" }>,
      "type"
    >;
    return { type: "event", ok: result.ok, failures: result.failures };
  },

  async *logs(cx, options) {
    const paths = functionPaths(cx.client.paths, cx.deployment);
    if ((await readFunction(paths)) === undefined) throw new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} is not deployed`);
    yield* readLogs(paths, { ...options, signal: cx.signal, there: async () => (await readFunction(paths)) !== undefined });
  },

  async list({ client }) {
    const found: Deployed[] = [];
    for (const deployment of await list(client.paths.functions)) {
      const paths = functionPaths(client.paths, deployment);
      const state = await readFunction(paths);
      if (state === undefined) continue;
      const { mark, derivation } = state.document;
      const running = await runningHost(paths).catch(() => undefined);
      const url = running === undefined ? undefined : urlOf(running);
      found.push({
        deployment: mark.deployment,
        package: mark.package,
        ...(derivation === null ? {} : { packageDigest: derivation.packageDigest, configDigest: derivation.configDigest }),
        state: running === undefined ? (state.file === "next" ? "failed" : "stopped") : "ready",
        ...(url === undefined ? {} : { url }),
      });
    }
    return found;
  },
};

/** The running host; one that was killed is started again. */
async function served(cx: Context): Promise<RunningHost> {
  const { client, deployment } = cx;
  const paths = functionPaths(client.paths, deployment);
  const state = await readFunction(paths);
  if (state?.file !== "current") throw new FnpkgError("E_NOT_DEPLOYED", `${deployment} is not deployed`);
  const running = await runningHost(paths);
  return running ?? exclusive(client, deployment, cx, () => ensureHost(client, paths, state, cx));
}

function urlOf({ status }: RunningHost): string | undefined {
  return status.triggers.find(({ url }) => url !== undefined)?.url;
}

async function http(
  running: RunningHost,
  { method, path, headers, body }: HttpInvocation,
  signal: AbortSignal,
): Promise<InvocationResult> {
  const url = urlOf(running);
  if (url === undefined)
    throw new FnpkgError("E_TRIGGER", "the function has no http trigger that answers", {
      hint: "Send it a CloudEvent: `--event FILE`.",
    });
  const answer = await sendOnce(new URL(url), { method, path, headers, body, signal, to: loopback(url) }).catch(
    (cause: unknown) => {
      throw new FnpkgError("E_NETWORK", `${method} ${path} was not answered: ${reasonOf(cause)}`, { cause });
    },
  );
  return { type: "http", ...answer };
}

/** The host's own address, whatever the function's is called. */
function loopback(url: string): URL {
  return Object.assign(new URL(url), { hostname: "127.0.0.1" });
}
