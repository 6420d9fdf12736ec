/**
 * Requests and responses as streams: the host forwards each request to an address that the worker names, beside the call, and
 * takes the response from there (azure-functions-nodejs-library 4.16.5, src/http/httpProxy.ts). For functions that stream alone.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RawRequest, RawResponse } from "fnpkg/runtime";
import type { CoreCall } from "./core.ts";
import { urlOf } from "./http-in.ts";
import { fields, metadata } from "./read.ts";

const invocationHeader = "x-ms-invocation-id";
/** How long a call waits for its request, and a request for its call, in milliseconds. */
const patienceMs = 30_000;

export interface Exchange {
  readonly request: RawRequest;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Resolves when everything was sent, or can't be any more. */
  respond(response: RawResponse): Promise<void>;
}

export interface Proxy {
  readonly address: string;
  /** The request that belongs to a call; rejects when it doesn't come. */
  take(call: CoreCall): Promise<Exchange>;
}

type Pair = readonly [IncomingMessage, ServerResponse];

/** Listens on this machine alone. */
export async function startProxy(): Promise<Proxy> {
  const waiting = new Map<string, (pair: Pair) => void>();
  const arrivedFirst = new Map<string, Pair>();
  const server = createServer((request, response) => {
    const id = request.headers[invocationHeader];
    if (typeof id !== "string") {
      response.writeHead(400).end();
      return;
    }
    const taker = waiting.get(id);
    if (taker !== undefined) {
      taker([request, response]);
      return;
    }
    arrivedFirst.set(id, [request, response]);
    response.once("close", () => arrivedFirst.delete(id));
    setTimeout(() => {
      if (arrivedFirst.delete(id)) response.writeHead(503).end();
    }, patienceMs).unref();
  });
  // The host decides how long a call may take.
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async take(call) {
      const id = call.invocationId;
      const first = arrivedFirst.get(id);
      arrivedFirst.delete(id);
      const [request, response] = first ?? (await coming(waiting, id));
      return exchange(call, request, response);
    },
  };
}

function coming(waiting: Map<string, (pair: Pair) => void>, id: string): Promise<Pair> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(new Error("the host sent a call without its request"));
    }, patienceMs);
    waiting.set(id, (pair) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(pair);
    });
  });
}

function exchange(call: CoreCall, request: IncomingMessage, response: ServerResponse): Exchange {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  // A connection that breaks is told by `close`.
  response.on("error", () => undefined);
  const headers = headersOf(call, request);
  const host = headers.find(([name]) => name === "x-forwarded-host")?.[1] ?? request.headers.host;
  const path = request.url ?? "/";
  return {
    request: {
      method: request.method ?? "GET",
      url: urlOf(host === undefined ? path : `https://${host}${path}`, headers),
      headers,
      body: request,
    },
    signal: gone.signal,
    respond: (answer) => respond(call.invocationId, answer, response),
  };
}

/** The forwarder changes some; the call has them as the client sent them (azure-functions-host#9840). */
function headersOf(call: CoreCall, request: IncomingMessage): [string, string][] {
  const given = Object.entries(fields(metadata(call, "Headers")));
  const own = new Map(given.map(([name, value]) => [name.toLowerCase(), String(value as string)]));
  const forwarded: [string, string][] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]?.toLowerCase() ?? "";
    if (name !== invocationHeader && !own.has(name)) forwarded.push([name, request.rawHeaders[index + 1] ?? ""]);
  }
  return [...own, ...forwarded];
}

async function respond(id: string, { status, headers, body }: RawResponse, response: ServerResponse): Promise<void> {
  const flat = headers.flatMap(([name, value]) => [name, value]);
  response.writeHead(status, [...flat, invocationHeader, id]);
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    response.end(body ?? "");
    await ended(response);
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (response.destroyed) throw new Error("the client has gone");
      if (!response.write(value)) await drained(response);
    }
    response.end();
    await ended(response);
  } catch (error) {
    // What was sent can't be taken back: the connection breaks off, once it is on its way.
    await new Promise(setImmediate);
    response.destroy();
    await reader.cancel(error).catch(() => undefined);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.on("drain", settle);
    response.on("close", settle);
  });
}

function ended(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}
