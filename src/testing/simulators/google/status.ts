/** Failures as Google answers them: google.rpc.Status. */
import type { Refusal } from "../wire.ts";

const httpOf: { readonly [code: string]: number } = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
};

/** google/rpc/code.proto. */
export const codeNumbers: { readonly [code: string]: number } = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

/** Thrown by a service; answered by the vendor. */
export class GoogleStatus extends Error {
  readonly code: string;
  readonly details: readonly object[];

  constructor(code: string, message: string, details: readonly object[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get http(): number {
    return httpOf[this.code] ?? 500;
  }

  get json(): object {
    const details = this.details.length === 0 ? {} : { details: this.details };
    return { error: { code: this.http, message: this.message, status: this.code, ...details } };
  }
}

export function invalid(field: string, description: string): GoogleStatus {
  return new GoogleStatus("INVALID_ARGUMENT", `Invalid value at '${field}': ${description}`, [
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] },
  ]);
}

export function denied(permission: string, resource: string): GoogleStatus {
  return new GoogleStatus("PERMISSION_DENIED", `Permission '${permission}' denied on '${resource}' (or it may not exist).`, [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "IAM_PERMISSION_DENIED",
      domain: "iam.googleapis.com",
      metadata: { permission, resource },
    },
  ]);
}

export function disabled(service: string, project: string): GoogleStatus {
  return new GoogleStatus("PERMISSION_DENIED", `${service} has not been used in project ${project} before or it is disabled.`, [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "SERVICE_DISABLED",
      domain: "googleapis.com",
      metadata: { service, consumer: `projects/${project}` },
    },
  ]);
}

/** A failure that has nothing to do with what was asked; RetryInfo and `Retry-After` say when to come back. */
export function refused({ why, afterMs }: Refusal): { readonly status: GoogleStatus; readonly headers: Headers } {
  const wait =
    afterMs === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${afterMs / 1000}s` }];
  const [code, message] = refusals[why];
  const headers = afterMs === undefined ? {} : { "retry-after": String(Math.ceil(afterMs / 1000)) };
  return { status: new GoogleStatus(code, message, wait), headers };
}

type Headers = { readonly [name: string]: string };

const refusals = {
  throttled: ["RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Per project mutation requests'."],
  unavailable: ["UNAVAILABLE", "The service is currently unavailable."],
  internal: ["INTERNAL", "Internal error encountered."],
} as const satisfies { readonly [why in Refusal["why"]]: readonly [code: string, message: string] };
