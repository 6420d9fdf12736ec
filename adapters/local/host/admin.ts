/** The admin endpoint: on 127.0.0.1, for those who hold the token; never for a browser. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FnpkgError, reasonOf } from "fnpkg/adapter";

export type AdminRoute = (body: Buffer, request: IncomingMessage, path: readonly string[]) => Promise<unknown>;

/** Routes by method and first segment: `POST reload`. */
export type AdminRoutes = { readonly [methodAndSegment: string]: AdminRoute };

const mostBytes = 32 * 1024 * 1024;

export class Admin {
  readonly #server: Server;
  readonly #token: Buffer;
  readonly #routes: AdminRoutes;

  constructor(token: string, routes: AdminRoutes) {
    this.#token = digest(token);
    this.#routes = routes;
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => void this.#answer(request, response));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      request.resume();
      return reply(response, refusal[0], {
        code: "E_USAGE",
        message: refusal[1],
        hint: "Use `fnpkg`, or send the token as `Authorization: Bearer …`.",
        problems: [],
      });
    }
    const [segment = "", ...rest] = (request.url ?? "/").split("?")[0]?.split("/").slice(1) ?? [];
    const route = Object.hasOwn(this.#routes, `${request.method} ${segment}`)
      ? this.#routes[`${request.method} ${segment}`]
      : undefined;
    if (route === undefined)
      return reply(response, 404, new FnpkgError("E_USAGE", `the admin endpoint has no ${request.method} /${segment}`).toJSON());
    try {
      const value = await route(await bodyOf(request), request, rest.map(decoded));
      reply(response, 200, value ?? {});
    } catch (cause) {
      const failure = cause instanceof FnpkgError ? cause : new FnpkgError("E_INTERNAL", reasonOf(cause), { cause });
      reply(response, failure.exit === 1 ? 500 : 400, failure.toJSON());
    }
  }

  /** Status and words; `undefined` for who may come in. */
  #refusal(request: IncomingMessage): [number, string] | undefined {
    const { host, origin, authorization } = request.headers;
    if (host !== `127.0.0.1:${this.port}` && host !== `localhost:${this.port}`)
      return [421, "the Host header is not this endpoint's"];
    if (origin !== undefined || request.headers["sec-fetch-site"] !== undefined) return [403, "browsers are refused"];
    const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "";
    return timingSafeEqual(digest(given), this.#token) ? undefined : [401, "the token is missing or wrong"];
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new FnpkgError("E_USAGE", `${JSON.stringify(segment)} is no percent-encoded UTF-8`, { cause });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new FnpkgError("E_USAGE", `the body is larger than ${mostBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(value));
  response
    .writeHead(status, { "content-type": "application/json", "content-length": body.length, "cache-control": "no-store" })
    .end(body);
}
