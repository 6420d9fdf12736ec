/**
 * Requests as they came. The Functions Framework parses bodies by content type before any function sees them: broken JSON is
 * answered with 400, compressed bodies are inflated; its routes refuse paths with stray percent signs and keep /favicon.ico and
 * /robots.txt to itself (@google-cloud/functions-framework 5.0.5, server.js). Node tells of every request before its server
 * handles it; what the framework would act on is put aside there, and read back here.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server } from "node:http";

const urls = new WeakMap<IncomingMessage, string>();
const hosts = new WeakMap<Server, boolean>();

/** Keeps the requests of the framework's server from here on. */
export function keepOriginals(): void {
  // https://nodejs.org/api/diagnostics_channel.html#http
  subscribe("http.server.request.start", (message) => {
    const { request, server } = message as { readonly request: IncomingMessage; readonly server: Server };
    if (!isFrameworks(server)) return;
    urls.set(request, request.url ?? "/");
    request.url = "/";
    delete request.headers["content-type"];
  });
}

/** The request's target as the client wrote it. */
export function urlOf(request: IncomingMessage): string {
  return urls.get(request) ?? (request as { readonly originalUrl?: string }).originalUrl ?? request.url ?? "/";
}

/** The body: unread, or what the framework has read of it. */
export function bodyOf(request: IncomingMessage): IncomingMessage | Uint8Array {
  return (request as { readonly rawBody?: Uint8Array }).rawBody ?? request;
}

export async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const body = bodyOf(request);
  if (body instanceof Uint8Array) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Other servers in the process, which the handler may have started, are left alone. */
function isFrameworks(server: Server): boolean {
  const known = hosts.get(server);
  if (known !== undefined) return known;
  const { settings } = (server.listeners("request")[0] ?? {}) as { readonly settings?: { readonly [name: string]: unknown } };
  const is = settings?.["etag"] === false && settings["x-powered-by"] === false && settings["trust proxy"] === true;
  hosts.set(server, is);
  return is;
}
