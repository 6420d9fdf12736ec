/** One call, never repeated. */
import {
  addressWith,
  type EventInvocation,
  FnpkgError,
  type HttpInvocation,
  type InvocationResult,
  type OnceAnswer,
  type OnceRequest,
  reasonOf,
  sendOnce,
} from "fnpkg/adapter";
import { addressOf } from "./client-rest.ts";
import { withoutSecrets } from "./errors.ts";
import { ourSites, type Site, sitePath } from "./kinds/app.ts";
import { hostKeys } from "./kinds/code.ts";
import { answered, type Context, listed } from "./kinds/shared.ts";
import { versions } from "./kinds/versions.ts";

/** A call over http is answered within 230 seconds. */
const longest = 240_000;

/** A host that was just made tells its keys within two minutes. */
const startingMs = 2 * 60_000;

interface FunctionEnvelope {
  readonly name?: string;
  readonly properties?: {
    readonly name?: string;
    readonly config?: { readonly bindings?: readonly { readonly type?: string; readonly authLevel?: string }[] };
  };
}

interface Live {
  readonly app: string;
  readonly host: string;
  readonly functions: readonly { readonly name: string; readonly type: string; readonly authLevel: string }[];
}

/** Through the app's own address; where a key is asked for, with the app's. */
export async function invokeHttp(cx: Context, { method, path, headers, body }: HttpInvocation): Promise<InvocationResult> {
  const { app, host, functions } = await live(cx);
  const http = functions.find(({ type }) => type === "httptrigger");
  if (http === undefined) {
    throw new FnpkgError("E_TRIGGER", "the function has no http trigger that answers", {
      target: "azure-functions",
      hint: "Send it a CloudEvent: `--event FILE`.",
    });
  }
  const all = [...headers];
  if (http.authLevel !== "anonymous" && !headers.some(([name]) => name.toLowerCase() === "x-functions-key")) {
    const { functionKeys = {} } = await hostKeys(cx, app, startingMs);
    all.push(["x-functions-key", answered(functionKeys["default"] ?? Object.values(functionKeys)[0], "the app's key")]);
  }
  const url = addressWith(addressOf(host), path);
  const call: OnceRequest = { method, headers: all, body, signal: cx.signal, timeoutMs: longest };
  try {
    const answer = await (cx.client.fetch === undefined ? sendOnce(url, call) : overFetch(url, call, cx.client.fetch));
    return { type: "http", ...answer };
  } catch (cause) {
    throw new FnpkgError("E_NETWORK", `${method} ${url.pathname} was not answered: ${withoutSecrets(reasonOf(cause))}`, {
      target: "azure-functions",
    });
  }
}

async function overFetch(
  url: URL,
  { method, headers, body, signal }: OnceRequest,
  fetch: typeof globalThis.fetch,
): Promise<OnceAnswer> {
  const host = headers.some(([name]) => name.toLowerCase() === "host") ? [] : [["host", url.host] as [string, string]];
  const pairs = [...headers, ...host].map(([name, value]): [string, string] => [name, value]);
  const bytes = body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> };
  const answer = await fetch(url, { method, headers: pairs, redirect: "manual", signal, ...bytes });
  return { status: answer.status, headers: [...answer.headers], body: Buffer.from(await answer.arrayBuffer()) };
}

/**
 * Through the host's admin endpoint, which takes the event and does not tell what became of it
 * (learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http). A schedule's event lets the timer fire, whose own data it then
 * has; others go to the function that Event Grid calls, or to one that takes messages: all end in the same handler.
 */
export async function invokeEvent(cx: Context, { event }: EventInvocation): Promise<InvocationResult> {
  const { app, host, functions } = await live(cx);
  const of = (wanted: (type: string) => boolean) => functions.find(({ type }) => wanted(type));
  const timer = event["type"] === "dev.fnpkg.schedule.fired.v1" ? of((type) => type === "timertrigger") : undefined;
  const chosen =
    timer ?? of((type) => type === "eventgridtrigger") ?? of((type) => type !== "httptrigger" && type !== "timertrigger");
  if (chosen === undefined) {
    throw new FnpkgError("E_TRIGGER", "the function has no trigger that an event can be handed to", {
      target: "azure-functions",
      hint: "Send it a request (`--method` and `--path`), or, where it has a schedule, an event of the type dev.fnpkg.schedule.fired.v1.",
    });
  }
  const { masterKey } = await hostKeys(cx, app, startingMs);
  const input = JSON.stringify(event);
  await cx.client.host.post(
    host,
    `/admin/functions/${encodeURIComponent(chosen.name)}`,
    answered(masterKey, "the host's key"),
    { input },
    cx,
  );
  return { type: "event", ok: true, failures: [] };
}

async function live(cx: Context): Promise<Live> {
  const site = await mustBeThere(cx);
  const app = answered(site.name, "the app's name");
  const all = await listed<FunctionEnvelope>(cx, `${sitePath(cx, app)}/functions`, versions.web);
  return {
    app,
    host: answered(site.properties?.defaultHostName, "the app's address"),
    functions: all.map(({ name = "", properties = {} }) => {
      const trigger = properties.config?.bindings?.find(({ type = "" }) => /trigger$/i.test(type));
      return {
        name: properties.name ?? name.slice(name.lastIndexOf("/") + 1),
        type: (trigger?.type ?? "").toLowerCase(),
        authLevel: (trigger?.authLevel ?? "function").toLowerCase(),
      };
    }),
  };
}

/** @throws FnpkgError E_NOT_DEPLOYED */
export async function mustBeThere(cx: Context): Promise<Site> {
  const site = (await ourSites(cx))[0];
  if (site !== undefined) return site;
  throw new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} is not deployed`, { target: "azure-functions" });
}
