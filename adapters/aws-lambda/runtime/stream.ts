/** Response streaming: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
import type { Writable } from "node:stream";
import type { RawResponse } from "fnpkg/runtime";
import type { Caller } from "./http-in.ts";
import { preludeOf, type Prelude, resultOf } from "./http-out.ts";

/** What the managed runtime makes global. */
export interface AwsLambda {
  streamifyResponse(handler: (event: unknown, stream: ResponseStream, context: unknown) => Promise<void>): unknown;
  readonly HttpResponseStream: { from(stream: ResponseStream, prelude: Prelude): ResponseStream };
}
export type ResponseStream = Writable & { setContentType(type: string): void };

/** Rejects when the body breaks off, so that the runtime breaks the response off too. */
export async function sendStream(
  { HttpResponseStream }: AwsLambda,
  stream: ResponseStream,
  response: RawResponse,
  { caller, method }: { readonly caller: Caller; readonly method: string },
): Promise<void> {
  if (caller !== "v2") {
    stream.setContentType("application/json");
    stream.write(JSON.stringify(resultOf({ ...response, body: await whole(response.body) }, caller, method)));
    return end(stream);
  }
  const to = HttpResponseStream.from(stream, preludeOf(response));
  // The first write sends the status, even of an empty body.
  to.write("");
  for await (const chunk of chunksOf(response.body)) {
    if (!to.write(chunk)) await drained(to);
  }
  return end(to);
}

async function* chunksOf(body: RawResponse["body"]): AsyncIterable<string | Uint8Array> {
  if (body === null || body === "") return;
  if (typeof body === "string" || body instanceof Uint8Array) {
    yield body;
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // The runtime writes other views of bytes as JSON.
      if (value.length > 0) yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function whole(body: RawResponse["body"]): Promise<Uint8Array | string | null> {
  if (body === null || typeof body === "string" || body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(body)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function end(stream: ResponseStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.end(() => resolve());
  });
}

/** Once there is room again; an end of the connection ends the wait. */
function drained(stream: ResponseStream): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      stream.off("drain", settle);
      stream.off("close", settle);
      if (stream.destroyed) reject(new Error("the connection was closed"));
      else resolve();
    };
    stream.on("drain", settle);
    stream.on("close", settle);
  });
}
