/** One request to the function's own address, sent once, with its headers as they are. */
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { FnpkgError } from "fnpkg/adapter";

export interface Sent {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A function runs for an hour at most. */
const longest = 3_610_000;

export async function sendOnce(
  url: URL,
  given: {
    readonly method: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Uint8Array | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Sent> {
  const { method, headers, body, signal } = given;
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = headers.flat();
  if (!named.has("host")) all.push("host", url.host);
  if (body !== undefined && !named.has("content-length")) all.push("content-length", String(body.byteLength));
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(
        new FnpkgError("E_NETWORK", `${method} ${url.pathname} was not answered: ${cause.message}`, {
          cause,
          target: "google-cloud-functions",
        }),
      );
    const send = url.protocol === "http:" ? overHttp : overHttps;
    const outgoing = send(url, { method, headers: all, agent: false, signal, timeout: longest }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", failed);
      answer.on("end", () => {
        const pairs: [string, string][] = [];
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
          pairs.push([(answer.rawHeaders[at] ?? "").toLowerCase(), answer.rawHeaders[at + 1] ?? ""]);
        resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", failed);
    outgoing.end(body);
  });
}
