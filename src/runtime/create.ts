import type { RawRequest } from "./admit.ts";
import { runBatch, runEach } from "./batch.ts";
import type { Delivered, Delivery, EventsResult } from "./batch.ts";
import { Host } from "./host.ts";
import type { FunctionOptions, Signature } from "./host.ts";
import type { Invocation } from "./context.ts";
import { HttpAnswerer } from "./http.ts";
import { installRequest } from "./install.ts";
import type { RawResponse } from "./result.ts";
import type { HttpTrigger } from "./route.ts";

/** A loaded http function. Its methods never reject, whatever the handler does. */
export interface HttpFunction {
  readonly signature: Signature;
  /**
   * Answers a request. A buffered answer comes when the invocation is finished; with a stream it is finished when the
   * stream has ended, and a stream that errors has to break the connection off.
   */
  http(request: RawRequest, invocation?: Invocation): Promise<RawResponse>;
  /**
   * For the process's `uncaughtException` and `unhandledRejection`: logs the error and fails the invocations that
   * are pending, as it can't be told whose it is.
   */
  uncaught(error: unknown): void;
}

/** A loaded event function. Its methods never reject, whatever the handler does. */
export interface EventFunction {
  readonly signature: Signature;
  /** Handles a delivery and says which events failed. */
  events(events: readonly Delivered[], invocation?: Invocation, delivery?: Delivery): Promise<EventsResult>;
  /** As `HttpFunction.uncaught`. */
  uncaught(error: unknown): void;
}

/** A loaded function of either signature. */
export interface Function extends HttpFunction, EventFunction {}

export interface HttpFunctionOptions extends FunctionOptions {
  /** The http trigger's rules; default: every path and method. */
  http?: HttpTrigger;
}

/** Makes an http function of a handler. The light `Request` becomes the global one; see `installRequest`. */
export function createHttpFunction(options: HttpFunctionOptions): HttpFunction {
  return answering(options, begin(options));
}

/** Makes an event function of a handler. The light `Request` becomes the global one; see `installRequest`. */
export function createEventFunction(options: FunctionOptions): EventFunction {
  return handling(options, begin(options));
}

/** Makes a function of either signature; the two above make smaller bundles. */
export function createFunction(options: HttpFunctionOptions): Function {
  const host = begin(options);
  return { ...answering(options, host), ...handling(options, host) };
}

function begin(options: FunctionOptions): Host {
  installRequest();
  return new Host(options);
}

function answering(options: HttpFunctionOptions, host: Host): HttpFunction {
  const { handler, signature, http = {} } = options;
  const answerer = new HttpAnswerer(handler, http, signature.response === "streaming");
  return {
    signature,
    http(request, invocation) {
      const running = host.start(invocation);
      return answerer.answer(request, running, () => host.finish(running));
    },
    uncaught: (error) => host.uncaught(error),
  };
}

function handling({ handler, signature }: FunctionOptions, host: Host): EventFunction {
  return {
    signature,
    async events(events, invocation, delivery = {}) {
      const running = host.start(invocation);
      const result = signature.batch
        ? await runBatch(handler, events, running)
        : await runEach(handler, events, delivery, running);
      await running.settleWaiting();
      host.finish(running);
      return result;
    },
    uncaught: (error) => host.uncaught(error),
  };
}
