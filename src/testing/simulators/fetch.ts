/** `fetch` to a simulated vendor in this process. */
import type { Arrival, WireRequest } from "./wire.ts";

type Send = (request: WireRequest, signal: AbortSignal | undefined) => Promise<Arrival>;

/** What breaks on the way looks as it does from Node's own `fetch`. */
export function fetchOf(send: Send): typeof globalThis.fetch {
  return async (input, init) => {
    const given = input instanceof Request ? input : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init?.headers ?? given?.headers));
    const body = await bytesOf(given === undefined ? init?.body : await given.arrayBuffer());
    const method = (init?.method ?? given?.method ?? "GET").toUpperCase();
    const arrival = await send({ method, url, headers, body }, init?.signal ?? given?.signal);
    if (arrival.heard === "nothing") throw failed();
    const { status, headers: named = {}, body: said = "" } = arrival.answer;
    const bytes = typeof said === "string" ? Buffer.from(said) : said;
    if (arrival.heard === "part") return new Response(half(bytes), { status, headers: named });
    const empty = status === 204 || status === 304 || method === "HEAD";
    return new Response(empty ? null : (bytes as Uint8Array<ArrayBuffer>), { status, headers: named });
  };
}

function failed(): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
}

function half(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const sent = bytes.subarray(0, Math.floor(bytes.byteLength / 2));
  return new ReadableStream({
    start(controller) {
      if (sent.byteLength > 0) controller.enqueue(sent);
    },
    pull(controller) {
      const cause = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
      controller.error(new TypeError("terminated", { cause }));
    },
  });
}

async function bytesOf(body: RequestInit["body"]): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return new Uint8Array(await new Response(body).arrayBuffer());
}
