/** One call of an http function. */
import type { HttpFunction, Invocation, RawResponse } from "fnpkg/runtime";
import { type Arrived, arrived } from "./http-in.ts";
import { type Result, resultOf, tooLarge } from "./http-out.ts";
import { fields } from "./read.ts";

/** Who called, and the response; rejects when the call was no HTTP request. */
export async function answer(
  fn: HttpFunction,
  event: unknown,
  invocation: Invocation,
): Promise<{ readonly request: Arrived; readonly response: RawResponse }> {
  const request = arrived(fields(event));
  // An answer would be taken for success by whatever sent it.
  if (request === undefined) throw new TypeError("the call is no HTTP request: this function takes nothing else");
  const response = request.malformed
    ? plain(400, "the body is malformed")
    : await fn.http(request.request, traced(request.request.headers) ? untraced(invocation) : invocation);
  return { request, response };
}

/** The request's own trace says more than the call's. */
function traced(headers: Iterable<readonly [string, string]>): boolean {
  for (const [name] of headers) if (name.length === 11 && name.toLowerCase() === "traceparent") return true;
  return false;
}

function untraced({ trace: _trace, ...invocation }: Invocation): Invocation {
  return invocation;
}

/** The response in the caller's form; one that Lambda would refuse is a 500 that says so in the log. */
export function buffered({ caller, request }: Arrived, response: RawResponse, log: (message: string) => void): Result {
  const result = resultOf(response, caller, request.method);
  const over = tooLarge(result, caller);
  if (over === undefined) return result;
  log(`the response has ${over.bytes} bytes as JSON, and no more than ${over.most} can be answered`);
  return resultOf(plain(500, "internal server error"), caller, request.method);
}

function plain(status: number, reason: string): RawResponse {
  return { status, headers: [["content-type", "text/plain;charset=UTF-8"]], body: `${reason}\n` };
}
