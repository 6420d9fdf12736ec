/** A programming model for the worker: calls as they came, answers as the host takes them. */
import type { CoreCall, InvocationModel, ProgrammingModel } from "./core.ts";

export function programmingModel(version: string, proxyAddress: string | undefined): ProgrammingModel {
  return {
    name: "fnpkg",
    version,
    getInvocationModel: (call) => invocationModel(call),
    getCapabilities: (defaults) => ({
      ...defaults,
      // Lists keep their places.
      IncludeEmptyEntriesInMessagePayload: "true",
      ...(proxyAddress === undefined ? {} : { HttpUri: proxyAddress }),
    }),
  };
}

function invocationModel(call: CoreCall): InvocationModel {
  return {
    getArguments: async () => ({ context: call, inputs: [call] }),
    invokeFunction: async (_context, inputs, callback) => await callback(...inputs),
    getResponse: async (_context, result) => ({
      invocationId: call.invocationId,
      outputData: [],
      ...(result === undefined || result === null ? {} : { returnValue: { http: result } }),
    }),
  };
}
