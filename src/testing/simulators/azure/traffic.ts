/** Which service a request is for, what it asks of it, which limit it counts against, and how the service says no. */
import type { Rate } from "../../../engine/limiter.ts";
import type { Operation, Refusal, WireRequest } from "../wire.ts";
import { armError, blobError, type Reply, webError } from "./asked.ts";
import { accountAt } from "./storage.ts";

/** By the host: an app, its deployment service, an account's blobs; all else is Resource Manager. */
export type Service =
  | { readonly of: "host" | "scm"; readonly app: string }
  | { readonly of: "blob"; readonly account: string }
  | { readonly of: "arm" };

export function serviceOf({ url }: Pick<WireRequest, "url">): Service {
  const host = url.hostname;
  if (host.endsWith(".azurewebsites.net")) {
    const [, app = "", scm] = /^([^.]+)(\.scm)?\./.exec(host) ?? [];
    return { of: scm === undefined ? "host" : "scm", app };
  }
  const account = accountAt(host);
  return account === undefined ? { of: "arm" } : { of: "blob", account };
}

/**
 * Token buckets of a subscription, one for each sort of request
 * (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
 */
export const rates = {
  reads: { calls: 25, perMs: 1000, burst: 250 },
  writes: { calls: 10, perMs: 1000, burst: 200 },
  deletes: { calls: 10, perMs: 1000, burst: 200 },
} as const satisfies { readonly [quota: string]: Rate };

export function operationOf(request: WireRequest): Operation {
  const { method, url } = request;
  const { of } = serviceOf(request);
  const path = decodeURIComponent(url.pathname);
  if (of === "arm") {
    const quota = method === "GET" ? "reads" : method === "DELETE" ? "deletes" : "writes";
    return { name: `${method} ${resourceIn(path)}`, writes: method !== "GET" && !/\/(list|listkeys|query)$/i.test(path), quota };
  }
  const [, what = "", log] = /^\/api\/(publish|deployments)(?:\/[^/]+(\/log)?)?/.exec(path) ?? [];
  const name = { host: "host", scm: `scm/${what}${log ?? ""}`, blob: url.searchParams.get("comp") === "list" ? "blobs" : "blob" }[
    of
  ];
  return { name: `${method} ${name}`, writes: !["GET", "HEAD"].includes(method) };
}

/** `Microsoft.Web/sites/config/list` of a path with names in it. */
function resourceIn(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const at = parts.lastIndexOf("providers");
  if (at < 0) return parts[0] === "operations" ? "operations" : (parts[2] ?? parts[0] ?? "");
  return [parts[at + 1], ...parts.slice(at + 2).filter((_, index) => index % 2 === 0)].join("/");
}

/**
 * In the words of whom is asked. Buckets are Resource Manager's own, so it is Resource Manager that says they are empty, whichever
 * provider the request was for; storage says that it is busy where others speak of too many requests
 * (learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes).
 */
export function refusalOf({ why, afterMs = 1000 }: Refusal, request: WireRequest): Reply {
  const after = String(Math.max(1, Math.ceil(afterMs / 1000)));
  const reply = refusals[serviceOf(request).of](why, request, after);
  return why === "throttled" ? { ...reply, headers: { ...reply.headers, "retry-after": after } } : reply;
}

type Say = (why: Refusal["why"], request: WireRequest, after: string) => Reply;

const page = (title: string) => `<!DOCTYPE html><html><head><title>${title}</title></head><body>${title}</body></html>`;
const plain: Say = (why) =>
  why === "internal"
    ? { status: 500, body: { Message: "An error has occurred.", ExceptionMessage: "The operation failed." } }
    : why === "throttled"
      ? { status: 429, body: { Message: "Too many requests." } }
      : { status: 503, headers: { "content-type": "text/html" }, body: page("Service Unavailable") };

const refusals: { readonly [of in Service["of"]]: Say } = {
  host: plain,
  scm: plain,
  blob: (why) =>
    why === "internal"
      ? blobError(500, "InternalError", "The server encountered an internal error. Please retry the request.")
      : blobError(503, "ServerBusy", "The server is currently unable to receive requests. Please retry your request."),
  arm(why, { method, url }, after) {
    if (why === "throttled") {
      const sort = method === "GET" ? "read" : method === "DELETE" ? "delete" : "write";
      const message = `Number of '${sort}' requests for subscription exceeded. Please try again after '${after}' seconds.`;
      return armError(429, "SubscriptionRequestsThrottled", message);
    }
    const say = /\/providers\/Microsoft\.Web\//i.test(url.pathname) ? webError : armError;
    return why === "internal"
      ? say(500, "InternalServerError", "There was an unexpected InternalServerError. Please try again later.")
      : say(503, "ServiceUnavailable", "The service is unavailable. Please try again later.");
  },
};
