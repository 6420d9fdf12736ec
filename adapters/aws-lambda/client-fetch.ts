/** The SDK's requests over a `fetch` in place of its own connections. */

/** What the SDK hands to a request handler: https://github.com/smithy-lang/smithy-typescript, packages/protocol-http. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: { readonly [name: string]: string | readonly string[] | null };
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export function handlerOf(fetch: typeof globalThis.fetch): object {
  return {
    async handle(request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const { method, headers } = request;
      const body = await bytesOf(request.body);
      try {
        const answer = await fetch(addressOf(request), {
          method,
          headers,
          ...(abortSignal === undefined ? {} : { signal: abortSignal }),
          ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        });
        const said = new Uint8Array(await answer.arrayBuffer());
        return { response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: said } };
      } catch (cause) {
        // As the SDK's own handler throws it: what broke, not who noticed.
        throw cause instanceof TypeError && cause.cause instanceof Error ? cause.cause : cause;
      }
    },
  };
}

function addressOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) url.searchParams.append(name, one ?? "");
  return url;
}

async function bytesOf(body: SdkRequest["body"]): Promise<Uint8Array | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body;
  if (typeof body === "string") return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
