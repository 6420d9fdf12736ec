/**
 * Which IAM action and resource a request is authorized as, by the Service Authorization Reference
 * (docs.aws.amazon.com/service-authorization/latest/reference, looked up 2026-11-22), and whether a policy allows it.
 */
import type { Exchange } from "../emulators/moto.ts";
import { operationName, violations } from "./aws-model.ts";

/** Where the action is not the operation's name; nothing: it needs no permission. */
const actions: { readonly [operation: string]: string | undefined } = {
  "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
  "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
  "s3:ListObjectsV2": "s3:ListBucket",
  // An address alone does not tell them apart.
  "s3:CopyObject": "s3:PutObject",
  "sts:GetCallerIdentity": undefined,
};

export function actionOf(exchange: Exchange): string | undefined {
  if (exchange.service === "sts") return undefined;
  if (exchange.service === "apigateway") return `apigateway:${exchange.method}`;
  violations(exchange);
  const operation = `${exchange.service}:${operationName(exchange)}`;
  return operation in actions ? actions[operation] : operation;
}

const region = "eu-west-1";
const account = "123456789012";
const arn = (service: string, what: string) => `arn:aws:${service}:${region}:${account}:${what}`;

export function resourceOf(exchange: Exchange): string {
  const url = new URL(exchange.path, "http://127.0.0.1");
  const path = decodeURIComponent(url.pathname);
  const body = exchange.body.toString();
  switch (exchange.service) {
    case "lambda":
      return lambda(exchange.method, path, url.searchParams.get("Qualifier"), body);
    case "s3":
      return `arn:aws:s3:::${path.replace(/^\/|\/$/g, "")}`;
    case "apigateway":
      return `arn:aws:apigateway:${region}::${url.pathname.replace(/^\/v2/, "")}`;
    case "scheduler": {
      const name = /^\/schedules\/([^/]+)$/.exec(path)?.[1];
      return name === undefined ? "*" : arn("scheduler", `schedule/${groupOf(url, body)}/${name}`);
    }
    case "sns":
      return new URLSearchParams(body).get("TopicArn") ?? "*";
    case "iam":
      return `arn:aws:iam::${account}:role/${new URLSearchParams(body).get("RoleName")}`;
    case "sqs": {
      const { QueueUrl, QueueName } = JSON.parse(body) as { QueueUrl?: string; QueueName?: string };
      return arn("sqs", QueueName ?? QueueUrl?.split("/").at(-1) ?? "");
    }
    case "logs": {
      const { logGroupName, resourceArn } = JSON.parse(body) as { logGroupName?: string; resourceArn?: string };
      return resourceArn ?? (logGroupName === undefined ? "*" : arn("logs", `log-group:${logGroupName}:log-stream:`));
    }
    default:
      return "*";
  }
}

function groupOf(url: URL, body: string): string {
  const written = body === "" ? undefined : (JSON.parse(body) as { GroupName?: string }).GroupName;
  return url.searchParams.get("groupName") ?? written ?? "default";
}

function lambda(method: string, path: string, qualifier: string | null, body: string): string {
  const mapping = /\/event-source-mappings\/([^/]+)/.exec(path)?.[1];
  if (mapping !== undefined) return arn("lambda", `event-source-mapping:${mapping}`);
  if (path.includes("/event-source-mappings")) return "*";
  const tagged = /\/tags\/(arn:.*)$/.exec(path)?.[1];
  if (tagged !== undefined) return tagged;
  const named = /\/functions\/([^/]+)/.exec(path)?.[1];
  const name = named ?? (method === "POST" ? (JSON.parse(body) as { FunctionName: string }).FunctionName : undefined);
  if (name === undefined) return "*";
  const base = name.startsWith("arn:") ? name : arn("lambda", `function:${name}`);
  // An alias that is written or read is part of the function; a qualifier is part of what is addressed.
  return qualifier === null ? base : `${base}:${qualifier}`;
}

/** Whether one statement allows the action there; conditions are not looked at. */
export function allows(
  statements: readonly { readonly Action: readonly string[]; readonly Resource: readonly string[] }[],
  action: string,
  resource: string,
): boolean {
  return statements.some(
    ({ Action, Resource }) => Action.includes(action) && Resource.some((pattern) => matching(pattern).test(resource)),
  );
}

function matching(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
