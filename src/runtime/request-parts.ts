import type { Body } from "./body.ts";
import { fillHeaders, isToken, LightHeaders } from "./headers.ts";
import type { Init } from "./request-init.ts";

const normalized = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const forbidden = new Set(["CONNECT", "TRACE", "TRACK"]);

/** All there is to a request. `headers` and `signal` are made when they are first asked for. */
export class Parts {
  method = "GET";
  url = "";
  readonly destination = "";
  headerList: Iterable<readonly [string, string]> | undefined;
  headers: LightHeaders | undefined;
  body: Body | null = null;
  signal: AbortSignal | (() => AbortSignal) | undefined;
  referrer = "about:client";
  referrerPolicy = "";
  mode = "cors";
  credentials = "same-origin";
  cache = "default";
  redirect = "follow";
  integrity = "";
  keepalive = false;
  readonly isReloadNavigation = false;
  readonly isHistoryNavigation = false;
  readonly duplex = "half";
  dispatcher: unknown;
}

export function headersOf(parts: Parts): LightHeaders {
  if (parts.headers) return parts.headers;
  const headers = new LightHeaders();
  if (parts.headerList) fillHeaders(headers, parts.headerList);
  parts.headerList = undefined;
  return (parts.headers = headers);
}

export function signalOf(parts: Parts): AbortSignal {
  const { signal } = parts;
  if (typeof signal === "object") return signal;
  return (parts.signal = signal ? signal() : new AbortController().signal);
}

/** A signal of its own that is aborted with another. */
export function follow(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  return signal ? AbortSignal.any([signal]) : undefined;
}

export function parseUrl(input: unknown): string {
  const url = new URL(`${input as string}`);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("a request's URL can't have credentials in it");
  }
  return url.href;
}

const taken = ["referrerPolicy", "mode", "credentials", "cache", "redirect", "integrity", "keepalive", "dispatcher"];

/** Sets what is given; throws a `TypeError` where the standard does. */
export function applyInit(parts: Parts, given: Init): void {
  const referrer = given["referrer"] as string | undefined;
  if (referrer !== undefined) {
    if (referrer !== "" && !URL.canParse(referrer)) {
      throw new TypeError(`${JSON.stringify(referrer)} is no referrer`);
    }
    parts.referrer = referrer === "" ? "" : new URL(referrer).href;
  }
  if (given["mode"] === "navigate") throw new TypeError("a request's mode can't be navigate");
  for (const name of taken) {
    if (name in given) (parts as unknown as Record<string, unknown>)[name] = given[name];
  }
  if (parts.cache === "only-if-cached" && parts.mode !== "same-origin") {
    throw new TypeError("only-if-cached goes with the mode same-origin only");
  }
  if (given.method !== undefined) parts.method = methodOf(given.method);
  if (parts.mode === "no-cors" && !["GET", "HEAD", "POST"].includes(parts.method)) {
    throw new TypeError(`the method ${parts.method} doesn't go with the mode no-cors`);
  }
}

function methodOf(method: string): string {
  const upper = method.toUpperCase();
  if (!isToken(method) || forbidden.has(upper)) {
    throw new TypeError(`${JSON.stringify(method)} is no method for a request`);
  }
  return normalized.has(upper) ? upper : method;
}

export function needsPlainMode({ mode }: Parts): void {
  if (mode !== "same-origin" && mode !== "cors") {
    throw new TypeError("a stream as a body goes with the modes same-origin and cors only");
  }
}
