import type { Body } from "./body.ts";
import { LightHeaders } from "./headers.ts";
import { extractBody, readInit } from "./request-init.ts";
import type { Init } from "./request-init.ts";
import { applyInit, follow, headersOf, needsPlainMode, parseUrl, Parts, signalOf } from "./request-parts.ts";

const hidden: ReadonlySet<string> = new Set(["headerList", "dispatcher"]);
let partsOf: (request: LightRequest) => Parts;

/**
 * `Request` as the Fetch standard says and Node has it, without loading Node's own: that costs 25 to 50 ms
 * of a cold start.
 */
export class LightRequest {
  readonly #parts: Parts;
  declare readonly method: string;
  declare readonly url: string;
  declare readonly referrer: string;

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
    const base = input instanceof LightRequest ? input.#parts : undefined;
    const parts = new Parts();
    if (base) Object.assign(parts, base);
    else parts.url = parseUrl(input);
    if (Object.keys(given).length > 0 && base) {
      parts.referrer = "about:client";
      parts.referrerPolicy = "";
    }
    applyInit(parts, given);
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

  get headers(): LightHeaders {
    return headersOf(this.#parts);
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

for (const name of Object.keys(new Parts()) as (keyof Parts)[]) {
  if (name in LightRequest.prototype || hidden.has(name)) continue;
  Object.defineProperty(LightRequest.prototype, name, {
    configurable: true,
    get(this: LightRequest) {
      return partsOf(this)[name];
    },
  });
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
