/**
 * A client of a blob service that shares nothing with the adapter: signed with the account's key, not with a token
 * (learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key).
 */
import { createHmac } from "node:crypto";
import { request } from "node:https";
import { account, type Azurite } from "./azurite.ts";

export interface Heard {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

export interface Asked {
  readonly body?: Uint8Array;
  /** Names in lower case. */
  readonly headers?: { readonly [name: string]: string };
}

/** Calls `ENDPOINT/PATH`; what is 400 or more is thrown. */
export type Blobs = (method: "GET" | "HEAD" | "PUT" | "DELETE", path: string, asked?: Asked) => Promise<Heard>;

export function sharedKey({ endpoint, cert }: Azurite): Blobs {
  return async (method, path, { body, headers = {} } = {}) => {
    const url = new URL(`${endpoint}/${path}`);
    const sent: Record<string, string> = { ...headers, "x-ms-date": new Date().toUTCString(), "x-ms-version": "2021-12-02" };
    if (method === "PUT") sent["content-length"] = String(body?.byteLength ?? 0);
    sent["authorization"] = `SharedKey ${account.name}:${signature(method, url, sent)}`;
    const heard = await exchange(cert, url, { method, headers: sent, ...(body === undefined ? {} : { body }) });
    if (heard.status >= 400) throw new Error(`${method} ${path}: ${heard.status} ${heard.body.toString()}`);
    return heard;
  };
}

const standard = ["content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"];
const conditions = ["if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"];

function signature(method: string, url: URL, headers: { readonly [name: string]: string }): string {
  // An empty body's length is left out.
  const plain = [...standard, ...conditions].map((name) => (headers[name] === "0" ? "" : (headers[name] ?? "")));
  const sorted = (entries: Iterable<readonly [string, string]>) =>
    [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`);
  const named = sorted(Object.entries(headers).filter(([name]) => name.startsWith("x-ms-")));
  const resource = [`/${account.name}${url.pathname}`, ...sorted(url.searchParams)];
  const text = [method, ...plain, ...named, ...resource].join("\n");
  return createHmac("sha256", Buffer.from(account.key, "base64")).update(text).digest("base64");
}

interface Outgoing extends Asked {
  readonly method: string;
}

/** One request to a server that shows this certificate. */
export function exchange(cert: string, url: URL, { method, headers, body }: Outgoing): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ca: cert, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const headers = Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(headers) as { [name: string]: string },
          body: Buffer.concat(chunks),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
