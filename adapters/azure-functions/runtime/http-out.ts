/** A whole response in the host's form. */
import type { RawResponse } from "fnpkg/runtime";
import { splitCookies } from "./cookies.ts";
import type { HttpData } from "./core.ts";

export interface Sent {
  readonly data: HttpData;
  /** Names of cookies that the host writes otherwise than they were given. */
  readonly changed: readonly string[];
}

/** The body goes as bytes, which the host sends as they are. */
export function sent({ status, headers, body }: RawResponse): Sent {
  const values = Object.create(null) as { [name: string]: string };
  const setCookies: string[] = [];
  for (const [name, value] of headers) {
    if (name === "set-cookie") setCookies.push(value);
    else values[name] = name in values ? `${values[name]}, ${value}` : value;
  }
  const { header, cookies, changed } = splitCookies(setCookies);
  if (header !== undefined) values["set-cookie"] = header;
  const bytes = typeof body === "string" ? Buffer.from(body) : body instanceof Uint8Array ? body : new Uint8Array();
  return {
    data: {
      statusCode: String(status),
      headers: { ...values },
      cookies,
      enableContentNegotiation: false,
      body: { bytes },
    },
    changed,
  };
}
