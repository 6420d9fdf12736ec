/**
 * The absolute URL of a raw request. `path` and `query` are taken as they were sent; without `query`, `path` may
 * carry one after its first "?". `new URL` later resolves dot segments and turns "\" into "/": that is the URL the
 * handler sees and the one routes are matched against.
 */
export function requestUrl(raw: {
  /** `http` or `https`; default `https`. */
  protocol?: string;
  /** The `Host` header; default `localhost`. */
  host?: string | null;
  path: string;
  /** Without its "?". */
  query?: string;
}): string {
  let { path, query } = raw;
  let protocol = raw.protocol === "http" ? "http" : "https";
  let host = raw.host || "localhost";
  const absolute = /^(https?):\/\/([^/?#]*)/i.exec(path);
  if (absolute) {
    protocol = (absolute[1] as string).toLowerCase();
    host = absolute[2] as string;
    path = path.slice(absolute[0].length);
  }
  if (query === undefined) {
    const mark = path.indexOf("?");
    if (mark >= 0) {
      query = path.slice(mark + 1);
      path = path.slice(0, mark);
    }
  }
  if (/[\s/?#\\]/.test(host)) host = invalidHost;
  if (path[0] !== "/") path = `/${path}`;
  const search = query ? `?${keep(query)}` : "";
  return `${protocol}://${host}${keep(path).replaceAll("?", "%3F")}${search}`;
}

/** No URL parser takes it, so such a request is refused with 400. */
const invalidHost = "[";

/** What a URL parser would cut off or drop is kept, percent-encoded. */
function keep(text: string): string {
  return text.replace(/[\0-\x20#\x7f]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`);
}
