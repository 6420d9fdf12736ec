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

const badValue = /[\0\r\n\u0100-\uffff]/;

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
  let values = "";
  let connection = "";
  let length: string | undefined;
  let chunked = false;
  for (const [name, value] of raw.headers) {
    const known = headerName(name);
    if (!known || typeof value !== "string") return malformedHeader;
    const { lower } = known;
    values += value;
    if (lower === "connection") connection += `,${value}`;
    else if (lower === "content-length") length = value;
    else if (lower === "transfer-encoding") chunked = true;
    if (known.passes) headers.push([lower, value]);
  }
  if (badValue.test(values)) return malformedHeader;
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

const malformedHeader: Refusal = { status: 400, reason: "a header is malformed" };

interface HeaderName {
  lower: string;
  /** Whether the handler sees it. */
  passes: boolean;
}

// The same few names come with every request.
const names = new Map<string, HeaderName>();

function headerName(name: string): HeaderName | undefined {
  const known = names.get(name);
  if (known) return known;
  if (!isToken(name)) return undefined;
  const lower = name.toLowerCase();
  const made = { lower, passes: !hopByHop.has(lower) && !lower.startsWith("function-") };
  if (names.size < 200) names.set(name, made);
  return made;
}

function bodyOf(body: Exclude<RawRequest["body"], undefined>): Body | null {
  if (body === null) return null;
  if (typeof body === "string") return body === "" ? null : new Body(body);
  if (body instanceof Uint8Array) {
    return body.length === 0 ? null : new Body(body as Uint8Array<ArrayBuffer>);
  }
  return new Body(isStream(body) ? body : streamOf(body));
}

/** The names in the values of `Connection`. */
export function listed(connection: string, names = new Set<string>()): Set<string> {
  for (const name of connection.split(",")) names.add(name.trim().toLowerCase());
  return names;
}
