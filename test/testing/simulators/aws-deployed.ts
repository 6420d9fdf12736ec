/** What a deployment finds in a simulated account, and one without an adapter. */
import * as Lambda from "@aws-sdk/client-lambda";
import type { AwsVendor, Simulator } from "fnpkg/testing";
import { arn, clients } from "./aws-site.ts";
import { zipOf } from "./zip.ts";

/** Role, queues, topic and bucket. */
export function furnish({ services: { iam, sqs, sns, s3 } }: AwsVendor): void {
  iam.roles.add("thumbnail", ["lambda.amazonaws.com", "scheduler.amazonaws.com"]);
  sqs.queues.add("jobs", { VisibilityTimeout: "180" });
  sqs.queues.add("dlq");
  sns.topics.add("orders");
  s3.buckets.add("photos");
}

/** A function with an alias, a statement and a mapping. */
export async function ours(simulator: Simulator<AwsVendor>): Promise<void> {
  const { lambda } = clients(simulator);
  const FunctionName = "thumbnail";
  const Qualifier = "live";
  await lambda.send(
    new Lambda.CreateFunctionCommand({
      FunctionName,
      Role: "arn:aws:iam::123456789012:role/thumbnail",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Code: { ZipFile: zipOf("by-us") },
      Tags: { "by-us": "yes" },
      Publish: true,
    }),
  );
  await lambda.send(new Lambda.CreateAliasCommand({ FunctionName, Name: Qualifier, FunctionVersion: "1" }));
  const permission = { StatementId: "by-us", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com" };
  await lambda.send(new Lambda.AddPermissionCommand({ FunctionName, Qualifier, ...permission }));
  await lambda.send(new Lambda.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arn("sqs", "jobs") }));
}
