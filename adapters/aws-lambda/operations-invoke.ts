/** One call, never repeated. */
import {
  addressWith,
  type EventInvocation,
  FnpkgError,
  type HttpInvocation,
  type InvocationResult,
  reasonOf,
  sendOnce,
} from "fnpkg/adapter";
import { ifThere, isMissing } from "./errors.ts";
import { ourApis } from "./kinds/gateway.ts";
import { isOurs } from "./kinds/owner.ts";
import type { Context } from "./kinds/shared.ts";

/** A function runs for 15 minutes at most. */
const longest = 910_000;

/** Through the function's own address; signed where callers must be known. */
export async function invokeHttp(cx: Context, { method, path, headers, body }: HttpInvocation): Promise<InvocationResult> {
  const { url: base, signFor } = await addressOf(cx);
  const url = addressWith(base, path);
  const signed = signFor === undefined ? {} : await cx.client.sign({ method, url, headers: {}, body }, signFor);
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const more = Object.entries(signed).filter(([name]) => !named.has(name));
  const { emulator } = cx.client;
  const to = emulator === undefined ? {} : { to: reached(url, emulator) };
  const call = { method, headers: [...headers, ...more], body, signal: cx.signal, timeoutMs: longest, ...to };
  const answer = await sendOnce(url, call).catch((cause: unknown) => {
    throw new FnpkgError("E_NETWORK", `${method} ${path} was not answered: ${reasonOf(cause)}`, { cause, target: "aws-lambda" });
  });
  return { type: "http", ...answer };
}

/** The header `host` still says which function is meant. */
function reached(url: URL, { protocol, hostname, port }: URL): URL {
  return Object.assign(new URL(url), { protocol, hostname, port });
}

async function addressOf(cx: Context): Promise<{ readonly url: string; readonly signFor?: "lambda" | "execute-api" }> {
  const { lambda, gateway, section } = cx.client;
  const found = await ifThere(lambda.getFunctionUrlConfig({ FunctionName: cx.deployment, Qualifier: section.alias }, cx));
  if (found?.FunctionUrl !== undefined)
    return { url: found.FunctionUrl, ...(found.AuthType === "AWS_IAM" ? { signFor: "lambda" } : {}) };
  const api = (await ourApis(cx))[0];
  if (api?.ApiEndpoint !== undefined) {
    const routes = await gateway.getRoutes({ ApiId: api.ApiId }, cx);
    const known = routes.Items?.some(({ AuthorizationType }) => AuthorizationType === "AWS_IAM") === true;
    return { url: api.ApiEndpoint, ...(known ? { signFor: "execute-api" } : {}) };
  }
  if (!(await isOurs(cx))) throw absent(cx);
  throw new FnpkgError("E_TRIGGER", "the function has no http trigger that answers", {
    target: "aws-lambda",
    hint: "Send it a CloudEvent: `--event FILE`.",
  });
}

/** A failure of the function is an answer with `FunctionError`, status 200. */
export async function invokeEvent(cx: Context, { event }: EventInvocation): Promise<InvocationResult> {
  const { lambda, section } = cx.client;
  let answer: Awaited<ReturnType<typeof lambda.invoke>>;
  try {
    answer = await lambda.invoke(
      {
        FunctionName: cx.deployment,
        Qualifier: section.alias,
        InvocationType: "RequestResponse",
        Payload: Buffer.from(JSON.stringify(event)),
      },
      { signal: cx.signal, patienceMs: longest },
    );
  } catch (cause) {
    throw isMissing(cause) ? absent(cx, cause) : cause;
  }
  if (answer.FunctionError === undefined) return { type: "event", ok: true, failures: [] };
  return { type: "event", ok: false, failures: [{ index: 0, reason: reasonIn(answer.Payload, answer.FunctionError) }] };
}

/** docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html: `errorType`, `errorMessage`. */
function reasonIn(payload: Uint8Array | undefined, kind: string): string {
  const text = Buffer.from(payload ?? []).toString();
  try {
    const { errorMessage } = JSON.parse(text) as { readonly errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : text;
  } catch {
    return text === "" ? kind : text;
  }
}

export function absent({ deployment }: Pick<Context, "deployment">, cause?: unknown): FnpkgError {
  return new FnpkgError("E_NOT_DEPLOYED", `${deployment} is not deployed`, { target: "aws-lambda", cause });
}
