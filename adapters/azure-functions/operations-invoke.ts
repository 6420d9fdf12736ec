/** One call, never repeated. */
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { type EventInvocation, FnpkgError, type HttpInvocation, type InvocationResult, reasonOf } from "fnpkg/adapter";
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
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = headers.flat();
  if (http.authLevel !== "anonymous" && !named.has("x-functions-key")) {
    const { functionKeys = {} } = await hostKeys(cx, app, startingMs);
    all.push("x-functions-key", answered(functionKeys["default"] ?? Object.values(functionKeys)[0], "the app's key"));
  }
  const url = new URL(addressOf(host));
  const [pathname = "/", query] = path.split(/\?(.*)/s);
  url.pathname = pathname;
  url.search = query ?? "";
  if (!named.has("host")) all.push("host", url.host);
  if (body !== undefined && !named.has("content-length")) all.push("content-length", String(body.byteLength));
  const call: HttpCall = { method, url, headers: all, body, signal: cx.signal };
  try {
    return await (cx.client.fetch === undefined ? overSocket(call) : overFetch(call, cx.client.fetch));
  } catch (cause) {
    throw new FnpkgError("E_NETWORK", `${method} ${pathname} was not answered: ${withoutSecrets(reasonOf(cause))}`, {
      target: "azure-functions",
    });
  }
}

interface HttpCall {
  readonly method: string;
  readonly url: URL;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

async function overFetch({ method, url, headers, body, signal }: HttpCall, fetch: typeof globalThis.fetch) {
  const pairs = headers.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, headers[at + 1] ?? ""]] : []));
  const bytes = body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> };
  const answer = await fetch(url, { method, headers: pairs, redirect: "manual", signal, ...bytes });
  const said = Buffer.from(await answer.arrayBuffer());
  return { type: "http", status: answer.status, headers: [...answer.headers], body: said } as const;
}

/** As it is written: header by header, in the caller's order, over a connection of its own. */
function overSocket({ method, url, headers, body, signal }: HttpCall): Promise<InvocationResult> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "http:" ? overHttp : overHttps;
    const outgoing = send(url, { method, headers, agent: false, signal, timeout: longest }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const pairs: [string, string][] = [];
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
          pairs.push([(answer.rawHeaders[at] ?? "").toLowerCase(), answer.rawHeaders[at + 1] ?? ""]);
        resolve({ type: "http", status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
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
