/** One request over http, sent once and as it is written: header by header, in the caller's order, over a connection of its own. */
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";

export interface OnceRequest {
  readonly method: string;
  /** `host` and `content-length` are added where they are missing. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which it fails; default none. */
  readonly timeoutMs?: number;
  /** Path and query as they go out; default the address's, which a URL has changed where it was not in its form. */
  readonly path?: string;
  /** Where the connection goes; default where the address says. */
  readonly to?: URL;
}

export interface OnceAnswer {
  readonly status: number;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Rejects with what broke it, or the signal's AbortError. */
export function sendOnce(url: URL, request: OnceRequest): Promise<OnceAnswer> {
  const { method, headers, body, signal, timeoutMs, path = `${url.pathname}${url.search}`, to = url } = request;
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = headers.flat();
  if (!named.has("host")) all.push("host", url.host);
  if (body !== undefined && !named.has("content-length")) all.push("content-length", String(body.byteLength));
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  return new Promise((resolve, reject) => {
    const send = to.protocol === "http:" ? overHttp : overHttps;
    const outgoing = send(to, { method, path, headers: all, agent: false, signal, ...timeout }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const pairs: [string, string][] = [];
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
          pairs.push([(answer.rawHeaders[at] ?? "").toLowerCase(), answer.rawHeaders[at + 1] ?? ""]);
        resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The address with a path and query of an invocation. */
export function addressWith(base: string | URL, path: string): URL {
  const url = new URL(base);
  const [pathname = "/", query] = path.split(/\?(.*)/s);
  url.pathname = pathname;
  url.search = query ?? "";
  return url;
}
