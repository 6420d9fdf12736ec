import { Body, isDisturbed, isStream, streamOf, tag, utf8 } from "./body.ts";

export interface Init extends Record<string, unknown> {
  method?: string;
  headers?: unknown;
  body?: unknown;
  signal?: AbortSignal | null;
  duplex?: string;
}

const enumerations: Record<string, readonly string[]> = {
  referrerPolicy: [
    "",
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
  ],
  mode: ["navigate", "same-origin", "no-cors", "cors"],
  credentials: ["omit", "same-origin", "include"],
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
  redirect: ["follow", "error", "manual"],
  duplex: ["half"],
  priority: ["high", "low", "auto"],
};

/** The members that are given, converted as the standard's dictionary `RequestInit` says. */
export function readInit(init: unknown): Init {
  const given: Init = {};
  if (init === undefined || init === null) return given;
  if (typeof init !== "object" && typeof init !== "function") {
    throw new TypeError("a request's init is an object");
  }
  const source = init as Record<string, unknown>;
  for (const name of ["method", "headers", "body", "referrer", "integrity", "keepalive", "signal", "window", "dispatcher"]) {
    const value = source[name];
    if (value !== undefined) given[name] = value;
  }
  for (const name in enumerations) {
    const value = source[name];
    if (value === undefined) continue;
    const string = `${value as string}`;
    if (!enumerations[name]?.includes(string)) {
      throw new TypeError(`${JSON.stringify(string)} is no ${name} of a request`);
    }
    given[name] = string;
  }
  if ("keepalive" in given) given["keepalive"] = Boolean(given["keepalive"]);
  for (const name of ["method", "referrer", "integrity"]) {
    if (name in given) given[name] = `${given[name] as string}`;
  }
  const { signal } = given;
  if (signal !== undefined && signal !== null && !isSignal(signal)) {
    throw new TypeError("a request's signal is an AbortSignal");
  }
  if (given["window"] !== undefined && given["window"] !== null) {
    throw new TypeError("a request's window can only be null");
  }
  return given;
}

function isSignal(value: unknown): boolean {
  return value instanceof AbortSignal || tag(value) === "[object AbortSignal]";
}

/** A body with the content type that goes with it, as the standard extracts them. */
export function extractBody(value: unknown, keepalive: boolean): { body: Body; type: string | null } {
  if (typeof value === "string") return text(value);
  if (value instanceof ArrayBuffer) return bytes(new Uint8Array(value.slice(0)));
  if (ArrayBuffer.isView(value)) {
    const view = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return bytes(new Uint8Array(view));
  }
  if (value instanceof URLSearchParams) {
    return {
      body: new Body(value.toString()),
      type: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  }
  if (isNativeOnly(value)) {
    const native = new Response(value);
    return { body: new Body(native), type: native.headers.get("content-type") };
  }
  if (isStream(value)) {
    if (keepalive) throw new TypeError("a request that is kept alive can't have a stream as its body");
    if (value.locked || isDisturbed(value)) {
      throw new TypeError("the stream has been read already, or a reader holds it");
    }
    return { body: new Body(value), type: null };
  }
  if (value !== null && typeof value === "object" && Symbol.asyncIterator in value) {
    if (keepalive) throw new TypeError("a request that is kept alive can't have a stream as its body");
    return { body: new Body(streamOf(value as AsyncIterable<unknown>)), type: null };
  }
  return text(`${value as string}`);
}

function text(value: string): { body: Body; type: string } {
  const body = /[\ud800-\udfff]/.test(value) ? new Body(utf8(value)) : new Body(value);
  return { body, type: "text/plain;charset=UTF-8" };
}

function bytes(value: Uint8Array<ArrayBuffer>): { body: Body; type: null } {
  return { body: new Body(value), type: null };
}

/** What Node alone can turn into bytes. */
function isNativeOnly(value: unknown): value is Blob | FormData {
  const name = tag(value);
  return (
    name === "[object Blob]" || name === "[object File]" || name === "[object FormData]" || name === "[object SharedArrayBuffer]"
  );
}
