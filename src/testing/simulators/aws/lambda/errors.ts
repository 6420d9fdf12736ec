/** What Lambda refuses with: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html and each operation's page. */
import { AwsFailure } from "../service.ts";

export function invalid(message: string): AwsFailure {
  return new AwsFailure(400, "InvalidParameterValueException", message, { Type: "User" });
}

export function conflict(message: string): AwsFailure {
  return new AwsFailure(409, "ResourceConflictException", message, { Type: "User" });
}

export function missing(message = "The resource you requested does not exist."): AwsFailure {
  return new AwsFailure(404, "ResourceNotFoundException", message, { Type: "User" });
}

/** As the service says what a model's constraint forbids. */
export function unfit(value: unknown, member: string, constraint: string): AwsFailure {
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return new AwsFailure(
    400,
    "ValidationException",
    `1 validation error detected: Value '${said}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

export function checkRevision(given: string | undefined, now: string): void {
  if (given === undefined || given === now) return;
  throw new AwsFailure(
    412,
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    { Type: "User" },
  );
}
