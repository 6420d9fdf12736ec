/**
 * What Azure's failures mean, and which of them pass by.
 *
 * Forms: Resource Manager answers `{"error":{"code","message","details"}}` (learn.microsoft.com/azure/azure-resource-manager/troubleshooting),
 * Microsoft.Web also `{"Code","Message"}`, the deployment service `{"Message","ExceptionMessage"}` or text, storage XML. Codes:
 * learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors.
 */
import { type Explained, FnpkgError } from "fnpkg/adapter";

export interface AzureFailure {
  /** What was called, such as `PUT /subscriptions/…/sites/thumbnail`; never a query, which may hold a key. */
  readonly call: string;
  /** HTTP; absent when an operation failed that was accepted before. */
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  readonly afterMs?: number;
}

/** A failure that Azure answered. Its message holds no keys and no tokens. */
export class AzureError extends Error {
  override readonly name = "AzureError";
  readonly call: string;
  readonly status: number | undefined;
  readonly code: string;
  readonly afterMs: number | undefined;

  constructor({ call, status, code = "", message, afterMs }: AzureFailure) {
    super(withoutSecrets(code === "" || message.includes(code) ? message : `${code}: ${message}`));
    this.call = call;
    this.status = status;
    this.code = code;
    this.afterMs = afterMs;
  }
}

/** Keys in addresses and connection strings, signatures and tokens, blotted out. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/([?&;](?:code|sig|key|clientId)=)[^&;\s"'<>]+/gi, "$1***")
    .replace(/\b((?:Account|SharedAccess|Instrumentation|Access)(?:Key|Signature))=[^;\s"'<>]+/gi, "$1=***")
    .replace(/\bBearer\s+[\w.~+/-]+=*/gi, "Bearer ***")
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "***");
}

interface Said {
  readonly code?: string;
  readonly message?: string;
}

/** Code and message in a body of any of the forms; nothing when it has none of them. */
export function saidIn(body: unknown): Said | undefined {
  if (typeof body === "string") return saidInText(body);
  if (typeof body !== "object" || body === null) return undefined;
  const { error, Code, Message, code, message, ExceptionMessage, error_description } = body as {
    readonly [key: string]: unknown;
  };
  if (typeof error === "object" && error !== null) return withDetails(error as { readonly [key: string]: unknown });
  const found = {
    code: text(Code) ?? text(code) ?? text(error),
    message: text(ExceptionMessage) ?? text(Message) ?? text(message),
  };
  const words = found.message ?? text(error_description);
  if (found.code === undefined && words === undefined) return undefined;
  return { ...(found.code === undefined ? {} : { code: found.code }), ...(words === undefined ? {} : { message: words }) };
}

function withDetails(error: { readonly [key: string]: unknown }): Said {
  const { code, message, details } = error;
  const more = (Array.isArray(details) ? (details as unknown[]) : []).flatMap((detail) => {
    const said = typeof detail === "object" && detail !== null ? (detail as { readonly message?: unknown }).message : undefined;
    return typeof said === "string" && said !== message ? [said] : [];
  });
  const words = [text(message) ?? "", ...(more.length === 0 ? [] : [`(${more.join("; ")})`])].join(" ").trim();
  return { ...(text(code) === undefined ? {} : { code: text(code) as string }), ...(words === "" ? {} : { message: words }) };
}

/** Storage's XML, else the words of a page or a plain text. */
function saidInText(body: string): Said | undefined {
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  const message = /<Message>([^<]+)<\/Message>/.exec(body)?.[1];
  const detail = /<AuthenticationErrorDetail>([^<]+)<\/AuthenticationErrorDetail>/.exec(body)?.[1];
  if (code !== undefined) {
    const words = [message, detail].flatMap((text) => text?.split("\n", 1)[0]?.trim() ?? []).join(" ");
    return { code, ...(words === "" ? {} : { message: words }) };
  }
  const words = body
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);
  return words === "" ? undefined : { message: words };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

interface Rule {
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly status?: (status: number) => boolean;
  readonly says: Explained;
}

const never = (hint: string): Explained => ({ code: "E_VENDOR", retry: "never", hint });
const later = (hint: string): Explained => ({ code: "E_VENDOR", retry: "later", hint });
const credentials =
  "Sign in (`az login`), set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret, or a fresh token in AZURE_ACCESS_TOKEN (for blobs in AZURE_STORAGE_ACCESS_TOKEN).";

/** The first that fits. */
/** Resource Manager hands some requests on to the app's host: https://github.com/Azure/azure-cli/issues/20892 */
const starting = /Encountered an error \((ServiceUnavailable|InternalServerError|BadGateway|GatewayTimeout)\) from host runtime/i;

const rules: readonly Rule[] = [
  {
    code: /^(TooManyRequests|SubscriptionRequestsThrottled|OperationThrottled|ResourceRequestsThrottled|ServerBusy|ResourceGroupBeingThrottled)$/i,
    says: later("Azure limits how fast it is called. Run it again, with less going on beside it."),
  },
  {
    status: (status) => status === 429,
    says: later("Azure limits how fast it is called. Run it again, with less going on beside it."),
  },
  {
    code: /^(ExpiredAuthenticationToken|AuthenticationFailed|InvalidAuthenticationToken.*|AuthenticationFailedMissingToken|InvalidAuthenticationInfo)$/i,
    says: never(`The credentials are not valid, or have expired. ${credentials}`),
  },
  { status: (status) => status === 401, says: never(`The credentials were refused. ${credentials}`) },
  {
    code: /^RequestDisallowedByPolicy$/i,
    says: never(
      "A policy of the subscription forbids it; the message names which. Change the configuration, or have it exempted.",
    ),
  },
  {
    code: /^(MissingSubscriptionRegistration|SubscriptionNotRegistered|NoRegisteredProviderFound)$/i,
    says: never(
      "Register the provider that the message names: `az provider register --namespace Microsoft.Web` (also Microsoft.App).",
    ),
  },
  {
    code: /^(SubscriptionNotFound|InvalidSubscriptionId|ReadOnlyDisabledSubscription)$/i,
    says: never("Check `subscription`, and that the credentials belong to its tenant."),
  },
  { code: /^ResourceGroupNotFound$/i, says: never("Make the resource group first, or correct `resourceGroup`.") },
  {
    code: /^PrincipalNotFound$/i,
    says: later("A new identity takes minutes to be known everywhere. Run it again."),
  },
  {
    code: /^RoleAssignmentExists$/i,
    says: never("The identity has the role by an assignment of someone else's. Remove that one, or leave `assignRoles` out."),
  },
  {
    message: starting,
    says: later("The app's host does not answer. Run it again in a minute; look at the app's log when that does not help."),
  },
  {
    message: /Destination endpoint not found|should pre-exist|The attempt to validate the provided endpoint/i,
    says: later("Event Grid does not see the function yet. Run it again."),
  },
  {
    message: /(website|site|hostname).*(already exists|already taken|is not available)|name .* is already in use/i,
    says: never("An app's name is unique in all of Azure. Choose another as `app`."),
  },
  {
    code: /^(QuotaExceeded|SkuNotAvailable|LocationNotAvailableForResourceType)$/i,
    says: never("The region has no room for it. Choose another `region`, or have the quota raised."),
  },
  {
    message: /quota of \d+ instances|exceed(s|ed)? .*quota|not available in (this|the) (region|location)/i,
    says: never("The region has no room for it. Choose another `region`, or have the quota raised."),
  },
  {
    code: /^(AuthorizationFailed|LinkedAuthorizationFailed|AuthorizationPermissionMismatch|AuthorizationFailure|InsufficientAccountPermissions|Forbidden)$/i,
    says: never(
      "The credentials lack a permission. `fnpkg permissions` prints what a deployer needs; the message names what was refused.",
    ),
  },
  {
    status: (status) => status === 403,
    says: never(
      "The credentials lack a permission, or the network is closed to you. `fnpkg permissions` prints what a deployer needs.",
    ),
  },
  {
    status: (status) => status === 412,
    says: { code: "E_CONFLICT", retry: "never", hint: "Something else changed it since it was read. Run it again." },
  },
  {
    code: /^(ScopeLocked|ResourceReadOnly)$/i,
    says: never("A lock of the resource or its group forbids the change. Remove the lock, or choose another group."),
  },
  // A state in between: what caused it passes, and the engine looks before it writes again.
  {
    code: /^(Conflict|AnotherOperationInProgress|OperationInProgress|ConcurrentOperation|ResourceBusy|.*InProgress)$/i,
    says: { code: "E_VENDOR", retry: "now", hint: "Another change of the same thing is under way. Run it again." },
  },
  {
    status: (status) => status === 409,
    says: { code: "E_VENDOR", retry: "now", hint: "Another change of the same thing is under way. Run it again." },
  },
  {
    status: (status) => status === 408 || status >= 500,
    says: later("Azure failed. Run it again; azure.status.microsoft tells of outages."),
  },
];

const passing =
  /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;
const unreachable = "Azure could not be reached. Check the connection, `endpoint` and proxy settings, then run it again.";

export function explain(cause: unknown): Explained | undefined {
  if (cause instanceof FnpkgError) return { code: cause.code, hint: cause.hint, retry: "never" };
  if (cause instanceof AzureError) {
    const rule = rules.find(
      ({ code, message, status }) =>
        (code === undefined || code.test(cause.code)) &&
        (message === undefined || message.test(cause.message)) &&
        (status === undefined || (cause.status !== undefined && status(cause.status))),
    );
    const said: Explained = rule?.says ?? { code: "E_VENDOR", retry: "never" };
    return cause.afterMs === undefined ? said : { ...said, afterMs: cause.afterMs };
  }
  if (!(cause instanceof Error)) return undefined;
  // `fetch` says why in its cause.
  const { code } = (cause instanceof TypeError && cause.cause instanceof Error ? cause.cause : cause) as {
    readonly code?: unknown;
  };
  if (code === "ENOTFOUND") return { code: "E_NETWORK", retry: "never", hint: unreachable };
  return typeof code === "string" && passing.test(code) ? { code: "E_NETWORK", retry: "now", hint: unreachable } : undefined;
}

/** True when the thing asked for, or what it is part of, is not there. */
export function isMissing(cause: unknown): boolean {
  if (!(cause instanceof AzureError) || /^SubscriptionNotFound$/i.test(cause.code)) return false;
  return cause.status === 404 || cause.status === 204;
}

/** True where the credentials, or the network, do not let it be seen. */
export function isForbidden(cause: unknown): boolean {
  return cause instanceof AzureError && cause.status === 403;
}

/** True while the app's own host does not answer yet. */
export function isStarting(cause: unknown): boolean {
  return cause instanceof AzureError && starting.test(cause.message);
}

export function isBusy(cause: unknown): boolean {
  return cause instanceof AzureError && cause.status === 409;
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
