/** A server on loopback, and what a service sees of a request. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface Asked {
  readonly method: string;
  /** Without the query, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: { readonly [name: string]: string };
  readonly bytes: Buffer;
  /** Of a JSON body. */
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** An object as JSON, a text as it is. */
  readonly body?: unknown;
  /** The connection is cut instead of an answer. */
  readonly cut?: true;
}

export interface Listening {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

export async function listen(answer: (asked: Asked) => Promise<Reply> | Reply): Promise<Listening> {
  const server = createServer((request, response) => {
    void respond(request, response, answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { host: `127.0.0.1:${port}`, close: () => end(server) };
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (asked: Asked) => Promise<Reply> | Reply,
): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
    );
    const json = (headers["content-type"] ?? "").startsWith("application/json");
    const asked: Asked = {
      method: request.method ?? "GET",
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers,
      bytes,
      body: json && bytes.length > 0 ? (JSON.parse(bytes.toString()) as unknown) : undefined,
    };
    const reply = await answer(asked);
    if (reply.cut === true) {
      request.socket.destroy();
      return;
    }
    const text =
      typeof reply.body === "string" || Buffer.isBuffer(reply.body)
        ? reply.body
        : reply.body === undefined
          ? ""
          : JSON.stringify(reply.body);
    const type = typeof reply.body === "object" && !Buffer.isBuffer(reply.body) ? { "content-type": "application/json" } : {};
    response.writeHead(reply.status, { ...type, ...reply.headers });
    response.end(text);
  } catch (cause) {
    // A caller that went away in the middle of its request.
    if (!response.headersSent) response.writeHead(500);
    response.end(String(cause));
  }
}
