/** Requests as the host hands them over (azure-functions-host, GrpcMessageConversionExtensions.cs). */
import { type RawRequest, requestUrl } from "fnpkg/runtime";
import type { HttpData } from "./core.ts";

export interface Arrived {
  readonly request: RawRequest;
  /** It had a body that the host did not hand over: it takes bodies that say their length alone. */
  readonly bodyless: boolean;
}

export function arrived(data: HttpData): Arrived {
  const headers = headersOf(data);
  const body = data.body?.bytes ?? data.body?.string ?? data.body?.json ?? data.body?.stream ?? null;
  const chunked = headers.some(([name, value]) => name.toLowerCase() === "transfer-encoding" && /chunked/i.test(value));
  return {
    request: { method: data.method ?? "GET", url: urlOf(data.url ?? "/", headers), headers, body },
    bodyless: chunked && (body === null || body.length === 0),
  };
}

function headersOf({ headers, nullableHeaders }: HttpData): [string, string][] {
  const plain = Object.entries(headers ?? {});
  const nullable = Object.entries(nullableHeaders ?? {}).map(([name, given]): [string, string] => [name, given.value ?? ""]);
  return nullable.length > 0 ? nullable : plain;
}

/** The front end ends TLS, and says so. */
export function urlOf(url: string, headers: readonly (readonly [string, string])[]): string {
  const parts = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(url);
  const find = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const protocol = find("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase() ?? parts?.[1]?.toLowerCase() ?? "https";
  return requestUrl({ protocol, host: parts?.[2] ?? find("host") ?? null, path: parts?.[3] || (parts === null ? url : "/") });
}
