/** One call, never repeated. */
import {
  addressWith,
  type EventInvocation,
  FnpkgError,
  type HttpInvocation,
  type InvocationResult,
  type OnceAnswer,
  reasonOf,
  sendOnce,
} from "fnpkg/adapter";
import type { FunctionJson } from "./client-api.ts";
import { explain, ifThere } from "./errors.ts";
import { isHttp } from "./kinds/function-props.ts";
import { invokersIn } from "./kinds/invokers.ts";
import { ourFunction } from "./kinds/owner.ts";
import { type Context, said } from "./kinds/shared.ts";

type Headers = readonly (readonly [string, string])[];

/** Through the service's own address; with an identity token where callers must be known. */
export async function invokeHttp(cx: Context, { method, path, headers, body }: HttpInvocation): Promise<InvocationResult> {
  const found = await deployed(cx);
  if (!isHttp(found)) {
    throw new FnpkgError("E_TRIGGER", "the function has no http trigger", {
      target: "google-cloud-functions",
      hint: "Send it a CloudEvent: `--event FILE`.",
    });
  }
  const url = addressWith(addressOf(found), path);
  const token = await tokenFor(cx, found, headers);
  const answer = await send(cx, url, { method, headers: [...headers, ...token], body });
  return { type: "http", ...answer };
}

/** As the CloudEvents HTTP binding's structured mode; what the entry file can't handle it answers with another status than 2xx. */
export async function invokeEvent(cx: Context, { event }: EventInvocation): Promise<InvocationResult> {
  const found = await deployed(cx);
  const headers: Headers = [["content-type", "application/cloudevents+json; charset=utf-8"]];
  const token = await tokenFor(cx, found, headers);
  const body = Buffer.from(JSON.stringify(event));
  const answer = await send(cx, addressOf(found), { method: "POST", headers: [...headers, ...token], body });
  if (answer.status >= 200 && answer.status < 300) return { type: "event", ok: true, failures: [] };
  return { type: "event", ok: false, failures: [{ index: 0, reason: reasonIn(answer.status, answer.body) }] };
}

/** A function runs for an hour at most. */
const longest = 3_610_000;

async function send(
  { signal }: Context,
  url: URL,
  call: { readonly method: string; readonly headers: Headers; readonly body: Uint8Array | undefined },
): Promise<OnceAnswer> {
  return sendOnce(url, { ...call, signal, timeoutMs: longest }).catch((cause: unknown) => {
    throw new FnpkgError("E_NETWORK", `${call.method} ${url.pathname} was not answered: ${reasonOf(cause)}`, {
      cause,
      target: "google-cloud-functions",
    });
  });
}

/** Nobody needs a token where everybody may call. A header of the caller's own goes before ours. */
async function tokenFor(cx: Context, found: FunctionJson, headers: Headers): Promise<Headers> {
  if (headers.some(([name]) => /^(authorization|x-serverless-authorization)$/i.test(name))) return [];
  if (await isPublic(cx, found)) return [];
  const audience = addressOf(found).origin;
  const as = said(found.eventTrigger?.["serviceAccountEmail"]) ?? said(found.serviceConfig?.["serviceAccountEmail"]);
  return [["authorization", `Bearer ${await cx.client.idToken(audience, as, cx)}`]];
}

/** What may not be read is taken as closed. */
async function isPublic(cx: Context, { serviceConfig }: FunctionJson): Promise<boolean> {
  const service = said(serviceConfig?.service);
  if (service === undefined) return false;
  try {
    const policy = await ifThere(cx.client.run.getIamPolicy(service, cx));
    if (policy !== undefined && invokersIn(policy).includes("allUsers")) return true;
    return (await ifThere(cx.client.run.getService(service, cx)))?.invokerIamDisabled === true;
  } catch (cause) {
    if (explain(cause)?.retry === "never") return false;
    throw cause;
  }
}

function addressOf({ serviceConfig, url }: FunctionJson): URL {
  const address = said(serviceConfig?.uri) ?? said(url);
  if (address !== undefined) return new URL(address);
  throw new FnpkgError("E_VENDOR", "the function has no address: its deployment never ended", {
    target: "google-cloud-functions",
    hint: "Deploy it again.",
  });
}

export async function deployed(cx: Context): Promise<FunctionJson> {
  const found = await ourFunction(cx);
  if (found === undefined) throw absent(cx);
  return found;
}

export function absent({ deployment }: Pick<Context, "deployment">): FnpkgError {
  return new FnpkgError("E_NOT_DEPLOYED", `${deployment} is not deployed`, { target: "google-cloud-functions" });
}

function reasonIn(status: number, body: Uint8Array): string {
  const text = Buffer.from(body).toString().trim();
  try {
    const { error, failures } = JSON.parse(text) as {
      readonly error?: unknown;
      readonly failures?: readonly { readonly reason?: unknown }[];
    };
    const reason = failures?.[0]?.reason ?? error;
    if (typeof reason === "string") return reason;
  } catch {
    // No JSON.
  }
  return text === "" ? `answered ${status}` : text.slice(0, 1000);
}
