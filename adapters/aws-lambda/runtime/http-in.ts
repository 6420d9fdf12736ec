/**
 * HTTP requests as Lambda's callers hand them over: function URLs and API Gateway's payload 2.0, its payload 1.0, and ALB's two
 * forms (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html).
 */
import { decodeBase64, type RawRequest, requestUrl } from "fnpkg/runtime";
import { type Fields, fields, list, text } from "./read.ts";

/** Who called, and in which form it takes the answer. */
export type Caller = "v2" | "v1" | "alb" | "alb-multi";

export interface Arrived {
  readonly caller: Caller;
  readonly request: RawRequest;
  /** Its body says it is base64 and isn't. */
  readonly malformed: boolean;
}

type Header = [string, string];

/** Undefined when the event is no HTTP request. */
export function arrived(event: Fields): Arrived | undefined {
  const context = fields(event["requestContext"]);
  const http = fields(context["http"]);
  if (typeof http["method"] === "string") return version2(event, context, http);
  // An authorizer is asked about a request; it isn't one.
  if (typeof event["httpMethod"] !== "string" || "methodArn" in event || "routeArn" in event) return undefined;
  if ("elb" in context) return balanced(event);
  return "requestContext" in event ? version1(event, context) : undefined;
}

function version2(event: Fields, context: Fields, http: Fields): Arrived {
  const headers = singles(event["headers"]);
  const cookies = event["cookies"];
  if (Array.isArray(cookies) && cookies.length > 0) {
    headers.push(["cookie", cookies.filter((cookie) => typeof cookie === "string").join("; ")]);
  }
  return whole(event, "v2", String(http["method"]), headers, {
    host: text(context["domainName"]),
    path: text(event["rawPath"]) ?? text(http["path"]) ?? "/",
    query: text(event["rawQueryString"]) ?? "",
  });
}

function version1(event: Fields, context: Fields): Arrived {
  const values = multiples(event["multiValueHeaders"]);
  const headers = values.length > 0 ? values : singles(event["headers"]);
  return whole(event, "v1", String(event["httpMethod"]), headers, {
    host: text(context["domainName"]),
    path: text(event["path"]) ?? "/",
    query: queryOf(event, encodeURIComponent),
  });
}

/** The query comes as it was sent, neither decoded nor whole. */
function balanced(event: Fields): Arrived {
  const multi = "multiValueHeaders" in event;
  const headers = multi ? multiples(event["multiValueHeaders"]) : singles(event["headers"]);
  return whole(event, multi ? "alb-multi" : "alb", String(event["httpMethod"]), headers, {
    host: undefined,
    path: text(event["path"]) ?? "/",
    query: queryOf(event, (part) => part),
  });
}

interface Address {
  readonly host: string | undefined;
  readonly path: string;
  readonly query: string;
}

function whole(event: Fields, caller: Caller, method: string, headers: Header[], { host, path, query }: Address): Arrived {
  let protocol: string | undefined;
  let named: string | undefined;
  for (const [name, value] of headers) {
    if (name.length === 4 && name.toLowerCase() === "host") named ??= value;
    else if (name.length === 17 && name.toLowerCase() === "x-forwarded-proto") protocol ??= value;
  }
  const body = typeof event["body"] === "string" ? event["body"] : "";
  const bytes = event["isBase64Encoded"] === true && body !== "" ? decodeBase64(body) : undefined;
  const url = requestUrl({
    protocol: protocol === "http" ? "http" : "https",
    host: named ?? host ?? null,
    path,
    query,
  });
  return {
    caller,
    request: { method, url, headers, body: bytes ?? body },
    malformed: event["isBase64Encoded"] === true && body !== "" && bytes === undefined,
  };
}

// Loops, because this is most of what a call costs.
function singles(value: unknown): Header[] {
  const headers: Header[] = [];
  const given = fields(value);
  for (const name in given) {
    const one = given[name];
    if (typeof one === "string") headers.push([name, one]);
  }
  return headers;
}

function multiples(value: unknown): Header[] {
  const headers: Header[] = [];
  const given = fields(value);
  for (const name in given) {
    for (const one of list(given[name])) if (typeof one === "string") headers.push([name, one]);
  }
  return headers;
}

function queryOf(event: Fields, write: (part: string) => string): string {
  const several = multiples(event["multiValueQueryStringParameters"]);
  const pairs = several.length > 0 ? several : singles(event["queryStringParameters"]);
  return pairs.map(([name, value]) => `${write(name)}=${write(value)}`).join("&");
}
