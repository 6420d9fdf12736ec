import { admit } from "./admit.ts";
import type { Admitted, RawRequest } from "./admit.ts";
import { isStream, readAll } from "./body.ts";
import { InvocationContext, late, readTrace } from "./context.ts";
import type { Running } from "./context.ts";
import { corsHeaders, mergeCors, preflightHeaders } from "./cors.ts";
import { messageOf, RuntimeError } from "./errors.ts";
import type { Handler } from "./load.ts";
import { arrivedRequest } from "./request.ts";
import { frame, readResult } from "./result.ts";
import type { RawResponse } from "./result.ts";
import { pathMatcher } from "./route.ts";
import type { HttpTrigger } from "./route.ts";

const preflightStatus = 204;

/** Answers requests with a handler, under a trigger's rules. */
export class HttpAnswerer {
  readonly #handler: Handler;
  readonly #trigger: HttpTrigger;
  readonly #methods: readonly string[] | undefined;
  readonly #matches: (path: string) => boolean;
  readonly #streaming: boolean;

  constructor(handler: Handler, trigger: HttpTrigger, streaming: boolean) {
    this.#handler = handler;
    this.#trigger = trigger;
    this.#methods = trigger.methods?.map((name) => name.toUpperCase());
    this.#matches = pathMatcher(trigger.path);
    this.#streaming = streaming;
  }

  /** Never rejects; `done` is called when nothing of the invocation is left to do. */
  async answer(raw: RawRequest, running: Running, done: () => void): Promise<RawResponse> {
    const { cors } = this.#trigger;
    const admitted = admit(raw);
    let response: RawResponse;
    if ("reason" in admitted) {
      response = frame(plain(admitted.status, admitted.reason), raw.method.toUpperCase());
    } else {
      const { method, headers } = admitted;
      const origin = cors && find(headers, "origin");
      const refusal = this.#refuse(admitted, origin);
      response = frame(refusal ?? (await this.#call(admitted, running)), method);
      if (cors && refusal?.status !== preflightStatus) {
        response.headers = mergeCors(response.headers, corsHeaders(cors, origin));
      }
    }
    if (isStream(response.body)) {
      response.body = guard(response.body, running, done);
      return response;
    }
    if (running.hasWaiting) await running.settleWaiting();
    done();
    return response;
  }

  #refuse(request: Admitted, origin: string | undefined): RawResponse | undefined {
    const { method, url, headers } = request;
    const { cors } = this.#trigger;
    if (!this.#matches(url.pathname)) return plain(404, "not found");
    if (cors && origin !== undefined && method === "OPTIONS") {
      const asked = find(headers, "access-control-request-method");
      if (asked !== undefined) {
        const wanted = find(headers, "access-control-request-headers");
        const answer = preflightHeaders(this.#trigger, cors, { origin, method: asked, headers: wanted });
        return { status: preflightStatus, headers: answer, body: null };
      }
    }
    if (!this.#methods || this.#methods.includes(method)) return undefined;
    const refusal = plain(405, "method not allowed");
    refusal.headers.push(["allow", this.#methods.join(", ")]);
    return refusal;
  }

  async #call(admitted: Admitted, running: Running): Promise<RawResponse> {
    const { headers } = admitted;
    const trace = readTrace(find(headers, "traceparent"), find(headers, "tracestate"));
    const request = arrivedRequest({
      method: admitted.method,
      url: admitted.url.href,
      headers,
      body: admitted.body,
      signal: () => running.signal,
    });
    try {
      const result = this.#handler(request, new InvocationContext(running, trace));
      const response = await running.bound(this.#read(result));
      if (response !== late) return response;
      running.log.error("the handler didn't settle before the deadline", { code: "E_HANDLER" });
      return plain(504, "the function took too long");
    } catch (error) {
      const message = error instanceof RuntimeError ? error.message : `the handler threw: ${messageOf(error)}`;
      running.log.error(message, { code: "E_HANDLER", error });
      return plain(500, "internal server error");
    }
  }

  async #read(result: unknown): Promise<RawResponse> {
    const response = readResult(await result);
    if (!this.#streaming && isStream(response.body)) response.body = await readAll(response.body);
    return response;
  }
}

function plain(status: number, reason: string): RawResponse {
  return { status, headers: [["content-type", "text/plain;charset=UTF-8"]], body: `${reason}\n` };
}

function find(headers: readonly [string, string][], wanted: string): string | undefined {
  for (const [name, value] of headers) if (name === wanted) return value;
  return undefined;
}

/** A body on its way: ends when `waitUntil` has settled, breaks off with an error where the handler's does. */
function guard(body: ReadableStream<Uint8Array>, running: Running, done: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await running.bound(reader.read());
          if (next === late) throw new Error("it wasn't finished before the deadline");
          const chunk: unknown = next.value;
          if (next.done) {
            await running.settleWaiting();
            controller.close();
            done();
          } else if (chunk instanceof Uint8Array) {
            controller.enqueue(chunk);
          } else {
            throw new TypeError("it gave a chunk that isn't a Uint8Array");
          }
        } catch (error) {
          running.log.error(`the body was broken off: ${messageOf(error)}`, {
            code: "E_HANDLER",
            error,
          });
          reader.cancel(error).catch(() => undefined);
          await running.settleWaiting();
          done();
          throw error;
        }
      },
      async cancel(reason) {
        try {
          await reader.cancel(reason);
        } finally {
          await running.settleWaiting();
          done();
        }
      },
    },
    { highWaterMark: 0 },
  );
}
