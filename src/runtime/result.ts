import { isNative, isStream, streamOf, tag } from "./body.ts";
import { hopByHop, listed } from "./admit.ts";
import { RuntimeError } from "./errors.ts";
import { isHeaderValue, isToken, trim } from "./headers.ts";

/** What a host sends. Header names are in lower case; `set-cookie` has one entry for each cookie. */
export interface RawResponse {
  status: number;
  headers: [string, string][];
  body: string | Uint8Array | ReadableStream<Uint8Array> | null;
}

/** Reads what a handler returned; what is neither form is an `E_HANDLER` error that says what is wrong. */
export function readResult(result: unknown): RawResponse {
  if (result === undefined) throw wrong("returned nothing; a Response or { status, headers, body } is needed");
  if (result === null || typeof result !== "object" || Array.isArray(result)) {
    throw wrong(`returned ${nameOf(result)}; a Response or { status, headers, body } is needed`);
  }
  if (isNative(result)) {
    if (result.bodyUsed || result.body?.locked) throw wrong("returned a Response whose body has been read");
    return { status: statusOf(result.status), headers: endToEndOnly([...result.headers]), body: bodyOf(result.body) };
  }
  const plain = result as { status?: unknown; headers?: unknown; body?: unknown };
  if (!isPlain(plain)) {
    throw wrong(`returned ${nameOf(result)} in place of { status, headers, body }`);
  }
  const headers = endToEndOnly(headersOf(plain.headers));
  const body = bodyOf(plain.body);
  if (typeof body === "string" && !headers.some(([name]) => name === "content-type")) {
    headers.push(["content-type", "text/plain;charset=UTF-8"]);
  }
  return { status: statusOf(plain.status ?? 200), headers, body };
}

/** Whether it can be meant as a result: not an error, a request, data, or another platform's form. */
function isPlain(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype && tag(value) !== "[object Object]") return false;
  if (!("status" in value) && "statusCode" in value) return false;
  if ("status" in value || "headers" in value || "body" in value) return true;
  return Object.keys(value).length === 0;
}

/** Drops what mustn't be sent and recomputes `content-length`. The body of a HEAD answer is measured, not sent. */
export function frame(response: RawResponse, method: string): RawResponse {
  const { status } = response;
  let { body, headers } = response;
  const declared = headers.find(([name]) => name === "content-length")?.[1];
  headers = headers.filter(([name]) => name !== "content-length");
  if (status === 204 || status === 205 || status === 304) {
    discard(body);
    return { status, headers, body: null };
  }
  let length: string | undefined = declared !== undefined && /^\d+$/.test(declared) ? declared : undefined;
  if (method === "HEAD") {
    if (typeof body === "string" || body instanceof Uint8Array) {
      const size = byteLength(body);
      if (size > 0 || length === undefined) length = String(size);
    }
    discard(body);
    body = null;
  } else if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    length = String(body === null ? 0 : byteLength(body));
  }
  if (length !== undefined) headers.push(["content-length", length]);
  return { status, headers, body };
}

function byteLength(body: string | Uint8Array): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

function discard(body: RawResponse["body"]): void {
  if (isStream(body)) body.cancel().catch(() => undefined);
}

function statusOf(status: unknown): number {
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) {
    return status;
  }
  throw wrong(`returned the status ${printed(status)}; a whole number from 200 to 599 is needed`);
}

function headersOf(given: unknown): [string, string][] {
  if (given === undefined || given === null) return [];
  if (typeof given !== "object") throw wrong(`returned ${nameOf(given)} as its headers`);
  const headers: [string, string][] = [];
  const iterable = Symbol.iterator in given;
  for (const entry of iterable ? (given as Iterable<unknown>) : Object.entries(given)) {
    if (!Array.isArray(entry) || entry.length !== 2) throw wrong("returned headers that aren't pairs");
    const [name, value] = entry as [unknown, unknown];
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) add(headers, name, one);
  }
  return headers;
}

function add(headers: [string, string][], name: unknown, value: unknown): void {
  const string = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (typeof name !== "string" || !isToken(name)) {
    throw wrong(`returned the malformed header name ${printed(name)}`);
  }
  if (typeof string !== "string" || !isHeaderValue(string)) {
    throw wrong(`returned a value for the header ${name} that can't be sent`);
  }
  headers.push([name.toLowerCase(), trim(string)]);
}

// `Headers` take more than HTTP lets through.
const control = /[\0-\x08\x0a-\x1f\x7f]/;

function endToEndOnly(headers: [string, string][]): [string, string][] {
  let named: Set<string> | undefined;
  for (const [name, value] of headers) {
    if (control.test(value)) throw wrong(`returned a value for the header ${name} that can't be sent`);
    if (name === "connection") named = listed(value, named);
  }
  return headers.filter(([name]) => !hopByHop.has(name) && !named?.has(name));
}

function bodyOf(body: unknown): RawResponse["body"] {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Uint8Array || isStream(body)) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (typeof body === "object" && Symbol.asyncIterator in body) {
    return streamOf(body as AsyncIterable<unknown>);
  }
  throw wrong(`returned ${nameOf(body)} as its body; a string, a Uint8Array or a ReadableStream is needed`);
}

function wrong(what: string): RuntimeError {
  return new RuntimeError("E_HANDLER", `the handler ${what}`);
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? tag(value).slice(8, -1) : typeof value;
}

function printed(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
}
