/**
 * What AWS's failures mean, and which of them pass by.
 *
 * Names and statuses: the error shapes of botocore 0e6e2404 (2026-08-07), `service-2.json` of each service. Messages, where a name
 * alone says too little: docs.aws.amazon.com/lambda/latest/api and the SDK's own type documentation.
 */
import { type Explained, FnpkgError } from "fnpkg/adapter";

/** What is read of an error, whatever SDK or transport it came from. */
interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  /** A system's or the transport's code, such as ECONNRESET. */
  readonly code: string;
  readonly afterMs: number | undefined;
}

interface Rule {
  readonly name?: RegExp;
  readonly message?: RegExp;
  readonly status?: (status: number) => boolean;
  readonly says: Explained;
}

const credentials = "Sign in again (`aws sso login`), or renew the credentials in the environment or profile; then run it again.";

/** The first that fits. */
const rules: readonly Rule[] = [
  {
    name: /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|RequestThrottled|LimitExceededFault$|KMSThrottling)/,
    says: {
      code: "E_VENDOR",
      retry: "later",
      hint: "AWS limits how fast it is called. Run it again, with less going on beside it.",
    },
  },
  {
    name: /^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired|SSOTokenProviderFailure)$/,
    says: { code: "E_VENDOR", retry: "never", hint: `The credentials have expired. ${credentials}` },
  },
  {
    name: /^(CredentialsProviderError|TokenProviderError|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|AuthFailure|MissingAuthenticationToken|InvalidSignature)/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "Give valid AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE. Check the machine's clock too.",
    },
  },
  {
    name: /^(RequestTimeTooSkewed|InvalidSignatureException)$/,
    says: { code: "E_VENDOR", retry: "never", hint: "Set the machine's clock." },
  },
  {
    name: /^PreconditionFailed(Exception)?$/,
    says: { code: "E_CONFLICT", retry: "never", hint: "Something else changed it since it was read. Run it again." },
  },
  // github.com/hashicorp/terraform/issues/24957
  {
    message:
      /Alias with weights can not be used with Provisioned Concurrency|Invalid alias configuration for Provisioned Concurrency/i,
    says: {
      code: "E_TRAFFIC",
      retry: "never",
      hint: "Lambda does not take this together with provisioned concurrency. End the split first: promote a version, or deploy without `--traffic`.",
    },
  },
  {
    message:
      /role .*cannot be assumed|cannot assume role|must allow AWS EventBridge Scheduler to assume|Invalid principal in policy/i,
    says: {
      code: "E_VENDOR",
      retry: "later",
      hint: "The role's trust policy must let the service assume it: lambda.amazonaws.com, for schedules scheduler.amazonaws.com. A new role takes seconds to be known everywhere.",
    },
  },
  {
    message: /does not have permissions? to call|execution role does not have permission|permissions on the execution role/i,
    says: {
      code: "E_VENDOR",
      retry: "later",
      hint: "Give the function's role what the message names; a new permission takes seconds to be known everywhere.",
    },
  },
  {
    message: /Unable to validate the following destination configurations/i,
    says: {
      code: "E_VENDOR",
      retry: "later",
      hint: "The bucket may not call the function yet; a new permission takes seconds to be known everywhere.",
    },
  },
  {
    message: /Lambda was unable to (decrypt|configure access to) .*environment variables|KMS key is (not enabled|pending)/i,
    says: { code: "E_VENDOR", retry: "later", hint: "The function's role must be allowed to use the KMS key." },
  },
  {
    name: /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|AuthorizationError|AuthorizationErrorException|Forbidden|ForbiddenException)$/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "The credentials lack a permission, which the message names. `fnpkg permissions` prints the policy that the deployer needs.",
    },
  },
  {
    name: /^PublicPolicyException$/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "The account blocks public access to functions. Use `auth: identity`, or change the account's setting.",
    },
  },
  {
    name: /^CodeStorageExceeded/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "The region's storage for code is full. Lower `keepVersions`, or delete functions.",
    },
  },
  {
    name: /^PolicyLengthExceeded/,
    says: { code: "E_VENDOR", retry: "never", hint: "The function's policy holds 20 KB at most. Use fewer triggers or callers." },
  },
  {
    name: /^(RequestTooLarge|RequestEntityTooLarge|EntityTooLarge)/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "Upload through a bucket: `uploads: { bucket: … }` in the target's section.",
    },
  },
  {
    name: /^(CodeSigningConfigNotFound|CodeVerificationFailed|InvalidCodeSignature)/,
    says: { code: "E_VENDOR", retry: "never", hint: "The function takes signed code only, which fnpkg doesn't send." },
  },
  {
    name: /^(NoSuchBucket|PermanentRedirect|AuthorizationHeaderMalformed)$/,
    says: {
      code: "E_VENDOR",
      retry: "never",
      hint: "Check the bucket's name; it must be in the target's region.",
    },
  },
  // A state in between: what caused it passes, and the engine looks before it writes again.
  {
    name: /^(ResourceConflictException|ResourceInUseException|OperationAborted|ConcurrentModification(Exception)?|ConditionalRequestConflict|ConflictException|ConcurrentAccess(Exception)?|ResourceNotReadyException|EntityTemporarilyUnmodifiable(Exception)?|OperationAbortedException)$/,
    says: { code: "E_VENDOR", retry: "now", hint: "Another change of the same thing is under way. Run it again." },
  },
  // A look that lags behind did not see it: the engine looks again, and takes it when it is ours.
  {
    name: /^(ResourceAlreadyExists|EntityAlreadyExists)(Exception)?$/,
    says: { code: "E_VENDOR", retry: "now", hint: "Something of that name is there already, or was until now. Run it again." },
  },
  {
    name: /^(InternalError|InternalFailure|InternalServer|ServiceException|ServiceFailure|ServiceUnavailable|EC2Throttled|EFSIO|ENILimit|SubnetIPAddressLimit)/,
    says: { code: "E_VENDOR", retry: "later" },
  },
  { status: (status) => status === 429, says: { code: "E_VENDOR", retry: "later" } },
  { status: (status) => status >= 500, says: { code: "E_VENDOR", retry: "later" } },
];

const passing =
  /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_(SOCKET|(CONNECT|HEADERS|BODY)_TIMEOUT))$/;
const unreachable = "AWS could not be reached. Check the connection, `region`, `endpoint` and proxy settings, then run it again.";

export function explain(cause: unknown): Explained | undefined {
  if (cause instanceof FnpkgError) return { code: cause.code, hint: cause.hint, retry: "never" };
  if (!(cause instanceof Error)) return undefined;
  const error = read(cause);
  if (isUnknownOperation(cause))
    return { code: "E_VENDOR", retry: "never", hint: "What answers at the endpoint has not this operation. Check `endpoint`." };
  const rule = rules.find(
    ({ name, message, status }) =>
      (name === undefined || name.test(error.name)) &&
      (message === undefined || message.test(error.message)) &&
      (status === undefined || (error.status !== undefined && status(error.status))),
  );
  if (rule !== undefined) return { ...rule.says, ...(error.afterMs === undefined ? {} : { afterMs: error.afterMs }) };
  if (error.code === "ENOTFOUND") return { code: "E_NETWORK", retry: "never", hint: unreachable };
  if (passing.test(error.code) || error.name === "TimeoutError") return { code: "E_NETWORK", retry: "now", hint: unreachable };
  return error.status === undefined ? undefined : { code: "E_VENDOR", retry: "never" };
}

/** True when the thing asked for is not there. */
export function isMissing(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /^(ResourceNotFound(Exception)?|ProvisionedConcurrencyConfigNotFound(Exception)?|NoSuchEntity(Exception)?|NotFound(Exception)?|NoSuchKey|NoSuchBucket|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/.test(
      read(cause).name,
    )
  );
}

/**
 * True when the endpoint has not the operation at all, as some emulators: an answer that no AWS service gives, a page for 404, or
 * 501.
 */
export function isUnknownOperation(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { name, status } = read(cause);
  return status === 501 || (status === 404 && (cause instanceof SyntaxError || name === "UnknownOperationException"));
}

/** True when it is there already. */
export function isExisting(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /^(ResourceConflictException|ResourceAlreadyExists(Exception)?|EntityAlreadyExists(Exception)?|ConflictException|PreconditionFailed)$/.test(
      read(cause).name,
    )
  );
}

/** True when it was changed since it was read, or when what was read was no longer so. */
export function isOutdated(cause: unknown): boolean {
  return cause instanceof Error && /^PreconditionFailed(Exception)?$/.test(read(cause).name);
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

function read(error: Error): AwsError {
  const more = error as Error & {
    readonly code?: unknown;
    readonly Code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: { readonly [name: string]: string } };
    readonly retryAfterSeconds?: unknown;
  };
  const named =
    typeof more.Code === "string" && (error.name === "Error" || error.name === "UnknownError") ? more.Code : error.name;
  const after = Number(more.retryAfterSeconds ?? more.$response?.headers?.["retry-after"]);
  return {
    name: named,
    message: error.message,
    status: more.$metadata?.httpStatusCode,
    code: typeof more.code === "string" ? more.code : "",
    afterMs: Number.isFinite(after) && after > 0 ? after * 1000 : undefined,
  };
}
