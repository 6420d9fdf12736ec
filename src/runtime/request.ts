import type { Body } from "./body.ts";
import { fillHeaders, isToken, LightHeaders } from "./headers.ts";
import { extractBody, readInit } from "./request-init.ts";
import type { Init } from "./request-init.ts";

const normalized = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const forbidden = new Set(["CONNECT", "TRACE", "TRACK"]);

/** All there is to a request. `headers` and `signal` are made when they are first asked for. */
class Parts {
  method = "GET";
  url = "";
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
  dispatcher: unknown;
}

let partsOf: (request: LightRequest) => Parts;

/**
 * `Request` as the Fetch standard says and Node has it, without loading Node's own: that costs 25 to 50 ms
 * of a cold start.
 */
export class LightRequest {
  readonly #parts: Parts;

  static {
    partsOf = (request) => request.#parts;
  }

  constructor(input: unknown, init?: unknown) {
    if (input instanceof Parts) {
      this.#parts = input;
      return;
    }
    if (arguments.length === 0) throw new TypeError("a request needs a URL or another request");
    const given = readInit(init);
    const foreign = foreignRequest(input);
    const base = input instanceof LightRequest ? input.#parts : foreign && foreign.#parts;
    const parts = new Parts();
    if (base) Object.assign(parts, base);
    else parts.url = parseUrl(input);
    if (Object.keys(given).length > 0 && base) {
      parts.referrer = "about:client";
      parts.referrerPolicy = "";
    }
    apply(parts, given);
    parts.signal = follow(given.signal === undefined ? base && signalOf(base) : given.signal);
    parts.headers = new LightHeaders(given.headers === undefined ? base && headersOf(base) : given.headers);
    parts.headerList = undefined;
    parts.body = this.#bodyFrom(parts, given, base?.body ?? null);
    this.#parts = parts;
  }

  #bodyFrom(parts: Parts, given: Init, inherited: Body | null): Body | null {
    const own = given.body ?? null;
    if ((own !== null || inherited) && (parts.method === "GET" || parts.method === "HEAD")) {
      throw new TypeError("a request with the method GET or HEAD can't have a body");
    }
    if (own === null) {
      if (inherited && !inherited.hasSource) needsPlainMode(parts);
      return inherited && inherited.take();
    }
    const { body, type } = extractBody(own, parts.keepalive);
    if (type !== null && !headersOf(parts).has("content-type")) {
      headersOf(parts).append("content-type", type);
    }
    if (!body.hasSource) {
      if (given.duplex === undefined) {
        throw new TypeError("a request with a stream as its body needs duplex: 'half'");
      }
      needsPlainMode(parts);
    }
    return body;
  }

  get method(): string {
    return this.#parts.method;
  }
  get url(): string {
    return this.#parts.url;
  }
  get headers(): LightHeaders {
    return headersOf(this.#parts);
  }
  get destination(): string {
    return (this.#parts, "");
  }
  get referrer(): string {
    return this.#parts.referrer;
  }
  get referrerPolicy(): string {
    return this.#parts.referrerPolicy;
  }
  get mode(): string {
    return this.#parts.mode;
  }
  get credentials(): string {
    return this.#parts.credentials;
  }
  get cache(): string {
    return this.#parts.cache;
  }
  get redirect(): string {
    return this.#parts.redirect;
  }
  get integrity(): string {
    return this.#parts.integrity;
  }
  get keepalive(): boolean {
    return this.#parts.keepalive;
  }
  get isReloadNavigation(): boolean {
    return (this.#parts, false);
  }
  get isHistoryNavigation(): boolean {
    return (this.#parts, false);
  }
  get signal(): AbortSignal {
    return signalOf(this.#parts);
  }
  get body(): ReadableStream<Uint8Array> | null {
    return this.#parts.body?.stream ?? null;
  }
  get bodyUsed(): boolean {
    return this.#parts.body?.used ?? false;
  }
  get duplex(): string {
    return (this.#parts, "half");
  }

  clone(): LightRequest {
    const parts = this.#parts;
    const body = parts.body && parts.body.clone();
    return new LightRequest(
      Object.assign(new Parts(), parts, {
        body,
        headers: new LightHeaders(headersOf(parts)),
        headerList: undefined,
        signal: follow(signalOf(parts)),
      }),
    );
  }

  async text(): Promise<string> {
    return (await this.#parts.body?.text()) ?? "";
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#parts.body?.bytes()) ?? new Uint8Array();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async blob(): Promise<Blob> {
    return (await this.#native()).blob();
  }

  async formData(): Promise<FormData> {
    return (await this.#native()).formData();
  }

  async #native(): Promise<Response> {
    const { body } = this.#parts;
    const bytes = body && (await body.bytes());
    const type = headersOf(this.#parts).get("content-type");
    return new Response(bytes, type === null ? {} : { headers: { "content-type": type } });
  }

  get [Symbol.toStringTag](): string {
    return "Request";
  }

  [Symbol.for("nodejs.util.inspect.custom")](
    _depth: number,
    options: object,
    inspect?: (value: unknown, options: object) => string,
  ) {
    const { method, url, headers, bodyUsed } = this;
    const shown = { method, url, headers, bodyUsed };
    return inspect ? `Request ${inspect(shown, options)}` : shown;
  }
}

for (const name of Object.getOwnPropertyNames(LightRequest.prototype)) {
  if (name !== "constructor") Object.defineProperty(LightRequest.prototype, name, { enumerable: true });
}
Object.defineProperty(LightRequest, "name", { value: "Request" });

/** A request that arrived: everything is checked already, and the signal is the invocation's. */
export function arrivedRequest(arrived: {
  method: string;
  url: string;
  headers: Iterable<readonly [string, string]>;
  body: Body | null;
  signal: () => AbortSignal;
}): LightRequest {
  const parts = new Parts();
  parts.method = arrived.method;
  parts.url = arrived.url;
  parts.headerList = arrived.headers;
  parts.body = arrived.body;
  parts.signal = arrived.signal;
  return new LightRequest(parts);
}

/** What `fetch` of Node has to be given to send this request; the request's body counts as read. */
export function fetchArguments(request: LightRequest): [string, RequestInit] {
  const parts = partsOf(request);
  const { method, url, mode, credentials, cache, redirect, integrity, keepalive, dispatcher } = parts;
  const { referrer, referrerPolicy, body } = parts;
  const init: Record<string, unknown> = { method, headers: [...request.headers], redirect, mode };
  Object.assign(init, { credentials, cache, integrity, keepalive, referrerPolicy });
  if (referrer !== "about:client") init["referrer"] = referrer;
  if (parts.signal !== undefined) init["signal"] = request.signal;
  if (dispatcher !== undefined) init["dispatcher"] = dispatcher;
  if (body) Object.assign(init, { body: body.sendable(), duplex: "half" });
  return [url, init];
}

function headersOf(parts: Parts): LightHeaders {
  if (parts.headers) return parts.headers;
  const headers = new LightHeaders();
  if (parts.headerList) fillHeaders(headers, parts.headerList);
  parts.headerList = undefined;
  return (parts.headers = headers);
}

function signalOf(parts: Parts): AbortSignal {
  const { signal } = parts;
  if (typeof signal === "object") return signal;
  return (parts.signal = signal ? signal() : new AbortController().signal);
}

function follow(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  return signal ? AbortSignal.any([signal]) : undefined;
}

function parseUrl(input: unknown): string {
  const url = new URL(`${input as string}`);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("a request's URL can't have credentials in it");
  }
  return url.href;
}

/** A request of another make, as a library may have kept one from before. */
function foreignRequest(input: unknown): LightRequest | undefined {
  if (input === null || typeof input !== "object" || input instanceof LightRequest) return undefined;
  if (Object.prototype.toString.call(input) !== "[object Request]") return undefined;
  const foreign = input as Request;
  return new LightRequest(foreign.url, {
    method: foreign.method,
    headers: foreign.headers,
    body: foreign.body,
    duplex: "half",
    redirect: foreign.redirect,
    signal: foreign.signal,
  });
}

function apply(parts: Parts, given: Init): void {
  const referrer = given["referrer"] as string | undefined;
  if (referrer !== undefined) {
    if (referrer !== "" && !URL.canParse(referrer)) {
      throw new TypeError(`${JSON.stringify(referrer)} is no referrer`);
    }
    parts.referrer = referrer === "" ? "" : new URL(referrer).href;
  }
  if (given["mode"] === "navigate") throw new TypeError("a request's mode can't be navigate");
  for (const name of [
    "referrerPolicy",
    "mode",
    "credentials",
    "cache",
    "redirect",
    "integrity",
    "keepalive",
    "dispatcher",
  ] as const) {
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

function needsPlainMode({ mode }: Parts): void {
  if (mode !== "same-origin" && mode !== "cors") {
    throw new TypeError("a stream as a body goes with the modes same-origin and cors only");
  }
}
