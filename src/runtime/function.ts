import type { CloudEventBatchHandler, CloudEventHandler, FetchHandler, HttpHandler, HttpResult } from "./types.ts";

export type {
  BatchResult,
  CloudEvent,
  CloudEventBatchHandler,
  CloudEventHandler,
  Context,
  FetchHandler,
  HttpHandler,
  HttpResult,
  Logger,
  LogLevel,
} from "./types.ts";
export {
  messageReceivedType,
  objectCreatedType,
  objectDeletedType,
  recordReceivedType,
  scheduleFiredType,
} from "./vocabulary.ts";
export type { MessageData, ObjectData, ScheduleData } from "./vocabulary.ts";

/** Types an HTTP handler; returns it as it is. */
export function defineHttp<H extends HttpHandler | FetchHandler>(handler: H): H {
  return handler;
}

/** Types a handler of single events; returns it as it is. */
export function defineCloudEvent<T = unknown>(handler: CloudEventHandler<T>): CloudEventHandler<T> {
  return handler;
}

/** Types a handler of batches; returns it as it is. */
export function defineCloudEventBatch<T = unknown>(handler: CloudEventBatchHandler<T>): CloudEventBatchHandler<T> {
  return handler;
}

/** A plain result with a JSON body. `status` is 200 by default; a content type in `headers` is kept. */
export function json(
  value: unknown,
  init: { status?: number; headers?: Record<string, string | string[]> } = {},
): Exclude<HttpResult, Response> {
  const headers = init.headers ?? {};
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  return {
    status: init.status ?? 200,
    headers: named ? headers : { "content-type": "application/json", ...headers },
    body: JSON.stringify(value) ?? "null",
  };
}
