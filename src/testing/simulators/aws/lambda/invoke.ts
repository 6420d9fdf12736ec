/** Calls of a function: what it answers is the test's to say. */
import type { WireAnswer, WireRequest } from "../../wire.ts";
import type { Account } from "../service.ts";
import { ready } from "./functions.ts";
import { addressOf, functionAt, type Named, versionAt } from "./names.ts";
import { unfit } from "./errors.ts";
import type { Fn, Store } from "./state.ts";
import { hostOf } from "./urls.ts";

/** A call as the function sees it. */
export interface Invocation {
  readonly functionName: string;
  /** The version that answers. */
  readonly version: string;
  readonly event: unknown;
}

/** What the function returns; what it throws is the failure of the call. */
export type Respond = (invocation: Invocation) => unknown;

export interface InvokeInput extends Named {
  readonly InvocationType?: string;
  readonly Payload: Uint8Array;
}

export interface Invoked {
  readonly StatusCode: number;
  readonly FunctionError?: string;
  readonly ExecutedVersion?: string;
  readonly Payload?: string;
}

/** docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function invoke(
  store: Store,
  { InvocationType = "RequestResponse", Payload, ...input }: InvokeInput,
  respond: Respond,
): Invoked {
  const { account } = store;
  const at = addressOf(account, input);
  const fn = functionAt(store, at);
  const version = versionFor(account, fn, at.qualifier);
  ready(account, fn, version);
  if (InvocationType === "DryRun") return { StatusCode: 204 };
  const event = eventIn(Payload);
  const { failed, text } = outcome(respond, { functionName: fn.name, version: version.number, event });
  if (InvocationType === "Event") return { StatusCode: 202 };
  return { StatusCode: 200, ExecutedVersion: version.number, Payload: text, ...(failed ? { FunctionError: "Unhandled" } : {}) };
}

/** By the alias's weights. */
function versionFor(account: Account, fn: Fn, qualifier: string | undefined) {
  const [other] = Object.entries(fn.aliases[qualifier ?? ""]?.weights ?? {});
  if (other !== undefined && account.around.random() < other[1]) return versionAt(account, { ...fn, aliases: {} }, other[0]);
  return versionAt(account, fn, qualifier);
}

function eventIn(payload: Uint8Array): unknown {
  const text = Buffer.from(payload).toString();
  try {
    return text === "" ? {} : (JSON.parse(text) as unknown);
  } catch {
    throw unfit(text, "payload", "Could not parse request body into json");
  }
}

function outcome(respond: Respond, invocation: Invocation): { readonly failed: boolean; readonly text: string } {
  try {
    return { failed: false, text: JSON.stringify(respond(invocation) ?? null) };
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    return { failed: true, text: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }) };
  }
}

/** A call of a function's own address: docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, urls-auth.html */
export function visit(store: Store, request: WireRequest, respond: Respond): WireAnswer {
  const { account, functions } = store;
  const host = request.headers["host"] ?? request.url.host;
  for (const [, fn] of functions.all()) {
    for (const [key, url] of Object.entries(fn.urls)) {
      if (hostOf(account, url) !== host) continue;
      const signed = (request.headers["authorization"] ?? "").startsWith("AWS4-HMAC-SHA256 ");
      if (url.auth === "AWS_IAM" ? !signed : !isPublic(fn, key)) return said(403, { Message: "Forbidden" });
      const version = versionFor(account, fn, key === "" ? undefined : key);
      const { failed, text } = outcome(respond, {
        functionName: fn.name,
        version: version.number,
        event: eventOf(request, account),
      });
      return failed ? said(502, { Message: "Internal Server Error" }) : answerOf(JSON.parse(text));
    }
  }
  return said(403, { Message: "Forbidden" });
}

function isPublic(fn: Fn, key: string): boolean {
  return (fn.policies[key] ?? []).some(
    ({ Principal, Action, Condition = {} }) =>
      Principal === "*" &&
      Action === "lambda:InvokeFunctionUrl" &&
      (Condition["StringEquals"]?.["lambda:FunctionUrlAuthType"] ?? "NONE") === "NONE",
  );
}

function eventOf({ method, url, headers, body }: WireRequest, account: Account): object {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    requestContext: {
      accountId: "anonymous",
      domainName: headers["host"] ?? url.host,
      http: { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: headers["user-agent"] ?? "" },
      requestId: "00000000-0000-4000-8000-000000000000",
      routeKey: "$default",
      stage: "$default",
      timeEpoch: account.around.now(),
    },
    ...(body.byteLength === 0 ? {} : { body: Buffer.from(body).toString("base64") }),
    isBase64Encoded: body.byteLength > 0,
  };
}

/** Lambda infers an answer where the function gives no status. */
function answerOf(returned: unknown): WireAnswer {
  const { statusCode, headers, body, isBase64Encoded } = (returned ?? {}) as {
    readonly statusCode?: number;
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string;
    readonly isBase64Encoded?: boolean;
  };
  if (statusCode === undefined) return said(200, returned);
  return {
    status: statusCode,
    headers: headers ?? {},
    body: isBase64Encoded === true ? Buffer.from(body ?? "", "base64") : (body ?? ""),
  };
}

function said(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
