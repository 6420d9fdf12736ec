import { Body, isStream, streamOf } from "./body.ts";
import { isToken } from "./headers.ts";

/** An HTTP request as a host has it, before any rule was applied. */
export interface RawRequest {
  method: string;
  /** Absolute; see `requestUrl`. */
  url: string;
  headers: Iterable<readonly [name: string, value: string]>;
  body?: string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
}

/** A request that may reach the handler. Header names are in lower case. */
export interface Admitted {
  method: string;
  url: URL;
  headers: [string, string][];
  body: Body | null;
}

/** The status and the reason with which a request is refused. */
export interface Refusal {
  status: number;
  reason: string;
}

export const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);

/** What a client may not have removed by naming it in `Connection`. */
const endToEnd = /^(host|content-.*|authorization|cookie|origin|traceparent|tracestate|forwarded|x-forwarded-.*)$/;

const badValue = /[^\t\x20-\xff]|\x7f/;

/** Applies what holds for every request, whichever the function. */
export function admit(raw: RawRequest): Admitted | Refusal {
  const method = raw.method.toUpperCase();
  if (!isToken(method)) return { status: 400, reason: "the method is malformed" };
  if (method === "TRACE" || method === "CONNECT" || method === "TRACK") {
    return { status: 501, reason: `the method ${method} isn't supported` };
  }
  let url: URL;
  try {
    url = new URL(raw.url);
  } catch {
    return { status: 400, reason: "the URL is malformed" };
  }
  if (url.username !== "" || url.password !== "") {
    return { status: 400, reason: "the URL has credentials in it" };
  }
  let headers: [string, string][] = [];
  let connection = "";
  let length: string | undefined;
  let chunked = false;
  for (const [name, value] of raw.headers) {
    if (!isToken(name) || typeof value !== "string" || badValue.test(value)) {
      return { status: 400, reason: "a header is malformed" };
    }
    const lower = name.toLowerCase();
    if (lower === "connection") connection += `,${value}`;
    else if (lower === "content-length") length = value;
    else if (lower === "transfer-encoding") chunked = true;
    if (!hopByHop.has(lower) && !lower.startsWith("function-")) headers.push([lower, value]);
  }
  if (connection !== "") {
    const named = listed(connection);
    headers = headers.filter(([name]) => !named.has(name) || endToEnd.test(name));
  }
  const { body = null } = raw;
  if (method === "GET" || method === "HEAD") {
    const sent =
      typeof body === "string" || body instanceof Uint8Array
        ? body.length > 0
        : body !== null && (chunked || Number(length ?? 0) > 0);
    if (sent) return { status: 400, reason: `a ${method} request can't have a body` };
    return { method, url, headers, body: null };
  }
  return { method, url, headers, body: bodyOf(body) };
}

function bodyOf(body: Exclude<RawRequest["body"], undefined>): Body | null {
  if (body === null) return null;
  if (typeof body === "string") return body === "" ? null : new Body(body);
  if (body instanceof Uint8Array) {
    return body.length === 0 ? null : new Body(body as Uint8Array<ArrayBuffer>);
  }
  return new Body(isStream(body) ? body : streamOf(body as AsyncIterable<Uint8Array>));
}

/** The names in the values of `Connection`. */
export function listed(connection: string): Set<string> {
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}
