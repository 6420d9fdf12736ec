/** The http trigger: a server on 127.0.0.1 that passes requests on as they came. Path, methods and CORS hold in the worker. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { FnpkgError } from "fnpkg/adapter";
import { codeOf } from "../state/files.ts";
import { Unavailable } from "./pool.ts";
import { type Invocation, lostBy, lostReasons, type Runner } from "./runner.ts";

/** Bytes of a request's body, and of a buffered answer's. */
export const mostBodyBytes = 32 * 1024 * 1024;
/** How long a request waits for a free worker before it is answered 429. */
const waitMs = 10_000;
/** How long a client that is refused may go on sending: were the connection closed at once, it might not see the answer. */
const lingerMs = 3000;
/** By the code of what can't be read as a request. */
const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);
/** What a client may not have removed by naming it in `Connection`. */
const endToEnd =
  /^(host|content-.*|authorization|cookie|origin|traceparent|tracestate|forwarded|x-forwarded-.*|transfer-encoding)$/;

export class HttpTrigger {
  readonly #server: Server;
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => void this.#answer(request, response));
    this.#server.on("connect", (_request, socket) =>
      socket.end("HTTP/1.1 501 Not Implemented\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    );
    const refused = new WeakSet<Duplex>();
    this.#server.on("clientError", (cause, socket) => {
      // What it sends after that is no request either.
      if (refused.has(socket)) return;
      refused.add(socket);
      if (codeOf(cause) === "ECONNRESET" || !socket.writable) return void socket.destroy();
      socket.end(
        `HTTP/1.1 ${unreadable[codeOf(cause) ?? ""] ?? "400 Bad Request"}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      const late = setTimeout(() => socket.destroy(), lingerMs);
      socket.once("close", () => clearTimeout(late));
    });
    this.#server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      if (tooLong(request)) return refuseBody(request, response);
      response.writeContinue();
      void this.#answer(request, response);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws E_PORT */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) => {
        const taken = codeOf(cause) === "EADDRINUSE";
        const why = taken ? "is taken" : codeOf(cause) === "EACCES" ? "needs more rights" : `can't be used: ${cause.message}`;
        reject(
          new FnpkgError("E_PORT", `port ${port} of 127.0.0.1 ${why}`, {
            cause,
            target: "local",
            pointer: "/targets/local/port",
          }),
        );
      };
      this.#server.once("error", failed);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", failed);
        resolve();
      });
    });
  }

  /** Takes no more connections; those in use end when their answer is given, at the latest after the grace. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#server.closeAllConnections(), graceMs);
      this.#server.close(() => {
        clearTimeout(late);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    if (tooLong(request)) return refuseBody(request, response);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    let invocation: Invocation;
    try {
      invocation = await this.#runner.begin({ waitMs, signal: gone.signal });
    } catch (error) {
      return this.#unavailable(response, error);
    }
    const left = () => {
      if (!response.writableFinished) invocation.abort();
    };
    if (response.destroyed) {
      invocation.end();
      return;
    }
    response.once("close", left);
    try {
      await this.#pass(invocation, request, response);
    } finally {
      invocation.end();
    }
  }

  #unavailable(response: ServerResponse, error: unknown): void {
    const reason = error instanceof Unavailable ? error.reason : "failed";
    if (reason === "failed")
      this.#runner.log.error("a request was not answered: the function can't be started", {
        code: "E_HANDLER",
        event: "request.failed",
      });
    if (reason === "full") response.setHeader("retry-after", "1");
    const [status, words] = {
      full: [429, "too many requests"],
      closed: [503, "the function is stopping"],
      failed: [502, "the function can't be started"],
    }[reason] as [number, string];
    refuse(response, status, words);
  }

  /** Settles when the worker has ended its answer, or can't any more. */
  #pass(invocation: Invocation, request: IncomingMessage, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const upstream = invocation.open(request.method ?? "GET", request.url ?? "/", endToEndOnly(request.rawHeaders));
      let answered = false;
      const broken = () => {
        if (answered) response.destroy();
        else {
          const lost = lostBy(invocation.worker);
          refuse(response, lost === "timeout" ? 504 : 502, lost === "timeout" ? "the function took too long" : "bad gateway");
          this.#runner.log.error(`a request was not answered: ${lostReasons[lost]}`, {
            code: "E_HANDLER",
            event: "request.failed",
            invocationId: invocation.id,
          });
        }
        resolve();
      };
      upstream.on("error", () => {
        if (!answered) broken();
      });
      upstream.on("response", (answer) => {
        answered = true;
        answer.on("error", () => undefined);
        answer.once("close", () => (answer.complete ? resolve() : broken()));
        if (Number(answer.headers["content-length"] ?? 0) > mostBodyBytes && request.method !== "HEAD") {
          refuse(response, 502, "the answer is too large");
          this.#runner.log.error(
            `an answer of ${answer.headers["content-length"]} bytes is too large; ${mostBodyBytes} are taken, more only as a stream`,
            {
              code: "E_HANDLER",
              event: "request.failed",
              invocationId: invocation.id,
            },
          );
          answer.resume();
          return;
        }
        response.writeHead(answer.statusCode ?? 502, endToEndOnly(answer.rawHeaders, true));
        // An error of either side must not end the other at once: a client that left lets the invocation end by itself.
        answer.on("data", (chunk: Buffer) => {
          if (response.destroyed || response.write(chunk)) return;
          answer.pause();
          const resume = () => answer.resume();
          response.once("drain", resume);
          response.once("close", resume);
        });
        answer.once("end", () => response.end());
        if (answer.headers["content-length"] === undefined) response.flushHeaders();
      });
      send(request, upstream, () => {
        if (!answered) refuseBody(request, response);
        answered = true;
        upstream.destroy();
        invocation.abort();
        resolve();
      });
    });
  }
}

/** The body, as far as the worker takes it. */
function send(request: IncomingMessage, upstream: ReturnType<Invocation["open"]>, tooMuch: () => void): void {
  let bytes = 0;
  let over = false;
  request.on("data", (chunk: Buffer) => {
    if (over) return;
    bytes += chunk.length;
    if (bytes > mostBodyBytes) {
      over = true;
      return tooMuch();
    }
    if (upstream.destroyed || upstream.write(chunk)) return;
    request.pause();
    const resume = () => request.resume();
    upstream.once("drain", resume);
    upstream.once("close", resume);
  });
  request.once("end", () => upstream.end());
  // The body broke off with the client: the handler sees that it is not whole.
  request.once("close", () => {
    if (!request.complete) upstream.destroy();
  });
}

function tooLong(request: IncomingMessage): boolean {
  return Number(request.headers["content-length"] ?? 0) > mostBodyBytes;
}

/** The whole answer goes out at once; the connection ends when the client has stopped sending. */
function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  response.on("error", () => undefined);
  response.setHeader("connection", "close");
  writeRefusal(response, 413, "the body is too large");
  const end = () => response.end();
  const late = setTimeout(end, lingerMs);
  response.once("close", () => clearTimeout(late));
  request.once("end", end).resume();
}

function refuse(response: ServerResponse, status: number, words: string): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else writeRefusal(response, status, words).end();
}

function writeRefusal(response: ServerResponse, status: number, words: string): ServerResponse {
  const body = `${words}\n`;
  response.writeHead(status, { "content-type": "text/plain;charset=UTF-8", "content-length": Buffer.byteLength(body) });
  response.write(body);
  return response;
}

/** Names and values in turn, without what holds for one connection only; of an answer also without what this server adds. */
function endToEndOnly(raw: readonly string[], answer = false): string[] {
  const named = new Set<string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() === "connection")
      for (const name of (raw[i + 1] ?? "").split(",")) named.add(name.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || lower.startsWith("function-") || (answer && lower === "transfer-encoding")) continue;
    if (named.has(lower) && !endToEnd.test(lower)) continue;
    kept.push(name, raw[i + 1] as string);
  }
  return kept;
}
