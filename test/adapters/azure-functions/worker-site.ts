/**
 * A built archive in a stand-in for Microsoft's worker (https://github.com/Azure/azure-functions-nodejs-worker, src/startApp.ts,
 * src/setupCoreModule.ts, src/coreApi/registerFunction.ts, src/eventHandlers/InvocationHandler.ts): a process of its own that loads
 * the file that `package.json` names, puts `@azure/functions-core` in place of `require`, takes registrations during the start
 * alone, and hands calls to the programming model that was set last.
 */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Signature, Trigger } from "fnpkg/adapter";
import { entryUrl } from "fnpkg/adapter";
import { samplePackage } from "fnpkg/testing";
import type { CoreCall, HttpData } from "../../../adapters/azure-functions/runtime/core.ts";
import { kinds } from "../../../adapters/azure-functions/resources.ts";
import { layout } from "../../../adapters/azure-functions/layout.ts";
import { translate } from "../../../adapters/azure-functions/translate.ts";
import { contentOf } from "../../../src/api/content.ts";
import { only } from "../translate-suite.ts";
import { content, inputOf } from "./translate-cases.ts";

export const missing = spawnSync("unzip", ["-v"]).status === 0 ? [] : ["unzip"];
export const workerFile = fileURLToPath(new URL("./worker-process.mjs", import.meta.url));

/** What the host is told of a function. */
export interface Registered {
  readonly name: string;
  /** Each as JSON, with its name: what the host reads. */
  readonly rawBindings: readonly string[];
  readonly retryOptions?: object;
}

export type Request = CoreCall["request"];

export interface Answer {
  readonly invocationId?: string;
  readonly outputData?: readonly unknown[];
  readonly returnValue?: { readonly http?: HttpData };
  /** The status that the host is told: nothing is success. */
  readonly failure?: { readonly message: string; readonly stack: string };
}

export interface Started {
  readonly functions: readonly Registered[];
  readonly capabilities: { readonly [name: string]: string };
  readonly model: { readonly name: string; readonly version: string };
  invoke(name: string, request: Request, id?: string): Promise<Answer>;
  /** What went to the streams. */
  output(): string;
  close(): Promise<void>;
}

export interface Given {
  readonly files: { readonly [path: string]: string };
  readonly signature: Signature;
  readonly triggers: readonly Trigger[];
  readonly env?: { readonly [name: string]: string };
  readonly timeoutSeconds?: number;
}

/** Builds the archive, unpacks it elsewhere, and starts it as the worker does; rejects with what the start failed with. */
export async function start(given: Given): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "fnpkg-azure-"));
  try {
    const { file, env } = await built(given, folder);
    return await serveArchive({ file, folder, env: { ...env, ...given.env } });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** An archive that was built already, in a folder that is removed at the end. */
export async function serveArchive(given: {
  readonly file: string;
  readonly folder: string;
  readonly env: { readonly [name: string]: string };
}): Promise<Started> {
  const { file, folder, env } = given;
  const { status, stderr } = spawnSync("unzip", ["-q", file, "-d", join(folder, "wwwroot")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`unzip: ${stderr}`);
  return run(folder, env);
}

async function built({ files, signature, triggers, timeoutSeconds }: Given, folder: string) {
  const entry = readFileSync(
    entryUrl(new URL("../../../adapters/azure-functions/index.ts", import.meta.url).href, "./runtime/nodejs.js"),
  );
  const sample = samplePackage({ signature, files, entry });
  const manifest = {
    ...sample.manifest,
    entryPoint: { module: "index.js" },
    requires: { env: [{ name: "GREETING" }, { name: "TOKEN", secret: true }] },
  };
  const { config } = inputOf({ signature, triggers, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) });
  const input = { pkg: { ...sample, manifest }, config };
  const { file } = await contentOf(layout(input), sample.files, folder).archive();
  const { properties } = only(translate(input, content), kinds.settings).props as { readonly properties: Record<string, string> };
  return { file, env: { FNPKG_BINDINGS: properties["FNPKG_BINDINGS"] ?? "" } };
}

export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

type Message =
  | { readonly type: "started"; readonly functions: Registered[]; readonly capabilities: object; readonly model: object }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "answer"; readonly id: string; readonly answer: Answer };

export async function run(folder: string, env: { readonly [name: string]: string }): Promise<Started> {
  const child = fork(workerFile, [join(folder, "wwwroot")], {
    cwd: join(folder, "wwwroot"),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  const output = collect(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const pending = new Map<string, (answer: Answer) => void>();
  let count = 0;
  const started = await new Promise<Extract<Message, { type: "started" }>>((resolve, reject) => {
    child.on("message", (message: Message) => {
      if (message.type === "started") resolve(message);
      else if (message.type === "failed") reject(new Error(message.message));
      else {
        pending.get(message.id)?.(message.answer);
        pending.delete(message.id);
      }
    });
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code}: ${output()}`)));
  }).catch(async (error: unknown) => {
    child.kill("SIGKILL");
    await ended;
    throw error;
  });
  return {
    functions: started.functions,
    capabilities: started.capabilities as Started["capabilities"],
    model: started.model as Started["model"],
    invoke: (name, request, id = `call-${++count}`) =>
      new Promise<Answer>((resolve, reject) => {
        pending.set(id, resolve);
        void ended.then(() => reject(new Error(`the worker ended: ${output()}`)));
        child.send({ type: "invoke", id, name, request });
      }),
    output,
    async close() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
