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

type Answer = Result & Required<Pick<Result, "body" | "isBase64Encoded">>;

/** What is sent before a streamed body. */
export type Prelude = Pick<Result, "statusCode" | "headers" | "cookies">;

/**
 * The largest response: Lambda's for all (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), and the load
 * balancer's (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
 */
const mostBytes = { v2: 6_291_456, v1: 6_291_456, alb: 1_048_576, "alb-multi": 1_048_576 } as const;

/** The response's bytes as Lambda counts them, and the most there may be; nothing when it fits. */
export function tooLarge(result: Result, caller: Caller): { readonly bytes: number; readonly most: number } | undefined {
  const most = mostBytes[caller];
  // Text can grow sixfold as JSON; what is far below needs no count.
  if ((result.body ?? "").length < most / 8) return undefined;
  const bytes = Buffer.byteLength(JSON.stringify(result));
  return bytes > most ? { bytes, most } : undefined;
}

/** A whole response; its body is no stream. */
export function resultOf({ status, headers, body }: RawResponse, caller: Caller, method: string): Result {
  const result = headed(status, headers, caller, method);
  if (typeof body === "string") {
    result.body = body;
  } else if (body instanceof Uint8Array) {
    const plain = isText(headers) ? decodeUtf8(body) : undefined;
    result.body = plain ?? encodeBase64(body);
    if (plain === undefined) result.isBase64Encoded = true;
  }
  return result;
}

export function preludeOf({ status, headers }: RawResponse): Prelude {
  const { statusCode, headers: sent = {}, cookies } = headed(status, headers, "v2", "GET");
  return { statusCode, headers: sent, ...(cookies === undefined ? {} : { cookies }) };
}

/** Lambda counts the bytes itself; the length that HEAD tells is of what is not sent. */
function headed(statusCode: number, headers: readonly [string, string][], caller: Caller, method: string): Answer {
  const keepLength = method.length === 4 && method.toUpperCase() === "HEAD";
  if (caller === "v1" || caller === "alb-multi") {
    const values = Object.create(null) as { [name: string]: string[] };
    for (const [name, value] of headers) if (keepLength || name !== "content-length") (values[name] ??= []).push(value);
    return { statusCode, multiValueHeaders: values, body: "", isBase64Encoded: false };
  }
  const values = Object.create(null) as { [name: string]: string };
  const cookies: string[] = [];
  for (const [name, value] of headers) {
    if (name === "set-cookie") cookies.push(value);
    else if (keepLength || name !== "content-length") values[name] = name in values ? `${values[name]}, ${value}` : value;
  }
  const answer: Answer = { statusCode, headers: values, body: "", isBase64Encoded: false };
  if (caller === "v2") {
    if (cookies.length > 0) answer.cookies = cookies;
  } else {
    // One value a name: several cookies go under the name's other spellings.
    cookies.forEach((cookie, index) => (values[spelling("set-cookie", index)] = cookie));
  }
  return answer;
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
