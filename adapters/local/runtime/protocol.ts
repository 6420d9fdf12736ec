/** What host and worker tell each other over the process channel. Requests and events travel by HTTP. */
import type { HttpTrigger } from "fnpkg/runtime";

export type ToWorker =
  | {
      readonly type: "start";
      /** A path to listen on; `null`: a port of 127.0.0.1, and every request has the secret. */
      readonly socket: string | null;
      readonly secret: string;
      readonly http: HttpTrigger;
      readonly timeoutMs: number;
      readonly level: "debug" | "info" | "warn" | "error";
      /** Report the memory in use every so often, where the host can't see it. */
      readonly memoryEveryMs: number | null;
    }
  | { readonly type: "rules"; readonly http: HttpTrigger }
  /** The client of this invocation has gone. */
  | { readonly type: "abort"; readonly id: string }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready"; readonly port: number | null }
  | { readonly type: "failed"; readonly code: "E_ENTRY_POINT" | "E_HANDLER" | "E_INTERNAL"; readonly message: string }
  | { readonly type: "ruled" }
  | { readonly type: "memory"; readonly bytes: number };

export const secretHeader = "function-host-secret";
