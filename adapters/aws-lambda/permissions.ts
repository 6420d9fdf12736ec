/** The IAM actions that are no kind's. `sts:GetCallerIdentity` needs none: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
import type { OperationPermissions } from "fnpkg/adapter";

const versions = ["lambda:GetFunction", "lambda:ListAliases", "lambda:ListTags", "lambda:ListVersionsByFunction"];
const moves = [...versions, "lambda:TagResource", "lambda:UpdateAlias"];

export const permissions: OperationPermissions = {
  preflight: ["iam:GetRole", "lambda:GetFunction", "s3:GetBucketLocation", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
  /** Behind `auth: identity` the call itself is authorized. */
  invoke: [
    "apigateway:GET",
    "execute-api:Invoke",
    "lambda:GetFunction",
    "lambda:GetFunctionUrlConfig",
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:ListTags",
  ],
  logs: ["logs:FilterLogEvents"],
  list: ["lambda:GetFunction", "lambda:GetFunctionUrlConfig", "lambda:ListFunctions", "lambda:ListTags"],
  purge: ["logs:DeleteLogGroup", "logs:DescribeLogGroups", "logs:ListTagsForResource", "s3:DeleteObject", "s3:ListBucket"],
  versions,
  promote: moves,
  rollback: moves,
};
