/**
 * A built archive under AWS's own runtime client, aws-lambda-ric. Around it stand a Runtime API
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) and a stand-in for its native module.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Signature, Trigger } from "fnpkg/adapter";
import { entryUrl } from "fnpkg/adapter";
import { samplePackage } from "fnpkg/testing";
import { layout } from "../../../adapters/aws-lambda/layout.ts";
import { contentOf } from "../../../src/api/content.ts";
import { npmTool } from "../../emulators/tools.ts";
import { inputOf } from "./translate-cases.ts";

const ric = npmTool("aws-lambda-ric") ?? "";
const unzip = spawnSync("unzip", ["-v"]).status === 0;
export const missing = [
  ...(ric !== "" ? [] : ["aws-lambda-ric, which scripts/emulators.sh installs"]),
  ...(unzip ? [] : ["unzip"]),
];

/** Answers what the runtime client's C++ module answers, over HTTP. */
const native = `
const api = (path) => "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/" + path;
let sent = Promise.resolve();
const post = (path, body) => { sent = sent.then(() => fetch(api(path), { method: "POST", body })).catch(() => process.exit(1)); };
module.exports = {
  initializeClient() {},
  async next() {
    await sent;
    const response = await fetch(api("next")).catch(() => process.exit(0));
    return { bodyJson: await response.text(), headers: Object.fromEntries(response.headers) };
  },
  done(id, body) { post(id + "/response", body); },
  error(id, body) { post(id + "/error", body); },
};
`;

export interface Answer {
  readonly ok: boolean;
  readonly body: string;
  /** Of a streamed answer that broke off. */
  readonly trailer?: string;
  readonly contentType?: string;
}

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly remainingMs: number;
  answer(answer: Answer): void;
}

export interface Started {
  /** Calls the function; rejects when the process ends before it answered. */
  invoke(event: unknown, remainingMs?: number): Promise<Answer>;
  /** What went to the streams. */
  output(): string;
  /** What the start failed with, once it did. */
  readonly failed: Promise<string>;
  close(): Promise<void>;
}

export interface Given {
  readonly files: { readonly [path: string]: string };
  readonly signature: Signature;
  readonly triggers: readonly Trigger[];
  readonly env?: { readonly [name: string]: string };
  /** Packages that the managed runtime brings along: their source by name. */
  readonly packages?: { readonly [name: string]: string };
}

/** Builds the archive, unpacks it elsewhere, and starts it as Lambda does. */
export async function start(given: Given): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "fnpkg-lambda-"));
  return serveArchive({ ...given, folder, file: await build(given, folder) });
}

/** Unpacks an archive and starts it as Lambda does; `folder` is removed with it. */
export async function serveArchive(
  given: Pick<Given, "env" | "packages"> & { readonly folder: string; readonly file: string },
): Promise<Started> {
  const { folder, file } = given;
  const task = join(folder, "task");
  const { status, stderr } = spawnSync("unzip", ["-q", file, "-d", task], { encoding: "utf8" });
  if (status !== 0) throw new Error(`unzip: ${stderr}`);
  const client = join(folder, "ric/dist/index.mjs");
  write(client, readFileSync(join(ric, "dist/index.mjs"), "utf8").replace("./rapid-client.node", "./rapid-client.cjs"));
  write(join(folder, "ric/dist/rapid-client.cjs"), native);
  write(join(folder, "ric/bin/index.mjs"), readFileSync(join(ric, "bin/index.mjs"), "utf8"));
  for (const [name, source] of Object.entries(given.packages ?? {})) write(join(folder, "runtime", name, "index.js"), source);
  const api = await runtimeApi();
  const child = spawn(process.execPath, [join(folder, "ric/bin/index.mjs"), "index.handler"], {
    cwd: task,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_PATH: join(folder, "runtime"),
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${api.port}`,
      AWS_REGION: "eu-west-1",
      LAMBDA_TASK_ROOT: task,
      _HANDLER: "index.handler",
      ...given.env,
    },
  });
  const output = collect(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void ended.then(() => api.end(output()));
  return {
    invoke: (event, remainingMs = 5000) => api.invoke(event, remainingMs),
    output,
    failed: api.failed,
    async close() {
      child.kill("SIGKILL");
      await ended;
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function build({ files, signature, triggers }: Given, folder: string): Promise<string> {
  const entry = readFileSync(
    entryUrl(new URL("../../../adapters/aws-lambda/index.ts", import.meta.url).href, "./runtime/nodejs.js"),
  );
  const sample = samplePackage({ signature, files, entry });
  const manifest = {
    ...sample.manifest,
    entryPoint: { module: "index.js" },
    requires: { env: [{ name: "GREETING" }, { name: "TOKEN", secret: true }] },
  };
  const input = { pkg: { ...sample, manifest }, config: inputOf({ signature, triggers }).config };
  return (await contentOf(layout(input), sample.files, folder).archive()).file;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function runtimeApi() {
  const waiting: Pending[] = [];
  const taken = new Map<string, Pending>();
  const asking: ((next: Pending) => void)[] = [];
  let fail: (body: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  let count = 0;
  const next = (): Promise<Pending> => {
    const first = waiting.shift();
    return first === undefined ? new Promise((resolve) => asking.push(resolve)) : Promise.resolve(first);
  };
  const hand = async (response: ServerResponse): Promise<void> => {
    const one = await next();
    taken.set(one.id, one);
    const headers = {
      "lambda-runtime-aws-request-id": one.id,
      "lambda-runtime-deadline-ms": String(Date.now() + one.remainingMs),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail-prod:live",
      "lambda-runtime-trace-id": "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=1",
    };
    response.writeHead(200, headers).end(JSON.stringify(one.event));
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    response.writeHead(202).end("{}");
    const [id = "", what] = (request.url ?? "").split("/").slice(-2);
    if (id === "init") return fail(body);
    const trailer = request.trailers["lambda-runtime-function-error-body"];
    const answer: Answer = {
      ok: what === "response",
      body,
      ...(trailer === undefined ? {} : { trailer: Buffer.from(String(trailer), "base64").toString() }),
      ...(request.headers["content-type"] === undefined ? {} : { contentType: request.headers["content-type"] }),
    };
    taken.get(id)?.answer(answer);
    taken.delete(id);
  };
  const server = createServer((request, response) => {
    void (request.url?.endsWith("/invocation/next") === true ? hand(response) : take(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let over: string | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    failed,
    invoke: (event: unknown, remainingMs: number) =>
      new Promise<Answer>((answer, reject) => {
        if (over !== undefined) return reject(new Error(`the process has ended: ${over}`));
        const one: Pending = { id: `id-${++count}`, event, remainingMs, answer };
        const ask = asking.shift();
        if (ask === undefined) waiting.push(one);
        else ask(one);
      }),
    end: (text: string) => (over = text),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
