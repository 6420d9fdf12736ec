/** The entry file of a nodejs function: started once by each worker, called once for each event. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, functionOf, installRequest, type Invocation, loadHandler } from "fnpkg/runtime";
import type { Facts } from "../layout.ts";
import type { Registration } from "../translate-bindings.ts";
import type { Bindings } from "../translate-settings.ts";
import { answer, type Answering } from "./answer.ts";
import { type CoreCall, loadCore } from "./core.ts";
import { handleEvents } from "./events.ts";
import { programmingModel } from "./model.ts";
import { startProxy } from "./proxy.ts";
import type { Bound } from "./records.ts";

const root = fileURLToPath(new URL("./", import.meta.url));
const facts = JSON.parse(readFileSync(join(root, "fnpkg.json"), "utf8")) as Facts;
const bindings = readBindings(process.env["FNPKG_BINDINGS"]);
const core = loadCore();

process.chdir(join(root, "function"));
installRequest();

const log = { level: bindings.level };
const fn = functionOf(facts, await loadHandler(facts, join(root, "function")), {
  target: { name: "azure-functions", ...(bindings.region === "" ? {} : { region: bindings.region }) },
  values: process.env,
  http: facts.http ?? {},
  timeoutMs: bindings.timeout * 1000,
  log,
});
const bound: Bound = {
  function: bindings.function,
  sources: new Map(bindings.triggers),
  declared: facts.events,
};
const proxy = facts.type === "http" && facts.streaming ? await startProxy() : undefined;
const answering: Answering = {
  fn,
  proxy,
  warn: (invocationId, message) => createLogger({ ...log, invocationId }).warn(message),
};

core.setProgrammingModel(programmingModel(facts.packageDigest, proxy?.address));
for (const trigger of facts.triggers) {
  const { name, bindings: registered, retryOptions } = trigger;
  core.registerFunction({ name, bindings: registered, ...(retryOptions === undefined ? {} : { retryOptions }) }, (call) =>
    called(trigger, call as CoreCall),
  );
}

// What nobody caught fails the calls that are pending, and leaves the process; the worker's own listener would end it, which
// stays its work where the error is its own.
for (const name of ["uncaughtException", "unhandledRejection"] as const) {
  const before = process.listeners(name as "uncaughtException");
  process.removeAllListeners(name);
  process.on(name, (error: unknown) => {
    if (!isWorkers(error)) fn.uncaught(error);
    else if (before.length === 0) process.exit(1);
    else for (const listener of before) listener(error as Error, name);
  });
}

async function called(trigger: Registration, call: CoreCall): Promise<unknown> {
  const invocation = invocationOf(call);
  if (trigger.source === "http") return answer(answering, call, invocation);
  await handleEvents(fn, call, trigger, bound, invocation);
  return undefined;
}

function invocationOf(call: CoreCall): Invocation {
  const { traceParent, traceState } = call.request.traceContext ?? {};
  const trace = { traceparent: traceParent ?? "", ...(traceState ? { tracestate: traceState } : {}) };
  return { id: call.invocationId, raw: call, ...(trace.traceparent === "" ? {} : { trace }) };
}

function isWorkers(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "isAzureFunctionsSystemError" in error &&
    error.isAzureFunctionsSystemError === true
  );
}

/** Without the variable it was not deployed by fnpkg; it runs, with no source known. */
function readBindings(given: string | undefined): Bindings {
  const none: Bindings = {
    function: facts.name.split("/").at(-1) ?? facts.name,
    level: "info",
    region: "",
    timeout: 30,
    triggers: [],
  };
  return given === undefined ? none : { ...none, ...(JSON.parse(given) as Partial<Bindings>) };
}
