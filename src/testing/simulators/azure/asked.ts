/** What a service sees of a request, and what it answers. */
import type { Cloud } from "./state.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";

export interface Asked {
  readonly method: string;
  /** Without the query, decoded. */
  readonly path: string;
  /** Where it was asked, such as `https://management.azure.com`: addresses in answers lead there again. */
  readonly origin: string;
  readonly query: URLSearchParams;
  readonly headers: { readonly [name: string]: string };
  readonly bytes: Uint8Array;
  /** Of a JSON body. */
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** An object as JSON, a text or bytes as they are. */
  readonly body?: unknown;
}

/** Nothing: the body calls itself JSON and is none. */
export function askedIn({ method, url, headers, body: bytes }: WireRequest): Asked | undefined {
  const json = bytes.byteLength > 0 && (headers["content-type"] ?? "").startsWith("application/json");
  const parsed = json ? jsonIn(bytes) : { value: undefined };
  if (parsed === undefined) return undefined;
  const { origin, searchParams: query } = url;
  return { method, path: decodeURIComponent(url.pathname), origin, query, headers, bytes, body: parsed.value };
}

function jsonIn(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(bytes).toString()) as unknown };
  } catch {
    return undefined;
  }
}

export function answerOf({ status, headers, body }: Reply): WireAnswer {
  if (body === undefined) return { status, ...(headers === undefined ? {} : { headers }) };
  if (typeof body === "string" || body instanceof Uint8Array)
    return { status, ...(headers === undefined ? {} : { headers }), body };
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** `{"error":{…}}`, as Resource Manager writes it. */
export function armError(status: number, code: string, message: string): Reply {
  return { status, body: { error: { code, message } } };
}

/** `{"Code","Message"}`, as Microsoft.Web writes it. */
export function webError(status: number, code: string, message: string): Reply {
  return {
    status,
    body: { Code: code, Message: message, Target: null, Details: [{ Message: message }, { Code: code }], Innererror: null },
  };
}

/** XML, as storage writes it. */
export function blobError(status: number, code: string, message: string): Reply {
  return {
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

export function missing(id: string, group: string): Reply {
  const [, resource = id] = id.split("/providers/");
  return armError(404, "ResourceNotFound", `The Resource '${resource}' under resource group '${group}' was not found.`);
}

/** Work that began: where it is asked after. */
export function underWay(cloud: Cloud, asked: Asked, until: number): { readonly [name: string]: string } {
  return lookAgain(asked, cloud.begin(until), until - cloud.now);
}

/** Azure asks to be left alone for fifteen seconds at a time, in whole ones. */
export function lookAgain({ origin }: Asked, operation: string, leftMs: number): { readonly [name: string]: string } {
  return { location: `${origin}/operations/${operation}`, "retry-after": String(Math.min(15, Math.ceil(leftMs / 1000))) };
}
