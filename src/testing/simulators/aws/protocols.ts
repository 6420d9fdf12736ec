/**
 * The protocols of AWS's services as the SDK for JavaScript 3 speaks them: https://smithy.io/2.0/aws/protocols/ (restJson1,
 * awsJson1_0 and 1_1, awsQuery, restXml).
 */
import type { WireAnswer, WireRequest } from "../wire.ts";
import { AwsFailure } from "./service.ts";
import { element, type Xml } from "./xml.ts";

/** An input as it was sent: nothing of it is checked. */
export type Fields = { readonly [name: string]: unknown };

/** Which operation a path is, with what stands in it. */
export interface Route {
  readonly operation: string;
  readonly labels: { readonly [name: string]: string };
}

/**
 * REST: from `{ GetPolicy: "GET /2015-03-31/functions/{FunctionName}/policy" }`. `{Key+}` takes slashes too; a query such as
 * `?notification` must be there, with the value named if one is. The first that fits, so that the narrower stands first.
 */
export function routing(table: { readonly [operation: string]: string }): (request: WireRequest) => Route | undefined {
  const all = Object.entries(table).map(([operation, form]) => {
    const [method, address = ""] = form.split(" ");
    const [path = "", query = ""] = address.split("?");
    const pattern = path.replace(/\{(\w+)(\+?)\}/g, (_, name, greedy) => `(?<${name}>${greedy === "+" ? ".+" : "[^/]+"})`);
    return { operation, method, path: new RegExp(`^${pattern}/?$`), query: [...new URLSearchParams(query)] };
  });
  return ({ method, url }) => {
    for (const { operation, method: its, path, query } of all) {
      if (its !== method) continue;
      const found = path.exec(url.pathname);
      if (found === null || !query.every(([name, value]) => queried(url, name, value))) continue;
      const labels = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { operation, labels: Object.fromEntries(labels) as { [name: string]: string } };
    }
    return undefined;
  };
}

function queried(url: URL, name: string, value: string): boolean {
  return value === "" ? url.searchParams.has(name) : url.searchParams.get(name) === value;
}

/** A JSON body; an empty one is `{}`. */
export function jsonBody({ body }: WireRequest): Fields {
  if (body.byteLength === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Said below.
  }
  throw new AwsFailure(400, "SerializationException", "Could not parse request body into json");
}

/** awsJson: the operation, from `x-amz-target: AmazonSQS.GetQueueUrl`. */
export function targetOf({ headers }: WireRequest): string | undefined {
  return headers["x-amz-target"]?.split(".").at(-1);
}

/** A JSON answer; what is undefined is left out of it. */
export function jsonAnswer(
  output: object | undefined,
  { status = 200, type = "application/json", headers = {} }: JsonForm = {},
): WireAnswer {
  return { status, headers: { "content-type": type, ...headers }, body: output === undefined ? "" : JSON.stringify(output) };
}

interface JsonForm {
  readonly status?: number;
  /** `application/x-amz-json-1.0` or `-1.1`; default REST's. */
  readonly type?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** restJson1: the code in a header. `said`: the member that the message is in. */
export function restFailure({ status, code, message, more }: AwsFailure, said: "message" | "Message" = "message"): WireAnswer {
  return jsonAnswer({ ...more, [said]: message }, { status, headers: { "x-amzn-errortype": code } });
}

/** awsJson: the code in `__type`. `query`: the code of the service's former protocol, for those that are compatible with it. */
export function jsonFailure({ status, code, message, more }: AwsFailure, type: string, query?: string): WireAnswer {
  const headers = query === undefined ? {} : { "x-amzn-query-error": `${query};${status < 500 ? "Sender" : "Receiver"}` };
  return jsonAnswer({ __type: code, ...more, message }, { status, type, headers });
}

/**
 * awsQuery: the parameters as a structure. `Tags.member.1.Key` is in the list `Tags`, `Attributes.entry.1.key` names a member of
 * `Attributes`; everything else is text. An empty list or map is the empty text.
 */
export function formOf({ body, url }: WireRequest): Fields {
  const root: { [name: string]: unknown } = {};
  const sent = new URLSearchParams(body.byteLength === 0 ? url.search : Buffer.from(body).toString());
  for (const [name, value] of sent) {
    const path = name.split(".");
    const last = path.pop() ?? "";
    let at = root;
    for (const step of path) at = (at[step] ??= {}) as typeof root;
    at[last] = value;
  }
  return gathered(root) as Fields;
}

function gathered(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const node = value as { readonly [name: string]: unknown };
  const list = node["member"] ?? node["entry"];
  if (Object.keys(node).length !== 1 || typeof list !== "object" || list === null)
    return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, gathered(one)]));
  const items = Object.values(list).map(gathered);
  if (node["entry"] === undefined) return items;
  return Object.fromEntries((items as { key: string; value: unknown }[]).map(({ key, value: one }) => [key, one]));
}

/** awsQuery: the operation, from `Action`. */
export function actionOf(request: WireRequest): string | undefined {
  const action = formOf(request)["Action"];
  return typeof action === "string" ? action : undefined;
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** awsQuery: `<GetRoleResponse><GetRoleResult>…`. */
export function queryAnswer(operation: string, namespace: string, result?: Xml): WireAnswer {
  const content = { [`${operation}Result`]: result ?? {}, ResponseMetadata: { RequestId: requestId } };
  return xmlAnswer(element(`${operation}Response`, content, ` xmlns="${namespace}"`));
}

export function queryFailure({ status, code, message, more }: AwsFailure, namespace: string): WireAnswer {
  const Error = { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message, ...more };
  return xmlAnswer(element("ErrorResponse", { Error, RequestId: requestId }, ` xmlns="${namespace}"`), { status });
}

/** restXml, as S3 writes it. */
export function s3Failure({ status, code, message, more }: AwsFailure): WireAnswer {
  return xmlAnswer(element("Error", { Code: code, Message: message, ...more, RequestId: requestId }), {
    status,
    type: "application/xml",
  });
}

export function xmlAnswer(document: string, { status = 200, type = "text/xml", headers = {} }: JsonForm = {}): WireAnswer {
  return { status, headers: { "content-type": type, ...headers }, body: `${declaration}${document}` };
}

const requestId = "00000000-0000-4000-8000-000000000000";
