/** AWS Lambda: the archive under AWS's own runtime client; requests and events in the forms of function URLs and services. */
import { isUtf8 } from "node:buffer";
import { kinds } from "../../adapters/aws-lambda/resources.ts";
import { missing, serveArchive, type Answer as Invoked } from "../adapters/aws-lambda/archive-site.ts";
import { build, variables } from "./archive.ts";
import { type Answer, bound, type Call, type Happening, resources, type Target } from "./target.ts";

export const awsLambda: Target = {
  name: "aws-lambda",
  missing,
  without: { bytes: "SQS and SNS carry text alone" },
  async start(deployment) {
    const { file, packageDigest, props } = await build("aws-lambda", kinds.function, deployment);
    const site = await serveArchive({ file, folder: deployment.folder, env: variables(props, "Environment", "Variables") });
    return {
      packageDigest,
      async call(call) {
        return answerOf(await site.invoke(requestOf(call), Number(props["Timeout"]) * 1000));
      },
      async deliver(happenings) {
        const answer = await site.invoke(eventOf(happenings), Number(props["Timeout"]) * 1000);
        if (!answer.ok) return happenings.map(() => "failed");
        const { batchItemFailures = [] } = (JSON.parse(answer.body) ?? {}) as {
          readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
        };
        const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        return happenings.map((one) => ("id" in one && failed.has(one.id) ? "failed" : "handled"));
      },
      close: () => site.close(),
    };
  },
};

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
function requestOf({ method, path, headers = [], body }: Call): object {
  const [rawPath = "/", rawQueryString = ""] = path.split(/\?(.*)/s);
  const joined = new Map([
    ["host", "id.lambda-url.eu-west-1.on.aws"],
    ["x-forwarded-proto", "https"],
    ...(body === undefined ? [] : [["content-length", String(body.length)] as const]),
  ]);
  const cookies: string[] = [];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = joined.get(lower);
    if (lower === "cookie") cookies.push(...value.split(/; */));
    else joined.set(lower, before === undefined ? value : `${before},${value}`);
  }
  const type = joined.get("content-type") ?? "";
  const text =
    body !== undefined &&
    /^(text\/|application\/(json|javascript|xml))/.test(type) &&
    isUtf8(body) &&
    !joined.has("content-encoding");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: Object.fromEntries(joined),
    requestContext: { accountId: "anonymous", http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1" } },
    ...(body === undefined ? {} : { body: Buffer.from(body).toString(text ? "utf8" : "base64") }),
    isBase64Encoded: body !== undefined && !text,
  };
}

interface Result {
  readonly statusCode: number;
  readonly headers?: { readonly [name: string]: string };
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Buffered, or streamed: then a prelude, eight zero bytes, and the body. */
function answerOf({ ok, body, trailer, contentType }: Invoked): Answer {
  if (!ok) return { status: 502, headers: [], body: Buffer.from(body) };
  if (contentType !== "application/vnd.awslambda.http-integration-response") {
    const result = JSON.parse(body) as Result;
    return answered(result, Buffer.from(result.body ?? "", result.isBase64Encoded === true ? "base64" : "utf8"), false);
  }
  const at = body.indexOf("\0".repeat(8));
  return answered(JSON.parse(body.slice(0, at)) as Result, Buffer.from(body.slice(at + 8)), trailer !== undefined);
}

function answered({ statusCode, headers = {}, cookies = [] }: Result, body: Buffer, broken: boolean): Answer {
  const all = [...Object.entries(headers), ...cookies.map((cookie): [string, string] => ["set-cookie", cookie])];
  return { status: statusCode, headers: all, body, ...(broken ? { broken } : {}) };
}

/** All that can go into one event; the rest goes alone. */
function eventOf(happenings: readonly Happening[]): object {
  const [first] = happenings;
  if (first?.type === "schedule") {
    const call = {
      fnpkg: "schedule",
      trigger: first.trigger,
      scheduledTime: first.time,
      execution: "e1",
      schedule: "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/tested--tick",
    };
    return { ...call, data: { mode: "sweep" } };
  }
  return { Records: happenings.map(recordOf) };
}

function recordOf(happening: Happening): object {
  switch (happening.type) {
    case "message":
      return happening.trigger === bound.queue ? sqs(happening) : sns(happening);
    case "created":
    case "deleted":
      return s3(happening);
    case "schedule":
      throw new Error("no record");
    default:
      return happening satisfies never;
  }
}

type Message = Extract<Happening, { type: "message" }>;

function attributesOf({ attributes = {}, contentType }: Message): [string, string][] {
  return [
    ...Object.entries(attributes),
    ...(contentType === undefined ? [] : [["content-type", contentType] as [string, string]]),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html; SQS takes text alone. */
function sqs(message: Message): object {
  return {
    messageId: message.id,
    receiptHandle: "r",
    body: Buffer.from(message.body).toString(),
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1767323045678" },
    messageAttributes: Object.fromEntries(
      attributesOf(message).map(([name, stringValue]) => [name, { stringValue, dataType: "String" }]),
    ),
    eventSource: "aws:sqs",
    eventSourceARN: resources.jobs["aws-lambda"],
    awsRegion: "eu-west-1",
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
function sns(message: Message): object {
  const MessageAttributes = Object.fromEntries(attributesOf(message).map(([name, Value]) => [name, { Type: "String", Value }]));
  return {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    Sns: {
      Type: "Notification",
      MessageId: message.id,
      TopicArn: resources.orders["aws-lambda"],
      Timestamp: "2026-01-02T03:04:05.678Z",
      Message: Buffer.from(message.body).toString(),
      MessageAttributes,
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html; keys are form-encoded. */
function s3(happening: Extract<Happening, { type: "created" | "deleted" }>): object {
  const key = encodeURIComponent(happening.key).replaceAll("%20", "+").replaceAll("%2F", "/");
  return {
    eventSource: "aws:s3",
    awsRegion: "eu-west-1",
    eventTime: "2026-01-02T03:04:05.678Z",
    eventName: happening.type === "created" ? "ObjectCreated:Put" : "ObjectRemoved:Delete",
    responseElements: { "x-amz-request-id": happening.id, "x-amz-id-2": "2" },
    s3: {
      bucket: { name: bound.bucket, arn: resources.photos["aws-lambda"] },
      object: { key, sequencer: "1", ...(happening.type === "created" ? { size: happening.size } : {}) },
    },
  };
}
