/** Calls to a running host's admin endpoint. */
import { request } from "node:http";
import { type Code, codes, type FailureDocument, FnpkgError } from "fnpkg/adapter";
import type { HostStatus } from "../host/requests.ts";
import { type HostDocument, tokenOf } from "../state/documents.ts";
import { readJson } from "../state/files.ts";
import type { FunctionPaths } from "../state/paths.ts";
import { isAlive } from "../state/process.ts";

/** A host that answered as itself. */
export interface RunningHost {
  readonly host: HostDocument;
  readonly status: HostStatus;
}

/** How long a host that lives may take to tell how it stands. */
const statusMs = 3000;

/** `undefined`: none runs that answers as the one it should be. */
export async function runningHost(paths: FunctionPaths): Promise<RunningHost | undefined> {
  const host = await readJson<HostDocument>(paths.host);
  if (host === undefined || host.adminPort === 0 || !isAlive(host)) return undefined;
  try {
    const status = (await call(paths, host, "GET", "/status", undefined, AbortSignal.timeout(statusMs))) as HostStatus;
    return status.instance === host.instance ? { host, status } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws what the host says; E_TIMEOUT, E_NETWORK when it can't be reached */
export async function call(
  paths: FunctionPaths,
  host: HostDocument,
  method: string,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const bytes = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  const token = await tokenOf(paths);
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => {
      const late = signal?.aborted === true;
      const what = late ? "did not answer in time" : `can't be reached: ${cause.message}`;
      reject(
        new FnpkgError(late ? "E_TIMEOUT" : "E_NETWORK", `the host of the function, process ${host.pid}, ${what}`, { cause }),
      );
    };
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: host.adminPort,
        method,
        path,
        agent: false,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": bytes.length },
        ...(signal === undefined ? {} : { signal }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("error", failed);
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const value = JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
          if (answer.statusCode === 200) resolve(value);
          else reject(failureOf(value as FailureDocument));
        });
      },
    );
    outgoing.on("error", failed);
    outgoing.end(bytes);
  });
}

/** An error as another process wrote it. */
export function failureOf({ code, message, hint, problems }: FailureDocument): FnpkgError {
  const known: Code = Object.hasOwn(codes, code) ? code : "E_INTERNAL";
  return new FnpkgError(known, message, { hint, ...(problems.length === 0 ? {} : { problems }) });
}
