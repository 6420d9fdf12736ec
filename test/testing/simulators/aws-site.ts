/** A simulated account, and the SDK's own clients on it. */
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { handlerOf } from "../../../adapters/aws-lambda/client-fetch.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

export const region = "eu-west-1";
export const account = "123456789012";
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };

export type Clients = ReturnType<typeof clients>;

/** In this process by `fetch`, or at an endpoint. */
export function clients(over: { readonly fetch: typeof globalThis.fetch } | { readonly endpoint: string }) {
  const sdk = {
    region,
    credentials,
    maxAttempts: 1,
    ...("fetch" in over ? { requestHandler: handlerOf(over.fetch) } : { endpoint: over.endpoint }),
  };
  return {
    gateway: new ApiGatewayV2Client(sdk),
    iam: new IAMClient(sdk),
    lambda: new LambdaClient(sdk),
    logs: new CloudWatchLogsClient(sdk),
    s3: new S3Client({ ...sdk, forcePathStyle: "endpoint" in over }),
    scheduler: new SchedulerClient(sdk),
    sns: new SNSClient(sdk),
    sqs: new SQSClient(sdk),
    sts: new STSClient(sdk),
  };
}

export const trust = (...services: string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: services }, Action: "sts:AssumeRole" }],
  });

export function arn(service: string, name: string): string {
  return `arn:aws:${service}:${region}:${account}:${name}`;
}

/** Name and status of what an operation fails with; nothing when it doesn't. */
export async function failure(
  answer: Promise<unknown>,
): Promise<readonly [name: string, status: number | undefined] | undefined> {
  try {
    await answer;
    return undefined;
  } catch (cause) {
    const { name, $metadata } = cause as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode];
  }
}
