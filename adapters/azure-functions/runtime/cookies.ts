/**
 * `Set-Cookie` in the host's form: it takes one header of a name, and cookies apart as their attributes, which it writes itself
 * (azure-functions-host, RawScriptResult.cs). It percent-encodes values (ASP.NET's ResponseCookies), so that they are handed over
 * decoded; a cookie that would come out otherwise is sent as the one header there can be.
 */
import type { Cookie } from "./core.ts";

export interface Split {
  /** As it is, for the header. */
  readonly header: string | undefined;
  readonly cookies: readonly Cookie[];
  /** Names of cookies whose values the host encodes, or of whose attributes it knows not all. */
  readonly changed: readonly string[];
}

export function splitCookies(values: readonly string[]): Split {
  const read = values.map((value) => ({ value, ...readCookie(value) }));
  const header = read.find(({ exact }) => !exact)?.value;
  // A single one is never taken apart.
  if (read.length === 1) return { header: read[0]?.value, cookies: [], changed: [] };
  const rest = read.filter(({ value }) => value !== header || header === undefined);
  const changed = rest.filter(({ exact }) => !exact).map(({ cookie }) => cookie.name);
  return { header, cookies: rest.map(({ cookie }) => cookie), changed };
}

const sameSites = { lax: "lax", strict: "strict", none: "explicitNone" } as const;

function readCookie(text: string): { cookie: Cookie; exact: boolean } {
  const [pair = "", ...attributes] = text.split(";");
  const at = pair.indexOf("=");
  const name = (at < 0 ? pair : pair.slice(0, at)).trim();
  const sent = at < 0 ? "" : pair.slice(at + 1).trim();
  const value = decoded(sent);
  let exact = at > 0 && encoded(value) === sent;
  let cookie: Cookie = { name, value, path: { value: "" }, sameSite: "none" };
  for (const attribute of attributes) {
    const equals = attribute.indexOf("=");
    const key = (equals < 0 ? attribute : attribute.slice(0, equals)).trim().toLowerCase();
    const given = equals < 0 ? "" : attribute.slice(equals + 1).trim();
    const known = readAttribute(key, given);
    if (known === undefined) exact = false;
    else cookie = { ...cookie, ...known };
  }
  return { cookie, exact };
}

function readAttribute(key: string, given: string): Partial<Cookie> | undefined {
  switch (key) {
    case "path":
      return { path: { value: given } };
    case "domain":
      return { domain: { value: given } };
    case "secure":
      return { secure: { value: true } };
    case "httponly":
      return { httpOnly: { value: true } };
    case "max-age":
      return /^-?\d{1,12}$/.test(given) ? { maxAge: { value: Number(given) } } : undefined;
    case "expires": {
      const at = Date.parse(given);
      return Number.isNaN(at) ? undefined : { expires: { value: { seconds: Math.floor(at / 1000), nanos: 0 } } };
    }
    case "samesite": {
      const known = given.toLowerCase();
      return Object.hasOwn(sameSites, known) ? { sameSite: sameSites[known as keyof typeof sameSites] } : undefined;
    }
    default:
      return undefined;
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** As .NET's Uri.EscapeDataString has it: RFC 3986's unreserved characters alone stay. */
function encoded(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
