import { isToken } from "./headers.ts";
import type { Cors, HttpTrigger } from "./route.ts";

type Header = [string, string];

/** The headers that let the browser's page read an answer; `Vary` tells caches when the origin matters. */
export function corsHeaders(cors: Cors, origin: string | undefined): Header[] {
  const origins = cors.origins ?? [];
  const any = origins.includes("*");
  const headers: Header[] = any ? [] : [["vary", "Origin"]];
  if (origin === undefined || !(any || origins.includes(origin))) return headers;
  headers.push(["access-control-allow-origin", any ? "*" : origin]);
  if (cors.credentials === true && !any) headers.push(["access-control-allow-credentials", "true"]);
  const exposed = cors.exposeHeaders ?? [];
  if (exposed.length > 0) headers.push(["access-control-expose-headers", exposed.join(", ")]);
  return headers;
}

/** The answer to a preflight request; without the allowing headers where the origin isn't allowed. */
export function preflightHeaders(
  trigger: HttpTrigger,
  cors: Cors,
  asked: { origin: string; method: string; headers: string | undefined },
): Header[] {
  const vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
  const allowed = corsHeaders({ ...cors, exposeHeaders: [] }, asked.origin).filter(([name]) => name !== "vary");
  if (allowed.length === 0) return [["vary", vary]];
  const methods = cors.methods ?? trigger.methods ?? ["*"];
  const allowedMethods = methods.includes("*") ? [asked.method].filter(isToken) : methods;
  const headers = cors.headers ?? [];
  const allowedHeaders = headers.includes("*")
    ? (asked.headers ?? "")
        .split(",")
        .map((name) => name.trim())
        .filter(isToken)
    : headers;
  const list: Header[] = [...allowed, ["vary", vary]];
  if (allowedMethods.length > 0) {
    list.push(["access-control-allow-methods", allowedMethods.join(", ")]);
  }
  if (allowedHeaders.length > 0) {
    list.push(["access-control-allow-headers", allowedHeaders.join(", ")]);
  }
  if (cors.maxAge !== undefined) list.push(["access-control-max-age", String(cors.maxAge)]);
  return list;
}

const ruled = /^access-control-(allow-origin|allow-credentials|expose-headers)$/;

/** Puts `added` in place of what the handler said of the same; `Vary` is joined. */
export function mergeCors(headers: Header[], added: Header[]): Header[] {
  const merged = headers.filter(([name]) => !ruled.test(name));
  for (const [name, value] of added) {
    const vary = name === "vary" ? merged.find(([other]) => other === "vary") : undefined;
    if (!vary) merged.push([name, value]);
    else if (!/(^|,)\s*(\*|origin)\s*(,|$)/i.test(vary[1])) vary[1] += `, ${value}`;
  }
  return merged;
}
