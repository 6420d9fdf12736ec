/** One request to a Google API, sent once: address, credentials, deadline, and failures in Google's own form. */
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import type { Call } from "./client-api.ts";
import { codeName, type Detail, GoogleError } from "./errors.ts";

/** The host of each API; `endpoint` takes the place of all. */
const hosts = {
  functions: "https://cloudfunctions.googleapis.com",
  run: "https://run.googleapis.com",
  scheduler: "https://cloudscheduler.googleapis.com",
  pubsub: "https://pubsub.googleapis.com",
  eventarc: "https://eventarc.googleapis.com",
  storage: "https://storage.googleapis.com",
  logging: "https://logging.googleapis.com",
  builds: "https://cloudbuild.googleapis.com",
  iam: "https://iam.googleapis.com",
  tokens: "https://iamcredentials.googleapis.com",
} as const;
export type Api = keyof typeof hosts;

export interface Request {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** From the root, such as `/v2/projects/p`; its parts are encoded already. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | undefined };
  readonly body?: object;
}

export type Send = <Answer>(api: Api, request: Request, call: Call) => Promise<Answer>;

/** The headers that a request is authorised by. */
export type Authorise = (url: string, signal: AbortSignal) => Promise<{ readonly [name: string]: string }>;

const answerMs = 60_000;

export function rest(endpoint: string | undefined, authorise: Authorise, fetch = globalThis.fetch): Send {
  return async <Answer>(api: Api, { method = "GET", path, query = {}, body }: Request, call: Call): Promise<Answer> => {
    const url = new URL((endpoint ?? hosts[api]).replace(/\/+$/, "") + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const headers = {
      accept: "application/json",
      ...(await authorise(url.origin, call.signal)),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const { signal, patienceMs = answerMs } = call;
    const answer = await fetch(url, {
      method,
      headers,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const said = json(text);
    if (answer.ok && said !== undefined) return said as Answer;
    throw failure(`${method} ${path}`, answer, text, said);
  };
}

/**
 * Puts the archive where a signed address says: no credentials beside it, and the content type that it was signed for
 * (google.cloud.functions.v2 GenerateUploadUrl: "a PUT with `content-type: application/zip` … do not specify the Authorization
 * header"). The address is a secret; failures name neither it nor what storage answers beyond its code.
 */
export async function putArchive(
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
  { signal, patienceMs = 10 * 60_000 }: Call,
  fetch = globalThis.fetch,
): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "PUT",
      headers: { "content-type": "application/zip" },
      body: bytes,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw withoutAddress(cause, url);
  }
  const text = await answer.text();
  if (answer.ok) return;
  const code = /<Code>([A-Za-z]+)<\/Code>/.exec(text)?.[1] ?? answer.statusText;
  throw new GoogleError({
    call: "PUT the signed upload address",
    status: answer.status,
    message: `the upload was answered with ${answer.status} ${code}`.trim(),
  });
}

/** The same failure, with nothing of the address in its words. */
function withoutAddress(cause: unknown, url: string): unknown {
  if (!(cause instanceof Error) || ![cause.message, reasonOf(cause.cause ?? "")].some((said) => said.includes(url))) return cause;
  const clean = new Error("the upload was not answered");
  return Object.assign(clean, { code: (cause.cause as { readonly code?: unknown } | undefined)?.code });
}

function failure(call: string, answer: Response, text: string, said: unknown): Error {
  const error = errorIn(said);
  const after = Number(answer.headers.get("retry-after"));
  const waits = Number.isFinite(after) && after > 0 ? { afterMs: after * 1000 } : {};
  if (error === undefined) {
    const words = text
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 200);
    const message = answer.ok
      ? "the answer is no JSON"
      : `${answer.status} ${answer.statusText}${words === "" ? "" : `: ${words}`}`;
    return new GoogleError({ call, status: answer.ok ? 502 : answer.status, message: `${call}: ${message}`, ...waits });
  }
  const code = codeName(error.status);
  return new GoogleError({
    call,
    status: answer.status,
    ...(code === undefined ? {} : { code }),
    message: error.message ?? `${answer.status} ${answer.statusText}`,
    ...(error.details === undefined ? {} : { details: error.details }),
    ...waits,
  });
}

interface StatusJson {
  readonly message?: string;
  readonly status?: string;
  readonly details?: readonly Detail[];
}

/** `{"error": {…}}`; Storage's has `errors` for `details`. */
function errorIn(said: unknown): StatusJson | undefined {
  const error = Array.isArray(said) ? (said[0] as unknown) : said;
  if (typeof error !== "object" || error === null || !("error" in error)) return undefined;
  return typeof error.error === "object" && error.error !== null ? error.error : undefined;
}

function json(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A resource's name in a path: its slashes stay. */
export function named(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** @throws FnpkgError E_VENDOR when Google left out what it always answers */
export function answered<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null)
    throw new FnpkgError("E_VENDOR", `Google answered without ${what}`, { target: "google-cloud-functions" });
  return value;
}
