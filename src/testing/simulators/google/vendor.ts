/** Google Cloud, as far as functions need it: every API at its own host, or all at one; signed uploads; the functions' addresses. */
import type { Rate } from "../../../engine/limiter.ts";
import type { Operation, Refusal, Surroundings, Vendor, WireAnswer, WireRequest } from "../wire.ts";
import { disturb } from "./disturb.ts";
import { finish } from "./finish.ts";
import { settle } from "./operations.ts";
import { routeOf } from "./routes.ts";
import { mayCall } from "./run.ts";
import { foreign, snapshot } from "./snapshot.ts";
import { denied, disabled, GoogleStatus, invalid, refused } from "./status.ts";
import {
  type GoogleState,
  type JsonMap,
  makeWorld,
  mayCaller,
  next,
  stateOf,
  textOf,
  type World,
  type WorldOptions,
} from "./world.ts";

export interface GoogleVendor extends Vendor {
  /** The project: what is there, and how it behaves. A test may change it. */
  readonly world: World;
  /** How functions answer; default 200 `ok`. */
  respond: (request: WireRequest) => WireAnswer;
  /** What others made here, and nothing else: what `disturb` adds. */
  foreign(): unknown;
}

const storage = "storage.googleapis.com";

/** docs.cloud.google.com/functions/quotas (of a project and region), docs.cloud.google.com/scheduler/quotas (of a project). */
const rates: { readonly [quota: string]: Rate } = {
  "cloudfunctions write": { calls: 60, perMs: 60_000 },
  "cloudscheduler read": { calls: 1250, perMs: 60_000 },
  "cloudscheduler write": { calls: 500, perMs: 60_000 },
};

export function googleVendor(around: Surroundings, options: WorldOptions = {}): GoogleVendor {
  const world = makeWorld(around, options);
  const it: GoogleVendor = {
    name: "google",
    world,
    rates,
    respond: () => ({ status: 200, body: "ok" }),
    operation(request) {
      if (serviceAt(world, request) !== undefined) return { name: "functions.call", writes: true };
      if (isUpload(request)) return { name: "objects.upload", writes: true };
      const route = routeOf(world, request)?.route;
      if (route === undefined) return { name: `${request.method} ${request.url.pathname}`, writes: request.method !== "GET" };
      return { name: route.method, writes: route.writes, ...quotaOf(route) };
    },
    answer(request) {
      settle(world, finish);
      const service = serviceAt(world, request);
      if (service !== undefined) return call(it, service, request);
      if (isUpload(request)) return upload(world, request);
      try {
        return json(200, api(world, request));
      } catch (cause) {
        if (!(cause instanceof GoogleStatus)) throw cause;
        return json(cause.http, cause.json);
      }
    },
    refuse(refusal: Refusal, request) {
      const { status, headers } = refused(refusal);
      if (isUpload(request)) return xml(status.http, refusal.why === "throttled" ? "SlowDown" : "InternalError", headers);
      return json(status.http, status.json, headers);
    },
    authorities: () => [storage, ...[...world.services.values()].map(hostOf)],
    snapshot: () => snapshot(world),
    foreign: () => foreign(world),
    save: () => stateOf(world),
    restore(saved) {
      Object.assign(world, structuredClone(saved as GoogleState));
    },
    disturb(random) {
      settle(world, finish);
      return disturb(world, random);
    },
  };
  return it;
}

function quotaOf({ api: host, method, writes }: { readonly api: string; readonly method: string; readonly writes: boolean }) {
  // "Calls to deploy or delete functions".
  const counted = method !== "functions.generateUploadUrl";
  const quota = `${host.split(".")[0]} ${writes ? "write" : "read"}`;
  return counted && Object.hasOwn(rates, quota) ? ({ quota } satisfies Partial<Operation>) : {};
}

function api(world: World, request: WireRequest): JsonMap {
  if (request.headers["authorization"] !== `Bearer ${world.token}`)
    throw new GoogleStatus("UNAUTHENTICATED", "Request had invalid authentication credentials.");
  const found = routeOf(world, request);
  if (found === undefined) throw new GoogleStatus("NOT_FOUND", "The requested URL was not found on this server.");
  const { route, name } = found;
  if (world.disabled.has(route.api)) throw disabled(route.api, world.project);
  if (route.permission !== undefined && !mayCaller(world, route.permission)) throw denied(route.permission, request.url.pathname);
  return route.answer(world, { name, query: Object.fromEntries(request.url.searchParams), body: bodyOf(request) });
}

function bodyOf({ body }: WireRequest): JsonMap {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as JsonMap;
  } catch {
    throw invalid("", "Invalid JSON payload received.");
  }
}

/** Below the bucket's name, and none of the JSON API's paths. */
function isUpload({ url }: Pick<WireRequest, "url">): boolean {
  return url.hostname === storage && !url.pathname.startsWith("/storage/v1/");
}

/** A signed address takes one thing: the archive, without credentials, while it holds. */
function upload(world: World, { method, url, headers, body }: WireRequest): WireAnswer {
  const at = url.pathname.slice(1);
  const signature = url.searchParams.get("X-Goog-Signature");
  if (method !== "PUT" || headers["authorization"] !== undefined) return xml(403, "AccessDenied", {}, url.search);
  if (signature === null || world.uploads.get(at) !== signature || headers["content-type"] !== "application/zip")
    return xml(403, "SignatureDoesNotMatch", {}, url.search);
  world.objects.set(at, body);
  return { status: 200, headers: { "x-goog-generation": String(next(world)) } };
}

/** The function's own address: open to all, or to those with a token for it. */
function call({ world, respond }: GoogleVendor, service: JsonMap, request: WireRequest): WireAnswer {
  const [, email, audience] = /^Bearer id-token of (.*) for (.*)$/.exec(request.headers["authorization"] ?? "") ?? [];
  const member = email !== undefined && audience === textOf(service["uri"]) ? `serviceAccount:${email}` : undefined;
  if (!mayCall(world, textOf(service["name"]), member)) return { status: 403, body: "Forbidden" };
  return respond(request);
}

function serviceAt({ services }: World, { url }: WireRequest): JsonMap | undefined {
  if (!url.hostname.endsWith(".a.run.app")) return undefined;
  return [...services.values()].find((service) => hostOf(service) === url.hostname);
}

function hostOf({ uri }: JsonMap): string {
  return textOf(uri).replace("https://", "");
}

function json(status: number, answer: object, headers: { readonly [name: string]: string } = {}): WireAnswer {
  return { status, headers: { "content-type": "application/json; charset=UTF-8", ...headers }, body: JSON.stringify(answer) };
}

function xml(status: number, code: string, headers: { readonly [name: string]: string } = {}, signed = ""): WireAnswer {
  const body = `<Error><Code>${code}</Code><StringToSign>${signed.replaceAll("&", "&amp;")}</StringToSign></Error>`;
  return { status, headers: { "content-type": "application/xml", ...headers }, body };
}
