/** Invoke, logs and list. */
import { request } from "node:http";
import { type Cx, type Deployed, FnpkgError, type HttpInvocation, type InvocationResult, type Operations } from "fnpkg/adapter";
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

function http(
  running: RunningHost,
  { method, path, headers, body }: HttpInvocation,
  signal: AbortSignal,
): Promise<InvocationResult> {
  const url = urlOf(running);
  if (url === undefined)
    throw new FnpkgError("E_TRIGGER", "the function has no http trigger that answers", {
      hint: "Send it a CloudEvent: `--event FILE`.",
    });
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = headers.flat();
  if (!named.has("host")) all.push("host", new URL(url).host);
  if (body !== undefined && !named.has("content-length")) all.push("content-length", String(body.byteLength));
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(new FnpkgError("E_NETWORK", `${method} ${path} was not answered: ${cause.message}`, { cause }));
    const outgoing = request(
      { host: "127.0.0.1", port: new URL(url).port, method, path, headers: all, agent: false, signal },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", failed);
        answer.on("end", () => {
          const pairs: [string, string][] = [];
          for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
            pairs.push([(answer.rawHeaders[i] as string).toLowerCase(), answer.rawHeaders[i + 1] as string]);
          resolve({ type: "http", status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
        });
      },
    );
    outgoing.on("error", failed);
    outgoing.end(body);
  });
}
