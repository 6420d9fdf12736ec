/** Google Cloud on loopback: every API under one address, as `endpoint` takes it, and the functions' own address beside it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { settle } from "./operations.ts";
import { permissionOf } from "./permissions.ts";
import { type Protos, protos as readProtos } from "./protos.ts";
import { routeOf } from "./routes.ts";
import { denied, disabled, Status } from "./status.ts";
import { type JsonMap, type Request, type World, world as makeWorld } from "./world.ts";

export type { World } from "./world.ts";

/** What a fault does to a call: a failure in its place, or its answer lost on the way. */
export interface Fault {
  /** `PATCH /v2/…`, without the query. */
  readonly on: RegExp;
  /** How many calls; default one. */
  times?: number;
  readonly status?: Status;
  /** Seconds, in the header `retry-after`. */
  readonly after?: number;
  readonly lost?: "before" | "after";
}

export interface Called {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}
export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export interface Google {
  readonly world: World;
  readonly endpoint: string;
  readonly faults: Fault[];
  /** What called the functions' address. */
  readonly calls: Called[];
  /** How functions answer. */
  respond: (called: Called) => Answer;
  /** Everything that is there, without what differs from run to run. */
  snapshot(): unknown;
  close(): Promise<void>;
}

/** `models`: the text of the vendor's protos as JSON; without it bodies of functions are not held against them. */
export async function startGoogle(
  given: { readonly models?: string; readonly project?: string; readonly region?: string } = {},
): Promise<Google> {
  const world = makeWorld(given);
  const space = ["google", "cloud", "functions", "v2"];
  const protos = given.models === undefined ? undefined : readProtos(given.models, space);
  const faults: Fault[] = [];
  const calls: Called[] = [];
  const api = await listen((incoming, outgoing) => void serve(google, protos, incoming, outgoing));
  const functions = await listen((incoming, outgoing) => void call(google, incoming, outgoing));
  world.endpoint = addressOf(api);
  world.address = addressOf(functions);
  const google: Google = {
    world,
    endpoint: world.endpoint,
    faults,
    calls,
    respond: () => ({ status: 200, body: "ok" }),
    snapshot: () => snapshot(world),
    async close() {
      await Promise.all([api, functions].map((server) => closed(server)));
    },
  };
  return google;
}

async function serve(
  google: Google,
  protos: Protos | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { world } = google;
  const url = new URL(incoming.url ?? "/", world.endpoint);
  const bytes = await bodyOf(incoming);
  const method = incoming.method ?? "GET";
  if (url.pathname.startsWith("/upload/")) return upload(google, { method, url, bytes, incoming }, outgoing);
  const fault = faultOn(google, `${method} ${url.pathname}`);
  if (fault?.lost === "before") return void incoming.socket.destroy();
  try {
    if (fault?.status !== undefined) throw fault.status;
    const request: Request = {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as JsonMap),
    };
    world.requests.push(request);
    if (incoming.headers.authorization !== `Bearer ${world.token}`)
      throw new Status("UNAUTHENTICATED", "Request had invalid authentication credentials.");
    const route = routeOf(request);
    if (route === undefined) throw new Status("NOT_FOUND", "The requested URL was not found on this server.");
    if (world.disabled.has(route.api)) throw disabled(route.api, world.project);
    // Operations of functions and of services have one address here.
    const run =
      route.method === "getOperation" && world.operations.get(url.pathname.slice("/v2/".length))?.target.includes("/services/");
    const permission = run === true ? "run.operations.get" : permissionOf[route.method];
    if (permission !== undefined) {
      world.used.add(permission);
      if (world.granted !== undefined && !world.granted.has(permission)) throw denied(permission, url.pathname);
    }
    const answer = route.answer(world, request, protos);
    if (fault?.lost === "after") return void incoming.socket.destroy();
    reply(outgoing, 200, answer);
  } catch (cause) {
    const status = cause instanceof Status ? cause : new Status("INTERNAL", String(cause));
    if (fault?.after !== undefined) outgoing.setHeader("retry-after", String(fault.after));
    reply(outgoing, status.http, status.json);
  }
}

/** A signed address takes one thing: the archive, without credentials. */
function upload(
  google: Google,
  given: { readonly method: string; readonly url: URL; readonly bytes: Buffer; readonly incoming: IncomingMessage },
  outgoing: ServerResponse,
): void {
  const { method, url, bytes, incoming } = given;
  const fault = faultOn(google, `${method} ${url.pathname}`);
  if (fault?.lost === "before") return void incoming.socket.destroy();
  const refuse = (status: number, code: string) => {
    outgoing.writeHead(status, { "content-type": "application/xml" });
    outgoing.end(`<Error><Code>${code}</Code><StringToSign>${url.search}</StringToSign></Error>`);
  };
  if (fault?.status !== undefined) return refuse(fault.status.http, fault.status.code);
  if (method !== "PUT" || incoming.headers.authorization !== undefined) return refuse(403, "AccessDenied");
  if (incoming.headers["content-type"] !== "application/zip" || !/signed-\d+-secret$/.test(url.search))
    return refuse(403, "SignatureDoesNotMatch");
  google.world.objects.set(url.pathname.slice("/upload/".length), bytes);
  if (fault?.lost === "after") return void incoming.socket.destroy();
  outgoing.writeHead(200, { "x-goog-generation": String(google.world.next()) });
  outgoing.end();
}

/** The functions' own address: open to all, or to those with a token for it. */
async function call(google: Google, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { world } = google;
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2)
    headers.push([(incoming.rawHeaders[at] ?? "").toLowerCase(), incoming.rawHeaders[at + 1] ?? ""]);
  const body = (await bodyOf(incoming)).toString();
  const members = [...world.policies.values()].flatMap(({ bindings }) =>
    bindings.filter(({ role }) => role === "roles/run.invoker").flatMap((binding) => binding.members),
  );
  const [, email = ""] =
    new RegExp(`^Bearer id-token of (.*) for ${world.address}$`).exec(incoming.headers.authorization ?? "") ?? [];
  if (!members.includes("allUsers") && !members.includes(`serviceAccount:${email}`)) {
    outgoing.writeHead(403).end("Forbidden");
    return;
  }
  const called = { method: incoming.method ?? "GET", url: incoming.url ?? "/", headers, body };
  google.calls.push(called);
  const answer = google.respond(called);
  outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}

function faultOn({ faults }: Google, call: string): Fault | undefined {
  const fault = faults.find(({ on, times = 1 }) => times > 0 && on.test(call));
  if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
  return fault;
}

function snapshot(world: World): unknown {
  settle(world);
  const fleeting =
    /^(etag|uid|generation|createTime|updateTime|userUpdateTime|build|revision|object|latest.*Revision|generations)$/;
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null)
      return typeof value === "string" ? value.replaceAll(/-\d{5}-[a-z]{3}\b/g, "-REVISION") : value;
    const entries = Object.entries(value).filter(([key]) => !fleeting.test(key));
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, plain(inner)]));
  };
  const all = (things: ReadonlyMap<string, unknown>) =>
    plain(Object.fromEntries([...things].toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return JSON.parse(
    JSON.stringify({
      functions: all(world.functions),
      services: all(world.services),
      policies: all(world.policies),
      jobs: all(world.jobs),
      topics: all(world.topics),
      subscriptions: all(world.subscriptions),
      triggers: all(world.triggers),
    }).replaceAll(world.address, "ADDRESS"),
  ) as unknown;
}

function reply(outgoing: ServerResponse, status: number, answer: object): void {
  outgoing.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  outgoing.end(JSON.stringify(answer));
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function listen(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
