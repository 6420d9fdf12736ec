/**
 * The part of `@azure/functions-core` that is used: the module that Microsoft's worker puts in place of `require`
 * (https://github.com/Azure/azure-functions-nodejs-worker, types-core/index.d.ts). It needs no package in the archive.
 */
import { createRequire } from "node:module";

export interface Core {
  /** The last one set is used; in place of `@azure/functions`, which the worker brings along. */
  setProgrammingModel(model: ProgrammingModel): void;
  /** During the start only. */
  registerFunction(metadata: object, callback: (...given: unknown[]) => unknown): unknown;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(call: CoreCall): InvocationModel;
  getCapabilities(defaults: Record<string, string>): Record<string, string> | Promise<Record<string, string>>;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: (...given: unknown[]) => unknown): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** The host takes an answer without `invocationId` for none at all. */
export interface InvocationResponse {
  readonly invocationId: string;
  readonly outputData: readonly never[];
  readonly returnValue?: TypedData;
}

/** One call, as the worker hands it over. */
export interface CoreCall {
  readonly invocationId: string;
  readonly request: {
    readonly inputData?: readonly { readonly name?: string | null; readonly data?: TypedData | null }[] | null;
    readonly triggerMetadata?: { readonly [name: string]: TypedData } | null;
    readonly traceContext?: { readonly traceParent?: string | null; readonly traceState?: string | null } | null;
    readonly retryContext?: { readonly retryCount?: number | null } | null;
  };
}

/** FunctionRpc.proto's message of the same name: one member at most is set. */
export interface TypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly stream?: Uint8Array | null;
  readonly http?: HttpData | null;
  readonly int?: unknown;
  readonly double?: number | null;
  readonly collectionBytes?: { readonly bytes?: readonly Uint8Array[] | null } | null;
  readonly collectionString?: { readonly string?: readonly string[] | null } | null;
  readonly collectionDouble?: { readonly double?: readonly number[] | null } | null;
  readonly collectionSint64?: { readonly sint64?: readonly unknown[] | null } | null;
}

/** FunctionRpc.proto's RpcHttp, of requests and of responses. */
export interface HttpData {
  readonly method?: string | null;
  readonly url?: string | null;
  readonly headers?: { readonly [name: string]: string } | null;
  readonly nullableHeaders?: { readonly [name: string]: { readonly value?: string | null } } | null;
  readonly body?: TypedData | null;
  readonly statusCode?: string | null;
  readonly cookies?: readonly Cookie[] | null;
  readonly enableContentNegotiation?: boolean | null;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: { readonly value: string };
  /** The host writes `/` where there is none, so that an empty one stands for it. */
  readonly path: { readonly value: string };
  readonly expires?: { readonly value: { readonly seconds: number; readonly nanos: number } };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite: "none" | "lax" | "strict" | "explicitNone";
  readonly maxAge?: { readonly value: number };
}

/** `require`, not `import`: the worker stands in for the first alone. */
export function loadCore(): Core {
  return createRequire(import.meta.url)("@azure/functions-core") as Core;
}
