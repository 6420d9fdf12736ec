// The process of worker-site.ts. Its argument is the folder that holds host.json.
import { readFileSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const functions = new Map();
let model;
let startup = true;

const core = {
  version: "3.10.1",
  hostVersion: "4.1036.0",
  setProgrammingModel(given) {
    model = given;
  },
  getProgrammingModel: () => model,
  registerFunction(metadata, callback) {
    if (!startup) throw new Error("A function can only be registered during app startup.");
    const id = metadata.functionId ?? metadata.name;
    if (functions.has(id)) throw new Error(`A function with id "${id}" has already been registered.`);
    for (const { direction } of Object.values(metadata.bindings)) {
      if (!["in", "out", "inout"].includes(direction)) throw new Error(`Unexpected value "${direction}" for enum "direction".`);
    }
    const rawBindings = Object.entries(metadata.bindings).map(([name, binding]) => JSON.stringify({ ...binding, name }));
    functions.set(id, { metadata: { ...metadata, rawBindings }, callback });
    return { dispose: () => functions.delete(id) };
  },
  registerHook: () => ({ dispose() {} }),
  log() {},
};

Module.prototype.require = new Proxy(Module.prototype.require, {
  apply: (target, self, given) => (given[0] === "@azure/functions-core" ? core : Reflect.apply(target, self, given)),
});

process.on("uncaughtException", (error) => {
  console.error("Worker uncaught exception:", error);
  process.exit(1);
});

try {
  const { main, type } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = join(folder, main);
  if (file.endsWith(".mjs") || (!file.endsWith(".cjs") && type === "module")) await import(pathToFileURL(file).href);
  else Module.createRequire(import.meta.url)(file);
  const capabilities = (await model.getCapabilities?.({ RawHttpBodyBytes: "true", TypedDataCollection: "true" })) ?? {};
  startup = false;
  process.send({
    type: "started",
    functions: [...functions.values()].map(({ metadata: { name, rawBindings, retryOptions } }) => ({
      name,
      rawBindings,
      ...(retryOptions === undefined ? {} : { retryOptions }),
    })),
    capabilities,
    model: { name: model.name, version: model.version },
  });
} catch (error) {
  process.send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
}

process.on("message", async ({ id, name, request }) => {
  process.send({ type: "answer", id, answer: await invoke(id, name, request) });
});

async function invoke(invocationId, name, request) {
  try {
    const { metadata, callback } = functions.get(name);
    const call = { invocationId, request: { ...request, invocationId, functionId: name }, metadata, log() {} };
    const invocation = await model.getInvocationModel(call);
    const { context, inputs } = await invocation.getArguments();
    let result;
    let thrown;
    try {
      result = await invocation.invokeFunction(context, inputs, callback);
    } catch (error) {
      thrown = error;
    }
    if (thrown !== null && thrown !== undefined) throw thrown;
    return await invocation.getResponse(context, result);
  } catch (error) {
    return { invocationId, failure: { message: error?.message ?? String(error), stack: error?.stack ?? "" } };
  }
}
