/** How each service says that it is asked too often, that it is broken, that it does not know who asks, or what. */
import { AwsFailure } from "./service.ts";

type Said = readonly [status: number, code: string, message: string];

interface Words {
  readonly throttled: Said;
  readonly unavailable: Said;
  readonly internal: Said;
  readonly unsigned: Said;
  readonly unknown: Said;
}

/** Codes that services have in common: docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const common: Words = {
  throttled: [400, "ThrottlingException", "Rate exceeded"],
  unavailable: [503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."],
  internal: [500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."],
  unsigned: [403, "MissingAuthenticationTokenException", "Missing Authentication Token"],
  unknown: [400, "UnknownOperationException", ""],
};

const query: Words = {
  ...common,
  throttled: [400, "Throttling", "Rate exceeded"],
  unsigned: [403, "MissingAuthenticationToken", "Request is missing Authentication Token"],
  unknown: [400, "InvalidAction", "Could not find the operation."],
};

/** Codes and statuses: the error shapes in each service's API model. */
const words: { readonly [service: string]: Partial<Words> } = {
  lambda: {
    throttled: [429, "TooManyRequestsException", "Rate exceeded"],
    internal: [500, "ServiceException", "An error occurred and the request cannot be processed."],
    unknown: [404, "UnknownOperationException", "Unable to determine the operation."],
  },
  // docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  s3: {
    throttled: [503, "SlowDown", "Please reduce your request rate."],
    internal: [500, "InternalError", "We encountered an internal error. Please try again."],
    unavailable: [503, "ServiceUnavailable", "Service is unable to handle request."],
    unsigned: [403, "AccessDenied", "Access Denied"],
    unknown: [405, "MethodNotAllowed", "The specified method is not allowed against this resource."],
  },
  iam: { ...query, internal: [500, "ServiceFailure", "The request processing has failed because of an unknown error."] },
  sts: query,
  sns: { ...query, internal: [500, "InternalError", "The request processing has failed because of an unknown error."] },
  sqs: { throttled: [403, "RequestThrottled", "Request is throttled."] },
  logs: { unavailable: [500, "ServiceUnavailableException", "The service cannot complete the request."] },
  scheduler: {
    throttled: [429, "ThrottlingException", "Rate exceeded"],
    internal: [500, "InternalServerException", "Unexpected error encountered while processing the request."],
  },
  apigateway: { throttled: [429, "TooManyRequestsException", "Too Many Requests"] },
};

export function refusalOf(service: string, why: keyof Words): AwsFailure {
  const [status, code, message] = words[service]?.[why] ?? common[why];
  return new AwsFailure(status, code, message, service === "lambda" ? lambdaMore(why) : {});
}

function lambdaMore(why: keyof Words): { readonly [member: string]: string } {
  if (why === "throttled") return { Type: "User", Reason: "CallerRateLimitExceeded" };
  return { Type: why === "internal" || why === "unavailable" ? "Service" : "User" };
}
