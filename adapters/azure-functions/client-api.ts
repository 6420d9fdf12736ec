/**
 * What this adapter calls of Azure: types only. Every method sends one request, once: trying again is the engine's.
 */
import type { Archive } from "fnpkg/adapter";
import type { Answer, Call } from "./client-rest.ts";

export type { Answer, Call };

/** Resource Manager. Paths are ARM ids; each carries the `api-version` that its bodies are written for. */
export interface ArmApi {
  get<Body>(path: string, version: string, call: Call, query?: Query): Promise<Body>;
  put<Body>(path: string, version: string, body: object, call: Call): Promise<Answer<Body>>;
  post<Body>(path: string, version: string, body: object | undefined, call: Call): Promise<Answer<Body>>;
  delete(path: string, version: string, call: Call, query?: Query): Promise<Answer>;
  /** An address that Resource Manager named: the next page, or an operation's. E_VENDOR when it leads elsewhere. */
  follow<Body>(address: string, call: Call): Promise<Answer<Body>>;
}
export type Query = { readonly [name: string]: string };

/** A deployment of the deployment service (Kudu's `DeployResult`). */
export interface Deployment {
  readonly id?: string;
  /** -1 unknown, 0 pending, 1 building, 2 deploying, 3 failed, 4 success, 5 conflict, 6 partly (azure-functions-core-tools, DeployStatus). */
  readonly status?: number;
  readonly status_text?: string;
  readonly complete?: boolean;
}

/** The app's deployment service, at the host that the app names. */
export interface ScmApi {
  publish(host: string, archive: Archive, call: Call): Promise<Answer>;
  /** `latest`, or a deployment's id. */
  deployment(host: string, id: string, call: Call): Promise<Deployment>;
  log(host: string, id: string, call: Call): Promise<readonly { readonly log_time?: string; readonly message?: string }[]>;
}

/** The app's own host, with one of its keys. */
export interface HostApi {
  get<Body>(host: string, path: string, key: string, call: Call): Promise<Body>;
  post(host: string, path: string, key: string, body: object, call: Call): Promise<Answer>;
}

/** Blobs in the container of the archives, for packages that are kept. */
export interface BlobApi {
  put(address: string, archive: Archive, metadata: { readonly [name: string]: string }, call: Call): Promise<void>;
  /** Metadata of what is there. */
  head(address: string, call: Call): Promise<{ readonly [name: string]: string }>;
  copyTo(address: string, file: string, call: Call): Promise<void>;
  /** One page of names under a prefix. */
  list(
    container: string,
    prefix: string,
    marker: string | undefined,
    call: Call,
  ): Promise<{ readonly names: readonly string[]; readonly next: string | undefined }>;
  delete(address: string, call: Call): Promise<void>;
}
