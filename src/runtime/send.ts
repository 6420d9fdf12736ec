/** An answer onto a server of Node. */
import type { RawResponse } from "./result.ts";

/** Of Node's `ServerResponse` what is needed. */
interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: string[]): unknown;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(body?: string | Uint8Array): unknown;
  destroy(): unknown;
  on(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

/**
 * Sends an answer by Node's own means, so that nothing is added to it; ends when all is handed over. Nothing is sent where an answer
 * has begun already. A body that fails breaks the connection off. Never throws.
 */
export async function sendResponse(response: NodeResponse, { status, headers, body }: RawResponse): Promise<void> {
  if (response.headersSent || response.destroyed) {
    if (body instanceof ReadableStream) await body.cancel().catch(() => undefined);
    return;
  }
  response.writeHead(status, headers.flat());
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    response.end(body ?? undefined);
    return;
  }
  response.flushHeaders();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (response.destroyed) throw new Error("the connection was closed");
      if (!response.write(value)) await drained(response);
    }
    response.end();
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    // Broken off, so that it can't be taken for the whole.
    response.destroy();
  }
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.on("drain", settle);
    response.on("close", settle);
  });
}
