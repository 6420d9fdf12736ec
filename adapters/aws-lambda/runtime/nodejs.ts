/** The entry file of a nodejs function: started once for each environment, called once for each event. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, functionOf, installRequest, type Invocation, loadHandler } from "fnpkg/runtime";
import type { Facts } from "../layout.ts";
import type { Bindings } from "../translate-bindings.ts";
import { answer, buffered } from "./answer.ts";
import { handleEvents } from "./events.ts";
import type { Bound } from "./records.ts";
import { readFromVendor, resolveSecrets } from "./secrets.ts";
import { type AwsLambda, type ResponseStream, sendStream } from "./stream.ts";
import { traceparentOf } from "./trace.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
interface LambdaContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly xRayTraceId?: string;
  getRemainingTimeInMillis(): number;
}

const root = fileURLToPath(new URL("./", import.meta.url));
const facts = JSON.parse(readFileSync(join(root, "fnpkg.json"), "utf8")) as Facts;
const bindings = readBindings(process.env["FNPKG_BINDINGS"]);

if (bindings.secrets.length > 0) Object.assign(process.env, await resolveSecrets(bindings.secrets, readFromVendor));
process.chdir(join(root, "function"));
installRequest();

const log = { level: bindings.level };
const fn = functionOf(facts, await loadHandler(facts, join(root, "function")), {
  target: { name: "aws-lambda", ...(process.env["AWS_REGION"] === undefined ? {} : { region: process.env["AWS_REGION"] }) },
  values: process.env,
  http: facts.http ?? {},
  timeoutMs: bindings.timeout * 1000,
  log,
});
const bound: Bound = {
  function: bindings.function,
  triggers: new Map(bindings.triggers.map(([name, source]) => [source, name])),
  declared: facts.events,
};

// What nobody caught fails the calls that are pending, and leaves the environment; Lambda's own listeners would end it.
for (const name of ["uncaughtException", "unhandledRejection"] as const) {
  process.removeAllListeners(name);
  process.on(name, (error: unknown) => fn.uncaught(error));
}

/** What Lambda calls. */
export const handler: unknown = facts.type === "cloudevent" ? onEvent : facts.streaming ? streamed() : onRequest;

async function onEvent(event: unknown, context: LambdaContext): Promise<unknown> {
  const answered = await handleEvents(fn, event, bound, {
    ...invocationOf(event, context),
    id: context.awsRequestId,
    arn: context.invokedFunctionArn,
  });
  return answered ?? null;
}

async function onRequest(event: unknown, context: LambdaContext): Promise<unknown> {
  const invocation = invocationOf(event, context);
  const { request, response } = await answer(fn, event, invocation);
  return buffered(request, response, (message) => logError(context, message));
}

function streamed(): unknown {
  const { awslambda } = globalThis as { awslambda?: AwsLambda };
  if (awslambda === undefined) throw new Error("this runtime can't stream responses");
  return awslambda.streamifyResponse(async (event, stream: ResponseStream, context) => {
    const { request, response } = await answer(fn, event, invocationOf(event, context as LambdaContext));
    await sendStream(awslambda, stream, response, { caller: request.caller, method: request.request.method });
  });
}

function invocationOf(event: unknown, context: LambdaContext): Invocation {
  const traceparent = traceparentOf(context.xRayTraceId ?? process.env["_X_AMZN_TRACE_ID"]);
  return {
    id: context.awsRequestId,
    deadline: Date.now() + context.getRemainingTimeInMillis(),
    raw: { event, context },
    ...(traceparent === undefined ? {} : { trace: { traceparent } }),
  };
}

function logError(context: LambdaContext, message: string): void {
  createLogger({ ...log, invocationId: context.awsRequestId }).error(message, { code: "E_HANDLER" });
}

/** Without the variable it was not deployed by fnpkg; it runs, with no source known. */
function readBindings(given: string | undefined): Bindings {
  const none: Bindings = {
    function: facts.name.split("/").at(-1) ?? facts.name,
    level: "info",
    secrets: [],
    timeout: 3,
    triggers: [],
  };
  return given === undefined ? none : { ...none, ...(JSON.parse(given) as Partial<Bindings>) };
}
