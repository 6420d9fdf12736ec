/** Calls of what was deployed to ministack, beside fnpkg and through it. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { HttpInvocation } from "fnpkg/adapter";
import type { Deployment, Given } from "./ministack-site.ts";

export interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

export const call = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): HttpInvocation => ({
  type: "http",
  method,
  path,
  headers: Object.entries(headers),
  body,
});

/** Without fnpkg: ministack routes by the header `host`. */
export async function fetched(endpoint: string, url: string, { method, path, headers, body }: HttpInvocation): Promise<Answer> {
  const { hostname, port } = new URL(endpoint);
  const sent = { ...Object.fromEntries(headers), host: new URL(url).host, ...(body && { "content-length": body.byteLength }) };
  const outgoing = request({ hostname, port, method, path, headers: sent, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return shown({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
}

/** Without what is of the transport, or of the one call. */
function shown(answer: {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}): Answer {
  const own = answer.headers.filter(
    ([name]) => !/^(x-amzn-|apigw-requestid$|date$|connection$|content-length$|set-cookie$)/.test(name),
  );
  return {
    status: answer.status,
    headers: Object.fromEntries(own),
    cookies: answer.headers.flatMap(([name, value]) => (name === "set-cookie" ? [value] : [])),
    body: Buffer.from(answer.body),
  };
}

export async function invoked(fn: Deployment, invocation: HttpInvocation): Promise<Answer> {
  const answer = await fn.invoke(invocation);
  if (answer.type !== "http") throw new Error("no http answer");
  return shown(answer);
}

/** A function that says it. */
export const says = (text: string, config?: Given["config"]): Given => ({
  code: `export default () => ({ body: ${JSON.stringify(text)} });`,
  signature: "{ type: http }",
  config: { triggers: [{ name: "web", type: "http", auth: "public" }], ...config },
});
