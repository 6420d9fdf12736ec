/** The entry file of a worker: it loads the user's module once and answers the host's requests and events. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Facts,
  type Function,
  functionOf,
  installRequest,
  type Invocation,
  invocationFrom,
  loadHandler,
  parseEvents,
  requestUrl,
  RuntimeError,
  sendResponse,
} from "fnpkg/runtime";
import { type FromWorker, secretHeader, type ToWorker } from "./protocol.ts";

type Start = Extract<ToWorker, { type: "start" }>;

const root = fileURLToPath(new URL("./", import.meta.url));
const send = process.send?.bind(process) as ((message: FromWorker, sent?: () => void) => void) | undefined;
delete process.send;
const running = new Map<string, AbortController>();

process.once("disconnect", () => process.exit(1));
process.once("message", (message: ToWorker) => {
  if (message.type === "start") void start(message);
});

async function start(options: Start): Promise<void> {
  installRequest();
  const facts = JSON.parse(readFileSync(join(root, "fnpkg.json"), "utf8")) as Facts;
  try {
    const handler = await loadHandler(facts, join(root, "function"));
    const make = (http: Start["http"]): Function =>
      functionOf(facts, handler, {
        target: { name: "local" },
        values: process.env,
        http,
        timeoutMs: options.timeoutMs,
        log: { level: options.level },
      });
    const made = [make(options.http)];
    process.on("uncaughtException", (error) => made.forEach((fn) => fn.uncaught(error)));
    process.on("unhandledRejection", (error) => made.forEach((fn) => fn.uncaught(error)));
    const port = await listen(options, () => made[0] as Function);
    process.on("message", (message: ToWorker) => {
      if (message.type === "rules") {
        // The former one stays for what it began.
        made.unshift(make(message.http));
        made.length = 2;
        tell({ type: "ruled" });
      } else if (message.type === "abort") running.get(message.id)?.abort(new DOMException("the client has gone", "AbortError"));
      else if (message.type === "stop") process.exit(0);
    });
    if (options.memoryEveryMs !== null) {
      setInterval(() => tell({ type: "memory", bytes: process.memoryUsage.rss() }), options.memoryEveryMs).unref();
    }
    tell({ type: "ready", port });
  } catch (error) {
    const code = error instanceof RuntimeError ? error.code : "E_INTERNAL";
    if (error instanceof Error) process.stderr.write(`${(error.cause instanceof Error ? error.cause : error).stack ?? ""}\n`);
    const failed: FromWorker = {
      type: "failed",
      code: code === "E_ENTRY_POINT" || code === "E_HANDLER" ? code : "E_INTERNAL",
      message: error instanceof Error ? error.message : String(error),
    };
    tell(failed, () => process.exit(1));
  }
}

function tell(message: FromWorker, sent?: () => void): void {
  if (process.connected) send?.(message, sent);
}

function listen({ socket, secret }: Start, fn: () => Function): Promise<number | null> {
  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 65_536 },
    (request, response) => {
      response.sendDate = false;
      if (socket === null && request.headers[secretHeader] !== secret) {
        response.writeHead(403).end();
        return;
      }
      answer(fn(), request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
    },
  );
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const listening = () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : null);
    };
    if (socket === null) server.listen(0, "127.0.0.1", listening);
    else server.listen(socket, listening);
  });
}

async function answer(fn: Function, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = pairs(request.rawHeaders);
  const abort = new AbortController();
  const invocation: Invocation = { ...invocationFrom(headers), signal: abort.signal };
  if (invocation.id !== undefined) running.set(invocation.id, abort);
  try {
    if (fn.signature.type === "cloudevent") {
      await handleEvents(fn, request, response, headers, invocation);
    } else {
      const method = request.method ?? "GET";
      const url = requestUrl({ protocol: "http", host: request.headers.host ?? null, path: request.url ?? "/" });
      await sendResponse(response, await fn.http({ method, url, headers, body: request }, invocation));
      request.resume();
    }
  } finally {
    if (invocation.id !== undefined) running.delete(invocation.id);
  }
}

/** 200 with the failures of a delivery; 500 when its only event, or the whole batch, failed. */
async function handleEvents(
  fn: Function,
  request: IncomingMessage,
  response: ServerResponse,
  headers: [string, string][],
  invocation: Invocation,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  let events;
  try {
    events = parseEvents(headers, Buffer.concat(chunks)).events;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    reply(response, 400, { code: "E_EVENT", failures: [{ index: 0, reason }] });
    return;
  }
  const { failures, whole } = await fn.events(events, invocation, { concurrency: 1 });
  reply(response, whole || (events.length === 1 && failures.length > 0) ? 500 : 200, { failures });
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([raw[i] as string, raw[i + 1] as string]);
  return list;
}
