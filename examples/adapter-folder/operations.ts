/** What is done with a deployment that is there: here each call is a process of its own. */
import { execFile } from "node:child_process";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cx, type Deployed, FnpkgError, type LogLine, type Operations, wrap } from "fnpkg/adapter";
import { type FolderClient, pathOf, releaseOf } from "./client.ts";
import type { FunctionProps } from "./resources.ts";
import type { Answer, Question } from "./runtime/nodejs.ts";

export const operations: Operations<FolderClient> = {
  async invoke(cx, invocation) {
    if (invocation.type !== "http") throw new FnpkgError("E_CAPABILITY", "folder takes http calls only");
    const main = await cx.client.get(cx.deployment, "function");
    if (main === undefined) throw new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} is not deployed`);
    const route = await findRoute(cx);
    const { method, path, headers, body } = invocation;
    const props = main.props as FunctionProps;
    const question: Question = {
      method,
      path,
      headers,
      body: Buffer.from(body ?? []).toString("base64"),
      route,
      timeoutSeconds: props.timeoutSeconds,
    };
    const { status, headers: answered, body: text } = await call(cx, props, question);
    return { type: "http", status, headers: answered, body: Buffer.from(text, "base64") };
  },

  async *logs(cx, { follow, since = 0, tail = Infinity }) {
    let printed = 0;
    for (;;) {
      const lines = await linesOf(cx);
      const fresh = printed === 0 ? lines.filter(({ time }) => Date.parse(time) >= since).slice(-tail) : lines.slice(printed);
      yield* fresh;
      printed = lines.length;
      if (!follow || cx.signal.aborted) return;
      await new Promise((done) => setTimeout(done, 100));
    }
  },

  async list({ client }) {
    const found: Deployed[] = [];
    for (const deployment of await client.deployments()) {
      const main = await client.get(deployment, "function");
      if (main === undefined || main.mark === null) continue;
      const { packageDigest, configDigest } = main.derivation ?? {};
      found.push({
        deployment,
        package: main.mark.package,
        state: "ready",
        ...(packageDigest === undefined ? {} : { packageDigest }),
        ...(configDigest === undefined ? {} : { configDigest }),
      });
    }
    return found;
  },

  purge: (cx) => cx.client.remove(cx.deployment),
};

async function findRoute(cx: Cx<FolderClient>): Promise<Question["route"]> {
  const ids = await cx.client.ids(cx.deployment);
  const id = ids.find((name) => name.startsWith("route-"));
  const { path, methods } = ((id && (await cx.client.get(cx.deployment, id))?.props) ?? {}) as {
    path?: string;
    methods?: string[];
  };
  return { path: path ?? "/{rest*}", methods: methods ?? [] };
}

async function call(cx: Cx<FolderClient>, { code, env }: FunctionProps, question: Question): Promise<Answer> {
  const entry = join(pathOf(cx.client, cx.deployment, "releases", releaseOf(code)), "index.mjs");
  const running = promisify(execFile)(process.execPath, [entry], {
    env: { ...env },
    signal: cx.signal,
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.end(JSON.stringify(question));
  try {
    const { stdout, stderr } = await running;
    await appendFile(pathOf(cx.client, cx.deployment, "log"), stderr);
    return JSON.parse(stdout) as Answer;
  } catch (cause) {
    throw wrap(cause, "E_HANDLER", "the function's process failed");
  }
}

async function linesOf(cx: Cx<FolderClient>): Promise<LogLine[]> {
  const text = await readFile(pathOf(cx.client, cx.deployment, "log"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line): LogLine[] => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
}
