/** One call of an http function. */
import type { HttpFunction, Invocation, RawResponse } from "fnpkg/runtime";
import type { CoreCall, HttpData } from "./core.ts";
import { arrived } from "./http-in.ts";
import { sent } from "./http-out.ts";
import type { Proxy } from "./proxy.ts";
import { inputOf } from "./read.ts";

export interface Answering {
  readonly fn: HttpFunction;
  /** Of a function that streams. */
  readonly proxy: Proxy | undefined;
  warn(invocationId: string, message: string): void;
}

/** What the host is answered; nothing when the response went beside it. Rejects when the call is no request. */
export async function answer(
  { fn, proxy, warn }: Answering,
  call: CoreCall,
  invocation: Invocation,
): Promise<HttpData | undefined> {
  const given = inputOf(call)?.http;
  if (proxy !== undefined && (given?.url ?? "") === "") {
    const { request, signal, respond } = await proxy.take(call);
    await respond(await fn.http(request, own({ ...invocation, signal }, request.headers)));
    return undefined;
  }
  if (given === undefined || given === null) throw new TypeError("the call is no HTTP request: this function takes nothing else");
  const { request, bodyless } = arrived(given);
  const response = bodyless
    ? plain(411, "the request has a body and no length")
    : await fn.http(request, own(invocation, request.headers));
  const { data, changed } = sent(await whole(response));
  if (changed.length > 0) warn(call.invocationId, `the host writes these cookies in its own way: ${changed.join(", ")}`);
  return data;
}

/** The request's own trace says more than the call's. */
function own({ trace, ...invocation }: Invocation, headers: Iterable<readonly [string, string]>): Invocation {
  for (const [name] of headers) if (name.toLowerCase() === "traceparent") return invocation;
  return trace === undefined ? invocation : { ...invocation, trace };
}

/** A stream that no proxy takes is read to its end. */
async function whole(response: RawResponse): Promise<RawResponse> {
  const { body } = response;
  if (body === null || typeof body === "string" || body instanceof Uint8Array) return response;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk);
  } catch {
    return plain(500, "internal server error");
  }
  return { ...response, body: Buffer.concat(chunks) };
}

function plain(status: number, reason: string): RawResponse {
  return { status, headers: [["content-type", "text/plain;charset=UTF-8"]], body: `${reason}\n` };
}
