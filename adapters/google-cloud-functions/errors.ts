/**
 * What Google's failures mean, and which of them pass by.
 *
 * Form: google.rpc.Status with google.rpc.ErrorInfo, BadRequest, RetryInfo, Help (cloud.google.com/apis/design/errors, googleapis
 * google/rpc/status.proto, error_details.proto). What passes by: firebase-tools src/deploy/functions/release/fabricator.ts and
 * src/gcp/cloudfunctionsv2.ts retry 409, 429, 503 and an operation that ended with RESOURCE_EXHAUSTED.
 */
import { type Explained, FnpkgError } from "fnpkg/adapter";

/** One element of `google.rpc.Status.details`, whatever its type. */
export interface Detail {
  readonly "@type"?: string;
  readonly reason?: string;
  readonly domain?: string;
  readonly metadata?: { readonly [name: string]: string };
  readonly fieldViolations?: readonly { readonly field?: string; readonly description?: string }[];
  readonly retryDelay?: string;
}

/** google.rpc.Code, https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto. */
const codeNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;
type CodeName = (typeof codeNames)[number];

export interface GoogleFailure {
  /** What was called, such as `PATCH /v2/projects/p/locations/r/functions/f`; never a query, which may be signed. */
  readonly call: string;
  /** HTTP; absent when an operation failed. */
  readonly status?: number;
  readonly code?: CodeName;
  readonly message: string;
  readonly details?: readonly Detail[];
  readonly afterMs?: number;
}

/** A failure that Google answered. */
export class GoogleError extends Error {
  override readonly name = "GoogleError";
  readonly call: string;
  readonly status: number | undefined;
  readonly code: CodeName | undefined;
  readonly details: readonly Detail[];
  readonly afterMs: number | undefined;

  constructor({ call, status, code, message, details = [], afterMs }: GoogleFailure) {
    const violations = details.flatMap(({ fieldViolations = [] }) =>
      fieldViolations.map(({ field, description }) => [field, description].filter((part) => part !== undefined).join(": ")),
    );
    const added = violations.filter((violation) => !message.includes(violation));
    super(added.length === 0 ? message : `${message} (${added.join("; ")})`);
    this.call = call;
    this.status = status;
    this.code = code;
    this.details = details;
    this.afterMs = afterMs ?? retryDelayMs(details);
  }

  /** `ErrorInfo.reason`, such as SERVICE_DISABLED. */
  get reason(): string | undefined {
    return this.details.find(({ reason }) => reason !== undefined)?.reason;
  }

  /** `ErrorInfo.metadata`. */
  get metadata(): { readonly [name: string]: string } {
    return this.details.find(({ reason }) => reason !== undefined)?.metadata ?? {};
  }
}

/** A code as Google writes it: the name, or its number in an operation's error. */
export function codeName(code: unknown): CodeName | undefined {
  if (typeof code === "number") return codeNames[code];
  return codeNames.find((name) => name === code);
}

/** `RetryInfo.retryDelay`, a protobuf duration: `3.5s`. */
function retryDelayMs(details: readonly Detail[]): number | undefined {
  const seconds = Number.parseFloat(details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay ?? "");
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

interface Rule {
  readonly when: (error: GoogleError) => boolean;
  readonly says: (error: GoogleError) => Explained;
}

const never = (hint: string) => ({ code: "E_VENDOR", retry: "never", hint }) as const;
const later = (hint: string) => ({ code: "E_VENDOR", retry: "later", hint }) as const;

/** The first that fits. */
const rules: readonly Rule[] = [
  {
    when: ({ reason, message }) =>
      reason === "SERVICE_DISABLED" || /API has not been used in project|API .* is disabled/i.test(message),
    says: (error) => {
      const { service = serviceIn(error.message), consumer = "" } = error.metadata;
      const project = consumer.replace(/^projects\//, "");
      const of = project === "" ? "" : ` --project ${project}`;
      return never(
        `Switch the API on, wait a minute, and run it again: \`gcloud services enable ${service ?? "SERVICE.googleapis.com"}${of}\`.`,
      );
    },
  },
  {
    when: isPropagating,
    says: () =>
      later(
        "Google takes minutes to make a new permission or service account known everywhere. If it stays, grant what the message names.",
      ),
  },
  {
    when: ({ code, status }) => code === "UNAUTHENTICATED" || (code === undefined && status === 401),
    says: () =>
      never(
        "Give valid credentials: `gcloud auth application-default login`, GOOGLE_APPLICATION_CREDENTIALS, or a fresh token in GOOGLE_OAUTH_ACCESS_TOKEN.",
      ),
  },
  {
    when: ({ message }) =>
      /one or more users named in the policy do not belong to a permitted customer|iam\.allowedPolicyMemberDomains/i.test(
        message,
      ),
    says: () =>
      never("The organisation allows no public callers. Use `auth: identity`, or have its policy on allowed members changed."),
  },
  {
    when: ({ code, status }) => code === "PERMISSION_DENIED" || (code === undefined && status === 403),
    says: ({ metadata }) =>
      never(
        `The credentials lack ${metadata["permission"] === undefined ? "a permission" : `the permission ${metadata["permission"]}`}. \`fnpkg permissions\` prints what a deployer needs; the message names what was refused.`,
      ),
  },
  {
    when: ({ code, status }) => code === "RESOURCE_EXHAUSTED" || status === 429,
    says: () =>
      later(
        "A quota is used up: of changes a minute, or of instances in the region. Wait, or have the quota raised, and run it again.",
      ),
  },
  {
    when: ({ message }) => /etag|concurrent policy changes/i.test(message),
    says: () => ({ code: "E_VENDOR", retry: "now", hint: "Something else changed it at the same time. Run it again." }),
  },
  // A state in between: what caused it passes, and the engine looks before it writes again.
  {
    when: isBusy,
    says: () => ({ code: "E_VENDOR", retry: "now", hint: "Another change of the same thing is under way. Run it again." }),
  },
  {
    when: ({ code, status }) =>
      code === "UNAVAILABLE" || code === "INTERNAL" || code === "DEADLINE_EXCEEDED" || (status !== undefined && status >= 500),
    says: () => later("Google's API failed. Run it again; status.cloud.google.com tells of outages."),
  },
];

const passing =
  /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/;
const unreachable = "Google could not be reached. Check the connection, `endpoint` and proxy settings, then run it again.";

export function explain(cause: unknown): Explained | undefined {
  if (cause instanceof FnpkgError) return { code: cause.code, hint: cause.hint, retry: "never" };
  if (cause instanceof GoogleError) {
    const said = rules.find(({ when }) => when(cause))?.says(cause) ?? { code: "E_VENDOR" as const, retry: "never" as const };
    return cause.afterMs === undefined ? said : { ...said, afterMs: cause.afterMs };
  }
  if (!(cause instanceof Error)) return undefined;
  const code = systemCode(cause);
  if (code === "ENOTFOUND") return { code: "E_NETWORK", retry: "never", hint: unreachable };
  if (passing.test(code) || cause.name === "TimeoutError") return { code: "E_NETWORK", retry: "now", hint: unreachable };
  return cause instanceof TypeError && cause.message === "fetch failed"
    ? { code: "E_NETWORK", retry: "never", hint: unreachable }
    : undefined;
}

/** True when the thing asked for is not there. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof GoogleError && (cause.code === "NOT_FOUND" || (cause.code === undefined && cause.status === 404));
}

/** True when it is there already. */
export function isExisting(cause: unknown): boolean {
  return cause instanceof GoogleError && cause.code === "ALREADY_EXISTS";
}

/** True while another change of the same thing is under way: 409, ABORTED. */
export function isBusy(cause: unknown): boolean {
  return (
    cause instanceof GoogleError &&
    cause.code !== "ALREADY_EXISTS" &&
    (cause.code === "ABORTED" || cause.status === 409 || /unable to queue the operation/i.test(cause.message))
  );
}

/** True when a precondition failed: a policy's etag is another, or a function that can't be changed as it is. */
export function isStale(cause: unknown): boolean {
  return cause instanceof GoogleError && (cause.code === "ABORTED" || cause.status === 409 || cause.status === 412);
}

/**
 * True while Google makes something known that was just granted or made: service accounts, roles
 * (cloud.google.com/iam/docs/access-change-propagation).
 */
function isPropagating(cause: GoogleError): boolean {
  return isStarting(cause) || /service account .* (?:does not exist|was not found|is not ready)/is.test(cause.message);
}

/** True while Eventarc's service agents get their permissions, minutes after its first use (cloud.google.com/eventarc/docs/troubleshooting). */
export function isStarting(cause: unknown): boolean {
  return cause instanceof GoogleError && /recently started to use Eventarc|permissions? .*\bpropagat/is.test(cause.message);
}

/** True when a quota of instances or changes is used up for now: RESOURCE_EXHAUSTED. */
export function isExhausted(cause: unknown): boolean {
  return cause instanceof GoogleError && cause.code === "RESOURCE_EXHAUSTED";
}

/** The call's answer; `undefined` when the thing asked for is not there. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function serviceIn(message: string): string | undefined {
  return /[a-z]+\.googleapis\.com/.exec(message)?.[0];
}

/** `fetch` hides the system's code in its cause. */
function systemCode(error: Error): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as Error & { readonly code?: unknown };
    if (typeof code === "string") return code;
  }
  return "";
}
