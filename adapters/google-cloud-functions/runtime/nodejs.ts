/**
 * The entry file of a nodejs function, which the Functions Framework loads
 * (https://github.com/GoogleCloudPlatform/functions-framework-nodejs). It is called with every request, events and schedules
 * alike, since `FUNCTION_SIGNATURE_TYPE` is `http`. Where someone else's deployment leaves that to the vendor, an event trigger
 * makes it `cloudevent`: then it is called with the event that the framework has read.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventFromJson, functionOf, type Invocation, loadHandler, requestUrl, sendResponse } from "fnpkg/runtime";
import type { Facts } from "../layout.ts";
import type { Bindings } from "../translate-bindings.ts";
import { ofEvent } from "./convert.ts";
import { answerEvents, deliver } from "./events.ts";
import type { Bound } from "./found.ts";
import { writeLine } from "./log.ts";
import { bodyOf, bytesOf, keepOriginals, urlOf } from "./original.ts";
import { fields } from "./read.ts";
import { schedule } from "./schedule.ts";
import { traceparentOf } from "./trace.ts";

type Done = (error: Error | null) => void;

const root = fileURLToPath(new URL("./", import.meta.url));
const facts = JSON.parse(readFileSync(join(root, "fnpkg.json"), "utf8")) as Facts;
const bindings = readBindings(process.env["FNPKG_BINDINGS"]);
const listeners = listenersNow();

process.chdir(join(root, "function"));
const fn = functionOf(facts, await loadHandler(facts, join(root, "function")), {
  target: { name: "google-cloud-functions", ...(bindings.region === "" ? {} : { region: bindings.region }) },
  values: process.env,
  http: facts.http ?? {},
  timeoutMs: bindings.timeout * 1000,
  log: { level: bindings.level, write: writeLine },
});
const bound: Bound = {
  function: bindings.function,
  triggers: new Map(bindings.triggers.map(([name, source]) => [source, name])),
  filters: facts.filters ?? {},
  declared: facts.events,
};
let alone = false;

if (isCalledByHttp()) keepOriginals();

/** What the framework calls. */
export async function fnpkg(request: IncomingMessage, response: ServerResponse | Done): Promise<void> {
  standAlone();
  if (typeof response === "function") return handleParsed(request, response);
  const abort = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) abort.abort(new DOMException("the client has gone", "AbortError"));
  });
  const invocation = invocationOf(request, response, abort.signal);
  const method = request.method ?? "GET";
  const headers = pairs(request.rawHeaders);
  if (facts.type === "cloudevent") {
    const answer = await answerEvents(fn, { method, headers, body: await bytesOf(request) }, bound, invocation);
    return sendResponse(response, answer);
  }
  const url = requestUrl({ protocol: protocolOf(request), host: request.headers.host ?? null, path: urlOf(request) });
  await sendResponse(response, await fn.http({ method, url, headers, body: bodyOf(request) }, invocation));
  request.resume();
}

/** An event as an object; a schedule's body without its headers. */
async function handleParsed(event: unknown, done: Done): Promise<void> {
  try {
    const found = schedule(fields(event), { headers: [], body: new Uint8Array() }, bound) ?? ofEvent(eventFromJson(event), bound);
    const { failures } = await deliver(fn, [found], bound, { raw: { event } });
    done(failures.length === 0 ? null : new Error("the event wasn't handled"));
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

function invocationOf(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Invocation {
  const { executionId } = request as { readonly executionId?: string };
  const { traceparent, "x-cloud-trace-context": cloud } = request.headers;
  const trace = traceparent === undefined ? traceparentOf(String(cloud)) : undefined;
  return {
    // What the framework writes beside each log line.
    ...(executionId === undefined || !/^[\w-]{1,64}$/.test(executionId) ? {} : { id: executionId }),
    ...(trace === undefined ? {} : { trace: { traceparent: trace } }),
    signal,
    raw: { request, response },
  };
}

/** Cloud Run ends TLS in front of the function. */
function protocolOf({ headers }: IncomingMessage): "http" | "https" {
  return /^\s*https\s*(?:,|$)/i.test(String(headers["x-forwarded-proto"] ?? "")) ? "https" : "http";
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return list;
}

/** By flag or variable, as the framework reads them. */
function isCalledByHttp(): boolean {
  const flag = / --signature-type[= ](\w+)/.exec(process.argv.join(" "))?.[1];
  return (flag ?? process.env["FUNCTION_SIGNATURE_TYPE"] ?? "http") === "http";
}

type Uncaught = "uncaughtException" | "unhandledRejection";
type Listener = (error: unknown) => void;

function listenersNow(): { readonly [name in Uncaught]: readonly Listener[] } {
  const of = (name: string): Listener[] => process.listeners(name as "uncaughtException") as Listener[];
  return { uncaughtException: of("uncaughtException"), unhandledRejection: of("unhandledRejection") };
}

/**
 * What nobody caught fails the calls that are pending, and leaves the process. The framework's own listeners, which it adds once
 * it listens, would end it; its domain would answer in its own way.
 */
function standAlone(): void {
  (process as { readonly domain?: { exit(): void } | null }).domain?.exit();
  if (alone) return;
  alone = true;
  for (const name of ["uncaughtException", "unhandledRejection"] as const) {
    for (const added of listenersNow()[name]) if (!listeners[name].includes(added)) process.off(name, added);
    process.on(name, (error: unknown) => fn.uncaught(error));
  }
}

/** Without the variable it was not deployed by fnpkg; it runs, with no source known. */
function readBindings(given: string | undefined): Bindings {
  const name = facts.name.split("/").at(-1) ?? facts.name;
  const none: Bindings = { function: name, level: "info", region: "", timeout: 60, triggers: [] };
  return given === undefined ? none : { ...none, ...(JSON.parse(given) as Partial<Bindings>) };
}
