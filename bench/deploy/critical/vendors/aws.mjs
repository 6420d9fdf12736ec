/** AWS: one http function with a URL that is open to all, under a role that is there. */
import { createRequire } from "node:module";

/** Milliseconds; shorter than Lambda's own, so that little hides behind them. */
export const lags = { function: 1000 };
const region = "eu-west-1";
const role = "bench";

export const target = "aws-lambda";
export const env = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};
export const section = { region };
export const identity = { "aws-lambda": `arn:aws:iam::123456789012:role/${role}` };

export function simulator({ awsSimulator }, options) {
  return awsSimulator({ region, lags, ...options });
}

/** Makes the role; over `fetch` where there is no address. */
export async function furnish(endpoint, fetch) {
  Object.assign(process.env, env);
  const { IAMClient, CreateRoleCommand } = createRequire(import.meta.url)("@aws-sdk/client-iam");
  const { handlerOf } = fetch === undefined ? {} : await import("../../../../dist/adapters/aws-lambda/client-fetch.js");
  const over = fetch === undefined ? { endpoint } : { requestHandler: handlerOf(fetch) };
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  await new IAMClient({ ...over, region }).send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument }));
}

export function graphs(archive) {
  const reads = [
    // Are they there? Whose are they? What hangs on the alias is asked for by the alias's name.
    { id: "function", op: "lambda:GetFunction", after: [] },
    { id: "group", op: "logs:DescribeLogGroups", after: [] },
    { id: "group's tags", op: "logs:ListTagsForResource", after: ["group"] },
    { id: "versions", op: "lambda:ListVersionsByFunction", after: [] },
    { id: "aliases", op: "lambda:ListAliases", after: [] },
    { id: "url", op: "lambda:GetFunctionUrlConfig", after: [] },
    { id: "policy", op: "lambda:GetPolicy", after: [] },
  ];
  const readsNew = [
    { id: "function", op: "lambda:GetFunction", after: [] },
    { id: "group", op: "logs:DescribeLogGroups", after: [] },
    // The role that the configuration names must be there.
    { id: "role", op: "iam:GetRole", after: [] },
  ];
  const ids = (nodes) => nodes.map(({ id }) => id);
  /** From code that is at rest to the version that serves. */
  const released = (write) => [
    { id: "publish", op: "lambda:PublishVersion", after: [write] },
    // A new version is Pending as well; the alias gets none that is not Active.
    {
      id: "published",
      op: "lambda:GetFunctionConfiguration",
      after: ["publish"],
      once: { of: "publish", ms: lags.function },
    },
  ];
  return {
    new: [
      ...readsNew,
      // Before the function, so that Lambda never makes one without a mark.
      { id: "make the group", op: "logs:CreateLogGroup", after: ids(readsNew) },
      { id: "create", op: "lambda:CreateFunction", after: ["make the group"], bytes: archive },
      { id: "active", op: "lambda:GetFunctionConfiguration", after: ["create"], once: { of: "create", ms: lags.function } },
      ...released("active"),
      { id: "alias", op: "lambda:CreateAlias", after: ["published"] },
      { id: "make the url", op: "lambda:CreateFunctionUrlConfig", after: ["alias"] },
      // One after the other: Lambda loses one of two that change a policy at the same time.
      { id: "may call the url", op: "lambda:AddPermission", after: ["alias"] },
      { id: "may invoke", op: "lambda:AddPermission", after: ["may call the url"] },
      // Read back.
      { id: "function again", op: "lambda:GetFunction", after: ["active"] },
      { id: "group again", op: "logs:DescribeLogGroups", after: ["make the group"] },
      { id: "group's tags again", op: "logs:ListTagsForResource", after: ["group again"] },
      { id: "versions again", op: "lambda:ListVersionsByFunction", after: ["published"] },
      { id: "aliases again", op: "lambda:ListAliases", after: ["alias"] },
      { id: "url again", op: "lambda:GetFunctionUrlConfig", after: ["make the url"] },
      { id: "policy again", op: "lambda:GetPolicy", after: ["may invoke"] },
    ],
    unchanged: reads,
    changed: [
      ...reads,
      { id: "code", op: "lambda:UpdateFunctionCode", after: ids(reads), bytes: archive },
      { id: "at rest", op: "lambda:GetFunctionConfiguration", after: ["code"], once: { of: "code", ms: lags.function } },
      // The tags say what the code is, once it is there.
      { id: "record", op: "lambda:TagResource", after: ["at rest"] },
      ...released("at rest"),
      { id: "switch", op: "lambda:UpdateAlias", after: ["published"] },
      { id: "function again", op: "lambda:GetFunction", after: ["record"] },
      { id: "versions again", op: "lambda:ListVersionsByFunction", after: ["published"] },
      { id: "aliases again", op: "lambda:ListAliases", after: ["switch"] },
    ],
  };
}

const by = "lambda:GetFunctionConfiguration";
const version = { of: "lambda:PublishVersion", by, ms: lags.function };
export const waits = {
  new: [{ of: "lambda:CreateFunction", by, ms: lags.function }, version],
  unchanged: [],
  changed: [{ of: "lambda:UpdateFunctionCode", by, ms: lags.function }, version],
};
