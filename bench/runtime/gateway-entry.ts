import { createHttpFunction, load, requestUrl } from "../../src/runtime/index.ts";
import type { RawResponse } from "../../src/runtime/index.ts";

/** The part of an API Gateway v2 event that an HTTP function needs. */
export interface GatewayEvent {
  rawPath: string;
  rawQueryString: string;
  headers: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded: boolean;
  requestContext: { http: { method: string } };
}

interface LambdaContext {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

const fn = createHttpFunction({
  handler: await load({ module: process.env["BENCH_MODULE"] ?? "", export: "default", type: "http" }),
  signature: { type: "http" },
  function: { name: "bench", version: "1.0.0", packageDigest: "sha256:0" },
  target: { name: "aws-lambda" },
});

/** A small mapping from API Gateway v2 and back. */
export async function handler(event: GatewayEvent, context: LambdaContext) {
  const headers = Object.entries(event.headers);
  if (event.cookies) headers.push(["cookie", event.cookies.join("; ")]);
  const { body, isBase64Encoded } = event;
  const raw = {
    method: event.requestContext.http.method,
    url: requestUrl({
      host: event.headers["host"] ?? null,
      path: event.rawPath,
      query: event.rawQueryString,
    }),
    headers,
    body: body !== undefined && isBase64Encoded ? Buffer.from(body, "base64") : (body ?? null),
  };
  const deadline = Date.now() + context.getRemainingTimeInMillis();
  return answer(await fn.http(raw, { id: context.awsRequestId, deadline, raw: { event, context } }));
}

function answer({ status, headers, body }: RawResponse) {
  const cookies: string[] = [];
  const single: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name === "set-cookie") cookies.push(value);
    else single[name] = name in single ? `${single[name]}, ${value}` : value;
  }
  const binary = body instanceof Uint8Array;
  return {
    statusCode: status,
    headers: single,
    ...(cookies.length > 0 ? { cookies } : {}),
    body: binary ? Buffer.from(body).toString("base64") : (body ?? ""),
    isBase64Encoded: binary,
  };
}
