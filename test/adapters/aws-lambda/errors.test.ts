import { FnpkgError } from "fnpkg/adapter";
import { describe, expect, test } from "vitest";
import { explain, ifThere, isMissing } from "../../../adapters/aws-lambda/errors.ts";

function failure(name: string, message = "", status = 400, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status }, ...more });
}

describe("what AWS's failures mean", () => {
  test.each([
    ["TooManyRequestsException", "Rate exceeded", 429, "later"],
    ["ThrottlingException", "Rate exceeded", 400, "later"],
    ["ServiceException", "", 500, "later"],
    ["UnknownError", "", 503, "later"],
    ["ResourceConflictException", "The operation cannot be performed at this time. An update is in progress", 409, "now"],
    ["ResourceInUseException", "Cannot update the event source mapping", 400, "now"],
    ["OperationAborted", "A conflicting conditional operation is currently in progress", 409, "now"],
    ["InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.", 400, "later"],
    [
      "InvalidParameterValueException",
      "The provided execution role does not have permissions to call ReceiveMessage on SQS",
      400,
      "later",
    ],
    ["InvalidArgument", "Unable to validate the following destination configurations", 400, "later"],
    [
      "ValidationException",
      "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      400,
      "later",
    ],
    ["AccessDeniedException", "User: arn:aws:iam::1:user/ci is not authorized to perform: lambda:CreateFunction", 403, "never"],
    ["ExpiredTokenException", "The security token included in the request is expired", 403, "never"],
    ["CodeStorageExceededException", "Code storage limit exceeded.", 400, "never"],
    ["PublicPolicyException", "", 400, "never"],
    ["InvalidParameterValueException", "Uploaded file must be a non-empty zip", 400, "never"],
  ])("%s: %s", (name, message, status, retry) => {
    expect(explain(failure(name, message, status))).toMatchObject({ code: "E_VENDOR", retry });
  });

  test("a lost race is a conflict, and never repeated", () => {
    expect(explain(failure("PreconditionFailedException", "The Revision Id provided does not match", 412))).toMatchObject({
      code: "E_CONFLICT",
      retry: "never",
    });
  });

  test("a broken connection is tried again, an unknown host is not", () => {
    expect(explain(Object.assign(new Error("read"), { code: "ECONNRESET" }))).toMatchObject({ code: "E_NETWORK", retry: "now" });
    const closed = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
    expect(explain(closed)).toMatchObject({ code: "E_NETWORK", retry: "now" });
    expect(explain(Object.assign(new Error("lookup"), { code: "ENOTFOUND" }))).toMatchObject({
      code: "E_NETWORK",
      retry: "never",
    });
  });

  test("Retry-After is kept", () => {
    const $response = { headers: { "retry-after": "3" } };
    expect(explain(failure("TooManyRequestsException", "", 429, { $response }))).toMatchObject({ afterMs: 3000 });
  });

  test("our own failures stay what they are; what is none of AWS's has no meaning here", () => {
    expect(explain(new FnpkgError("E_PEER", "gone"))).toMatchObject({ code: "E_PEER", retry: "never" });
    expect(explain(new TypeError("a bug"))).toBeUndefined();
    expect(explain("text")).toBeUndefined();
  });

  test("what is not there is told from what failed", async () => {
    expect(isMissing(failure("NoSuchEntityException", "", 404))).toBe(true);
    expect(await ifThere(Promise.reject(failure("ResourceNotFoundException", "", 404)))).toBeUndefined();
    await expect(ifThere(Promise.reject(failure("AccessDeniedException", "", 403)))).rejects.toThrow();
  });
});
