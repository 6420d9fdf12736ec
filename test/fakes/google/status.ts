/** Failures as Google answers them: google.rpc.Status. */

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

/** Thrown by a service; answered by the server. */
export class Status extends Error {
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

export function invalid(field: string, description: string): Status {
  return new Status("INVALID_ARGUMENT", `Invalid value at '${field}': ${description}`, [
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] },
  ]);
}

export function denied(permission: string, resource: string): Status {
  return new Status("PERMISSION_DENIED", `Permission '${permission}' denied on '${resource}' (or it may not exist).`, [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "IAM_PERMISSION_DENIED",
      domain: "iam.googleapis.com",
      metadata: { permission, resource },
    },
  ]);
}

export function disabled(service: string, project: string): Status {
  return new Status("PERMISSION_DENIED", `${service} has not been used in project ${project} before or it is disabled.`, [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "SERVICE_DISABLED",
      domain: "googleapis.com",
      metadata: { service, consumer: `projects/${project}` },
    },
  ]);
}

export function exhausted(seconds: number): Status {
  return new Status("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Per project mutation requests'.", [
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${seconds}s` },
  ]);
}
