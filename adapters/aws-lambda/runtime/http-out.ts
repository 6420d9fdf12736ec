/** A response in the form that the caller takes. */
import { decodeUtf8, encodeBase64, type RawResponse } from "fnpkg/runtime";
import type { Caller } from "./http-in.ts";

export interface Result {
  statusCode: number;
  headers?: { [name: string]: string };
  multiValueHeaders?: { [name: string]: string[] };
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/** What is sent before a streamed body. */
export type Prelude = Pick<Result, "statusCode" | "headers" | "cookies">;

/**
 * The largest response: Lambda's for all (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), and the load
 * balancer's (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
 */
const mostBytes = { v2: 6_291_456, v1: 6_291_456, alb: 1_048_576, "alb-multi": 1_048_576 } as const;

/** The bytes that the response is too large by, as Lambda counts it; 0 when it fits. */
export function excess(result: Result, caller: Caller): number {
  // Text can grow sixfold as JSON; what is far below needs no count.
  if ((result.body ?? "").length < mostBytes[caller] / 8) return 0;
  return Math.max(0, Buffer.byteLength(JSON.stringify(result)) - mostBytes[caller]);
}

/** A whole response; its body is no stream. */
export function resultOf({ status, headers, body }: RawResponse, caller: Caller, method: string): Result {
  const sent = method.toUpperCase() === "HEAD" ? headers : headers.filter(([name]) => name !== "content-length");
  const result: Result = { statusCode: status, ...headersFor(sent, caller) };
  if (typeof body === "string") return { ...result, body, isBase64Encoded: false };
  if (!(body instanceof Uint8Array)) return { ...result, body: "", isBase64Encoded: false };
  const plain = isText(headers) ? decodeUtf8(body) : undefined;
  if (plain !== undefined) return { ...result, body: plain, isBase64Encoded: false };
  return { ...result, body: encodeBase64(body), isBase64Encoded: true };
}

export function preludeOf({ status, headers }: RawResponse): Prelude {
  const sent = headers.filter(([name]) => name !== "content-length");
  return { statusCode: status, ...headersFor(sent, "v2") };
}

function headersFor(headers: readonly [string, string][], caller: Caller): Omit<Result, "statusCode"> {
  if (caller === "v1" || caller === "alb-multi") {
    const values = new Map<string, string[]>();
    for (const [name, value] of headers) values.set(name, [...(values.get(name) ?? []), value]);
    return { multiValueHeaders: Object.fromEntries(values) };
  }
  const cookies = headers.flatMap(([name, value]) => (name === "set-cookie" ? [value] : []));
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    if (name !== "set-cookie") joined.set(name, joined.has(name) ? `${joined.get(name)}, ${value}` : value);
  }
  if (caller === "v2") return { headers: Object.fromEntries(joined), ...(cookies.length === 0 ? {} : { cookies }) };
  // One value a name: several cookies go under the name's other spellings.
  cookies.forEach((cookie, index) => joined.set(spelling("set-cookie", index), cookie));
  return { headers: Object.fromEntries(joined) };
}

/** The name with some letters in upper case: another one for each index up to 511. */
function spelling(name: string, index: number): string {
  let bit = 0;
  return name.replace(/[a-z]/g, (letter) => ((index >> bit++) & 1 ? letter.toUpperCase() : letter));
}

/** Whether the body may be sent as text: base64 is decoded only by gateways that are told to. */
function isText(headers: readonly [string, string][]): boolean {
  const find = (wanted: string) => headers.find(([name]) => name === wanted)?.[1].toLowerCase();
  const encoding = find("content-encoding") ?? "identity";
  if (encoding !== "identity") return false;
  const type = find("content-type") ?? "";
  const charset = /charset="?([^";\s]+)/.exec(type)?.[1] ?? "utf-8";
  if (!/^(utf-?8|us-ascii)$/.test(charset)) return false;
  return (
    /^(text\/|application\/([^;]*\+)?(json|xml|javascript|x-www-form-urlencoded))/.test(type) || type.startsWith("image/svg+xml")
  );
}
