/** Answers one HTTP request. */
export type HttpHandler = (request: Request, context: Context) => HttpResult | Promise<HttpResult>;

/** A Fetch `Response`, or the plain form: `status` 200, no headers and no body by default. */
export type HttpResult =
  | Response
  | {
      status?: number;
      headers?: Record<string, string | string[]>;
      body?: string | Uint8Array | ReadableStream;
    };

/** The Workers, Deno and Bun shape, accepted in place of an `HttpHandler`. */
export interface FetchHandler {
  fetch(request: Request, env: Readonly<Record<string, string>>, context: Context): HttpResult | Promise<HttpResult>;
}

/** Handles one event; settling without an error acknowledges it. */
export type CloudEventHandler<T = unknown> = (event: CloudEvent<T>, context: Context) => void | Promise<void>;

/** Handles a batch; every event that isn't named in the result is acknowledged. */
export type CloudEventBatchHandler<T = unknown> = (
  events: readonly CloudEvent<T>[],
  context: Context,
) => void | BatchResult | Promise<void | BatchResult>;

/** The events of a batch that failed, by their index: (source, id) can repeat. */
export interface BatchResult {
  failures: { index: number; reason?: string }[];
}

/**
 * A CloudEvents 1.0 event: attributes and extensions are properties. `data` is decoded by `datacontenttype`:
 * JSON is a value, text a string, everything else a `Uint8Array`.
 */
export interface CloudEvent<T = unknown> {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: T;
  readonly [extension: string]: unknown;
}

export interface Context {
  readonly invocationId: string;
  readonly function: {
    readonly name: string;
    readonly version: string;
    readonly packageDigest: string;
  };
  /** When the target ends the invocation; null when it never does. */
  readonly deadline: Date | null;
  /** Milliseconds to the deadline, at least 0; Infinity without a deadline. */
  remainingMs(): number;
  /** Aborted 500 ms before the deadline. */
  readonly signal: AbortSignal;
  /** JSON lines: debug and info go to stdout, warn and error to stderr. */
  readonly log: Logger;
  readonly trace: { readonly traceparent?: string; readonly tracestate?: string };
  /** Declared names only. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: { readonly name: string; readonly region?: string };
  /** Awaited before the invocation is reported finished, at most until the deadline; a rejection is logged. */
  waitUntil(promise: Promise<unknown>): void;
  /** The vendor's event and context. Using it forfeits portability. */
  readonly raw: unknown;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one JSON line `{ time, level, message, invocationId?, ...fields }` a call. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
